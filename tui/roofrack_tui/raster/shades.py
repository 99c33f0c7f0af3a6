"""Surfaces: bands around lines, stacked layers, and the zone where requests wait or nothing fits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from roofrack_tui.raster.curve import Trace
from roofrack_tui.raster.ink import BANDS, HATCH_OVER, HATCH_WAIT, LAYERS, OVER, TEXT, clip, text_width
from roofrack_tui.raster.look import Look
from roofrack_tui.raster.plot import Plot
from roofrack_tui.raster.spec import Zone

PATTERNS = "█▒░▓▚▞"
ASCII_PATTERNS = "#~+%&@"
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_LEAST_NAME = 6
_ROW_SHARE = 0.35
"""How much of a row may be missing where a layer's name is still written upon it."""

_STROKES_APART = 3
"""Columns from one stroke to the next where patterns tell layers apart."""

_STIPPLE = ("⠁", "⠂", "⠄", "⡀")


def draw_zone(plot: Plot, zone: Zone, look: Look) -> int:
    """Shade everything right of a concurrency and return the first column shaded (the plot's width if none)."""
    first = max(0, plot.frame.column(zone.x))
    over = zone.kind == "over"
    glyph, fore = (("/" if look.ascii else "╱"), HATCH_OVER) if over else (("." if look.ascii else "·"), HATCH_WAIT)
    every = 1 if over else 2
    for column in range(first, plot.width):
        if look.shading == "tint":
            plot.fill(column, 0, plot.height, " ", fore, fore)
        for row in range(plot.height):
            if (column + row * every) % 4 == 0:
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
        # Rounded outwards: a narrow band stays one ribbon instead of falling into pieces.
        first = max(0, math.floor((1 - min(top, 2.0)) * halves))
        end = min(halves, math.ceil((1 - max(bottom, -1.0)) * halves))
        if look.shading == "tint" and not look.ascii:
            _tint_column(plot, column, first, end, fore)
        else:
            _stipple_column(plot, column, first, end, fore, look)


def _tint_column(plot: Plot, column: int, first: int, end: int, fore: str) -> None:
    plot.fill(column, first + 1 >> 1, end >> 1, " ", fore, fore)
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
    tops = [round(min(max(height, 0.0), 1.0) * plot.height * 8) for height in heights]
    roles = [LAYERS[style % len(LAYERS)] for style in styles]
    patterned = look.shading == "pattern" or look.ascii
    patterns = ASCII_PATTERNS if look.ascii else PATTERNS
    glyphs = [patterns[style % len(patterns)] if patterned else " " for style in styles]
    below = 0
    for top, role, glyph in zip(tops, roles, glyphs, strict=True):
        first, end = plot.height - (top >> 3), plot.height - (below + 7 >> 3)
        plot.fill(column, first, end, glyph, role, None if patterned else role)
        below = top
    for split in {top >> 3 for top in tops if top & 7}:
        row = plot.height - 1 - split
        parts = _parts(tops, split * 8)
        if not patterned:
            lower, upper, eighths = _halve(parts, len(tops) - 1)
            plot.put(column, row, _EIGHTHS[eighths], roles[lower])
            if upper is not None:
                plot.ground(column, row, roles[upper])
        elif sum(size for _, size in parts) >= 4:
            shown, _ = max(reversed(parts), key=lambda part: part[1])
            plot.put(column, row, glyphs[shown], roles[shown])


def _parts(tops: Sequence[int], foot: int) -> list[tuple[int, int]]:
    """Return the layers in a cell, the lowest first, with the eighths of it that each has."""
    parts: list[tuple[int, int]] = []
    begin = foot
    for index, top in enumerate(tops):
        end = min(top, foot + 8)
        if end > begin:
            parts.append((index, end - begin))
            begin = end
    return parts


