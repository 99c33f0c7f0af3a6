"""Which panes are in front where not all have a place, and so what stands where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.geometry import Region, Size

from roofrack.results import Plan
from roofrack_tui.pane import Pane
from roofrack_tui.shape import CHART_TABS, INPUT_TABS, places

INPUT, CHART = "input-pane", "chart-pane"
"""Classes of the two groups of panes that share a place behind tabs."""

FIRST_CHART = 7
"""The chart in front at the start: throughput."""


class Arrangement:
    """The main screen's order of things.

    Args:
        panes: All panes, in the order of their numbers.
    """

    def __init__(self, panes: Sequence[Pane]) -> None:
        self.panes = tuple(panes)
        self.keys_shown = True
        self._front = {INPUT: 1, CHART: FIRST_CHART}

    def places(self, plan: Plan, size: Size, *, caption: int = 0, forms: bool = True) -> Mapping[str, Region]:
        """The region of everything that is shown.

        Args:
            plan: What is shown: some panes need more rows for some plans.
            size: Of the screen.
            caption: Rows of the caption strip.
            forms: Whether input panes have a place.
        """
        inputs = {pane.id or "": pane.rows_needed(plan) for pane in self.panes if pane.has_class(INPUT)}
        charts = [pane.id or "" for pane in self.panes if pane.has_class(CHART)]
        form, chart = (self.panes[number - 1].id or "" for number in self._front.values())
        return places(*size, inputs, charts, (form, chart), keys=self.keys_shown, caption=caption, forms=forms)

    def bring_in_front(self, pane: Pane) -> str:
        """Let a pane be the one that shows where its place is shared.

        Args:
            pane: Which.

        Returns:
            Id of the tabs that show another name now; empty where the pane was in front already.
        """
        for group, tabs in ((INPUT, INPUT_TABS), (CHART, CHART_TABS)):
            if pane.has_class(group) and self._front[group] != pane.number:
                self._front[group] = pane.number
                return tabs
        return ""
