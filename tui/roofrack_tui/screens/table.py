"""Model classes on kinds of devices: speed for one and for many users, and for the money."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from roofrack.catalog import Catalog
from roofrack.report.units import steady_rate
from roofrack.results import Band
from roofrack.value_table import ValueRow, table_csv, table_lengths, table_markdown, value_table
from roofrack_tui.commands import CLOSING, READING, TABLE, Command, bindings
from roofrack_tui.export.exhibit import Exhibit, markdown_report
from roofrack_tui.raster.scale import number
from roofrack_tui.screens.dialog import DialogScreen
from roofrack_tui.widgets.columns import Cell, Columns
from roofrack_tui.widgets.prose import Prose
from roofrack_tui.words import short_device

_CLASS_WIDTH, _WIDE_CLASS, _WIDE_FROM = 6, 18, 100
"""Cells of the first column; wide enough for models' names from so many cells of the table on."""

_LEAST_WORDS = 2
"""Of a rack: how many, and a word of the device."""

_ROOM_FOR_UNITS = 14

_ROOM_FOR_MANY = 28
_ASIDE = "$foreground-muted"
_TALL = 30
"""Rows of a terminal in which all of the table stands with gaps in it."""


class Measure(NamedTuple):
    """One number of the table.

    Args:
        field: In `ValueRow`.
        name: In the title.
        unit: Of the numbers.
        many: Whether it is about as many users as the table goes to.
    """

    field: str
    name: str
    unit: str
    many: bool = False

    @property
    def short(self) -> str:
        """The unit where it stands beside every number: only a short one does."""
        return self.unit if self.unit == "tok/s" else ""

    def of(self, row: ValueRow) -> Band | None:
        """The number of a cell.

        Args:
            row: The cell.
        """
        band: Band | None = getattr(row, self.field)
        return band


MEASURES = (
    Measure("one_user", "one user alone", "tok/s"),
    Measure("many_users", "many users, all together", "tok/s", True),
    Measure("tokens_per_s_per_1000_usd_one", "one user, for the money", "tok/s per $1,000"),
    Measure("tokens_per_s_per_1000_usd", "many users, for the money", "tok/s per $1,000", True),
)


