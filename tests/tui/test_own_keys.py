"""Somebody who has other keys than the usual ones reads of those on every screen."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pytest
from app_tools import MakeApp, screen_text, settled
from test_pictures import at_home, endless_search, few, make_view, named, three_profiles  # noqa: F401 (fixtures)
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input
from views import VIEWS, View

from roofrack.config import Config
from roofrack_tui.dialog_meanings import DIALOGS
from roofrack_tui.keymap import FIXED, USUAL_KEYS, Keys, every_command, key_of, key_problems, shown, with_keys
from roofrack_tui.meanings import MEANINGS
from roofrack_tui.panes.engine import EnginePane
from roofrack_tui.panes.formats import FormatsPane
from roofrack_tui.panes.latency import LatencyPane
from roofrack_tui.panes.memory import MemoryPane
from roofrack_tui.panes.model import ModelPane
from roofrack_tui.panes.rack import RackPane
from roofrack_tui.panes.throughput import ThroughputPane
from roofrack_tui.panes.verdict import VerdictPane
from roofrack_tui.panes.workload import WorkloadPane

PANES = (
    ModelPane, RackPane, FormatsPane, WorkloadPane, EnginePane, MemoryPane, ThroughputPane, LatencyPane, VerdictPane,
)  # fmt: skip


def _usual_keys() -> Iterator[str]:
    yield from dict.fromkeys(key for command in every_command() for key in command.keys.split(",") if key not in FIXED)


OTHER = dict(
    zip(
        _usual_keys(),
        (
            f"{modifiers}+{letter}"
            for modifiers, letter in product(("alt", "super", "alt+super", "alt+ctrl"), ascii_lowercase)
        ),
        strict=False,
    )
)
"""Another key for each that is usual; commands that shared a key share one still."""
OWN = {command.id: [OTHER.get(key, key) for key in command.keys.split(",")] for command in every_command()}

_VERB = "automatic|empties|every|shows? |lists?|takes?|raises?|opens?|pins?|compares?|tells|changes?|sets?|draws?|chooses|takes|adds?|filters|lets|starts"
NAMES_A_USUAL_KEY = re.compile(
    rf"(?<![\w+^/.])(?:[b-zA-Z/?$<>] (?:{_VERB})\b|[←→] (?:{_VERB}|load)|, ← →)"
    r"|(?<!10\^9 )\((?:key )?(?:[b-zA-Z]|Esc|Tab)\)|\bM changes|\bwith [A-Z]\."
    r"|(?<![\w+^])(?:Esc|Tab|PgDn|PgUp|F\d|\^[A-Z]|Page (?:Up|Down)|Shift\+Tab)(?!\w)"
)


class Fingers:
    """A pilot that presses the other keys; what is typed into a line stays as it is.

    Args:
        pilot: The pilot.
    """

    def __init__(self, pilot: Pilot[Any]) -> None:
        self.app, self.pause = pilot.app, pilot.pause
        self._press = pilot.press

    async def press(self, *keys: str) -> None:
        for key in keys:
            typed = isinstance(self.app.focused, Input) and (len(key) == 1 or key == "enter")
            await self._press(key if typed else OTHER.get(key, key))


def test_every_key_can_be_given_away() -> None:
    assert len(OTHER) == len(set(OTHER.values())) == len(list(_usual_keys()))
    assert key_problems(OWN) == []


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS, ids=named)
def test_no_view_names_a_usual_key(make_view: Callable[..., App[Any]], view: View) -> None:  # noqa: F811
    async def seen() -> str:
        app = make_view(view, config=Config(Path("config.toml"), {"keys": OWN}))
        async with app.run_test(size=(120, 40)) as pilot:
            await view.open(Fingers(pilot))  # type: ignore[arg-type] (what a view needs of one)
            assert isinstance(app.screen, view.shows) or app.screen.query(view.shows), app.screen  # type: ignore[type-var]
            return screen_text(app)

    said = asyncio.run(seen()).replace("a digit to its pane · Esc stays", "")  # there, every other key stays too
    assert not [(line, NAMES_A_USUAL_KEY.search(line)) for line in said.splitlines() if NAMES_A_USUAL_KEY.search(line)]


async def test_the_verdict_names_the_key_that_somebody_has(make_app: MakeApp) -> None:
    app = make_app(config=Config(Path("config.toml"), {"keys": OWN}))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        said = screen_text(app)
    assert f"{shown(OTHER['f'])} raises it" in said
    assert f" {shown(OTHER['slash'])} " in said
    assert not NAMES_A_USUAL_KEY.search(said)


def texts() -> Iterator[str]:
    for command in every_command():
        yield command.help
    for about in DIALOGS.values():
        yield about.text
        yield from (meaning for _, meaning in about.numbers)
    for pane in PANES:
        yield pane.HELP
        yield from (meaning for _, meaning in MEANINGS[pane.NAME])


@pytest.mark.parametrize("text", dict.fromkeys(texts()))
def test_help_names_keys_by_their_commands(text: str) -> None:
    assert not NAMES_A_USUAL_KEY.search(text), text
    said = with_keys(text, Keys(OWN))
    assert "{" not in said
    assert not NAMES_A_USUAL_KEY.search(said)


def test_a_text_names_the_usual_key_where_nobody_has_another() -> None:
    assert with_keys("{fixes} takes one, {undo} brings it back", USUAL_KEYS) == "f takes one, z brings it back"
    assert with_keys("{fixes} takes one", Keys({"fixes": ["ctrl+f", "F"]})) == "^F takes one"
    assert with_keys("https://host/{fix}/{0}", Keys({"fixes": "F"})) == "https://host/{fix}/{0}"
    assert "{fixes} takes one" in VerdictPane.HELP
    assert key_of("fixes", USUAL_KEYS) == "f"
