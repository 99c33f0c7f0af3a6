"""The chart: numbers over concurrency in, rows of inked text out."""

from __future__ import annotations

from dataclasses import dataclass

from roofrack_tui.raster.ink import Canvas, Row
from roofrack_tui.raster.scale import Scale
from roofrack_tui.raster.spec import ChartSpec, Look


@dataclass(frozen=True, slots=True)
class ChartRaster:
    """A drawn chart and what is needed to find one's way in it.

    Args:
        rows: The drawing, ``height`` rows of ``width`` cells each.
        left: First column of the plot.
        top: First row of the plot.
        width: Columns of the plot.
        height: Rows of the plot.
        x_scale: Concurrency over the plot's columns.
        stops: Concurrencies that the cursor may stand on, rising.
    """

    rows: list[Row]
    left: int
    top: int
    width: int
    height: int
    x_scale: Scale
    stops: tuple[float, ...]

    def contains(self, column: int, row: int) -> bool:
        """Whether a cell belongs to the plot (not to its axes and labels)."""
        return self.left <= column < self.left + self.width and self.top <= row < self.top + self.height

    def x_at(self, column: int) -> float:
        """Return the concurrency at a column; columns outside the plot give its edges."""
        inside = min(max(column - self.left, 0), self.width - 1)
        return self.x_scale.value(inside / max(1, self.width - 1))

    def column_at(self, x: float) -> int:
        """Return the column of a concurrency; those outside the plot give its edge columns."""
        position = min(max(self.x_scale.position(x), 0.0), 1.0)
        return self.left + round(position * (self.width - 1))

    def nearest_stop(self, x: float) -> float | None:
        """Return the stop nearest to ``x`` on screen, or ``None`` where there is none."""
        if not self.stops:
            return None
        return min(self.stops, key=lambda stop: abs(self.x_scale.position(stop) - self.x_scale.position(x)))

    def zoomed(self, factor: float, around: float) -> tuple[float, float]:
        """Return the concurrencies at the edges after zooming by ``factor`` (above 1: closer) around one of them."""
        centre = self.x_scale.position(around)
        low, high = centre - centre / factor, centre + (1 - centre) / factor
        return self.x_scale.value(low), self.x_scale.value(high)


def draw_chart(spec: ChartSpec, width: int, height: int, look: Look | None = None) -> ChartRaster:
    """Draw a chart.

    Args:
        spec: What it shows.
        width: Cells across.
        height: Cells down.
        look: How it is drawn; ``None`` for braille with tints.
    """
    canvas = Canvas(width, height)
    return ChartRaster(canvas.rows(), 0, 0, max(1, width), max(1, height), Scale(1, 2, True), ())
