"""What the panes with charts share: one cursor and one zoom for all of them."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.reactive import var

from roofrack.results import Plan
from roofrack_tui.figures import XRange
from roofrack_tui.messages import ChartZoomed, ConcurrencyChosen
from roofrack_tui.pane import Pane
from roofrack_tui.raster import ChartSpec
from roofrack_tui.store import Answer
from roofrack_tui.widgets.chart import Chart


class ChartPane(Pane):
    """A pane with one chart over concurrency."""

    x_range: var[XRange] = var(None, init=False)
    answer: var[Answer | None] = var(None, init=False)
    within: int | None = None
    """Requests at once within the targets; None where none are set."""

    def compose(self) -> ComposeResult:
        """The chart alone."""
        yield Chart()

    def figure(self, plan: Plan) -> ChartSpec:
        """What the chart shows of a plan.

        Args:
            plan: The plan.
        """
        raise NotImplementedError

    def show_plan(self, plan: Plan) -> None:
        """Draw the plan's chart."""
        self.query_one(Chart).spec = self.figure(plan)

    def watch_x_range(self) -> None:
        """Show another range of concurrency."""
        self.update_plan(again=True)

    def watch_answer(self, answer: Answer | None) -> None:
        """Mark the capacity within the targets."""
        within = round(answer.service.capacity.requests.mid) if answer and answer.service else None
        if within != self.within:
            self.within = within
            self.update_plan(again=True)

    @on(Chart.CursorMoved)
    def _moved(self, event: Chart.CursorMoved) -> None:
        event.stop()
        self.post_message(ConcurrencyChosen(round(event.x)))

    @on(Chart.Zoomed)
    def _zoomed(self, event: Chart.Zoomed) -> None:
        event.stop()
        self.post_message(ChartZoomed(event.x_range))
