"""A search that is stopped, changed or left while it runs."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from app_tools import MakeApp, main_screen, screen_text, settled
from scripts.ptyterminal import Terminal
from searching_tools import SMALL
from textual.pilot import Pilot

from roofrack.search import Progress, SearchResult, SearchSpec
from roofrack_tui.screens import searching
from roofrack_tui.screens.searching import SearchScreen

pytestmark = pytest.mark.usefixtures("find_once")


class Endless:
    """A search that goes on until it is told to stop, and says what it had."""

    def __init__(self) -> None:
        self.stopped: list[SearchSpec] = []
        self.going = threading.Event()

    def __call__(
        self, spec: SearchSpec, _: Any, *, progress: Callable[[Progress], None], cancelled: Callable[[], bool]
    ) -> SearchResult:
        progress(Progress(300, 1000, 1234, None))
        self.going.set()
        while not cancelled():
            self.going.wait(0.001)
        self.stopped.append(spec)
        return SearchResult((), (), None, 1234, 1000, False, ())


async def running(pilot: Pilot[Any]) -> SearchScreen:
    """The search while it runs, its progress on screen."""
    await settled(pilot)
    await pilot.press("S")
    screen = pilot.app.screen
    assert isinstance(screen, SearchScreen)
    while "30 %" not in screen_text(pilot.app):  # type: ignore[arg-type]
        await pilot.pause(0.01)
    return screen


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Endless:
    """A search that goes on until it is stopped, in the place of ours."""
    monkeypatch.setattr(searching, "search", search := Endless())
    return search


async def ended(pilot: Pilot[Any], screen: SearchScreen) -> None:
    while screen.running:
        await pilot.pause(0.01)
    await pilot.pause()


async def test_escape_stops_it_and_keeps_what_was_found(make_searching_app: MakeApp, endless: Endless) -> None:
    app = make_searching_app(SMALL)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await running(pilot)
        assert "━━━━━━━─" in screen_text(app)
        assert "─ 30 % · 1,234 plans" in screen_text(app)
        assert "─ e changes · y command · Esc stops ─╯" in screen_text(app)
        await pilot.press("e")
        assert screen.has_class("-asking"), "keys work while it runs"
        assert "Enter ↓ next" in screen_text(app)
        await pilot.press("escape")
        await ended(pilot, screen)
        assert app.screen is screen
        assert endless.stopped == [screen.wanted.spec]
        assert "stopped before anything was found" in screen_text(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "─ e changes · y command · Esc back ─╯" in screen_text(app)  # nothing to open or to sort


async def test_a_change_while_it_runs_stops_it_and_counts(make_searching_app: MakeApp, endless: Endless) -> None:
    app = make_searching_app(SMALL)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await running(pilot)
        first = screen.wanted.spec
        await pilot.press("s")
        while not endless.stopped:
            await pilot.pause(0.01)
        assert endless.stopped == [first]
        assert screen.running, "the end of the first run is not the end of the second"
        assert screen.wanted.spec.sort == "gpus"
        await pilot.press("escape")
        await ended(pilot, screen)
        assert [spec.sort for spec in endless.stopped] == ["cost", "gpus"]


async def test_leaving_stops_it(make_searching_app: MakeApp, endless: Endless) -> None:
    app = make_searching_app(SMALL)
    async with app.run_test(size=(80, 24)) as pilot:
        await running(pilot)
        await pilot.press("q")
        await settled(pilot)
        assert app.screen is main_screen(app)
        assert len(endless.stopped) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("key", ["S", "b"])
def test_what_keys_do_is_seen_when_it_has_ended(key: str) -> None:
    with Terminal([sys.executable, "-m", "roofrack"], (80, 24)) as terminal:
        terminal.read_until(b"FITS")
        terminal.read_until_quiet(0.5, 10)
        for pressed, shown in ((key, "Esc stops"), ("escape", "Esc back")):
            terminal.press(pressed)
            patience = time.monotonic() + 20
            while shown not in terminal.screen()[-1]:
                assert time.monotonic() < patience, terminal.screen()
                terminal.read_until_quiet(0.1, 1)
        terminal.read_until_quiet(0.5, 10)
        before = len(terminal.stream)
        terminal.press("ctrl+l")
        terminal.read_until_quiet(0.5, 10)
        assert len(terminal.stream) - before > 500
        terminal.press("?")
        terminal.read_until_quiet(0.5, 10)
        assert any("Help: " in row for row in terminal.screen())
