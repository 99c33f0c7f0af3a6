"""What the panes with charts share: one cursor and one zoom for all of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.events import Callback
from textual.reactive import var
from textual.widget import Widget

from roofrack.results import Plan
from roofrack_tui.commands import OVERLAYS, bindings
from roofrack_tui.measured import NOTHING_MEASURED, Measurements, marks, marks_of_one
from roofrack_tui.messages import ChartZoomed, ConcurrencyChosen, XRange
from roofrack_tui.pane import Pane
from roofrack_tui.pins import Sight
from roofrack_tui.store import Answer
from roofrack_tui.widgets.chart import Chart

if TYPE_CHECKING:
    from roofrack_tui.overlays import Metric
    from roofrack_tui.raster.spec import ChartSpec


class ChartPane(Pane):
    """A pane with one chart over concurrency; where plans are pinned, one quantity of all of them at a time."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(OVERLAYS)
    QUANTITIES: ClassVar[tuple[Metric, ...]] = ()
    """What it can show of several plans, the first to begin with; empty where it shows only the plan on screen."""

    x_range: var[XRange] = var(None, init=False)
    answer: var[Answer | None] = var(None, init=False)
    sight: var[Sight] = var(Sight(), init=False)
    measured: var[Measurements] = var(NOTHING_MEASURED, init=False)
    within: int | None = None
    """Requests at once within the targets; None where none are set."""
    _quantity = 0
    _is_due = _is_due_again = _is_filled = False

    def drawings(self) -> list[Widget]:
        """What it consists of: the chart alone."""
        return [self.chart]

    @cached_property
    def chart(self) -> Chart:
        """Made when the first picture is there."""
        return Chart(look=self.look)

    def figure(self, plan: Plan) -> ChartSpec:
        """What the chart shows of a plan.

        Args:
            plan: The plan.
        """
        raise NotImplementedError

    def show_plan(self, plan: Plan) -> None:
        """Draw the plan's chart, and the pins where there are any."""
        if not self.sight.others:
            shown = self.figure(plan)
            self.chart.spec = shown._replace(measured=marks(self.measured, self.QUANTITIES))
            return
        from roofrack_tui.overlays import names_beside, overlay

        if self.QUANTITIES:
            quantity = self.QUANTITIES[self._quantity]
            shown = overlay(quantity, self.sight, self.x_range, self.within)
            shown = shown._replace(measured=marks_of_one(self.measured, quantity))
        else:
            shown = self.figure(plan)._replace(beside=names_beside(self.sight))
        self.chart.spec = shown

    def update_plan(self, *, again: bool = False) -> None:
        """Show the plan, once the first picture is there: title and forms come before charts."""
        if self._is_filled:
            super().update_plan(again=again)

    def fill(self) -> None:
        """Draw the first chart."""
        self._is_filled = True
        self.mount(*self.drawings())
        self.update_plan()

    def action_other_quantity(self) -> None:
        """Show another quantity of the plans."""
        if self.QUANTITIES and self.sight.others:
            self._quantity = (self._quantity + 1) % len(self.QUANTITIES)
            self.update_plan(again=True)

    def _draw_soon(self, *, again: bool = True) -> None:
        """Draw once for all that comes together: another plan mostly brings another answer and other measurements."""
        self._is_due_again |= again
        if self.is_mounted and not self._is_due:
            self._is_due = True
            self.post_message(Callback(callback=self._draw_due))

    def _draw_due(self) -> None:
        again, self._is_due, self._is_due_again = self._is_due_again, False, False
        self.update_plan(again=again)

    def watch_plan(self) -> None:
        """Draw another plan."""
        self._draw_soon(again=False)

    def watch_x_range(self) -> None:
        """Show another range of concurrency."""
        self._draw_soon()

    def watch_answer(self, answer: Answer | None) -> None:
        """Mark the capacity within the targets."""
        within = round(answer.service.capacity.requests.mid) if answer and answer.service else None
        if within != self.within:
            self.within = within
            self._draw_soon()

    def watch_measured(self) -> None:
        """Draw other measurements."""
        self._draw_soon()

    @on(Chart.CursorMoved)
    def _moved(self, event: Chart.CursorMoved) -> None:
        event.stop()
        self.post_message(ConcurrencyChosen(round(event.x)))

    @on(Chart.Zoomed)
    def _zoomed(self, event: Chart.Zoomed) -> None:
        event.stop()
        self.post_message(ChartZoomed(event.x_range))
