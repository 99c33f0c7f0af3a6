"""The screens as pictures: three sizes, dark and light, fits and does not fit, dialogs open, without colour.

After a change that was meant: `make snapshots`, and look at each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from app_tools import LLAMA_70B, TOO_BIG, MakeApp, settled

Compare = Callable[..., bool]

SIZES = [(80, 24), (120, 40), (200, 60)]
THEMES = ["roofrack-dark", "roofrack-light"]


def look(snap_compare: Compare, app: Any, size: tuple[int, int], *keys: str) -> None:
    """Compare what is on screen once everything is drawn and the keys are pressed."""

    async def before(pilot: Any) -> None:
        await settled(pilot)
        await pilot.press(*keys)
        await settled(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_plan_that_fits(snap_compare: Compare, make_app: MakeApp, size: tuple[int, int], theme: str) -> None:
    look(snap_compare, make_app(LLAMA_70B, theme=theme), size)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_plan_that_does_not_fit(snap_compare: Compare, make_app: MakeApp, size: tuple[int, int], theme: str) -> None:
    look(snap_compare, make_app(TOO_BIG, theme=theme), size, "6")


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("filter", ["slash", *"llama"]),
        ("help", ["3", "question_mark"]),
        ("devices", ["2", "enter", *"h"]),
        ("library", ["L", *"moe fits sort:kv"]),
        ("detail", ["i"]),
        ("form", ["n"]),
        ("scenarios", ["o", "down"]),
        ("rack", ["2", "down", "right"]),
        ("quantization", ["3", "right"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_while_something_is_open(
    snap_compare: Compare, make_app: MakeApp, size: tuple[int, int], name: str, keys: list[str]
) -> None:
    look(snap_compare, make_app(), size, *keys)


def test_narrow(snap_compare: Compare, make_app: MakeApp) -> None:
    look(snap_compare, make_app(), (64, 20))


def test_presenting(snap_compare: Compare, make_app: MakeApp) -> None:
    look(snap_compare, make_app(present=True), (120, 40))


def test_ascii(snap_compare: Compare, make_app: MakeApp) -> None:
    look(snap_compare, make_app(ascii=True), (120, 40))


def test_without_colour(snap_compare: Compare, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    look(snap_compare, make_app(TOO_BIG), (120, 40))


def test_with_the_terminals_own_colours(snap_compare: Compare, make_app: MakeApp) -> None:
    look(snap_compare, make_app(theme="ansi-dark"), (120, 40))
