"""Surfaces: bands around lines, stacked layers, and the zone where requests wait or nothing fits."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from roofrack_tui.raster.curve import Trace
from roofrack_tui.raster.ink import BANDS, HATCH_OVER, HATCH_WAIT, LAYERS, OVER, TEXT, clip, text_width
from roofrack_tui.raster.plot import Plot
from roofrack_tui.raster.spec import Look, Zone

PATTERNS = "█▒░▓▚▞"
ASCII_PATTERNS = "#=-+:%"
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_STIPPLE = ("⠁", "⠂", "⠄", "⡀")


def draw_zone(plot: Plot, zone: Zone, look: Look) -> int:
    """Shade everything right of a concurrency and return the first column shaded (the plot's width if none)."""
    first = max(0, plot.frame.column(zone.x))
    over = zone.kind == "over"
    glyph, fore = (("/" if look.ascii else "╱"), HATCH_OVER) if over else (("." if look.ascii else "·"), HATCH_WAIT)
    for row in range(plot.height):
        for column in range(first, plot.width):
            if look.shading == "tint":
                plot.ground(column, row, fore)
            if (column + row * (1 if over else 2)) % 4 == 0:
                plot.put(column, row, glyph, fore)
    return first


def draw_band(plot: Plot, low: Trace, high: Trace, style: int, look: Look) -> None:
    """Shade what lies between two traces over the plot's columns.

    Tints have edges of half a cell; patterns are sparse dots, so that a line stays clear upon them.
    """
    fore = BANDS[style % len(BANDS)]
    halves = plot.height * 2
    for column in range(max(low.first, high.first), plot.width):
        bottom, top = low.at(column), high.at(column)
        if bottom is None or top is None:
            break
        first = max(0, round((1 - min(top, 2.0)) * halves))
        end = min(halves, round((1 - max(bottom, -1.0)) * halves))
        if look.shading == "tint" and not look.ascii:
            _tint_column(plot, column, first, end, fore)
        else:
            _stipple_column(plot, column, first, end, fore, look)


def _tint_column(plot: Plot, column: int, first: int, end: int, fore: str) -> None:
    for row in range(first + 1 >> 1, end >> 1):
        plot.put(column, row, " ", fore)
        plot.ground(column, row, fore)
    if first & 1 and first < end:
        plot.put_if_empty(column, first >> 1, "▄", fore)
    if end & 1 and first < end:
        plot.put_if_empty(column, end >> 1, "▀", fore)


def _stipple_column(plot: Plot, column: int, first: int, end: int, fore: str, look: Look) -> None:
    for row in range(first + 1 >> 1, end + 1 >> 1):
        if (column + row) % 2 == 0:
            glyph = "." if look.ascii else "░" if look.rendering == "blocks" else _STIPPLE[column % 4]
            plot.put(column, row, glyph, fore)


def draw_stack(plot: Plot, tops: Sequence[Trace], styles: Sequence[int], bars: Sequence[int], look: Look) -> None:
    """Fill layers upon each other.

    Args:
        plot: Where.
        tops: The top of each layer over the plot's columns, the lowest first.
        styles: The look of each layer.
        bars: Columns that bars are centred on; empty fills the area.
        look: How it is drawn.
    """
    shown = _bar_columns(bars, plot.width)
    for column in range(plot.width):
        if shown is not None and column not in shown:
            continue
        source = column if shown is None else shown[column]
        heights = [top.at(source) for top in tops]
        if any(height is None for height in heights):
            continue
        _fill_column(plot, column, [height or 0.0 for height in heights], styles, look)


def _bar_columns(bars: Sequence[int], width: int) -> dict[int, int] | None:
    """Return for each column covered by a bar the column that the bar stands for, or ``None`` for an area."""
    if not bars:
        return None
    gaps = [b - a for a, b in pairwise(bars) if b > a]
    half = max(0, (min(gaps, default=width // 2) - 2) // 2)
    return {
        column: min(max(bar, 0), width - 1)
        for bar in bars
        for column in range(max(0, bar - half), min(width, bar + half + 1))
    }


def _fill_column(plot: Plot, column: int, heights: list[float], styles: Sequence[int], look: Look) -> None:
    eighths = [round(min(max(height, 0.0), 1.0) * plot.height * 8) for height in heights]
    for row in range(plot.height):
        foot = (plot.height - 1 - row) * 8
        if eighths[-1] <= foot:
            continue
        below = next(n for n, top in enumerate(eighths) if top > foot)
        if look.shading == "pattern" or look.ascii:
            covered = next((n for n, top in enumerate(eighths) if top >= foot + 4), None)
            if covered is not None:
                patterns = ASCII_PATTERNS if look.ascii else PATTERNS
                style = styles[covered]
                plot.put(column, row, patterns[style % len(patterns)], LAYERS[style % len(LAYERS)])
            continue
        fore = LAYERS[styles[below] % len(LAYERS)]
        if eighths[below] >= foot + 8:
            plot.put(column, row, " ", fore)
            plot.ground(column, row, fore)
            continue
        plot.put(column, row, _EIGHTHS[eighths[below] - foot], fore)
        above = next((n for n, top in enumerate(eighths) if top > eighths[below]), None)
        if above is not None:
            plot.ground(column, row, LAYERS[styles[above] % len(LAYERS)])


def strike_above(plot: Plot, limit: int, top: Trace, look: Look) -> None:
    """Strike through the part of a stack that lies above row ``limit``."""
    for column in range(top.first, min(plot.width, top.first + len(top.heights))):
        height = top.at(column)
        if height is None:
            continue
        first = max(0, round((1 - min(height, 1.0)) * plot.height))
        for row in range(first, min(limit, plot.height)):
            plot.put(column, row, "/" if look.ascii else "╱", OVER)


def name_layers(plot: Plot, tops: Sequence[Trace], names: Sequence[str], look: Look) -> None:
    """Write each layer's name inside it, where it is wide and thick enough."""
    for index, name in enumerate(names):
        low = tops[index - 1] if index else None
        best: tuple[int, int, int] = (0, 0, 0)
        for row in range(plot.height):
            start, length = _inside(plot, low, tops[index], row)
            if length > best[0]:
                best = (length, start, row)
        length, start, row = best
        text = clip(name, length - 2, "." if look.ascii else "…")
        if text and text_width(text) >= min(3, text_width(name)):
            plot.label(start + 1, row, text, TEXT)


def _inside(plot: Plot, low: Trace | None, top: Trace, row: int) -> tuple[int, int]:
    """Return the start and length of the longest run of free cells of a row that lie wholly in a layer."""
    ceiling, floor = 1 - row / plot.height, 1 - (row + 1) / plot.height
    best, start, length = (0, 0), 0, 0
    for column in range(plot.width + 1):
        height = top.at(column) if column < plot.width else None
        beneath = (low.at(column) if low else 0.0) if height is not None else None
        if (
            height is not None
            and beneath is not None
            and height >= ceiling
            and beneath <= floor + 1e-9
            and plot.is_free(column, row, 1)
        ):
            start, length = (start, length + 1) if length else (column, 1)
            continue
        if length > best[1]:
            best = (start, length)
        length = 0
    return best
