"""Where a chart's plot, axes and gutters lie, and which values its edges stand for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from roofrack_tui.raster.curve import LARGEST, Curve, is_x
from roofrack_tui.raster.ink import one_line, text_width
from roofrack_tui.raster.look import Look
from roofrack_tui.raster.scale import Scale, nice_step, number
from roofrack_tui.raster.spec import Axis, ChartSpec, Side

_LEAST_PLOT = 8
_GUTTER_FROM = 48
"""From this width on names of lines stand right of the plot."""

_TALL, _TALLER, _VALUE_ROOM = 8, 10, 10
"""Rows that a chart must have for a second and a third row of read-outs, and the cells of one besides its name."""

_EMPTY_X = (1.0, 64.0)
_BAND_ROOM = 1.3
_LIMIT_ROOM = (1.15, 3.0)
_TARGET_ROOM = 3.0


def tidy(spec: ChartSpec) -> ChartSpec:
    """Return ``spec`` without guides, points and a cursor that cannot be drawn."""
    zone = spec.zone
    return spec._replace(
        targets=[t for t in spec.targets if abs(t.y) <= LARGEST and (t.side == "left" or spec.right is not None)],
        verticals=[v for v in spec.verticals if is_x(v.x)],
        zone=zone if zone is not None and math.isfinite(zone.x) else None,
        measured=[m for m in spec.measured if is_x(m.x) and abs(m.y) <= LARGEST],
        cursor=spec.cursor if is_x(spec.cursor) else None,
        cursor_stops=[x for x in spec.cursor_stops if is_x(x)],
        rooms=(max(0, spec.rooms[0]), max(0, spec.rooms[1])),
    )


class Tick(NamedTuple):
    """A value on a vertical axis, the plot row it stands on, and its text."""

    value: float
    row: int
    label: str


class Curves(NamedTuple):
    """The cleaned data of a chart.

    Args:
        lines: One for each series.
        bands: (low, high) for each series.
        layers: Running totals of the stack, so that each layer ends where the next begins.
    """

    lines: tuple[Curve, ...]
    bands: tuple[tuple[Curve, Curve], ...]
    layers: tuple[Curve, ...]

    @classmethod
    def of(cls, spec: ChartSpec) -> Curves:
        """Return the cleaned data of ``spec``."""
        bands = tuple(
            (Curve.of((x, low) for x, low, _ in s.band), Curve.of((x, high) for x, _, high in s.band))
            for s in spec.series
        )
        return cls(tuple(Curve.of(s.points) for s in spec.series), bands, _totals(spec))


def _totals(spec: ChartSpec) -> tuple[Curve, ...]:
    """Return the running totals of the stack's layers over all their concurrencies."""
    layers = [Curve.of((x, max(0.0, y)) for x, y in layer.points) for layer in spec.stack]
    xs = sorted(set(chain.from_iterable(layer.xs for layer in layers)))
    below = [0.0] * len(xs)
    totals = []
    for layer in layers:
        below = [total + (layer.at(x) or 0.0) for total, x in zip(below, xs, strict=True)]
        totals.append(Curve.of(zip(xs, below, strict=True)))
    return tuple(totals)


class Frame(NamedTuple):
    """The geometry of a chart; columns and rows count from the canvas's corner unless said otherwise.

    Args:
        left: First column of the plot.
        top: First row of the plot.
        width: Columns of the plot.
        height: Rows of the plot.
        x: Concurrency over the plot's columns.
        y: The scale of each side.
        ticks: Those of each side.
        header: Rows above the plot, which hold units and the read-out.
        footer: Whether a row under the plot holds the concurrency axis.
        gutter: Columns right of the plot and its axis kept free, for the names of lines where there is no axis.
    """

    left: int
    top: int
    width: int
    height: int
    x: Scale
    y: dict[Side, Scale]
    ticks: dict[Side, tuple[Tick, ...]]
    header: int
    footer: bool
    gutter: int

    def column(self, x: float) -> int:
        """Return the plot column (from 0) of a concurrency, outside the plot where it is."""
        return round(_bounded(self.x.position(x)) * (2 * self.width - 1)) // 2

    def row(self, y: float, side: Side) -> int:
        """Return the plot row (from 0 at the top) of a value, outside the plot where it is."""
        return row_of(self.y[side].position(y), self.height)

    @property
    def bottom(self) -> int:
        """The row after the plot's last."""
        return self.top + self.height


