"""The difference table as rows of styled text: a column for each plan, as much in a cell as it has room for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual.content import Content
from textual.style import Style

from roofrack.compare import Cell, Comparison, Verdict
from roofrack.report.compare_words import VERDICT_WORDS, WORDS, band_text, ratio_text, value_text
from roofrack_tui.pins import Line
from roofrack_tui.raster.ink import clip_parts, text_width
from roofrack_tui.raster.strokes import mark

_LABELS = 16
_WIDEST_COLUMN = 38
_VALUE, _WORD, _BAND = 8, 7, 18
_RATIO = (6, 5)
"""Cells of a ratio with a space before it, and without."""

_MARKS: dict[Verdict | None, str] = {"better": "▲", "worse": "▼", "unclear": "≈", "same": "="}
_ASCII_MARKS: dict[Verdict | None, str] = {"better": "+", "worse": "-", "unclear": "~", "same": "="}
_STYLES: dict[Verdict | None, str] = {"better": "$text-success", "worse": "$text-error"}


def legend(reference: str, drawn: Drawn) -> str:
    """What the marks mean.

    Args:
        reference: The plan that the others are measured against.
        drawn: How the table is drawn.
    """
    better, worse = ("+ better  - worse", "~") if drawn.ascii else ("▲ better  ▼ worse", "≈")
    overlap = "not distinguishable: 80 % bands overlap" if drawn.width >= _ROOMY else "bands overlap"
    return f"{better}  {worse} {overlap}  = same  · against {reference}"


_ROOMY = 100


class Drawn(NamedTuple):
    """How a table is drawn.

    Args:
        width: Cells across.
        ascii: With ASCII only: verdicts are words where there is room.
        colour: The style of a look.
    """

    width: int
    ascii: bool
    colour: Callable[[int], Style]


def column_width(width: int, count: int) -> int:
    """Cells of one plan's column.

    Args:
        width: Of the table.
        count: How many plans it has.
    """
    return min(_WIDEST_COLUMN, max(1, (width - _LABELS) // count))


def column_at(x: int, width: int, count: int) -> int | None:
    """The column at a cell; None beside the columns.

    Args:
        x: The cell, from 0.
        width: Of the table.
        count: How many plans it has.
    """
    column = (x - _LABELS) // column_width(width, count)
    return column if 0 <= column < count and x >= _LABELS else None


def table_rows(comparison: Comparison, lines: Sequence[Line], selected: int, drawn: Drawn) -> list[Content]:
    """The names above, then a row for each quantity; every row is as wide as the table at most.

    Args:
        comparison: The plans' numbers.
        lines: The plans' looks.
        selected: The column that keys act on.
        drawn: How it is drawn.
    """
    column = column_width(drawn.width, len(lines))
    heads = [_head(line, column, n == selected, drawn) for n, line in enumerate(lines)]
    rows = [Content.assemble(" " * _LABELS, *heads)]
    for row in comparison.rows:
        label = Content.styled(f"{WORDS[row.id].label:<{_LABELS}}", "$foreground-muted")
        rows.append(Content.assemble(label, *(_cell(row.id, cell, column, drawn) for cell in row.cells)))
    return rows


class _Rooms(NamedTuple):
    """Cells of the parts of a column; 0 leaves a part out.

    Args:
        value: Before the verdict.
        verdict: With the space before it.
        ratio: Likewise, where there is room for one.
        band: Likewise.
    """

    value: int
    verdict: int
    ratio: int
    band: int


def _rooms(column: int, drawn: Drawn) -> _Rooms:
    """What a column has room for, the most important parts first."""
    words = drawn.ascii and column >= _VALUE + _WORD
    verdict = _WORD if words else 2
    room = column - verdict
    spaced, tight = _RATIO
    ratio = spaced if room - spaced >= _VALUE else tight if not words and room - tight >= _VALUE else 0
    band = _BAND if ratio and room - ratio - _BAND >= _VALUE else 0
    return _Rooms(room - ratio - band, verdict, ratio, band)


def _head(line: Line, column: int, selected: bool, drawn: Drawn) -> Content:
    sign = mark(line.style, drawn.ascii)
    ellipsis = "." if drawn.ascii else "…"
    pointer = (">" if drawn.ascii else "▸") if selected else " "
    name = clip_parts(line.name, column - 4, ellipsis)
    length = text_width(name) + 3
    gap = max(column - _rooms(column, drawn).band - length, 1 if column > length else 0)
    said = Content.assemble(pointer, Content.styled(sign, drawn.colour(line.style)), " ", name)
    return Content.assemble(
        " " * gap, said.stylize("bold reverse" if selected else "bold"), " " * (column - length - gap)
    )


def _cell(row_id: str, cell: Cell, column: int, drawn: Drawn) -> Content:
    rooms = _rooms(column, drawn)
    words = rooms.verdict == _WORD
    value = value_text(row_id, cell)
    verdict = VERDICT_WORDS[cell.verdict] if words else (_ASCII_MARKS if drawn.ascii else _MARKS).get(cell.verdict, "")
    ratio = f"{ratio_text(cell):>{rooms.ratio}}" if rooms.ratio else ""
    band = f"  {band_text(row_id, cell):<{rooms.band - 2}}" if rooms.band else ""
    return Content.assemble(
        Content(value).truncate(rooms.value).pad_left(max(0, rooms.value - text_width(value))),
        " ",
        Content.styled(f"{verdict:<{rooms.verdict - 1}}{ratio}", _STYLES.get(cell.verdict, "")),
        Content.styled(band, "$foreground-muted"),
    )