class TableScreen(DialogScreen[None]):
    """A class of models each row, a kind of device each column; ← → change what the cells say.

    Args:
        catalog: The presets that it is computed from.
    """

    KEYS: ClassVar[tuple[Command, ...]] = (*TABLE, *READING, *CLOSING["table"])
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(KEYS),
        *(Binding(str(n + 1), f"show({n})", show=False) for n in range(len(MEASURES))),
    ]
    ABOUT: ClassVar[str] = "Table"

    def __init__(self, catalog: Catalog) -> None:
        super().__init__()
        self._rows = value_table(catalog)
        self._shown = 0

    def compose(self) -> ComposeResult:
        """What the cells say, and the table."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "7B to 130B on CPU, gaming GPU, commercial GPU, Mac"
            dialog.border_subtitle = self.key_words()
            yield Prose(id="measures")
            with VerticalScroll(can_focus=False):
                yield Prose(id="cells")
            yield Prose(id="said")

    def on_resize(self) -> None:
        """Lay the table out to the width."""
        self.call_after_refresh(self._draw)

    def action_turn(self, step: int) -> None:
        """Show the next number, or the one before.

        Args:
            step: 1 or -1.
        """
        self.action_show((self._shown + step) % len(MEASURES))

    def action_show(self, number: int) -> None:
        """Show a number.

        Args:
            number: Its place in `MEASURES`.
        """
        self._shown = number
        self._draw()

    def action_scroll(self, action: str) -> None:
        """Scroll the table.

        Args:
            action: The scroll's own method.
        """
        getattr(self.query_one(VerticalScroll), action)(animate=False)

    def action_copy(self, shape: str) -> None:
        """Copy the whole table, all numbers with their bands.

        Args:
            shape: `Markdown` or `CSV`.
        """
        self.app.copy_to_clipboard(table_csv(self._rows) if shape == "CSV" else table_markdown(self._rows))
        self._say(f"copied as {shape}: {len(self._rows)} cells, all four numbers with their bands")

    def exhibit(self) -> Exhibit:
        """All four numbers of the table."""
        said = table_markdown(self._rows)
        return Exhibit(
            "table",
            lambda: markdown_report("Model classes", said, command="roofrack table"),
            lambda: table_csv(self._rows),
        )

    def _say(self, text: str) -> None:
        width = self.query_one("#said").size.width
        self.query_one("#said", Prose).show([Content.styled(text, _ASIDE).truncate(max(1, width), ellipsis=True)])

    def _draw(self) -> None:
        cells = self.query_one("#cells", Prose)
        if not cells.size.width:
            return
        names = [
            Content.styled(f" {n + 1}: {one.name} ", "bold reverse $primary" if n == self._shown else _ASIDE)
            for n, one in enumerate(MEASURES)
        ]
        if sum(name.cell_length for name in names) > cells.size.width:
            turning = self.told("{table-previous} {table-next}")
            names = [names[self._shown], Content.styled(f" {self._shown + 1} of {len(names)}, {turning}", _ASIDE)]
        self.query_one("#measures", Prose).show([Content("").join(names), Content()])
        apart = self.app.size.height >= _TALL
        cells.show(matrix(self._rows, MEASURES[self._shown], cells.size.width, apart=apart))
        prompt, output = table_lengths()
        measure = MEASURES[self._shown]
        most = max((row.many or 0 for row in self._rows), default=0)
        many = f" · up to {most} at once" if measure.many else ""
        self._say(f"▲ most · 80 % bands · {measure.unit} · {prompt:,} → {output:,} tokens{many}")


def matrix(rows: tuple[ValueRow, ...], measure: Measure, width: int, *, apart: bool = False) -> list[Content]:
    """A class of models each row of cells, a kind of device each column.

    Args:
        rows: All cells.
        measure: What they say.
        width: Cells across.
        apart: Whether an empty row stands between classes.
    """
    kinds = list(dict.fromkeys(row.kind for row in rows))
    classes = list(dict.fromkeys(row.model_class for row in rows))
    first = _CLASS_WIDTH if width < _WIDE_FROM else _WIDE_CLASS
    column = max(8, (width - first - len(kinds)) // len(kinds))
    head = [Cell("", first), *(Cell(kind, column, style="bold $text-primary") for kind in kinds)]
    found = [Columns([*head, Cell("")]).content(width)]
    for name in classes:
        cells = {row.kind: row for row in rows if row.model_class == name}
        names = (name, next(iter(cells.values())).model if width >= _WIDE_FROM else "", "", "")
        most = max((band.mid for row in cells.values() if (band := measure.of(row))), default=0.0)
        for n, text in enumerate(names):
            label = Cell(text, first, style="bold" if n == 0 else _ASIDE)
            found.append(_line(label, [_said(cells[kind], measure, most, column)[n] for kind in kinds], column, width))
        found += [Content()] if apart and name != classes[-1] else []
    return found


def _line(name: Cell, cells: list[tuple[str, str]], column: int, width: int) -> Content:
    return Columns([name, *(Cell(text, column, style=style) for text, style in cells), Cell("")]).content(width)


def _said(row: ValueRow, measure: Measure, most: float, column: int) -> tuple[tuple[str, str], ...]:
    """The lines of a cell, with their styles: the number, its band, the rack, and what it costs or carries."""
    band = measure.of(row)
    if band is None:
        why = "does not fit" if row.one_user is None else "no price known"
        return ((f"– {why}", _ASIDE), ("", ""), (_rack(row, column), _ASIDE), ("", ""))
    best = band.mid == most
    unit = measure.short if column >= _ROOM_FOR_UNITS else ""
    price = "" if row.usd is None else f"${number(row.usd)} "
    many = f", {row.many} at once" if measure.many and column >= _ROOM_FOR_MANY else ""
    return (
        (
            f"{'▲ ' if best else ''}{steady_rate(band.mid)} {unit}".rstrip(),
            "bold $text-success" if best else "bold",
        ),
        (f"{steady_rate(band.low)}–{steady_rate(band.high)}", _ASIDE),
        (_rack(row, column), _ASIDE),
        (f"{price}{row.weights}{many}", _ASIDE),
    )


def _rack(row: ValueRow, column: int) -> str:
    """The rack, without its maker and without what is said after it; its last words go where there is no room."""
    count, _, device = row.rack.partition(":")[0].partition(" ")
    words = f"{count} {short_device(device).partition(' (')[0].removeprefix('GeForce ')}".split()
    while len(" ".join(words)) > column and len(words) > _LEAST_WORDS:
        words.pop()
    return " ".join(words)
