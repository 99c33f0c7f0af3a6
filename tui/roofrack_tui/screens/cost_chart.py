"""What a month costs against the load: buying, renting and an API, with the points where they cross."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content

from roofrack.catalog import Catalog
from roofrack.economics import CostReport, cost_report
from roofrack.economics.compare import MonthlyCost, monthly_costs
from roofrack.errors import InputError
from roofrack.plan import plan as make_plan
from roofrack.report.command_line import command_line
from roofrack.report.units import usd
from roofrack.results import Plan
from roofrack_tui.answers import Answered
from roofrack_tui.commands import CLOSING, COSTING, Command, bindings
from roofrack_tui.export.exhibit import Exhibit, as_written, markdown_report
from roofrack_tui.keymap import USUAL_KEYS, Keys, with_keys
from roofrack_tui.messages import Chosen, XRange
from roofrack_tui.money_words import WAYS, way_name
from roofrack_tui.raster.look import Look
from roofrack_tui.raster.spec import Axis, ChartSpec, Series
from roofrack_tui.raster.spec import Vertical as Line
from roofrack_tui.screens.dialog import DialogScreen
from roofrack_tui.tabular import Column, table
from roofrack_tui.widgets.chart import Chart
from roofrack_tui.widgets.prose import Prose
from roofrack_tui.widgets.room import Room

_EXPORTED_WIDTH = 100
STOPS = (1, 2, 3, 4, 5, 6, 8, 10, *range(15, 101, 5))
"""Percents of the time that the cursor goes to."""

_DRAWN = tuple(round(100 ** (n / 40), 3) for n in range(41))
_FIELDS = {"buy": "buy_usd", "rent": "rent_usd", "api": "api_usd"}
_PAIRS = (("rent", "api"), ("buy", "api"), ("buy", "rent"))


class Crossing(NamedTuple):
    """Where one way becomes cheaper than another."""

    percent: float
    cheaper: str
    other: str


def crossings(report: CostReport) -> tuple[Crossing, ...]:
    """Where the ways cross, between 1 and 100 % of the time.

    Args:
        report: All money of a plan.
    """
    found = []
    ends = costs_at(report, (_DRAWN[0], _DRAWN[-1]))
    for one, other in _PAIRS:
        (low_one, high_one), (low_other, high_other) = (
            [getattr(end, _FIELDS[name]) for end in ends] for name in (one, other)
        )
        if None in (low_one, low_other) or (low_one < low_other) == (high_one < high_other):
            continue
        # Each is a straight line over the utilisation, so two of them cross in one point.
        before, after = low_one - low_other, high_one - high_other
        percent = _DRAWN[0] + (_DRAWN[-1] - _DRAWN[0]) * before / (before - after)
        found.append(Crossing(percent, one if after < 0 else other, other if after < 0 else one))
    return tuple(sorted(found))


def costs_at(report: CostReport, percents: Sequence[float]) -> tuple[MonthlyCost, ...]:
    """Monthly costs at shares of the time.

    Args:
        report: All money of a plan that fits and has some price.
        percents: From 0 to 100.
    """
    if report.full_load is None:
        return ()
    shares = [percent / 100 for percent in percents]
    api = report.comparison.api
    return monthly_costs(report.plan.scenario, report.assumed, report.full_load, report.energy, api, shares)


class CostChartScreen(DialogScreen[None]):
    """Monthly dollars over the share of the time in which the rack carries its load.

    Args:
        plan: The plan at hand.
        catalog: Where ids are looked up.
        choose: Takes a change to the store.
        look: How it is drawn.
    """

    KEYS: ClassVar[tuple[Command, ...]] = (*COSTING, *CLOSING["cost-chart"])
    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS)
    ABOUT: ClassVar[str] = "Cost chart"

    def __init__(self, plan: Plan, catalog: Catalog, choose: Callable[[Chosen], object], look: Look) -> None:
        super().__init__()
        self._catalog = catalog
        self._choose = choose
        self._look = look
        self._problem = ""
        self._percent = 100.0
        self._x_range: XRange = None
        self._take(plan)

    def compose(self) -> ComposeResult:
        """The answer, the chart, and the numbers at the cursor."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Cost against load"
            dialog.border_subtitle = self.key_words(self.told("{chart-fewer} {chart-more} load"))
            with Room(id="cost-answer"):
                yield Prose(id="answer")
            yield Chart(look=self._look)
            yield Prose(id="numbers")

    def on_mount(self) -> None:
        """Begin in the chart."""
        self.query_one(Chart).focus()

    @on(Chart.CursorMoved)
    def _moved(self, event: Chart.CursorMoved) -> None:
        event.stop()
        self._percent = event.x
        self._show()

    @on(Chart.Zoomed)
    def _zoomed(self, event: Chart.Zoomed) -> None:
        event.stop()
        self._x_range = event.x_range
        self._show()

    def exhibit(self) -> Exhibit | None:
        """The answer, the numbers at the cursor, and all lines as CSV."""
        found = self._report
        if self._problem or found is None:
            return None
        said = as_written([*answer(found, self.keys), Content(), *numbers(found, self._percent, _EXPORTED_WIDTH)])
        command = command_line(self._plan.scenario.spec, "cost")
        return Exhibit(
            "cost-against-load",
            lambda: markdown_report("Cost against load", said, command=command),
            lambda: costs_csv(found),
        )

    def action_take(self) -> None:
        """Make the load under the cursor the plan's utilisation."""
        change = Answered("money", "utilisation", round(self._percent / 100, 6))
        self._choose(change)
        self._take(make_plan(change.next(self._plan.scenario.spec), self._catalog))
        self._show()

    def _take(self, plan: Plan) -> None:
        self._plan = plan
        try:
            self._report: CostReport | None = cost_report(plan)
        except InputError as problem:
            self._report, self._problem = None, str(problem)
        else:
            self._problem = self.told(_nothing(self._report))
            self._percent = round(self._report.assumed.utilisation * 100, 4)

    @on(Room.Sized)
    def _show(self) -> None:
        width = self.query_one(Room).content_size.width
        if self._problem or self._report is None:
            self.query_one("#answer", Prose).show(Content(self._problem).wrap(max(20, width)))
            return
        self.query_one("#answer", Prose).show(
            [row for line in answer(self._report, self.keys) for row in line.wrap(max(20, width))]
        )
        self.query_one(Chart).spec = figure(self._report, self._percent, self._x_range)
        self.query_one("#numbers", Prose).show(numbers(self._report, self._percent, width))


