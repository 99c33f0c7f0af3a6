"""Press random keys, click and resize over all screens of the app, and look at what is on screen all the while.

    python -m scripts.monkey --events 20000

A seed makes the same run again. The app stands in folders of its own, so that nothing of the person's is touched.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size
from textual.keys import _character_to_key
from textual.widgets import Input

import roofrack_tui
from roofrack.catalog import Catalog
from roofrack.domain import RackSpec, ScenarioSpec
from roofrack_tui.app import RoofrackApp
from roofrack_tui.commands import COMMANDS
from roofrack_tui.keymap import every_command

if TYPE_CHECKING:
    from collections.abc import Sequence

_PATIENCE_S = 20.0
SIZES = ((80, 24), (120, 40), (60, 20), (200, 60), (100, 36), (40, 10), (300, 100))
START = ScenarioSpec(model="llama-3.1-8b", rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=2))
LEAVING = ("q", "ctrl+q", "ctrl+c")
_MOVES = (
    "up",
    "down",
    "left",
    "right",
    "tab",
    "shift+tab",
    "enter",
    "escape",
    "space",
    "home",
    "end",
    "pageup",
    "pagedown",
)
_EDITS = ("backspace", "delete", "plus", "minus", *"0123456789", *"abchjklx", "G", "slash", "left_square_bracket")
_DOORS = [
    *((command.keys.partition(",")[0],) for command in COMMANDS if command.action.startswith("dialog(")),
    ("p", "c", "n"),
]
"""Keys that lead from the main screen to each of the others, one of which lies behind another."""
_IDLE_S = 0.6
_WRONG = re.compile(
    r"\b(nan|inf|None(?! of)|Traceback)\b|(?:^|[\s(])-(?!2[3-6](?:0[1-9]|1[0-2])\b)\d[\d.,]*(?![\w.,-]|\s?(?:%|USD))"
)
"""What is no number, and numbers below zero, except that an error or a difference in percent has a sign, and
so has what somebody loses, in USD. After the frame of a dialog
there may be the end of a name that lies below it: `│-2407`; the year and month at the end of a long name may be folded
below it, and a field may be scrolled to the middle of one: ` -3-nano`."""


class WrongScreenError(AssertionError):
    """Something is on screen that nobody should see."""


class _Staying(RoofrackApp):
    """Does not leave, whatever is pressed or clicked."""

    CSS_PATH = Path(roofrack_tui.__file__).with_name("roofrack.tcss")

    async def action_quit(self) -> None:
        """Stay."""


class Monkey:
    """Does random things to an app.

    Args:
        app: The app.
        seed: Of the random numbers.
    """

    def __init__(self, app: RoofrackApp, seed: int) -> None:
        self._app = app
        self._random = random.Random(seed)  # noqa: S311 (nothing secret)
        named = sorted({key for command in every_command() for key in command.keys.split(",")})
        self._keys = tuple(key for key in (*named, *_MOVES * 3, *_EDITS) if key not in LEAVING)
        self.done: list[str] = []
        self.seen: set[str] = set()

    async def play(self, count: int, look_every: int = 20) -> None:
        """Do things, and look at the screen now and then.

        Args:
            count: How many things.
            look_every: After how many of them the screen is looked at.

        Raises:
            WrongScreenError: The app has ended, or shows a number that is none or below zero.
        """
        for number in range(1, count + 1):
            await self._one()
            if number % look_every == 0 or number == count:
                await self._settle()
                self._look()

    async def go_home(self) -> None:
        """Leave every screen above the main one, and wait for what goes on in the background.

        Raises:
            WrongScreenError: One of them does not go away.
        """
        for _ in range(12):
            await self._settle()
            if len(self._app.screen_stack) > 1:
                self._press("escape")
        if len(self._app.screen_stack) > 1:
            raise WrongScreenError(f"{self._app.screen_stack} do not go away after {self.done[-30:]}")
        await self._app.workers.wait_for_complete()

    async def rest(self) -> None:
        """Do nothing for a while.

        Raises:
            WrongScreenError: Something is drawn all the same.
        """
        drawn: list[object] = []
        screen = self._app.screen
        real = screen._compositor.render_update
        screen._compositor.render_update = lambda *args, **kwargs: (drawn.append(args), real(*args, **kwargs))[1]  # type: ignore[method-assign]
        await asyncio.sleep(_IDLE_S)
        del screen._compositor.render_update
        if drawn:
            raise WrongScreenError(f"{len(drawn)} frames while nobody did anything, after {self.done[-30:]}")

    async def _one(self) -> None:
        chance = self._random.random()
        if chance < 0.88:
            key = self._random.choice(self._keys)
            if key == "minus":
                await self._settle()  # who will get it is known only then
            self._press(key)
        elif chance < 0.90:
            await self._enter(self._random.choice(_DOORS))
        elif chance < 0.96:
            self._click(self._somewhere(), None)
        elif chance < 0.97:
            self._click(self._somewhere(), self._somewhere())
        elif chance < 0.98:
            self._turn_wheel(self._somewhere())
        else:
            self._resize(Size(*self._random.choice(SIZES)))
        await asyncio.sleep(0)
        self.seen.add(type(self._app.screen).__name__)

    async def _enter(self, door: Sequence[str]) -> None:
        """Go back as far as Esc goes, and into another screen."""
        for key in (*["escape"] * 3, *door):
            self._press(key)
            await self._settle()
            self.seen.add(type(self._app.screen).__name__)

    def _somewhere(self) -> tuple[int, int]:
        width, height = self._app.size
        return self._random.randrange(max(1, width)), self._random.randrange(max(1, height))

    def _click(self, at: tuple[int, int], dragged_to: tuple[int, int] | None) -> None:
        self.done.append(f"drag {at} to {dragged_to}" if dragged_to else f"click {at}")
        self._mouse(events.MouseMove, at, 0)
        self._mouse(events.MouseDown, at, 1)
        if dragged_to:
            self._mouse(events.MouseMove, dragged_to, 1)
        self._mouse(events.MouseUp, dragged_to or at, 1)

    def _turn_wheel(self, at: tuple[int, int]) -> None:
        self.done.append(f"wheel {at}")
        self._mouse(self._random.choice((events.MouseScrollUp, events.MouseScrollDown)), at, 0)

    def _mouse(self, kind: type[events.MouseEvent], at: tuple[int, int], button: int) -> None:
        self._app.post_message(kind(None, *at, 0, 0, button, False, False, False, *at))

    def _resize(self, size: Size) -> None:
        self.done.append(f"resize {size}")
        driver = self._app._driver
        if isinstance(driver, HeadlessDriver):
            driver._size = size
        self._app.post_message(events.Resize(size, size))

    async def _settle(self) -> None:
        """Wait until nobody has a message left; the pilot's own wait never ends for a widget that goes meanwhile."""
        quiet, patience = 0, time.monotonic() + _PATIENCE_S
        while quiet < 2:
            await asyncio.sleep(0.005)
            nodes = [self._app, *self._app.screen_stack, *self._app.screen.walk_children()]
            busy = [node for node in nodes if node.is_running and node._message_queue.qsize()]
            quiet = 0 if busy else quiet + 1
            if time.monotonic() > patience:
                raise WrongScreenError(f"{busy} never done after {self.done[-30:]}")

    def _press(self, key: str) -> None:
        if key == "minus" and isinstance(self._app.focused, Input):
            return  # a minus that was typed could not be told from one that was computed
        self.done.append(key)
        character = key if len(key) == 1 else _CHARACTERS.get(key)
        self._app.post_message(events.Key(_character_to_key(key) if len(key) == 1 else key, character))

    def _look(self) -> None:
        if not self._app.is_running or self._app._exit:
            raise WrongScreenError(f"the app has ended after {self.done[-30:]}: {self._app._exception!r}")
        strips = self._app.screen._compositor.render_strips()
        for line in (strip.text for strip in strips):
            if found := _WRONG.search(line):
                raise WrongScreenError(f"{found[0]!r} in {line.strip()!r} after {self.done[-30:]}")


