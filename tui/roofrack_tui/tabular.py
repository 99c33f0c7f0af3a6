"""Tables as rows of styled text: columns line up, and one of them wraps where there is little room."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from textual.content import Content

GAP = 2
"""Cells between columns."""

_LEAST_WIDTH = 12
"""Cells that a column keeps which wraps."""

_INDENT = Content("  ")
_PART = " · "
_JOINT = "\ue000"
"""Stands for a space at which no line breaks: Textual's own wrapping breaks at every kind of space."""
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:%|ms|s|min|h|x|GiB|GB|GB/s|tok/s|kW|kWh|years|months)(?![\w/]))")


class Column(NamedTuple):
    """One column.

    Args:
        name: Its heading; empty where it needs none.
        right: Whether its cells stand at the right: numbers.
        style: Textual style of its cells.
        wraps: Whether it takes what the others leave, on several lines if it must; one column at most.
        from_width: Narrower tables leave it out.
    """

    name: str = ""
    right: bool = False
    style: str = ""
    wraps: bool = False
    from_width: int = 0


def heading(text: str) -> Content:
    """The heading of a block.

    Args:
        text: A few words.
    """
    return Content.styled(text, "bold $text-primary")


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[str | Content]], width: int, gap: int = GAP
) -> list[Content]:
    """Lay a table out.

    Args:
        columns: From left to right.
        rows: Cells, as many a row as columns.
        width: Cells across; nothing is wider while the columns that do not wrap fit.
        gap: Cells between columns.
    """
    kept = [n for n, column in enumerate(columns) if width >= column.from_width]
    shown = [columns[n] for n in kept]
    cells = [[_cell(row[n], columns[n]) for n in kept] for row in rows]
    widths = [max([len(column.name), *(row[n].cell_length for row in cells)]) for n, column in enumerate(shown)]
    for n, column in enumerate(shown):
        if column.wraps:
            others = sum(widths) - widths[n] + gap * (len(shown) - 1)
            widths[n] = max(min(widths[n], width - others), min(_LEAST_WIDTH, widths[n]))
    found = []
    if any(column.name for column in shown):
        names = [Content.styled(column.name, "bold $foreground-muted") for column in shown]
        found += _lines(names, shown, widths, gap)
    for row in cells:
        found += _lines(row, shown, widths, gap)
    return found


def pairs(rows: Iterable[tuple[str, str | Content]], width: int) -> list[Content]:
    """Labels with what they stand for; what is long wraps below itself, or below its label where there is no room beside.

    Args:
        rows: Label and text.
        width: Cells across.
    """
    rows = list(rows)
    if width < max((len(label) for label, _ in rows), default=0) + GAP + _LEAST_WIDTH:
        said = [(Content.styled(label, "$foreground-muted"), _INDENT + text) for label, text in rows]
        return [part for both in said for line in both for part in _folded(line, width)]
    return table((Column(style="$foreground-muted"), Column(wraps=True)), rows, width)


def wrap(row: Content, width: int) -> list[Content]:
    """Lines of a row, in which a number and its unit stay together.

    Args:
        row: Text on one line.
        width: Cells across.
    """
    joined = Content(_BEFORE_UNIT.sub(_JOINT, row.plain), spans=list(row.spans))
    lines = joined.wrap(max(1, width))
    return [Content(line.plain.replace(_JOINT, " "), spans=list(line.spans)) for line in lines]


def wrapped(rows: Iterable[Content], width: int) -> list[Content]:
    """Rows of which none is too wide.

    Args:
        rows: From the top down.
        width: Cells across.
    """
    return [part for row in rows for part in ([row] if row.cell_length <= width else wrap(row, width))]


def whole_parts(row: Content, width: int) -> Content:
    """A row without the parts between ` · ` that it has no room for, the last first; a first part that is too long is cut.

    Args:
        row: Parts, the most telling first.
        width: Cells across.
    """
    plain = row.plain
    end = len(plain)
    while row[:end].cell_length > width and (before := plain.rfind(_PART, 0, end)) > 0:
        end = before
    return row[:end].truncate(max(1, width), ellipsis=True)


def part_rows(row: Content, width: int) -> list[Content]:
    """A row as several of which none is too wide, broken between its parts where that is enough.

    Args:
        row: Parts with ` · ` between them.
        width: Cells across.
    """
    rows, plain, start = [], row.plain, 0
    while row[start:].cell_length > width:
        kept = whole_parts(row[start:], width)
        end = start + len(kept.plain)
        if not plain.startswith(_PART, end):
            break
        rows.append(kept)
        start = end + len(_PART)
    return [*rows, *wrap(row[start:], width)]


def _cell(cell: str | Content, column: Column) -> Content:
    content = Content(cell) if isinstance(cell, str) else cell
    return content.stylize(column.style) if column.style and content.plain else content


def _lines(cells: Sequence[Content], columns: Sequence[Column], widths: Sequence[int], gap: int) -> list[Content]:
    """One row of the table: as many lines as its longest cell takes."""
    wrapped = [
        _folded(cell, width) if column.wraps and cell.cell_length > width else [cell]
        for cell, column, width in zip(cells, columns, widths, strict=True)
    ]
    found = []
    for number in range(max(map(len, wrapped))):
        parts: list[Content | str] = []
        for lines, column, width in zip(wrapped, columns, widths, strict=True):
            line = lines[number] if number < len(lines) else Content()
            room = width - line.cell_length
            parts += [line.pad_left(room) if column.right else line.pad_right(room), " " * gap]
        found.append(Content.assemble(*parts).rstrip())
    return found


def _folded(cell: Content, width: int) -> list[Content]:
    """Lines of a cell; what is indented stays so."""
    indent = len(cell.plain) - len(cell.plain.lstrip())
    return [line.pad_left(indent) for line in wrap(cell[indent:], width - indent)]
