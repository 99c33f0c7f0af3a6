"""Every field of one preset, with its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content

from roofrack.catalog import Catalog
from roofrack.domain.base import Frozen
from roofrack.errors import InputError
from roofrack.resolve import is_path
from roofrack.text import clean
from roofrack_tui.commands import BACK, CLOSING, READING, Command, bindings
from roofrack_tui.library import resolve_path
from roofrack_tui.preset_words import preset_words
from roofrack_tui.screens.dialog import DialogScreen
from roofrack_tui.tabular import GAP, wrapped
from roofrack_tui.widgets.prose import Prose
from roofrack_tui.widgets.room import Room

_LEAST_WIDTH = 12
"""Cells for values, however long the names of the fields are."""


class DetailScreen(DialogScreen[None]):
    """A preset's fields in a scroll.

    Args:
        name: What it is called.
        text: Its fields, one a line, name and value apart by two spaces.
    """

    KEYS: ClassVar[tuple[Command, ...]] = (BACK._replace(label="goes back"), *READING, *CLOSING["detail"])
    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS)

    def __init__(self, name: str, text: str) -> None:
        super().__init__()
        self._named = name
        self._text = text

    def compose(self) -> ComposeResult:
        """One scroll."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content(self._named).markup
            dialog.border_subtitle = self.key_words()
            with Room(id="fields"):
                yield Prose()

    @on(Room.Sized)
    def _lay_out(self) -> None:
        room = self.query_one(Room)
        if room.text_width > 0:
            self.query_one(Prose).show(list(_rows(self._text.splitlines(), room.text_width)))

    def action_scroll(self, action: str) -> None:
        """Scroll the fields.

        Args:
            action: The scroll's own method.
        """
        getattr(self.query_one(Room), action)(animate=False)


def _rows(lines: Sequence[str], width: int) -> Iterator[Content]:
    """Fields with their values in a column of their own, in which long ones go on."""
    parted = [(line[: len(line) - len(line.lstrip())], *line.strip().partition("  ")) for line in lines]
    column = max((len(indent + field) for indent, field, _, value in parted if value), default=0) + GAP
    for indent, field, _, value in parted:
        label = Content.styled(indent + field, "$foreground-muted")
        if not value:
            yield from wrapped([label], width)
            continue
        first, *rest = Content(value.strip()).wrap(max(_LEAST_WIDTH, width - column))
        yield label.pad_right(column - label.cell_length) + first
        yield from (line.pad_left(column) for line in rest)


def preset_detail(preset: Frozen) -> DetailScreen:
    """The screen of a preset.

    Args:
        preset: A model, device, link, format or engine.
    """
    return DetailScreen(str(getattr(preset, "name", type(preset).__name__)), preset_words(preset))


def model_detail(row_id: str, catalog: Catalog) -> DetailScreen:
    """The screen of a model of the library or on disk; where it cannot be read, that says why.

    Args:
        row_id: Its id, or its path.
        catalog: Where ids are looked up.
    """
    if not is_path(row_id):
        return preset_detail(catalog.model(row_id))
    try:
        model, notes = resolve_path(row_id)
    except InputError as problem:
        return DetailScreen(clean(row_id), str(problem))
    return DetailScreen(model.name, "\n".join((f"path  {clean(row_id, limit=1000)}", *notes, preset_words(model))))
