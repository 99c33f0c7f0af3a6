"""Pins and comparisons as pictures; after a change that was meant: `make snapshots`, and look at each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from app_tools import LLAMA_70B, TOO_BIG, MakeApp, main_screen, settled

from roofrack_tui.messages import GpusChosen, ScenarioChosen, WeightsChosen

Compare = Callable[..., bool]
SIZES = [(80, 24), (120, 40), (200, 60)]


def look(snap_compare: Compare, app: Any, size: tuple[int, int], *keys: str, also: Any = None) -> None:
    """Compare what is on screen with two plans pinned, a third on screen, and the keys pressed."""

    async def before(pilot: Any) -> None:
        await settled(pilot)
        store = main_screen(app).store
        for change in (WeightsChosen("bf16"), WeightsChosen("fp8")):
            store.choose(change)
            store.pins.toggle(store.plan, store.catalog)
        store.choose(also or GpusChosen(8))
        main_screen(app).show_store("")
        await pilot.press(*keys)
        await settled(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("theme", ["roofrack-dark", "roofrack-light"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_comparison(snap_compare: Compare, make_app: MakeApp, size: tuple[int, int], theme: str) -> None:
    look(snap_compare, make_app(LLAMA_70B, theme=theme), size, "c")


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_main_screen_with_pins(snap_compare: Compare, make_app: MakeApp, size: tuple[int, int]) -> None:
    look(snap_compare, make_app(), size, "7")


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_each_at_its_best(snap_compare: Compare, make_app: MakeApp, size: tuple[int, int]) -> None:
    look(snap_compare, make_app(), size, "c", "b", "v", "v")


def test_one_that_does_not_fit(snap_compare: Compare, make_app: MakeApp) -> None:
    look(snap_compare, make_app(), (120, 40), "c", also=ScenarioChosen(TOO_BIG))


def test_nothing_pinned(snap_compare: Compare, make_app: MakeApp) -> None:
    app = make_app()

    async def before(pilot: Any) -> None:
        await settled(pilot)
        await pilot.press("c")
        await settled(pilot)

    assert snap_compare(app, terminal_size=(80, 24), run_before=before)


def test_ascii(snap_compare: Compare, make_app: MakeApp) -> None:
    look(snap_compare, make_app(ascii=True), (80, 24), "c")


def test_presenting(snap_compare: Compare, make_app: MakeApp) -> None:
    look(snap_compare, make_app(present=True), (120, 40), "7")


def test_without_colour(snap_compare: Compare, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    look(snap_compare, make_app(), (80, 24), "c")
