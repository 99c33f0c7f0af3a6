"""Pane 7: tokens per second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roofrack.results import Plan
from roofrack_tui.chart_pane import ChartPane

if TYPE_CHECKING:
    from roofrack_tui.raster.spec import ChartSpec


class ThroughputPane(ChartPane):
    """Output tokens/s of the whole rack and of each user, over concurrency."""

    NAME = "Throughput"
    HELP = (
        "Left axis: output tokens/s of the whole rack. Right axis: what one user sees, which is 1 / TPOT. More users share each reading of the weights, so"
        " the total rises while each gets slower, until arithmetic, the KV cache or memory ends it. Shading is the 80 % band.\n\n"
        "About 5 tokens/s is readable as it streams; people read at 5 to 10. Targets ({people}) are lines; the vertical one is the most requests that keep all of them.\n\n"
        "With plans pinned it shows one of the two for all of them; {chart-quantity} changes which."
    )

    QUANTITIES = ("total", "each")

    def figure(self, plan: Plan) -> ChartSpec:
        """Tokens per second over concurrency."""
        from roofrack_tui.figures import throughput_chart

        return throughput_chart(plan, self.x_range, self.within)