def _bounded(position: float) -> float:
    return min(max(position, -1e6), 1e6)


def row_of(position: float, height: int) -> int:
    """Return the row (from 0 at the top) of a height between 0 and 1 in a plot ``height`` rows tall."""
    return round((1 - _bounded(position)) * (4 * height - 1)) // 4


def make_frame(spec: ChartSpec, curves: Curves, width: int, height: int, look: Look) -> Frame:
    """Return the geometry of a chart.

    Args:
        spec: What it shows.
        curves: Its cleaned data.
        width: Cells across, at least 1.
        height: Cells down, at least 1.
        look: How it is drawn.
    """
    header, footer = _header_rows(spec, width, height, look), height >= 3
    rows = height - header - footer
    x = _x_scale(spec, curves)
    y: dict[Side, Scale] = {"left": _y_scale(spec, curves, "left", x)}
    measures = spec.series or spec.stack or spec.targets or spec.measured
    ticks: dict[Side, tuple[Tick, ...]] = {"left": _ticks(y["left"], spec.left, rows) if measures else ()}
    if spec.right is not None:
        y["right"] = _y_scale(spec, curves, "right", x)
        ticks["right"] = _ticks(y["right"], spec.right, rows)
    left, right = _tick_room(ticks["left"]), _tick_room(ticks.get("right", ()))
    if width - left - right < _LEAST_PLOT:
        right, ticks = 0, {"left": ticks["left"]}
    if width - left < _LEAST_PLOT:
        left, ticks = 0, {"left": ()}
    gutter = _name_room(spec, width - left - right, look) if not right and (spec.beside or not spec.stack) else 0
    if width - sum(spec.rooms) >= _LEAST_PLOT:
        left, gutter = max(left, spec.rooms[0]), max(gutter, spec.rooms[1] - right)
    plot_width = max(1, width - left - right - gutter)
    return Frame(left, header, plot_width, max(1, rows), x, y, ticks, header, footer, gutter)


def _x_scale(spec: ChartSpec, curves: Curves) -> Scale:
    low, high = spec.x_range or (math.nan, math.nan)
    if not (is_x(low) and is_x(high) and low < high):
        xs = [x for curve in (*curves.lines, *curves.layers) for x in (curve.xs[:1] + curve.xs[-1:])]
        xs = xs or [m.x for m in spec.measured]
        low, high = (min(xs), max(xs)) if xs else _EMPTY_X
    if high / low < 1 + 1e-6:
        low, high = low / 2, high * 2
    return Scale(low, high, log=True)


def _seen(curve: Curve, x: Scale) -> list[float]:
    """Return the curve's values between the edges, and at them."""
    inside = [y for at, y in zip(curve.xs, curve.ys, strict=True) if x.low <= at <= x.high]
    return inside + [y for y in (curve.at(x.low), curve.at(x.high)) if y is not None]


def _y_scale(spec: ChartSpec, curves: Curves, side: Side, x: Scale) -> Scale:
    axis = spec.left if side == "left" else spec.right or Axis()
    mine = [index for index, series in enumerate(spec.series) if series.side == side]
    values = [y for index in mine for y in _seen(curves.lines[index], x)]
    values += [m.y for m in spec.measured if m.side == side and x.low <= m.x <= x.high]
    if side == "left" and curves.layers:
        values += [0.0, *_seen(curves.layers[-1], x)]
    edges = [y for index in mine for curve in curves.bands[index] for y in _seen(curve, x)]
    targets = [(t.y, t.kind) for t in spec.targets if t.side == side and t.y > 0]
    if axis.log:
        return _log_scale(axis, values, edges, [y for y, _ in targets])
    return _linear_scale(axis, values, edges, targets)


def _linear_scale(axis: Axis, values: list[float], edges: list[float], targets: Sequence[tuple[float, str]]) -> Scale:
    most = max(values, default=0.0)
    high = max([most, *(min(edge, most * _BAND_ROOM) for edge in edges)])
    for y, kind in targets:
        if kind == "limit":
            high = min(max(high, y * _LIMIT_ROOM[0]), y * _LIMIT_ROOM[1])
        elif y <= most * _TARGET_ROOM or not values:
            high = max(high, y * 1.05)
    low = min([0.0, *values])
    low, high = _given(axis.low, low), _given(axis.high, _round_up(low, high))
    return _spread(low, high)


