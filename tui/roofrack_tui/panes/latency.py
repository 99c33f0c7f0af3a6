"""Pane 8: how long a user waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roofrack.results import Plan
from roofrack_tui.chart_pane import ChartPane

if TYPE_CHECKING:
    from roofrack_tui.raster.spec import ChartSpec


class LatencyPane(ChartPane):
    """TTFT and TPOT over concurrency."""

    NAME = "Latency"
    HELP = (
        "TTFT, time to first token (left): queueing and reading the prompt. TPOT, time per output token after the first (right): one decode step, with"
        " other requests' prompts in between. Both axes are logarithmic. TTFT shoots up where requests begin to wait for KV memory.\n\n"
        "Targets ({people}) are lines; the vertical one is the most requests that keep all of them. A TTFT target for a percentage of requests is passed before the mean"
        " crosses its line.\n\n"
        "With plans pinned it shows one of the two for all of them; {chart-quantity} changes which."
    )

    QUANTITIES = ("tpot", "ttft")

    def figure(self, plan: Plan) -> ChartSpec:
        """Latency over concurrency."""
        from roofrack_tui.figures import latency_chart

        return latency_chart(plan, self.x_range, self.within)
