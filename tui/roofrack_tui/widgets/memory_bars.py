"""Memory per device as a widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import var

from roofrack_tui.raster.ink import Row
from roofrack_tui.raster.look import Look
from roofrack_tui.widgets.drawing import Drawing, blank

if TYPE_CHECKING:
    from roofrack_tui.raster.bars import Bar


class MemoryBars(Drawing):
    """Stacked memory bars, one row a device, and a legend where there is room.

    Args:
        bars: From the top down.
        look: How they are drawn.
        id: As for every widget.
        classes: As for every widget.
    """

    DEFAULT_CSS = """
    MemoryBars { height: 1; width: 1fr; }
    """

    bars: var[tuple[Bar, ...]] = var((), init=False)

    def __init__(
        self,
        bars: tuple[Bar, ...] = (),
        *,
        look: Look | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(look=look, id=id, classes=classes)
        self.set_reactive(MemoryBars.bars, bars)

    def watch_bars(self) -> None:
        """Show the new data."""
        self.redraw()

    def draw(self, width: int, height: int, look: Look) -> list[Row]:
        """Return the bars' rows."""
        if not self.bars:
            return blank(width, height)
        from roofrack_tui.raster.bars import draw_bars

        return draw_bars(self.bars, width, height, look)