def _nothing(report: CostReport) -> str:
    if not report.plan.memory.fits:
        return f"Does not fit, so there are no tokens to pay for: {report.plan.memory.reason}."
    return "" if report.comparison.ways else "No price is known for this device or this model: {prices} takes yours."


def costs_csv(found: CostReport) -> str:
    """Monthly dollars of each way at every stop of the cursor; empty where a way has no price.

    Args:
        found: All money of a plan.
    """
    lines = [("busy_percent", *(f"{name}_usd_per_month" for name in _FIELDS))]
    for percent, cost in zip(STOPS, costs_at(found, STOPS), strict=True):
        dollars = (getattr(cost, field) for field in _FIELDS.values())
        lines.append((f"{percent}", *("" if usd_a_month is None else f"{usd_a_month:.2f}" for usd_a_month in dollars)))
    return "".join(f"{','.join(line)}\n" for line in lines)


def lowest(report: CostReport) -> int:
    """The least percentage worth drawing: what happens at the right then has room.

    Args:
        report: All money of a plan.
    """
    telling = min([report.assumed.utilisation * 100, *(turn.percent for turn in crossings(report))])
    return max([stop for stop in (1, 2, 5, 10, 20) if stop * 3 <= telling], default=1)


def answer(report: CostReport, keys: Keys = USUAL_KEYS) -> list[Content]:
    """What a meeting wants to know: which way is cheapest now, and from which load on another is.

    Args:
        report: All money of a plan.
        keys: The keys that somebody has.
    """
    percent = report.assumed.utilisation * 100
    (now,) = costs_at(report, (percent,))
    ranked = _ranked(now)
    name, usd_a_month = ranked[0]
    said = [
        Content.assemble(
            (f" {WAYS[name]} is cheapest ", "bold reverse $text-success"),
            f" now, busy {percent:.3g} % of the time: {usd(usd_a_month)} a month",
        )
    ]
    crossed = crossings(report)
    turns = " · ".join(
        f"{WAYS[turn.cheaper]} beats {WAYS[turn.other]} from {_short(turn.percent)} %" for turn in crossed
    )
    if turns:
        return [*said, Content(turns)]
    order = " < ".join(WAYS[way] for way, _ in ranked)
    return [
        *said,
        Content(
            f"The order is the same at every load: {order}."
            if len(ranked) > 1
            else with_keys("Nothing to compare it with: {prices} takes other prices.", keys)
        ),
    ]


