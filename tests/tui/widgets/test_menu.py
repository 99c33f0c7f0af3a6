"""A menu outlives rows that go and rooms that close."""

from __future__ import annotations

import pytest
from rich.style import Style
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import OptionList

from roofrack_tui.widgets.menu import Menu


class Choosing(App[None]):
    """A menu of three rows, and what was chosen from it."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen: list[int] = []

    def compose(self) -> ComposeResult:
        yield Menu("one", "two", "three", compact=True)

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        self.chosen.append(message.option_index)


def click_on(menu: Menu, row: int) -> events.Click:
    """A click on a row as it was drawn, where nothing is any more."""
    nowhere = (1, 20)
    return events.Click(menu, *nowhere, 0, 0, 1, False, False, False, *nowhere, Style.from_meta({"option": row}))


async def test_a_click_on_a_row_that_has_gone_is_no_click() -> None:
    app = Choosing()
    async with app.run_test() as pilot:
        menu = app.query_one(Menu)
        menu.post_message(click_on(menu, row=3))
        await pilot.pause()
        assert app.chosen == []
        menu.post_message(click_on(menu, row=2))
        await pilot.pause()
        assert app.chosen == [2]


@pytest.mark.parametrize("key", ["pageup", "pagedown"])
async def test_a_page_of_no_rows_leaves_the_highlight(key: str) -> None:
    app = Choosing()
    async with app.run_test() as pilot:
        menu = app.query_one(Menu)
        menu.highlighted = 1
        menu.styles.height = 0
        await pilot.pause()
        menu.focus()
        await pilot.press(key)
        assert menu.highlighted == 1


@pytest.mark.parametrize(("key", "row"), [("pageup", 0), ("pagedown", 2)])
async def test_a_page_of_rows_moves_the_highlight(key: str, row: int) -> None:
    app = Choosing()
    async with app.run_test() as pilot:
        menu = app.query_one(Menu)
        menu.highlighted = 1
        menu.focus()
        await pilot.press(key)
        assert menu.highlighted == row
