"""All models or all devices as a table with a filter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, NamedTuple

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import var
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from roofrack.filters import Query, Subject, parse
from roofrack.resolve import is_path
from roofrack_tui import search
from roofrack_tui.commands import LIBRARY, LISTED, Command, bindings
from roofrack_tui.library import BROKEN, NOTHING_MATCHES, Column, Row
from roofrack_tui.screens.detail import DetailScreen
from roofrack_tui.screens.dialog import DialogScreen
from roofrack_tui.slices import Slices
from roofrack_tui.widgets.columns import Cell, Columns
from roofrack_tui.widgets.filter import Filter
from roofrack_tui.widgets.menu import Menu

Fits = Mapping[str, bool | None]
_MARKS = {True: ("✓", "$text-success"), False: ("✗", "$text-error"), None: ("–", "dim")}


class Shelf(NamedTuple):
    """What a library screen shows.

    Args:
        title: What is chosen.
        subject: What can be asked of its rows.
        columns: Those after the name.
        fits: By id, whether rows fit the present plan.
        detail: The screen with every field of a row.
        takes_paths: Whether a path may be typed instead.
    """

    title: str
    subject: Subject
    columns: Sequence[Column]
    fits: Callable[[Sequence[str]], Fits]
    detail: Callable[[str], Screen[None]]
    takes_paths: bool = False


class LibraryScreen(DialogScreen[str | None]):
    """A filter above a table; it returns the id or the path chosen, `""` to add one's own, or None.

    Args:
        shelf: What it shows.
        rows: The rows; more may come while it is open.
        chosen: Id of the present choice.
    """

    KEYS: ClassVar[tuple[Command, ...]] = (*LISTED, *LIBRARY)
    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS)
    ABOUT: ClassVar[str] = "Library"

    rows: var[tuple[Row, ...]] = var((), init=False)

    def __init__(self, shelf: Shelf, rows: tuple[Row, ...], chosen: str = "") -> None:
        super().__init__()
        self._shelf = shelf
        self._chosen = chosen
        self._query = Query()
        self._fits: dict[str, bool | None] = {}
        self._slices = Slices()
        self._by_id: dict[str, Row] = {}
        self._columns: list[Column] = []
        self.set_reactive(LibraryScreen.rows, rows)

    @property
    def lists_models(self) -> bool:
        """Whether it is the table of models, which may also be opened by path."""
        return self._shelf.takes_paths

    def compose(self) -> ComposeResult:
        """Filter, headings, rows, and a line about the row in focus."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_subtitle = self.key_words("Enter takes it")
            hint = f"for example {self._shelf.subject.example}"
            yield Filter(placeholder=hint + (", or a path" if self._shelf.takes_paths else ""))
            yield Headings(classes="headings")
            yield Menu()
            yield Static(classes="words")

    def on_mount(self) -> None:
        """Show everything."""
        self.query_one(Menu).can_focus = False
        self._fill()

    def watch_rows(self) -> None:
        """Show more rows."""
        if self.is_mounted:
            self._fill()

    def action_list(self, action: str) -> None:
        """Move in the list while the focus stays in the filter.

        Args:
            action: The list's own action.
        """
        getattr(self.query_one(Menu), f"action_{action}")()

    def action_detail(self) -> None:
        """Show every field of the row in focus."""
        option = self.query_one(Menu).highlighted_option
        row = self._by_id.get((option.id if option else None) or "")
        if row is not None:
            broken = row.id.startswith(BROKEN)
            self.app.push_screen(DetailScreen(row.name, row.problem) if broken else self._shelf.detail(row.id))

    def action_sort(self) -> None:
        """Sort by the next quantity: the filter says which."""
        keys = ("name", *(quantity.names[0] for quantity in self._shelf.subject.quantities.values()), "")
        names = {key: quantity.names[0] for key, quantity in self._shelf.subject.quantities.items()}
        now = names.get(self._query.sort, self._query.sort)
        following = keys[(keys.index(now) + 1) % len(keys)]
        field = self.query_one(Filter)
        kept = [item for item in field.value.split() if not item.lower().startswith("sort:")]
        field.value = " ".join((*kept, *([f"sort:{following}"] if following else [])))

    def action_own(self) -> None:
        """Leave for the form of one's own presets."""
        self.dismiss("")

    @on(Input.Changed)
    def _filtered(self) -> None:
        self._fill()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        typed = event.value.strip()
        option = self.query_one(Menu).highlighted_option
        if self._shelf.takes_paths and is_path(typed):
            self.dismiss(typed)
        elif option is not None:
            self._take(option.id or "")

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self._take(event.option_id or "")

    def _take(self, row_id: str) -> None:
        if not self._by_id[row_id].problem:
            self.dismiss(row_id)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        row = self._by_id.get(event.option_id or "")
        self._say(row)

    @on(Menu.Moved)
    def _mark_in_sight(self) -> None:
        """Mark the rows in sight by whether they fit."""
        unknown = [name for name in self.query_one(Menu).ids_in_sight if not self._known(name)]
        if unknown:
            self._judge(unknown)

    def _known(self, row_id: str) -> bool:
        return row_id in self._fits or bool(self._by_id[row_id].problem)

    @work
    async def _judge(self, unknown: Sequence[str]) -> None:
        """Ask which rows fit, keys being served meanwhile; what is asked later ends it."""
        async for found in self._slices.judged(self._shelf.fits, unknown):
            self._fits |= found
            if self._has_answered or not self.query(Menu):  # somebody has left meanwhile
                return
            if not self._query.fits:
                self._mark(found)
        if self._query.fits and all(name in self._fits for name in unknown):
            self._fill()

    def _mark(self, found: Mapping[str, bool | None]) -> None:
        menu = self.query_one(Menu)
        for index, option in enumerate(menu.options):
            if option.id in found:
                menu.replace_option_prompt_at_index(index, self._prompt(self._by_id[option.id or ""]))

    def _fill(self) -> None:
        typed = self.query_one(Filter).value.strip()
        self._query = parse("" if is_path(typed) else typed, self._shelf.subject)
        self._by_id = {row.id: row for row in self.rows}
        asked = [row.id for row in self.rows if self._query.fits and self._query.admits(row.facts)]
        unknown = [row_id for row_id in asked if not self._known(row_id)]
        shown = search.asked(self._query, self.rows, self._shelf.subject, self._fits)
        menu = self.query_one(Menu)
        # A column in which no row has anything is none.
        self._columns = [
            column for n, column in enumerate(self._shelf.columns) if any(row.cells[n] for row in self.rows)
        ]
        self.query_one(Headings).show(self._columns)
        menu.set_options(Option(self._prompt(row), id=row.id) for row in shown)
        counted = "looking which fit …" if unknown else f"{len(shown)} of {len(self.rows)}"
        self.query_one(".dialog").border_title = f"{self._shelf.title} · {counted}"
        if not typed:
            menu.point_at(self._chosen)
        if menu.highlighted is None and shown:
            menu.action_first()
        self._say(self._by_id.get(menu.highlighted_option.id or "") if menu.highlighted_option else None)
        if unknown:
            self._judge(unknown)
        else:
            self.call_after_refresh(self._mark_in_sight)

    def _say(self, row: Row | None) -> None:
        """What is wrong with the filter or the row, else what the row is."""
        if self._query.problems:
            said, style = self._query.problems[0], "$text-warning"
        elif row is not None and row.problem:
            said, style = " · ".join(filter(None, (f"cannot be used: {row.problem}", row.note))), "$text-error"
        else:
            said, style = row.note if row else NOTHING_MATCHES.format(self.told("{dialog-back}")), "$foreground-muted"
        self.query_one(".words", Static).update(Content.styled(said, style), layout=False)

    def _prompt(self, row: Row) -> Columns:
        chosen = "●" if row.id == self._chosen else " "
        mark, style = _MARKS[self._fits[row.id]] if row.id in self._fits else (" ", "dim")
        name_style = "dim" if row.problem else ""
        cells = [
            Cell(text, column.width, right=column.right, style="dim", from_width=column.from_width)
            for text, column in zip(row.cells, self._shelf.columns, strict=True)
            if column in self._columns
        ]
        return Columns((Cell(chosen, 1), Cell(mark, 1, style=style), Cell(row.name, style=name_style), *cells))


class Headings(Static):
    """Names of the columns, above them."""

    def show(self, columns: Sequence[Column]) -> None:
        """Name other columns.

        Args:
            columns: From left to right, after the name.
        """
        cells = [Cell(c.name, c.width, right=c.right, from_width=c.from_width) for c in columns]
        self.update(Columns((Cell("", 1), Cell("", 1), Cell("name"), *cells)), layout=False)