def figure(report: CostReport, percent: float, x_range: XRange = None) -> ChartSpec:
    """The chart.

    Args:
        report: All money of a plan.
        percent: Where the cursor stands.
        x_range: Percents at the edges; None shows what is worth it.
    """
    least = lowest(report)
    xs = [x for x in _DRAWN if x > least]
    xs = [float(least), *xs]
    drawn = costs_at(report, xs)
    (here,) = costs_at(report, (percent,))
    lines, said = [], []
    for style, (name, field) in zip((0, 7, 1), _FIELDS.items(), strict=True):
        points = [(x, getattr(cost, field)) for x, cost in zip(xs, drawn, strict=True) if getattr(cost, field)]
        if points:
            lines.append(Series(WAYS[name], points, style=style))
            said.append(f"{WAYS[name]} {usd(getattr(here, field))}")
    marks = [
        Line(turn.percent, f"{WAYS[turn.cheaper]} = {WAYS[turn.other]} {at}", brief=at, kind="mark")
        for turn, at in ((turn, f"{_short(turn.percent)} %") for turn in crossings(report))
    ]
    now = round(report.assumed.utilisation * 100, 4)
    if abs(percent - now) > 0.5:
        marks.append(Line(now, f"now {now:g} %", brief="now", kind="mark"))
    return ChartSpec(
        series=lines,
        left=Axis("$ a month", log=True),
        verticals=marks,
        x_range=x_range or (least, 100),
        x_unit="busy",
        x_numbers="percent",
        readout=said,
        cursor=percent,
        cursor_stops=sorted({*(stop for stop in STOPS if stop >= least), now}),
    )


def numbers(report: CostReport, percent: float, width: int) -> list[Content]:
    """What each way costs at the cursor, the cheapest first.

    Args:
        report: All money of a plan.
        percent: Where the cursor stands.
        width: Cells across.
    """
    (cost,) = costs_at(report, (percent,))
    columns = (
        Column(f"{percent:g} % busy", style="bold"),
        Column("$ a month", right=True, style="bold"),
        Column("all on 1M output", right=True),
        Column("what is paid", wraps=True, style="$foreground-muted", from_width=100),
    )
    years = f"{report.assumed.amortisation_years:g} years"
    paid = {
        "buy": f"write-off over {years}, site, electricity",
        "rent": "day and night, with the cloud's extras",
        "api": report.comparison.api.name if report.comparison.api else "",
    }
    rows = [
        [way_name(name, report), usd(value), usd(value / cost.output_tokens * 1e6), paid[name]]
        for name, value in _ranked(cost)
    ]
    return [
        Content.styled(
            f"{_many(cost.output_tokens)} output tokens a month · buying: written off over {years}", "$foreground-muted"
        ),
        *table(columns, rows, width),
    ]


def _short(percent: float) -> str:
    return f"{percent:.0f}" if percent >= 10 else f"{percent:.2g}"


def _many(tokens: float) -> str:
    return f"{tokens / 1e9:,.3g} billion" if 1e9 <= tokens < 1e12 else f"{tokens / 1e6:,.0f} million"


def _ranked(cost: MonthlyCost) -> list[tuple[str, float]]:
    known = [(name, getattr(cost, field)) for name, field in _FIELDS.items()]
    return sorted(((name, value) for name, value in known if value is not None), key=lambda pair: pair[1])
