"""Text keeps a cell away from every scroll bar that is drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from test_pictures import at_home, cells, few, make_view  # noqa: F401 (fixtures)
from textual.app import App
from textual.scrollbar import ScrollBar
from textual.widget import Widget
from views import VIEWS


def touching(app: App[Any]) -> Iterator[str]:
    """Rows in which something stands right beside a vertical scroll bar."""
    rows = [strip.text for strip in app.screen._compositor.render_strips()]
    for widget in app.screen.query(Widget):
        bar: ScrollBar = widget.vertical_scrollbar
        if widget.show_vertical_scrollbar and widget.is_on_screen:
            left = bar.region.x - 1
            for row in rows[bar.region.y : bar.region.bottom]:
                if row[left : left + 1].strip():
                    yield f"{widget!r}: {row}"


SCROLLED = (
    *((view, (60, 20)) for view in ("own device", "why", "users", "accuracy", "a refused answer", "table", "search")),
    *((view, (80, 24)) for view in ("fits", "verdict of a service", "why TPOT", "money", "prices", "pools", "search")),
    *((view, (120, 40)) for view in ("machine", "search form")),
)
"""Views that are longer than the terminal, in widths that a line of theirs fills."""


@pytest.mark.parametrize(("name", "size"), SCROLLED, ids=lambda one: one if isinstance(one, str) else cells(one))
def test_nothing_touches_a_scroll_bar(make_view: Callable[..., App[Any]], name: str, size: tuple[int, int]) -> None:  # noqa: F811
    async def found() -> list[str]:
        view = next(view for view in VIEWS if view.name == name)
        app = make_view(view)
        async with app.run_test(size=size) as pilot:
            await view.open(pilot)
            return list(touching(app))

    assert asyncio.run(found()) == []