def _log_scale(axis: Axis, values: list[float], edges: list[float], targets: list[float]) -> Scale:
    above = [v for v in values if v > 0] or [v for v in targets if v > 0] or [1.0]
    least, most = min(above), max(above)
    low = min([least, *(e for e in edges if e > least / _BAND_ROOM)])
    high = max([most, *(e for e in edges if e < most * _BAND_ROOM)])
    for y in targets:
        if least / _TARGET_ROOM <= y <= most * _TARGET_ROOM:
            low, high = min(low, y / 1.05), max(high, y * 1.05)
    low, high = _given(axis.low, _decade_step(low, down=True)), _given(axis.high, _decade_step(high, down=False))
    low, high = (min(max(end, 1 / LARGEST), LARGEST) for end in (low, high))
    return Scale(low, high, log=True) if high > low * (1 + 1e-6) else Scale(low / 2, low * 2, log=True)


def _given(asked: float | None, own: float) -> float:
    return own if asked is None or not math.isfinite(asked) else min(max(asked, -LARGEST), LARGEST)


def _spread(low: float, high: float) -> Scale:
    """Return the linear scale between two values, widened where they are too close to divide."""
    low, high = min(low, high), max(low, high)
    if high - low < max(abs(low), abs(high)) * 1e-9 or high - low < 1 / LARGEST:
        high += max(abs(high), 1.0) * 0.5
    return Scale(low, high)


def _round_up(low: float, high: float) -> float:
    """Return the value at or above ``high`` where a round axis from ``low`` ends."""
    step = nice_step((high - low) / 8)
    return max(math.ceil(high / step - 1e-9) * step, high)


def _decade_step(value: float, down: bool) -> float:
    value = max(value, 1 / LARGEST)
    power = 10.0 ** math.floor(math.log10(value))
    steps = (1.0, 2.0, 5.0, 10.0)
    if down:
        return max((step * power for step in steps if step * power <= value * (1 + 1e-9)), default=power / 10)
    return min((step * power for step in steps if step * power >= value * (1 - 1e-9)), default=10 * power)


def _ticks(scale: Scale, axis: Axis, rows: int) -> tuple[Tick, ...]:
    """Ticks that are rows apart; one alone tells no scale, so that few rows ask for more until there are two."""
    wanted = max(2, min(rows // 2, 4 + rows // 6))
    ticks = _placed(scale, axis, rows, wanted)
    while len(ticks) < 2 and wanted < _MOST_ASKED:
        wanted += 1
        ticks = _placed(scale, axis, rows, wanted)
    return ticks


_MOST_ASKED = 6


def _placed(scale: Scale, axis: Axis, rows: int, wanted: int) -> tuple[Tick, ...]:
    ticks: list[Tick] = []
    for value in scale.ticks(wanted):
        row = row_of(scale.position(value), rows)
        if all(abs(row - tick.row) >= (2 if rows > 3 else 1) for tick in ticks) and 0 <= row < rows:
            ticks.append(Tick(value, row, number(value, axis.numbers)))
    return tuple(ticks)


def _tick_room(ticks: Iterable[Tick]) -> int:
    labels = [len(tick.label) for tick in ticks]
    return max(labels) + 2 if labels else 0


def _header_rows(spec: ChartSpec, width: int, height: int, look: Look) -> int:
    """Return more than 1 where many names stand in the read-out because there is no gutter for them, and rows enough."""
    overlaid = spec.beside and spec.series and not spec.stack and spec.cursor is not None and spec.readout is None
    named_beside = width - spec.rooms[0] >= _GUTTER_FROM and not look.sparse
    if height < _TALL or not overlaid or named_beside:
        return int(height >= 4)
    rooms = [text_width(one_line(series.name)) + _VALUE_ROOM for series in spec.series]
    if sum(rooms) <= width:
        return 1
    return 2 if height < _TALLER or max(rooms) <= width // readout_columns(len(rooms), 2) else 3


def readout_columns(count: int, rows: int) -> int:
    """Return how many read-outs stand in a row of several, the unit in the first place.

    Args:
        count: How many there are.
        rows: Rows of the header.
    """
    return -(-(count + 1) // rows)


def _name_room(spec: ChartSpec, width: int, look: Look) -> int:
    """Return the columns kept for names right of the plot, 0 where they stand in the plot."""
    called = (*(series.name for series in spec.series), *spec.beside)
    names = [text_width(one_line(name)) for name in called if name]
    if width < _GUTTER_FROM or not names or look.sparse:
        return 0
    return min(max(names) + 3, width // 4)
