"""The chart: numbers over concurrency in, rows of inked text out."""

from __future__ import annotations

from copy import copy
from typing import NamedTuple

from roofrack_tui.raster.axes import axis_role, draw_footer, draw_header, draw_ticks, vertical_role, x_labels
from roofrack_tui.raster.curve import LARGEST, Curve, Trace, is_x, trace
from roofrack_tui.raster.frame import Curves, make_frame, row_of, tidy
from roofrack_tui.raster.ink import CURSOR, GRID, LIMIT, MEASURED, OVER, PLAIN, TARGET, WAIT, Canvas, Row, text_width
from roofrack_tui.raster.labels import (
    LineName,
    label_level,
    label_vertical,
    label_zone,
    line_names,
    name_in_gutter,
    name_in_plot,
    rows_in_gutter,
)
from roofrack_tui.raster.look import Look
from roofrack_tui.raster.plot import Plot
from roofrack_tui.raster.scale import Scale
from roofrack_tui.raster.shades import draw_band, draw_stack, draw_zone, insides, name_layers, strike_above
from roofrack_tui.raster.spec import ChartSpec, Side, Target
from roofrack_tui.raster.strokes import draw_ascii, draw_blocks, draw_braille, hollow, level_glyph, mark, role

_SHORTEST_NAME = 8
"""A gutter that would cut names to fewer cells than this is no place for them: they stand in the plot."""

_LABELS_FROM = 4
"""From this many plot rows on there is room for words in the plot beside the names of lines."""

_BESIDE = (0, 1, -1, 2, -2, 3, -3, 4, -4)
"""Columns from the cursor's at which its marks stand, the first that is free; five lines find room at an edge."""

_TURN = 4
"""Columns after which one of several horizontal lines on a row gives way to the next."""


