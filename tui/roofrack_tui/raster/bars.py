"""Memory of a device as one stacked horizontal bar."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from roofrack_tui.raster.ink import FREE, HATCH_OVER, LAYERS, LIMIT, STRONG, TEXT, Canvas, Role, Row, clip, text_width
from roofrack_tui.raster.look import Look
from roofrack_tui.raster.shades import ASCII_PATTERNS, PATTERNS

_LONG = 7
"""A legend short of room keeps names up to this length."""


class Part(NamedTuple):
    """One part of a device's memory.

    Args:
        name: For example ``"weights"``.
        gib: Its size in GiB.
        short: A name for narrow places, for example ``"ovh"``; empty takes the first three letters.
        style: Which of six fills it has; ``None`` takes its place in the list.
    """

    name: str
    gib: float
    short: str = ""
    style: int | None = None


class Bar(NamedTuple):
    """The memory of one device, or of several alike.

    Args:
        name: For example ``"GPU 0-3"``.
        parts: What fills it, in order.
        capacity_gib: What the device has.
        usable_gib: What the engine may use of it; ``None`` for all.
    """

    name: str
    parts: Sequence[Part]
    capacity_gib: float
    usable_gib: float | None = None

    @property
    def limit_gib(self) -> float:
        """What may be filled: the usable part, or all."""
        capacity = _size(self.capacity_gib)
        return capacity if self.usable_gib is None else min(capacity, _size(self.usable_gib))

    @property
    def used_gib(self) -> float:
        """The sum of the parts."""
        return sum(_size(part.gib) for part in self.parts)

    @property
    def over_gib(self) -> float:
        """How much too much there is, or 0."""
        return max(0.0, self.used_gib - self.limit_gib)


def _size(gib: float) -> float:
    return min(max(gib, 0.0), 1e9) if math.isfinite(gib) else 0.0


def gib_text(gib: float) -> str:
    """Return a size as short text: 16.9, 0.04, 1,234."""
    if gib >= 999.95:
        return f"{gib:,.0f}"
    return f"{gib:.2g}" if 0 < gib < 0.095 else f"{gib:.1f}"


def draw_bars(bars: Sequence[Bar], width: int, height: int, look: Look | None = None) -> list[Row]:
    """Draw bars, one row each, and a legend where rows are left.

    Args:
        bars: From the top down; where they are more than rows the last row counts the rest.
        width: Cells across.
        height: Cells down.
        look: How they are drawn; ``None`` for blocks with tints.
    """
    look = look or Look()
    canvas = Canvas(width, height)
    if not bars or not canvas.height:
        return canvas.rows()
    shown = len(bars) if len(bars) <= canvas.height else canvas.height - 1
    thick = 2 if look.sparse and canvas.height > 2 * shown else 1
    name_room = min(max(text_width(bar.name) for bar in bars), max(7 if canvas.width >= 28 else 4, canvas.width // 4))
    sums = [_sum(bar, canvas.width, look) for bar in bars]
    sum_room = max(map(len, sums))
    for index in range(shown):
        _draw_bar(canvas, bars[index], index * thick, thick, name_room, sums[index], sum_room, look)
    if shown < len(bars):
        rest = bars[shown:]
        over = sum(bar.over_gib > 0 for bar in rest)
        text = f"{len(rest)} more" + (f", {over} over" if over else ", all within their limits")
        canvas.text(0, shown, clip(text, canvas.width), LIMIT if over else TEXT)
    elif canvas.height > shown * thick:
        gap = 1 if canvas.height > shown * thick + 1 else 0
        _draw_legend(canvas, bars, shown * thick + gap, look)
    return canvas.rows()


def _sum(bar: Bar, width: int, look: Look) -> str:
    """Return the text right of a bar: what is used, or by how much it is over."""
    if bar.over_gib > 0:
        over = gib_text(bar.over_gib)
        return f"over by {over} GiB" if width >= 44 else f"+{over}!"
    if width < 44 or look.sparse:
        return ""
    return f"{gib_text(bar.used_gib)} of {gib_text(bar.limit_gib)} GiB"


def _draw_bar(
    canvas: Canvas, bar: Bar, top: int, thick: int, name_room: int, summary: str, sum_room: int, look: Look
) -> None:
    canvas.text(0, top, clip(bar.name, name_room, "." if look.ascii else "…"), STRONG)
    start = name_room + 1
    end = canvas.width - (sum_room + 1 if sum_room else 0)
    if end - start < 6:
        end = canvas.width
    elif summary:
        canvas.text(end + 1, top, summary, LIMIT if bar.over_gib else TEXT)
    framed = look.shading == "pattern" or look.ascii
    if framed:
        for row in range(top, top + thick):
            canvas.put(start, row, "[", TEXT)
            canvas.put(end - 1, row, "]", TEXT)
        start, end = start + 1, end - 1
    for row in range(top, top + thick):
        _fill(canvas, bar, row, start, end, look, labelled=row == top)


def _fill(canvas: Canvas, bar: Bar, row: int, start: int, end: int, look: Look, labelled: bool) -> None:
    length = max(0, end - start)
    full = max(_size(bar.capacity_gib), bar.used_gib) or 1.0
    edges = _edges([_size(part.gib) for part in bar.parts], full, length)
    limit = round(bar.limit_gib / full * length)
    framed = look.shading == "pattern" or look.ascii
    for index, part in enumerate(bar.parts):
        style = index if part.style is None else part.style
        first, last = edges[index], edges[index + 1]
        _fill_part(canvas, part, style, row, start + first, start + last, look, labelled)
        if framed and last - first > 1 and last < length:
            canvas.put(start + last - 1, row, "|", TEXT)
    for column in range(edges[-1], length):
        free = " " if column < limit else "-" if look.ascii else "╌"
        canvas.put(start + column, row, free, FREE, None if framed else FREE)
    if bar.over_gib > 0:
        for column in range(min(limit, edges[-1] - 1), edges[-1]):
            canvas.put(start + column, row, "/" if look.ascii else "╱", LIMIT, None if framed else HATCH_OVER)
        canvas.put(start + min(limit, edges[-1] - 1), row, "!" if look.ascii else "┃", LIMIT)
    elif limit < length:
        canvas.put(start + limit, row, ":" if look.ascii else "┆", TEXT)


def _edges(sizes: Sequence[float], full: float, length: int) -> list[int]:
    """Return the columns where parts begin and end; a part that is not empty has a column if there are enough."""
    edges = [0]
    total = 0.0
    for index, size in enumerate(sizes):
        total += size
        wanted = round(total / full * length)
        after = sum(1 for other in sizes[index + 1 :] if other > 0)
        least = edges[-1] + (1 if size > 0 else 0)
        edges.append(min(max(wanted, least), max(edges[-1], length - after)))
    return edges


def _fill_part(
    canvas: Canvas, part: Part, style: int, row: int, first: int, last: int, look: Look, labelled: bool
) -> None:
    role = LAYERS[style % len(LAYERS)]
    framed = look.shading == "pattern" or look.ascii
    patterns = ASCII_PATTERNS if look.ascii else PATTERNS
    glyph = patterns[style % len(patterns)] if framed else " "
    for column in range(first, last):
        canvas.put(column, row, glyph, role, None if framed else role)
    text = _fitting(part, last - first - (1 if framed else 2)) if labelled else ""
    if text:
        canvas.text(first + (0 if framed else 1), row, text + (" " if framed else ""), TEXT)
    elif labelled and not framed and last - first >= 2:
        canvas.text(first, row, clip(_short(part), last - first, ""), TEXT)


def _short(part: Part) -> str:
    return part.short or part.name[:3]


def _fitting(part: Part, room: int) -> str:
    """Return the longest label of a part that fits."""
    size = gib_text(_size(part.gib))
    labels = (f"{part.name} {size}", f"{part.name} {part.gib:.0f}", f"{_short(part)} {size}", part.name, _short(part))
    return next((label for label in labels if text_width(label) <= room), "")


def _draw_legend(canvas: Canvas, bars: Sequence[Bar], row: int, look: Look) -> None:
    """Name every fill, with sizes where there is one bar only."""
    column = 0
    framed = look.shading == "pattern" or look.ascii
    patterns = ASCII_PATTERNS if look.ascii else PATTERNS
    entries, gap = _legend(bars, short=False), 2
    if _room(entries, gap) > canvas.width:
        entries = _legend(bars, short=True)
        gap = 2 if _room(entries, 2) <= canvas.width else 1
    for style, (text, role) in entries.items():
        length = text_width(text) + 2
        if column and column + length > canvas.width:
            row, column = row + 1, 0
        if row >= canvas.height:
            return
        canvas.put(column, row, patterns[style % len(patterns)] if framed else "■", role)
        canvas.text(column + 2, row, clip(text, canvas.width - column - 2), TEXT)
        column += length + gap


def _room(entries: Mapping[int, tuple[str, Role]], gap: int) -> int:
    """Return the cells of a legend in one row."""
    return sum(text_width(text) + 2 + gap for text, _ in entries.values()) - gap


def _legend(bars: Sequence[Bar], *, short: bool) -> dict[int, tuple[str, Role]]:
    """Return the name of every fill, with its size where there is one bar only."""
    entries: dict[int, tuple[str, Role]] = {}
    for bar in bars:
        for index, part in enumerate(bar.parts):
            style = index if part.style is None else part.style
            size = f" {gib_text(_size(part.gib))}" if len(bars) == 1 else ""
            entries.setdefault(
                style,
                ((_short(part) if short and len(part.name) > _LONG else part.name) + size, LAYERS[style % len(LAYERS)]),
            )
    return entries
