"""Lines in braille dots, half blocks and ASCII."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from roofrack_tui.raster.curve import Trace
from roofrack_tui.raster.ink import PLAIN, SERIES, Role
from roofrack_tui.raster.plot import Plot

DASHES = ("1", "111100", "100", "1111110100", "11111111000", "1100", "111101010", "11111100110")
"""How each look's line is broken, dot by dot; the first is solid."""

MARKS = "●■▲◆▼★◀▶"
HOLLOW_MARKS = "○□△◇▽☆◁▷"
"""Measured points of each look."""

ASCII_MARKS = "*+x#%&@$"
ASCII_HOLLOW_MARKS = "oOcnuzvQ"

_THICK_FROM = 12
"""From this many rows on lines are two dots thick: below it they would blur."""

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def mark(style: int, ascii_only: bool) -> str:
    """Return the mark of a look."""
    marks = ASCII_MARKS if ascii_only else MARKS
    return marks[style % len(marks)]


def hollow(style: int | None, ascii_only: bool) -> str:
    """Return the mark of what was measured: of a look's quantity, or of any."""
    marks = ASCII_HOLLOW_MARKS if ascii_only else HOLLOW_MARKS
    return marks[(style or 0) % len(marks)]


def role(style: int) -> Role:
    """Return the colour of a look."""
    return SERIES[style % len(SERIES)]


def spans(trace: Trace, height: int, parts: int = 1) -> Iterator[tuple[int, int, int]]:
    """Yield (column, from, to) for a line drawn over ``height`` rows of dots, each column joined to the one before.

    ``from`` is where the line enters the column and ``to`` where it leaves it, rows counted from the top; both
    lie inside the drawing, and columns in which the line is wholly outside are left out.

    Args:
        trace: The line over the columns.
        height: Rows.
        parts: Of a row, in which heights are rounded; with 4 a line lies in the rows of `row_of`, as marks do.
    """
    last, span = height - 1, height * parts - 1
    previous: int | None = None
    for column, up in enumerate(trace.heights, trace.first):
        y = round((1.0 - min(max(up, -1e6), 1e6)) * span) // parts
        begin = y if previous is None else previous + (y > previous) - (y < previous)
        previous = y
        if 0 <= y <= last or 0 <= begin <= last or (begin < 0) != (y < 0):
            yield column, min(max(begin, 0), last), min(max(y, 0), last)


def draw_braille(plot: Plot, traces: Sequence[tuple[Trace, int]]) -> None:
    """Draw lines over 2x4 dots a cell; where lines share a cell the first gives the colour.

    Args:
        plot: Where.
        traces: Each line over twice the plot's columns, and its look.
    """
    width = plot.width
    bits = bytearray(width * plot.height)
    owner = bytearray(width * plot.height)
    last, thick = plot.height * 4 - 1, plot.height >= _THICK_FROM and len(traces) <= 2
    for trace, style in reversed(traces):
        dash = DASHES[style % len(DASHES)]
        step, length = 0, len(dash)
        solid, mine = length == 1, style % len(SERIES) + 1
        for column, begin, end in spans(trace, plot.height * 4):
            cell, side = column >> 1, column & 1
            for y in range(begin, end + 1) if end >= begin else range(begin, end - 1, -1):
                step += 1
                if solid or dash[step % length] == "1":
                    index = (y >> 2) * width + cell
                    bits[index] |= _DOTS[y & 3][side]
                    owner[index] = mine
                    if thick:
                        y += 1 if y < last else -1
                        index = (y >> 2) * width + cell
                        bits[index] |= _DOTS[y & 3][side]
                        owner[index] = mine
    for index, dots in enumerate(bits):
        if dots:
            plot.stroke(index % width, index // width, chr(0x2800 + dots), SERIES[owner[index] - 1])


def draw_blocks(plot: Plot, traces: Sequence[tuple[Trace, int]]) -> None:
    """Draw lines over two half blocks a cell, each half in its own colour.

    Args:
        plot: Where.
        traces: Each line over the plot's columns, and its look.
    """
    width = plot.width
    halves = bytearray(width * plot.height * 2)
    for trace, style in reversed(traces):
        dash = DASHES[style % len(DASHES)]
        step = 0
        for column, begin, end in spans(trace, plot.height * 2):
            for y in range(min(begin, end), max(begin, end) + 1):
                step += 1
                if dash[step % len(dash)] == "1":
                    halves[y * width + column] = style % len(SERIES) + 1
    for row in range(plot.height):
        for column in range(width):
            upper, lower = halves[2 * row * width + column], halves[(2 * row + 1) * width + column]
            if upper or lower:
                _put_halves(plot, column, row, upper, lower)


def _put_halves(plot: Plot, column: int, row: int, upper: int, lower: int) -> None:
    if upper == lower:
        plot.stroke(column, row, "█", SERIES[upper - 1])
    elif not lower:
        plot.stroke(column, row, "▀", SERIES[upper - 1])
    else:
        plot.stroke(column, row, "▄", SERIES[lower - 1])
        if upper:
            plot.ground(column, row, SERIES[upper - 1])


def draw_ascii(plot: Plot, traces: Sequence[tuple[Trace, int]]) -> None:
    """Draw lines with one character a cell, each look with its own.

    Args:
        plot: Where.
        traces: Each line over the plot's columns, and its look.
    """
    for trace, style in reversed(traces):
        for column, begin, end in spans(trace, plot.height, parts=4):
            for row in range(min(begin, end), max(begin, end) + 1):
                plot.put(column, row, mark(style, ascii_only=True), role(style), take=True)


def level_glyph(position: float, rows: int) -> tuple[int, str]:
    """Return the row of a horizontal line and the braille pair of dots that stands at its exact height."""
    dot = round((1 - position) * (4 * rows - 1))
    return dot >> 2, "⠉⠒⠤⣀"[dot & 3]


__all__ = [
    "ASCII_MARKS",
    "DASHES",
    "MARKS",
    "PLAIN",
    "draw_ascii",
    "draw_blocks",
    "draw_braille",
    "level_glyph",
    "mark",
]
