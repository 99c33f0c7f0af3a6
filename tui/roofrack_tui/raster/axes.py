"""Numbers around the plot: ticks left and right, concurrency below, units and the read-out above."""

from __future__ import annotations

from collections.abc import Sequence

from roofrack_tui.raster.frame import Curves, readout_columns
from roofrack_tui.raster.ink import (
    AXIS,
    CHIP,
    LIMIT,
    MEASURED,
    TARGET,
    TEXT,
    Role,
    clip,
    clip_parts,
    one_line,
    text_width,
)
from roofrack_tui.raster.look import Look
from roofrack_tui.raster.plot import Plot
from roofrack_tui.raster.scale import Scale, number, powers_of_two, read_out, short_count
from roofrack_tui.raster.spec import Axis, ChartSpec, Side, Vertical
from roofrack_tui.raster.strokes import hollow, mark, role


def axis_role(spec: ChartSpec, styles: Sequence[int], side: Side) -> Role:
    """Return the colour of an axis's numbers: that of its line where two axes have one line each."""
    mine = [style for series, style in zip(spec.series, styles, strict=True) if series.side == side]
    return role(mine[0]) if spec.right is not None and len(mine) == 1 else TEXT


def vertical_role(vertical: Vertical) -> Role:
    """Return the colour of a vertical line and its label."""
    if vertical.style is not None:
        return role(vertical.style)
    return LIMIT if vertical.kind == "limit" else TARGET


def draw_ticks(plot: Plot, spec: ChartSpec, styles: Sequence[int], look: Look) -> None:
    """Draw the vertical axes and their numbers."""
    frame, canvas = plot.frame, plot.canvas
    bar, tee, eet = ("|", "+", "+") if look.ascii else ("│", "┤", "├")
    edge = frame.left + frame.width
    for row in range(frame.top, min(frame.bottom, canvas.height)):
        if frame.left:
            canvas.put(frame.left - 1, row, bar, AXIS)
        if frame.ticks.get("right"):
            canvas.put(edge, row, bar, AXIS)
    for tick in frame.ticks["left"]:
        canvas.put(frame.left - 1, frame.top + tick.row, tee, AXIS)
        column = frame.left - 1 - len(tick.label)
        canvas.text(column, frame.top + tick.row, tick.label, axis_role(spec, styles, "left"))
    for tick in frame.ticks.get("right", ()):
        canvas.put(edge, frame.top + tick.row, eet, AXIS)
        canvas.text(edge + 1, frame.top + tick.row, tick.label, axis_role(spec, styles, "right"))


def draw_footer(plot: Plot, spec: ChartSpec, labels: Sequence[tuple[int, str]], look: Look) -> None:
    """Draw the concurrency axis, its numbers standing in the rule, and the cursor's number upon it.

    Args:
        plot: Above the axis.
        spec: What the chart shows.
        labels: Of the axis (`x_labels`).
        look: How it is drawn.
    """
    frame, canvas = plot.frame, plot.canvas
    if not frame.footer:
        return
    rule, corner = ("-", "+") if look.ascii else ("─", "└")
    row = frame.bottom
    canvas.text(frame.left, row, rule * frame.width, AXIS)
    if frame.left:
        canvas.put(frame.left - 1, row, corner, AXIS)
    if frame.ticks.get("right"):
        canvas.put(frame.left + frame.width, row, "+" if look.ascii else "┘", AXIS)
    start, chip = _chip(plot, spec, look)
    for column, label in labels:
        if column + len(label) < start or column > start + text_width(chip):
            canvas.text(column, row, label, TEXT)
    canvas.text(start, row, chip, CHIP, CHIP)