_CHARACTERS = {
    "space": " ", "plus": "+", "minus": "-", "slash": "/", "left_square_bracket": "[", "right_square_bracket": "]",
    "question_mark": "?", "full_stop": ".", "greater_than_sign": ">", "less_than_sign": "<", "dollar_sign": "$",
}  # fmt: skip


async def run(
    count: int,
    seed: int,
    catalog: Catalog,
    size: tuple[int, int] = (120, 40),
) -> set[str]:
    """One run of one app, which rests at the end.

    Args:
        count: Things to do.
        seed: Of the random numbers.
        catalog: The presets.
        size: Of the terminal at the start.

    Returns:
        The names of the screens that were in front.

    Raises:
        WrongScreenError: As `Monkey.play` and `Monkey.rest`.
    """
    app = _Staying(START, catalog)
    monkey = Monkey(app, seed)
    wrong: Exception | None = None
    try:
        async with app.run_test(size=size):
            await app.workers.wait_for_complete()
            try:
                await monkey.play(count)
                await monkey.go_home()
                await monkey.rest()
            except Exception as error:  # noqa: BLE001 (an app that ends with keys still to deal with has complaints of its own)
                wrong = error
    finally:
        if wrong:
            raise wrong
    return monkey.seen


def apart() -> None:
    """Let the app and whatever it writes stand in an empty folder, without programs to start."""
    home = Path(tempfile.mkdtemp(prefix="monkey-"))
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        os.environ[f"XDG_{name}_HOME"] = str(home / name.lower())
    os.environ["HOME"] = os.environ["HF_HOME"] = os.environ["OLLAMA_MODELS"] = os.environ["PATH"] = str(home)
    os.chdir(home)


def main(argv: Sequence[str] | None = None) -> int:
    """Let it play; 1 when something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; each run after it takes the next")
    parser.add_argument("--each", type=int, default=1_000, metavar="N", help="events of one run")
    options = parser.parse_args(argv)
    apart()
    catalog = Catalog(Path.cwd() / "own")
    started = time.monotonic()
    seen: Counter[str] = Counter()
    for number in range(-(-options.events // options.each)):
        seed = options.seed + number
        try:
            seen.update(asyncio.run(run(options.each, seed, catalog, SIZES[seed % 4])))
        except Exception as error:  # noqa: BLE001 (whatever it is, the seed is wanted)
            print(f"seed {seed}: {type(error).__name__}: {error}", file=sys.stderr)
            return 1
        print(f"seed {seed}: {options.each} events, {time.monotonic() - started:.0f} s", flush=True)
    print("runs in which a screen was in front:", ", ".join(f"{name} {runs}" for name, runs in sorted(seen.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
