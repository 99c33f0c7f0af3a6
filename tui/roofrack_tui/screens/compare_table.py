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


def _head(line: Line, column: int, selected: bool, drawn: Drawn) -> Content:
    sign = mark(line.style, drawn.ascii)
    ellipsis = "." if drawn.ascii else "…"
    pointer = (">" if drawn.ascii else "▸") if selected else " "
    name = clip_parts(line.name, column - 4, ellipsis)
    gap = " " * (column - 3 - text_width(name))
    said = Content.assemble(pointer, Content.styled(sign, drawn.colour(line.style)), " ", name)
    return Content.assemble(gap, said.stylize("bold reverse") if selected else said.stylize("bold"))


def _cell(row_id: str, cell: Cell, column: int, drawn: Drawn) -> Content:
    """Value, verdict, ratio and band, the last ones left out where the column is too narrow."""
    value, ratio, band = value_text(row_id, cell), ratio_text(cell), band_text(row_id, cell)
    words = drawn.ascii and column >= _VALUE + _WORD
    verdict = VERDICT_WORDS[cell.verdict] if words else (_ASCII_MARKS if drawn.ascii else _MARKS).get(cell.verdict, "")
    room = column - (_WORD if words else 2)
    spaced, tight = _RATIO
    ratio_room = spaced if room - spaced >= _VALUE else tight if not words and room - tight >= _VALUE else 0
    band_room = _BAND if ratio_room and room - ratio_room - _BAND >= _VALUE else 0
    room -= ratio_room + band_room
    judged = f"{verdict:<{_WORD - 1 if words else 1}}" + (f"{ratio:>{ratio_room}}" if ratio_room else "")
    parts: list[Content | str] = [Content(value).truncate(room).pad_left(max(0, room - text_width(value))), " "]
    parts.append(Content.styled(judged, _STYLES.get(cell.verdict, "")))
    if band_room:
        parts.append(Content.styled(f"{band:>{_BAND}}", "$foreground-muted"))
    return Content.assemble(*parts)
