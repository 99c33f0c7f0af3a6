"""One quantity of several plans over concurrency: the plan on screen and the pins, each with its own look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from roofrack.results import CurvePoint, Plan
from roofrack_tui.figures import latency_chart, throughput_chart
from roofrack_tui.messages import XRange
from roofrack_tui.pins import Line, Sight
from roofrack_tui.raster.spec import Axis, ChartSpec, Series, Side

Metric = Literal["total", "each", "ttft", "tpot"]


class _Source(NamedTuple):
    """Where a quantity is drawn for one plan alone.

    Args:
        chart: The chart that has it.
        side: On which of its axes.
    """

    chart: Callable[[Plan, XRange, int | None], ChartSpec]
    side: Side


_SOURCES: dict[Metric, _Source] = {
    "total": _Source(throughput_chart, "left"),
    "each": _Source(throughput_chart, "right"),
    "ttft": _Source(latency_chart, "left"),
    "tpot": _Source(latency_chart, "right"),
}


def overlay(metric: Metric, sight: Sight, x_range: XRange = None, within: int | None = None) -> ChartSpec:
    """A quantity of all plans; limits and targets are those of the plan on screen, and only its band is shaded.

    Args:
        metric: Which quantity.
        sight: The plan on screen among the pins.
        x_range: Concurrencies at the edges; None shows what the plan on screen reaches.
        within: Requests at once within the targets; None where none are set.
    """
    source = _SOURCES[metric]
    ordered = (sight.current, *sight.others)
    charts = [source.chart(line.plan, x_range, within) for line in ordered]
    # A plan that does not fit reaches no concurrency: then the others say how far the chart goes.
    mine = charts[0] if charts[0].series else charts[0]._replace(x_range=x_range or _widest(charts))
    # Where its requests wait those of the others may not.
    whose = sight.current.style if sight.others else None
    axes = [_axis(chart, source.side) for chart in charts if chart.series]
    return mine._replace(
        series=[_series(line, chart, source.side) for line, chart in zip(ordered, charts, strict=True)],
        left=axes[0] if axes else Axis(),
        right=None,
        targets=[target._replace(side="left") for target in mine.targets if target.side == source.side],
        verticals=[vertical._replace(style=whose) for vertical in mine.verticals],
        zone=mine.zone and mine.zone._replace(style=whose) if mine.series or not axes else None,
        readout=None,
        beside=names_beside(sight),
    )


def each_at(spec: ChartSpec, metric: Metric, lines: Sequence[Line], points: Sequence[CurvePoint | None]) -> ChartSpec:
    """The same quantity with a mark on each plan's curve at a number of users of its own, instead of one cursor for all.

    Args:
        spec: What `overlay` made.
        metric: Which quantity.
        lines: The plans.
        points: Where each is marked; None where it has no such point.
    """
    marks = [
        Series("", [(point.concurrency, getattr(point, _NUMBERS[metric]).mid)], style=line.style, scatter=True)
        for line, point in zip(lines, points, strict=True)
        if point is not None
    ]
    return spec._replace(series=[*spec.series, *marks], cursor=None)


_NUMBERS: dict[Metric, str] = {
    "total": "output_tokens_per_s",
    "each": "tokens_per_s_per_user",
    "ttft": "ttft_s",
    "tpot": "tpot_s",
}


def names_beside(sight: Sight) -> tuple[str, ...]:
    """The names that stand right of every chart while plans are overlaid.

    Args:
        sight: The plan on screen among the pins.
    """
    return tuple(line.name for line in sight.lines) if len(sight.lines) > 1 else ()


def _widest(charts: Sequence[ChartSpec]) -> XRange:
    reached = [chart.x_range for chart in charts if chart.series and chart.x_range]
    return (min(low for low, _ in reached), max(high for _, high in reached)) if reached else charts[0].x_range


def _series(line: Line, chart: ChartSpec, side: Side) -> Series:
    drawn = next((series for series in chart.series if series.side == side), None)
    return Series(
        line.name,
        drawn.points if drawn else (),
        band=drawn.band if drawn and line.on_screen else (),
        style=line.style,
    )


def _axis(chart: ChartSpec, side: Side) -> Axis:
    return chart.left if side == "left" else chart.right or Axis()