def _chip(plot: Plot, spec: ChartSpec, look: Look) -> tuple[int, str]:
    """Return the cursor's number on the concurrency axis and the column where it begins."""
    frame, canvas = plot.frame, plot.canvas
    if spec.cursor is not None:
        column = frame.column(spec.cursor)
        if 0 <= column < frame.width:
            unit = one_line(spec.x_unit) if frame.width >= 40 else ""
            value = {"count": f"{spec.cursor:,g}", "usd": f"${spec.cursor:,.2f}", "percent": f"{spec.cursor:g} %"}[
                spec.x_numbers
            ]
            text = f"{value} {unit}".rstrip()
            text = f"[{text}]" if look.ascii or look.shading == "pattern" else f" {text} "
            most = canvas.width - text_width(text)
            return min(max(frame.left + column - text_width(text) // 2, 0), max(0, most)), text
    return canvas.width + 1, ""


def x_labels(plot: Plot, spec: ChartSpec) -> list[tuple[int, str]]:
    """Return (column, text) of the numbers on the horizontal axis, as many as stand clear of each other."""
    frame = plot.frame
    counts = spec.x_numbers == "count"
    values = powers_of_two(frame.x.low, frame.x.high) if counts else frame.x.ticks(max(3, frame.width // 9))
    if len(values) < 2:
        values = Scale(frame.x.low, frame.x.high).ticks(max(2, frame.width // 10))
    for every in (1, 2, 3, 4, 6, 8, 12, 16):
        chosen = values[::every]
        labels = [(frame.left + frame.column(v), _x_number(v, spec)) for v in chosen]
        placed = [(_centred(column, text, plot), text) for column, text in labels]
        ends = [column + len(text) for column, text in placed]
        if all(following[0] - end >= 2 for following, end in zip(placed[1:], ends, strict=False)):
            return placed
    return []


def _x_number(value: float, spec: ChartSpec) -> str:
    if spec.x_numbers == "count":
        return short_count(value)
    if spec.x_numbers == "percent":
        return f"{value:g} %"
    return f"${number(value)}" if value >= 1000 else f"${value:g}"


def _centred(column: int, text: str, plot: Plot) -> int:
    frame = plot.frame
    most = min(frame.left + frame.width + 1, plot.canvas.width) - len(text)
    return max(min(column - (len(text) - 1) // 2, most), max(0, frame.left - 1))


def draw_header(plot: Plot, spec: ChartSpec, curves: Curves, styles: Sequence[int], look: Look) -> None:
    """Write units above their axes and the cursor's read-out between them."""
    frame, canvas = plot.frame, plot.canvas
    if not frame.header:
        return
    if frame.header > 1:
        _wrap_readout(plot, spec, curves, styles, look)
        return
    two = spec.right is not None and not spec.beside  # their read-outs say what they are
    left = "" if look.sparse and two else _unsaid(spec.left, spec)
    right = "" if look.sparse or spec.right is None else _unsaid(spec.right, spec)
    pieces = _readout(spec, curves, styles, look)
    between = _BETWEEN
    room = canvas.width - max(frame.left, text_width(left) + 3) - (text_width(right) + between if right else 0)
    if spec.measured:
        pieces.append((_measured_name(spec, look, room - _length(pieces)), MEASURED))
    if _length(pieces) - between > room:
        if spec.beside:
            pieces = _readout(spec, curves, styles, look, named=False)
        else:
            left = right = ""
            pieces, between = _closer(spec, pieces, look, canvas.width - min(frame.left, 1))
    if _length(pieces, between) - between > canvas.width:
        pieces = _readout(spec, curves, styles, look, named=False)
    over_ticks = max(0, frame.left - 1 - text_width(left))
    canvas.text(over_ticks, 0, clip(left, canvas.width), axis_role(spec, styles, "left"))
    canvas.text(canvas.width - text_width(right), 0, right, axis_role(spec, styles, "right"))
    column = max(frame.left, text_width(left) + 3) if left else min(frame.left, 1)
    end = canvas.width - text_width(right) - (1 if right else 0)
    if left:
        free = end - column - _length(pieces, between) + between
        column += max(0, min(free, over_ticks + text_width(left) + _AFTER_UNIT - column))
    for text, fore in pieces:
        text = clip(text, end - column, "." if look.ascii else "…")
        canvas.text(column, 0, text, fore)
        column += text_width(text) + between


def _unsaid(axis: Axis, spec: ChartSpec) -> str:
    """The unit of an axis, unless a read-out beside it begins with the same word."""
    unit = one_line(axis.unit)
    return "" if any(one_line(text).startswith(f"{unit} ") for text in spec.readout or ()) else unit


_BETWEEN = 2
"""Cells between read-outs."""

_AFTER_UNIT = 3
"""Cells between an axis's unit and the first read-out where there is room: closer they read as one phrase."""


def _closer(
    spec: ChartSpec, pieces: list[tuple[str, Role]], look: Look, room: int
) -> tuple[list[tuple[str, Role]], int]:
    """Return read-outs as far apart as there is room for: rather close than with the last of the words for what was measured."""
    if not spec.measured:
        return pieces, _BETWEEN if _length(pieces) - _BETWEEN <= room else 1
    values = pieces[:-1]
    last = _measured_name(spec, look, 0)
    for between in (_BETWEEN, 1, _BETWEEN):
        name = _measured_name(spec, look, room - _length(values, between))
        if name != last:
            break
    return [*values, (name, MEASURED)], between


def _measured_name(spec: ChartSpec, look: Look, room: int) -> str:
    """What the marks of measured points are called, in as many words as there is room for."""
    shown = "".join(dict.fromkeys(hollow(point.style, look.ascii) for point in spec.measured))
    names = [f"{shown} {one_line(name)}" for name in spec.measured[0].names]
    return next((name for name in names if text_width(name) <= room), names[-1] if names else shown)


def _wrap_readout(plot: Plot, spec: ChartSpec, curves: Curves, styles: Sequence[int], look: Look) -> None:
    """Write the unit and all read-outs with their names in several rows, in columns that do not move with the values."""
    canvas, ellipsis = plot.canvas, "." if look.ascii else "…"
    unit = one_line(spec.left.unit)
    places = readout_columns(len(spec.series), plot.frame.header)
    room = canvas.width // places
    canvas.text(0, 0, clip(unit, room - 1, ellipsis), TEXT)
    free = room - text_width(unit) - 3
    if spec.measured and text_width(measured := _measured_name(spec, look, free)) <= free:
        canvas.text(text_width(unit) + 2, 0, measured, MEASURED)
    values = _readout(spec, curves, styles, look, named=False)
    for place, (series, (value, fore)) in enumerate(zip(spec.series, values, strict=True), 1):
        mark_, _, number_ = value.partition(" ")
        name = clip_parts(series.name, room - text_width(number_) - 4, ellipsis)
        colon = ":" if text_width(name) <= room - text_width(number_) - 5 else ""
        canvas.text(place % places * room, place // places, f"{mark_} {name}{colon} {number_}", fore)


def _length(pieces: Sequence[tuple[str, Role]], between: int = _BETWEEN) -> int:
    return sum(text_width(text) + between for text, _ in pieces)


def _readout(
    spec: ChartSpec, curves: Curves, styles: Sequence[int], look: Look, named: bool = True
) -> list[tuple[str, Role]]:
    """Return the texts for the cursor; each keeps its width while values change, so that little moves on screen."""
    x = spec.cursor
    if x is None:
        return []
    pieces: list[tuple[str, Role]] = []
    if spec.readout is not None:
        for index, text in enumerate(spec.readout):
            known = index < len(styles)
            start = f"{mark(styles[index], look.ascii)} " if known else ""
            pieces.append((start + one_line(text), role(styles[index]) if known else TEXT))
        return pieces
    for line, series, style in zip(curves.lines, spec.series, styles, strict=True):
        y = line.at(x)
        numbers = _axis(spec, series.side).numbers
        value = "–" if y is None else read_out(y, numbers)
        name = one_line(series.name) + ": " if named and series.name else ""
        pieces.append((f"{mark(style, look.ascii)} {name}{value:<{6 if numbers == 'seconds' else 5}}", role(style)))
    if curves.layers:
        total = curves.layers[-1].at(x)
        if total is not None:
            pieces.append((f"{number(total, spec.left.numbers)} {one_line(spec.left.unit)}", TEXT))
    return pieces


def _axis(spec: ChartSpec, side: Side) -> Axis:
    return spec.right or spec.left if side == "right" else spec.left