def _halve(parts: Sequence[tuple[int, int]], highest: int) -> tuple[int, int | None, int]:
    """Return the two layers that stand for a cell and how many of its eighths the lower one has.

    A cell can show two colours only. What it shows of the layers below the last follows from these alone, so that layers which
    stay the same from column to column look the same, however the last one changes above them: together they keep their share,
    or, where they fill half of the cell, two of them take all of it. The upper one is ``None`` where the cell's upper part is empty.
    """
    empty = 8 - sum(size for _, size in parts)
    if len(parts) + bool(empty) <= 2:
        return parts[0][0], parts[1][0] if len(parts) == 2 else None, parts[0][1]
    last = sum(size for index, size in parts if index == highest)
    rest = highest if last and last >= empty else None
    below = sorted((part for part in parts if part[0] != highest), key=lambda part: -part[1])
    share = sum(size for _, size in below)
    if len(below) == 1 or share < 4:
        return below[0][0], rest, share
    lower, upper = sorted(below[:2])
    return lower[0], upper[0], share - upper[1]


def strike_above(plot: Plot, limit: int, top: Trace, look: Look) -> None:
    """Strike through the part of a stack that lies above row ``limit``; cells where layers meet or end keep their edge.

    Args:
        plot: Where.
        limit: The first row that is not struck.
        top: The top of the stack over the plot's columns.
        look: How it is drawn; patterns stay visible between the strokes.
    """
    apart = 1 if look.shading == "tint" and not look.ascii else _STROKES_APART
    for column in range(top.first, min(plot.width, top.first + len(top.heights))):
        height = top.at(column)
        if height is None:
            continue
        first = max(0, round((1 - min(height, 1.0)) * plot.height))
        for row in range(first, min(limit, plot.height)):
            if (column + row) % apart == 0 and not plot.is_edge(column, row):
                plot.put(column, row, "/" if look.ascii else "╱", OVER)


class Inside(NamedTuple):
    """The rows that a layer fills, column by column.

    Args:
        first: The first row that it fills.
        end: The row after its last.
    """

    first: Sequence[int]
    end: Sequence[int]


def insides(plot: Plot, tops: Sequence[Trace]) -> list[Inside]:
    """Return the rows that layers fill.

    Args:
        plot: Where.
        tops: The top of each layer over the plot's columns, the lowest first.
    """
    found = []
    floor = [plot.height] * plot.width
    for top in tops:
        heights = [top.at(column) for column in range(plot.width)]
        edges = [plot.height * (1 - min(max(height or 0.0, 0.0), 1.0)) for height in heights]
        found.append(Inside([math.ceil(edge - _ROW_SHARE) for edge in edges], floor))
        floor = [math.floor(edge + _ROW_SHARE) for edge in edges]
    return found


def name_layers(plot: Plot, layers: Sequence[Inside], names: Sequence[str], styles: Sequence[int], look: Look) -> None:
    """Write each layer's name inside it, where it is wide and thick enough.

    Args:
        plot: Where.
        layers: What each layer fills, the lowest first.
        names: The name of each layer.
        styles: The look of each layer.
        look: How they are drawn.
    """
    for inside, name, style in zip(layers, names, styles, strict=True):
        length, start, row = _widest(plot, inside)
        text = clip(name, length - 2, "." if look.ascii else "…")
        if text and text_width(text) >= min(_LEAST_NAME, text_width(name)):
            plot.label(start + 1, row, text, TEXT, None if look.shading == "pattern" else LAYERS[style % len(LAYERS)])


def _widest(plot: Plot, inside: Inside) -> tuple[int, int, int]:
    """Return length, start and row of the longest free run of cells inside a layer."""
    best = (0, 0, 0)
    for row in range(max(0, min(inside.first)), min(plot.height, max(inside.end))):
        wanted = bytes(first <= row < end for first, end in zip(inside.first, inside.end, strict=True))
        start, length = plot.free_run(row, wanted)
        if length > best[0]:
            best = (length, start, row)
    return best
