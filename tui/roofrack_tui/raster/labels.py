"""Words in and beside the plot, put where they cover neither lines nor each other."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import NamedTuple

from roofrack_tui.raster.curve import Trace
from roofrack_tui.raster.ink import PLAIN, Role, clip, clip_parts, text_width
from roofrack_tui.raster.plot import Plot
from roofrack_tui.raster.spec import Series
from roofrack_tui.raster.strokes import mark, role

_LONGEST_NAME = 12
"""Cells of a name in a narrow plot, where a longer one would find no place."""


class LineName(NamedTuple):
    """The name of a line, and where the line runs.

    Args:
        text: The name, beside the plot with the line's mark.
        style: The line's look; None for a line without a mark.
        fore: The line's colour.
        trace: The line over the plot's columns.
        rows: The plot's rows where it runs, column by column.
    """

    text: str
    style: int | None
    fore: Role
    trace: Trace
    rows: Sequence[int]

    def marked(self, ascii_only: bool) -> LineName:
        """The name after the line's mark.

        Args:
            ascii_only: Whether marks are ASCII.
        """
        return self if self.style is None else self._replace(text=f"{mark(self.style, ascii_only)} {self.text}")


def line_names(
    series: Sequence[Series], styles: Sequence[int], traces: Sequence[Trace], rows: Sequence[Sequence[int]]
) -> list[LineName]:
    """The names of those lines that have one.

    Args:
        series: The lines.
        styles: Their looks.
        traces: Where they run over the plot's columns.
        rows: The plot's rows where they run, column by column.
    """
    return [
        LineName(one.name, style if one.mark else None, role(style), run, its_rows)
        for one, style, run, its_rows in zip(series, styles, traces, rows, strict=True)
        if one.name
    ]


def rows_in_gutter(names: Sequence[LineName], height: int) -> list[tuple[int, LineName]]:
    """The rows of names right of a plot, each beside its line's end and moved apart where they would collide.

    Args:
        names: The names.
        height: Rows of the plot.
    """
    ends = [(min(max(name.rows[-1], 0), height - 1), name) for name in names if name.rows]
    ends.sort(key=lambda end: end[0])
    rows = _spread([row for row, _ in ends[:height]], height)
    return [(row, name) for row, (_, name) in zip(rows, ends, strict=False)]


def name_in_gutter(plot: Plot, placed: Sequence[tuple[int, LineName]], ellipsis: str) -> None:
    """Write names right of the plot, in rows of `rows_in_gutter`."""
    room = plot.frame.gutter - 1
    for row, name in placed:
        column = plot.frame.left + plot.width + 1
        plot.canvas.text(column, plot.frame.top + row, clip_parts(name.text, room, ellipsis), name.fore)


def _spread(wanted: list[int], height: int) -> list[int]:
    """Return different rows, rising, as near as can be to the rising rows wanted."""
    rows: list[int] = []
    for row in wanted:
        rows.append(max(row, rows[-1] + 1) if rows else row)
    limit = height - 1
    for index in range(len(rows) - 1, -1, -1):
        rows[index] = min(rows[index], limit)
        limit = rows[index] - 1
    return rows


def name_in_plot(
    plot: Plot, name: LineName, others: Sequence[Trace], avoid: int, levels: Container[int], ellipsis: str
) -> None:
    """Write a name above or below its line, as near to the line's end as there is room.

    Args:
        plot: Where.
        name: The name and its line.
        others: The other lines, none of which may run between the name and its own.
        avoid: A column to stay clear of, where the cursor stands.
        levels: Rows of horizontal lines, one of which it would be taken for.
        ellipsis: What ends a name that was cut.
    """
    text = clip_parts(name.text, min(plot.width - 2, max(_LONGEST_NAME, plot.width // 2)), ellipsis)
    length = text_width(text)
    first, last = name.trace.first, name.trace.first + len(name.trace.heights)
    if not text or first == last:
        return
    for start in range(min(last, plot.width - 1) - length, max(0, first - length // 2), -1):
        if start - 2 <= avoid <= start + length + 1:
            continue
        columns = range(max(start, first), min(start + length, last))
        row = _row_beside(plot, name, others, levels, start, columns, length)
        if row is not None:
            plot.label(start, row, text, name.fore)
            return


def _row_beside(
    plot: Plot,
    name: LineName,
    others: Sequence[Trace],
    levels: Container[int],
    start: int,
    columns: range,
    length: int,
) -> int | None:
    """Return a free row above or below a stretch of a line, with nothing between them, or ``None``."""
    line = name.trace
    rows = name.rows[columns.start - line.first : columns.stop - line.first]
    for beside, step in ((min(rows) - 1, -1), (max(rows) + 1, 1)):
        for row in (beside, beside + step):
            if not plot.is_free(start, row, length):
                break
            if row in levels or not plot.is_free(start - 1, row, length + 2):
                continue
            if not _crosses(line, others, columns, 1 - row / plot.height):
                return row
    return None


def _crosses(line: Trace, others: Sequence[Trace], columns: range, height: float) -> bool:
    """Whether another line runs between a stretch of a line and a height."""
    for other in others:
        for column in columns:
            mine, theirs = line.at(column), other.at(column)
            if mine is not None and theirs is not None and min(mine, height) < theirs < max(mine, height):
                return True
    return False


def label_level(
    plot: Plot, row: int, texts: Sequence[str], fore: Role, ellipsis: str, others: Container[int] = ()
) -> None:
    """Write the label of a horizontal line on it, at the left where it is free there, else further right.

    Args:
        plot: Where.
        row: Of the line.
        texts: The label, and what stands for it where it has no room.
        fore: Its colour.
        ellipsis: What stands for what is cut.
        others: Rows of other lines, on which it would be taken for theirs.
    """
    for text in texts:
        text = clip(text, plot.width - 3, ellipsis)
        length = text_width(text)
        for at in (row, *(near for near in (row - 1, row + 1) if near not in others)) if text else ():
            for start in range(1, plot.width - length, 2):
                if plot.is_free(start - 1, at, length + 2):
                    plot.label(start, at, text, fore)
                    return


def label_vertical(plot: Plot, column: int, texts: Sequence[str], fore: Role, ellipsis: str) -> None:
    """Write the label of a vertical line beside it, at the top where it is free there, else further down.

    Args:
        plot: Where.
        column: Of the line.
        texts: The label, and what stands for it where it has no room.
        fore: Its colour.
        ellipsis: What stands for what is cut.
    """
    for text in texts:
        text = clip(text, plot.width - 3, ellipsis)
        length = text_width(text)
        for row in range(plot.height if text else 0):
            for start in (column - length - 1, column + 2):
                if plot.is_free(start, row, length):
                    plot.label(start, row, text, fore)
                    return


def label_zone(plot: Plot, first: int, text: str, fore: Role, ellipsis: str) -> None:
    """Write the label of the zone right of column ``first`` inside it, or left of it where it is too narrow."""
    room = plot.width - first
    inside = text_width(text) + 3 <= room
    if text and not inside:
        text += " >" if ellipsis == "." else " →"
    text = clip(text, (room if inside else first) - 2, ellipsis)
    length = text_width(text)
    if not text:
        return
    start = first + 1 + (room - length) // 2 if inside else first - length - 2
    middle = plot.height // 2
    rows = sorted(range(plot.height), key=lambda row: (abs(row - middle), row))
    free = [row for row in rows if plot.is_free(start - 1, row, length + 2)]
    blank = [row for row in free if inside or plot.is_blank(start - 1, row, length + 2)]
    for row in (*blank[:1], *free[:1])[:1]:
        plot.label(start - 1, row, f" {text} ", fore, PLAIN)
