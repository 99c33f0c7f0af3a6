"""What a chart shows: immutable values that say nothing about cells or colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from roofrack_tui.raster.scale import NumberStyle

Side = Literal["left", "right"]


class Axis(NamedTuple):
    """A vertical axis.

    Args:
        unit: What the numbers are, shown above the axis, for example ``"tok/s"``.
        log: Whether the axis is logarithmic (base 10).
        low: Value at the foot; ``None`` takes 0 on a linear axis and the data's on a logarithmic one.
        high: Value at the top; ``None`` takes a round number above the data.
        numbers: How values are written: ``"si"`` 1.2k, ``"plain"`` 1200, ``"seconds"`` 120ms.
    """

    unit: str = ""
    log: bool = False
    low: float | None = None
    high: float | None = None
    numbers: NumberStyle = "si"


class Series(NamedTuple):
    """A line over concurrency.

    Args:
        name: Label at the line's end.
        points: (x, y) pairs in any order; those that are not finite are left out.
        band: (x, low, high) triples drawn as shading behind the line.
        side: The axis it is measured on.
        style: Which of eight looks (colour, dash and mark together) it has; ``None`` takes its place in the list.
        mark: Whether its mark is drawn along the line and beside its label.
        scatter: Marks at the points instead of a line through them.
    """

    name: str
    points: Sequence[tuple[float, float]]
    band: Sequence[tuple[float, float, float]] = ()
    side: Side = "left"
    style: int | None = None
    mark: bool = True
    scatter: bool = False


class Layer(NamedTuple):
    """One layer of a stack (memory over concurrency), the first at the bottom.

    Args:
        name: Label written inside the layer where it is thick enough.
        points: (x, thickness) pairs.
        style: Which of six fills it has, the same as in `bars.Part`; ``None`` takes its place in the list.
    """

    name: str
    points: Sequence[tuple[float, float]]
    style: int | None = None


class Target(NamedTuple):
    """A horizontal line: a service target, or the capacity of memory.

    Args:
        y: Value on its axis.
        label: Written on the line, for example ``"SLO 50 ms"``.
        side: The axis it is measured on.
        kind: ``"target"`` is aimed at; ``"limit"`` cannot be passed, and a stack above it is struck through.
        brief: Written where the label has no room.
    """

    y: float
    label: str = ""
    side: Side = "left"
    kind: Literal["target", "limit"] = "target"
    brief: str = ""


class Vertical(NamedTuple):
    """A vertical line with a label, for example the concurrency at which KV memory is full.

    Args:
        x: Where it stands.
        label: For example ``"KV full at 1,000"``.
        style: The look of the series it belongs to; ``None`` for a line of no series.
        brief: Written where the label has no room.
        kind: ``"limit"`` is where something ends; ``"mark"`` only says where something is, in no colour of a warning or a series.
    """

    x: float
    label: str = ""
    style: int | None = None
    brief: str = ""
    kind: Literal["limit", "mark"] = "limit"


class Zone(NamedTuple):
    """Everything right of ``x``, shaded.

    Args:
        x: Where it begins.
        label: For example ``"requests wait"`` or ``"does not fit"``.
        kind: ``"wait"`` is dotted, ``"over"`` hatched.
        style: The look of the series that it is of, whose mark stands before the label; ``None`` for all.
    """

    x: float
    label: str = ""
    kind: Literal["wait", "over"] = "wait"
    style: int | None = None


class Measured(NamedTuple):
    """A published or own measurement, drawn as a small hollow mark.

    Args:
        x: Concurrency.
        y: Value.
        side: The axis it is measured on.
        style: Look of the line that it belongs to; ``None`` for none in particular.
        names: What such marks are called, the longest first.
    """

    x: float
    y: float
    side: Side = "left"
    style: int | None = None
    names: tuple[str, ...] = ("measured",)


class ChartSpec(NamedTuple):
    """Everything one chart shows.

    Args:
        series: Up to eight lines; more repeat the looks.
        stack: Layers drawn under the lines, measured on the left axis.
        stack_bars: Draw the stack as one bar for each x instead of an area.
        left: The left axis.
        right: The right axis, or ``None`` for one axis only.
        targets: Horizontal lines.
        verticals: Vertical lines.
        zone: Shading right of a concurrency.
        measured: Measured points.
        rooms: Least columns left and right of the plot, so that charts above each other share their columns.
        beside: Names of lines for which room is kept right of the plot though other charts draw them, for the same reason.
        x_range: Concurrencies at the left and right edge (zoom); ``None`` shows all data.
        x_unit: What x counts, written beside the cursor's number, for example ``"users"``.
        x_numbers: How x is written: ``"count"`` in powers of two, ``"usd"`` $20, ``"percent"`` 20 %.
        cursor: Concurrency of the cursor, or ``None``.
        cursor_stops: Concurrencies that keys move the cursor to; empty takes those of the data.
        readout: Texts for the cursor, one for each series; ``None`` reads the values off the lines.
    """

    series: Sequence[Series] = ()
    stack: Sequence[Layer] = ()
    stack_bars: bool = False
    left: Axis = Axis()
    right: Axis | None = None
    targets: Sequence[Target] = ()
    verticals: Sequence[Vertical] = ()
    zone: Zone | None = None
    measured: Sequence[Measured] = ()
    rooms: tuple[int, int] = (0, 0)
    beside: Sequence[str] = ()
    x_range: tuple[float, float] | None = None
    x_unit: str = ""
    x_numbers: Literal["count", "usd", "percent"] = "count"
    cursor: float | None = None
    cursor_stops: Sequence[float] = ()
    readout: Sequence[str] | None = None
