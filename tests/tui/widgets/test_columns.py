"""Rows of a list: drawn once, and again when they look otherwise."""

from textual.app import App, ComposeResult
from textual.widgets.option_list import Option

from roofrack_tui.widgets.columns import Cell, Columns
from roofrack_tui.widgets.menu import Menu


class Listed(App[None]):
    def __init__(self, row: Columns) -> None:
        super().__init__()
        self.row = row

    def compose(self) -> ComposeResult:
        yield Menu(Option(self.row), Option("another"))

    def drawn(self) -> list[tuple[str, object]]:
        return [(text, style) for text, style, _ in self.query_one(Menu).render_line(0)]


class Counted(Columns):
    """Counts how often it is laid out."""

    laid_out = 0

    def content(self, width: int):  # type: ignore[no-untyped-def]
        self.laid_out += 1
        return super().content(width)


async def test_a_row_that_stays_is_laid_out_once_and_again_for_other_colours_and_widths() -> None:
    row = Counted([Cell("✓", 1, style="$text-success"), Cell("Llama 3.1 8B"), Cell("8.0B", 5, right=True)])
    app = Listed(row)
    async with app.run_test(size=(40, 6)) as pilot:
        menu = app.query_one(Menu)
        menu.highlighted = None
        await pilot.pause()
        dark, once = app.drawn(), row.laid_out
        menu.set_options([Option(row), Option("a third")])  # as a filter does
        await pilot.pause()
        assert app.drawn() == dark
        assert row.laid_out == once
        app.theme = "textual-light"
        await pilot.pause()
        light = app.drawn()
        assert [text for text, _ in light] == [text for text, _ in dark]
        assert [style for _, style in light] != [style for _, style in dark]
        menu.highlighted = 0
        await pilot.pause()
        assert app.drawn() != light
        before = row.laid_out
        await pilot.resize_terminal(30, 6)
        assert sum(len(text) for text, _ in app.drawn()) == menu.scrollable_content_region.width < 40
        assert row.laid_out > before
