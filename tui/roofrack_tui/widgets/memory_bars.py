"""Memory per device as a widget."""

from __future__ import annotations

from textual.reactive import var

from roofrack_tui.raster import Bar, Look, Row, draw_bars
from roofrack_tui.widgets.drawing import Drawing


class MemoryBars(Drawing):
    """Stacked memory bars, one row a device."""

    bars: var[tuple[Bar, ...]] = var((), init=False)

    def watch_bars(self) -> None:
        """Show the new data."""
        self.redraw()

    def draw(self, width: int, height: int, look: Look) -> list[Row]:
        """Return the bars' rows."""
        return draw_bars(self.bars, width, height, look)