class ChartRaster(NamedTuple):
    """A drawn chart and what is needed to find one's way in it.

    Args:
        rows: The drawing, ``height`` rows of ``width`` cells each.
        left: First column of the plot.
        top: First row of the plot.
        width: Columns of the plot.
        height: Rows of the plot.
        x_scale: Concurrency over the plot's columns.
        stops: Concurrencies that the cursor may stand on, rising.
    """

    rows: list[Row]
    left: int
    top: int
    width: int
    height: int
    x_scale: Scale
    stops: tuple[float, ...]

    def contains(self, column: int, row: int) -> bool:
        """Whether a cell belongs to the plot (not to its axes and labels)."""
        return self.left <= column < self.left + self.width and self.top <= row < self.top + self.height

    def x_at(self, column: int) -> float:
        """Return the concurrency at a column; columns outside the plot give its edges."""
        inside = min(max(column - self.left, 0), self.width - 1)
        return self.x_scale.value((2 * inside + 0.5) / (2 * self.width - 1))

    def column_at(self, x: float) -> int:
        """Return the column of a concurrency; those outside the plot give its edge columns."""
        position = min(max(self.x_scale.position(x), 0.0), 1.0)
        return self.left + min(round(position * (2 * self.width - 1)) // 2, self.width - 1)

    def nearest_stop(self, x: float) -> float | None:
        """Return the stop nearest to ``x`` on screen, or ``None`` where there is none."""
        if not self.stops:
            return None
        return min(self.stops, key=lambda stop: abs(self.x_scale.position(stop) - self.x_scale.position(x)))

    def zoomed(self, factor: float, around: float) -> tuple[float, float]:
        """Return the concurrencies at the edges after zooming by ``factor`` (above 1: closer) around one of them."""
        centre = self.x_scale.position(around)
        low, high = centre - centre / factor, centre + (1 - centre) / factor
        return self.x_scale.value(low), self.x_scale.value(high)


def draw_chart(spec: ChartSpec, width: int, height: int, look: Look | None = None) -> ChartRaster:
    """Draw a chart.

    Args:
        spec: What it shows.
        width: Cells across.
        height: Cells down.
        look: How it is drawn; ``None`` for braille with tints.
    """
    return ChartPainter().draw(spec, width, height, look or Look())


class ChartPainter:
    """Draws charts, and of one that differs from the last by its cursor alone only what stands above the lines."""

    def __init__(self) -> None:
        self._subject: object = None
        self._ground: _Drawing | None = None

    def draw(self, spec: ChartSpec, width: int, height: int, look: Look) -> ChartRaster:
        """Draw a chart.

        Args:
            spec: What it shows.
            width: Cells across.
            height: Cells down.
            look: How it is drawn.
        """
        spec = tidy(spec)
        # Whether there is a cursor and a read-out decides how the room is shared; where and what they are does not.
        still = spec._replace(cursor=spec.cursor and 1.0, readout=spec.readout and ())
        subject = (still, spec.readout is None, width, height, look)
        if self._ground is None or subject != self._subject:
            self._subject, self._ground = subject, _Drawing(spec, width, height, look)
            self._ground.draw_ground()
        return self._ground.copy(spec).finished()


class _Drawing:
    """One chart while it is drawn, from the back to the front."""

    def __init__(self, spec: ChartSpec, width: int, height: int, look: Look) -> None:
        self.spec = spec
        self.look = look
        self.curves = Curves.of(spec)
        self.frame = make_frame(spec, self.curves, max(1, width), max(1, height), look)
        self.plot = Plot(Canvas(width, height), self.frame)
        self.zone_start = self.plot.width
        self.styles = [index if s.style is None else s.style for index, s in enumerate(spec.series)]
        self.ellipsis = "." if look.ascii else "…"
        lines = zip(self.curves.lines, spec.series, strict=True)
        self.traces = [self._trace(line, series.side, self.frame.width) for line, series in lines]
        self.tops = [self._trace(top, "left", self.frame.width) for top in self.curves.layers]
        self.rows = [[row_of(height, self.plot.height) for height in run.heights] for run in self.traces]
        self.insides = insides(self.plot, self.tops)
        self.beside = self._names_beside()
        self.x_labels = x_labels(self.plot, spec) if self.has_room and self.frame.footer else []

    @property
    def has_room(self) -> bool:
        return bool(self.plot.canvas.width and self.plot.canvas.height)

    def copy(self, spec: ChartSpec) -> _Drawing:
        """The drawing so far, to be gone on with for another cursor."""
        other = copy(self)
        other.spec, other.plot = spec, self.plot.copy()
        return other

    def draw_ground(self) -> None:
        """Everything that does not depend on where the cursor stands."""
        if not self.has_room:
            return
        if self.spec.zone:
            self.zone_start = draw_zone(self.plot, self.spec.zone, self.look)
        for index in reversed(range(len(self.spec.series))):
            self._band(index)
        self._stack()
        self._grid(self.zone_start)
        self._levels()
        for vertical in self.spec.verticals:
            glyph = "|" if self.look.ascii else "│"
            self._upright(self.frame.column(vertical.x), vertical_role(vertical), glyph)
        self._lines()
        self._measured()
        draw_ticks(self.plot, self.spec, self.styles, self.look)

    def finished(self) -> ChartRaster:
        """Words, which make way for the cursor, and the cursor."""
        if self.has_room:
            marks = self._marks_at_cursor()
            for column, row, _ in marks:
                self.plot.take(column, row)
            self._words(self.zone_start)
            self._cursor(marks)
            draw_header(self.plot, self.spec, self.curves, self.styles, self.look)
            draw_footer(self.plot, self.spec, self.x_labels, self.look)
        frame, curves = self.frame, self.curves
        stops = self.spec.cursor_stops or [x for curve in (*curves.lines, *curves.layers) for x in curve.xs]
        kept = tuple(sorted(set(map(float, stops))))
        return ChartRaster(self.plot.canvas.rows(), frame.left, frame.top, frame.width, frame.height, frame.x, kept)

    def _trace(self, curve: Curve, side: Side, columns: int) -> Trace:
        return trace(curve, self.frame.x, self.frame.y[self._side(side)], columns)

    def _band(self, index: int) -> None:
        side = self.spec.series[index].side
        low, high = (self._trace(edge, side, self.plot.width) for edge in self.curves.bands[index])
        draw_band(self.plot, low, high, self.styles[index], self.look)

    def _stack(self) -> None:
        if not self.tops:
            return
        bars = [self.frame.column(x) for x in self.curves.layers[-1].xs] if self.spec.stack_bars else []
        draw_stack(self.plot, self.tops, self._layer_styles, bars, self.look)
        limits = [target.y for target in self.spec.targets if target.kind == "limit"]
        if limits:
            strike_above(self.plot, self.frame.row(min(limits), "left"), self.tops[-1], self.look)

    @property
    def _layer_styles(self) -> list[int]:
        return [index if layer.style is None else layer.style for index, layer in enumerate(self.spec.stack)]

    def _grid(self, end: int) -> None:
        if not self.look.grid or self.plot.height < 6 or self.spec.stack:
            return
        for tick in self.frame.ticks["left"]:
            for column in range(0, min(end, self.plot.width), 1 if not self.look.ascii else 3):
                self.plot.put_if_empty(column, tick.row, "." if self.look.ascii else "┈", GRID)

    def _levels(self) -> None:
        """Lines at targets and limits; those that fall on one row take turns along it."""
        on_rows: dict[int, list[tuple[Target, str]]] = {}
        for target in self.spec.targets:
            position = self.frame.y[target.side].position(target.y)
            if 0 <= position <= 1:
                row, glyph = level_glyph(position, self.plot.height)
                on_rows.setdefault(row, []).append((target, self._beside_points(target, row) or glyph))
        for row, sharing in on_rows.items():
            for turn, (target, glyph) in enumerate(sharing):
                glyph, fore = self._level_glyph(target, glyph), self._target_role(target)
                for column in range(self.plot.width):
                    if column // _TURN % len(sharing) == turn:
                        self.plot.put(column, row, glyph, fore)

    def _beside_points(self, target: Target, row: int) -> str:
        """The dots below or above points that share a row with a line and all lie on one side of it; empty where none do."""
        scattered = [series for series in self.spec.series if series.scatter]
        side = self._side(target.side)
        ys = [y for one in scattered for _, y in one.points if abs(y) <= LARGEST and self.frame.row(y, side) == row]
        if not ys:
            return ""
        return "⣀" if min(ys) >= target.y else "⠉" if max(ys) < target.y else ""

    def _level_glyph(self, target: Target, exact: str) -> str:
        if self.look.ascii:
            return "=" if target.kind == "limit" else "-"
        if target.kind == "limit":
            return "━"
        return "╍" if self.look.rendering == "blocks" else exact

    def _target_role(self, target: Target) -> str:
        if target.kind == "limit":
            return LIMIT
        return TARGET if self.spec.right is None else axis_role(self.spec, self.styles, target.side)

    def _upright(self, column: int, fore: str, glyph: str) -> None:
        for row in range(self.plot.height):
            self.plot.guide(column, row, glyph, fore, take=True)

    def _lines(self) -> None:
        lines = [
            (line, series, style, trace)
            for line, series, style, trace in zip(
                self.curves.lines, self.spec.series, self.styles, self.traces, strict=True
            )
            if not series.scatter
        ]
        if self.look.rendering == "braille":
            columns = self.plot.width * 2
            draw_braille(
                self.plot, [(self._trace(line, series.side, columns), style) for line, series, style, _ in lines]
            )
        elif self.look.rendering == "blocks":
            draw_blocks(self.plot, [(trace, style) for _, _, style, trace in lines])
        else:
            draw_ascii(self.plot, [(trace, style) for _, _, style, trace in lines])
        # A line whose points are marked on their own ends without a mark: it would be taken for one of them.
        scattered = {style for series, style in zip(self.spec.series, self.styles, strict=True) if series.scatter}
        for line, series, style, run in lines:
            if series.mark and line.xs and style not in scattered:
                column, row = self.frame.column(line.xs[-1]), self.frame.row(line.ys[-1], self._side(series.side))
                if column + 1 < self.plot.width or not self._is_named(run, row):
                    self._put_mark(column, row, style)
        self._scatter()

    def _scatter(self) -> None:
        """Marks at points, those of the first series on top."""
        for series, style in reversed(list(zip(self.spec.series, self.styles, strict=True))):
            if series.scatter:
                for x, y in series.points:
                    if is_x(x) and abs(y) <= LARGEST:
                        self._mark(x, y, series.side, style)

    def _mark(self, x: float, y: float, side: Side, style: int) -> None:
        self._put_mark(self.frame.column(x), self.frame.row(y, self._side(side)), style)

    def _put_mark(self, column: int, row: int, style: int, on_line: bool = False) -> None:
        self.plot.put(column, row, mark(style, self.look.ascii), PLAIN if on_line else role(style), take=True)
        if on_line:
            self.plot.ground(column, row, role(style))

    def _side(self, side: Side) -> Side:
        """Return the axis to measure on: the left one where a chart has no right one."""
        return side if side in self.frame.y else "left"

    def _measured(self) -> None:
        for point in self.spec.measured:
            column, row = self.frame.column(point.x), self.frame.row(point.y, self._side(point.side))
            colour = MEASURED if point.style is None else role(point.style)
            self.plot.put(column, row, hollow(point.style, self.look.ascii), colour, take=True)

    def _words(self, zone_start: int) -> None:
        if self.plot.height >= _LABELS_FROM:
            self._name_guides()
        self._name_lines()
        self._name_zone(zone_start)
        names = [layer.name for layer in self.spec.stack]
        name_layers(self.plot, self.insides, names, self._layer_styles, self.look)

    def _name_zone(self, zone_start: int) -> None:
        zone = self.spec.zone
        if zone is None or zone_start >= self.plot.width or self.plot.height < _LABELS_FROM:
            return
        of = "" if zone.style is None or not zone.label else f"{mark(zone.style, self.look.ascii)} "
        fore = OVER if zone.kind == "over" else WAIT if zone.style is None else role(zone.style)
        label_zone(self.plot, zone_start, of + zone.label, fore, self.ellipsis)

    @property
    def _level_rows(self) -> list[int]:
        return [self.frame.row(target.y, target.side) for target in self.spec.targets]

    def _name_guides(self) -> None:
        rows = self._level_rows
        for row, target in zip(rows, self.spec.targets, strict=True):
            if 0 <= row < self.plot.height:
                texts = (target.label, target.brief)
                label_level(self.plot, row, texts, self._target_role(target), self.ellipsis, rows)
        for vertical in self.spec.verticals:
            column = self.frame.column(vertical.x)
            if 0 <= column < self.plot.width:
                texts = (vertical.label, vertical.brief)
                label_vertical(self.plot, column, texts, vertical_role(vertical), self.ellipsis)

    def _named(self, *, marked: bool) -> list[LineName]:
        """The names of lines, with their marks where they stand beside the plot: inside it a mark would be taken for a point."""
        names = line_names(self.spec.series, self.styles, self.traces, self.rows)
        return [name.marked(self.look.ascii) for name in names] if marked else names

    def _names_beside(self) -> list[tuple[int, LineName]] | None:
        """Where names stand right of the plot; None where they have no room there."""
        names = self._named(marked=True)
        longest = max((text_width(name.text) for name in names), default=0)
        if self.frame.ticks.get("right") or self.frame.gutter <= min(longest, _SHORTEST_NAME):
            return None
        return rows_in_gutter(names, self.plot.height)

    def _is_named(self, run: Trace, row: int) -> bool:
        """Whether the name of a line stands beside a row of the plot, with the mark that would end the line there."""
        return any(at == row and name.trace is run for at, name in self.beside or ())

    def _name_lines(self) -> None:
        if self.beside is not None:
            name_in_gutter(self.plot, self.beside, self.ellipsis)
            return
        cursor = self.spec.cursor
        avoid = -9 if cursor is None else self.frame.column(cursor)
        levels = self._level_rows
        for name in self._named(marked=False):
            others = [trace for trace in self.traces if trace is not name.trace]
            name_in_plot(self.plot, name, others, avoid, levels, self.ellipsis)

    def _marks_at_cursor(self) -> list[tuple[int, int, int]]:
        """Column, row and look of a mark on each curve; where several share a cell, the later ones stand beside the first."""
        x = self.spec.cursor
        if x is None or not 0 <= (column := self.frame.column(x)) < self.plot.width:
            return []
        marks: dict[tuple[int, int], int] = {}
        for line, series, style in zip(self.curves.lines, self.spec.series, self.styles, strict=True):
            y = line.at(x)
            if y is not None and not series.scatter:
                row = self.frame.row(y, self._side(series.side))
                places = (column + step for step in _BESIDE)
                free = next((at for at in places if (at, row) not in marks and self.plot.has(at, row)), column)
                marks[free, row] = style
        return [(at, row, style) for (at, row), style in marks.items()]

    def _cursor(self, marks: list[tuple[int, int, int]]) -> None:
        """The cursor's line, and the marks."""
        if self.spec.cursor is None:
            return
        column = self.frame.column(self.spec.cursor)
        for row in range(self.plot.height):
            self.plot.guide(column, row, ":" if self.look.ascii else "┊", CURSOR)
        for at, row, style in marks:
            self._put_mark(at, row, style, on_line=at == column and self.look.rendering == "blocks")
