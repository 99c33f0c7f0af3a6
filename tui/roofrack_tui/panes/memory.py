"""Pane 6: where the memory of each device goes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from textual.widget import Widget

from roofrack.results import Plan
from roofrack_tui.chart_pane import ChartPane

_MOST_BARS = 4

if TYPE_CHECKING:
    from roofrack_tui.raster.spec import ChartSpec
    from roofrack_tui.widgets.memory_bars import MemoryBars


class MemoryPane(ChartPane):
    """A bar for devices with equal memory, and the fullest device as requests come."""

    NAME = "Memory"
    TITLE = "Memory per GPU"
    HELP = (
        "The bar is what the engine reserves on each GPU, in GiB: weights; activations, the peak of one step; overhead, which is the CUDA context,"
        " libraries, communicators and graphs; and the KV pool, all that is left of the engine's share. GPUs with equal memory are one bar.\n\n"
        "The chart shows how the KV pool fills as users come, each with prompt and output tokens. Where it is full, further requests wait. The red line is"
        " what the engine may use."
    )

    def drawings(self) -> list[Widget]:
        """Bars above the chart."""
        return [self.bars, *super().drawings()]

    @cached_property
    def bars(self) -> MemoryBars:
        """Made when the first picture is there."""
        from roofrack_tui.widgets.memory_bars import MemoryBars

        return MemoryBars(look=self.look)

    def figure(self, plan: Plan) -> ChartSpec:
        """Memory of the fullest device over concurrency."""
        from roofrack_tui.figures import memory_chart

        return memory_chart(plan, self.x_range)

    def show_plan(self, plan: Plan) -> None:
        """Draw bars and chart."""
        from roofrack_tui.figures import memory_bars

        self.bars.bars = memory_bars(plan)
        self.bars.styles.height = min(len(self.bars.bars), _MOST_BARS) + 1
        super().show_plan(plan)
