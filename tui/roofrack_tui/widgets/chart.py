"""The chart as a widget: keys and mouse in, messages out."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.reactive import var

from roofrack_tui.raster import ChartRaster, ChartSpec, Look, Row, draw_chart
from roofrack_tui.widgets.drawing import Drawing


class Chart(Drawing, can_focus=True):
    """A chart over concurrency; it never moves its own cursor but says where it was asked to go."""

    BINDINGS: ClassVar[list[BindingType]] = []

    spec: var[ChartSpec] = var(ChartSpec(), init=False)

    class CursorMoved(Message):
        """The cursor was asked to move to a concurrency.

        Args:
            chart: Where.
            x: The concurrency, one of the chart's stops.
        """

        def __init__(self, chart: Chart, x: float) -> None:
            super().__init__()
            self.chart = chart
            self.x = x

        @property
        def control(self) -> Chart:
            """The chart, for ``@on`` selectors."""
            return self.chart

        def can_replace(self, message: Message) -> bool:
            """Let a burst of moves collapse into the last."""
            return isinstance(message, Chart.CursorMoved)

    class Hovered(Message):
        """The mouse moved over another column of the plot, or left it.

        Args:
            chart: Where.
            x: The nearest stop, or ``None`` when the mouse left.
        """

        def __init__(self, chart: Chart, x: float | None) -> None:
            super().__init__()
            self.chart = chart
            self.x = x

        @property
        def control(self) -> Chart:
            """The chart, for ``@on`` selectors."""
            return self.chart

        def can_replace(self, message: Message) -> bool:
            """Let a burst of moves collapse into the last."""
            return isinstance(message, Chart.Hovered)

    class Zoomed(Message):
        """Another range of concurrency was asked for.

        Args:
            chart: Where.
            x_range: Concurrencies at the edges, or ``None`` for all data.
        """

        def __init__(self, chart: Chart, x_range: tuple[float, float] | None) -> None:
            super().__init__()
            self.chart = chart
            self.x_range = x_range

        @property
        def control(self) -> Chart:
            """The chart, for ``@on`` selectors."""
            return self.chart

        def can_replace(self, message: Message) -> bool:
            """Let a burst of zooming collapse into the last."""
            return isinstance(message, Chart.Zoomed)

    def __init__(
        self,
        spec: ChartSpec | None = None,
        *,
        look: Look | None = None,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
        disabled: bool = False,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self._raster: ChartRaster | None = None
        self.set_reactive(Chart.spec, spec or ChartSpec())
        self.set_reactive(Chart.look, look or Look())

    def watch_spec(self) -> None:
        """Show the new data."""
        self.redraw()

    def draw(self, width: int, height: int, look: Look) -> list[Row]:
        """Return the chart's rows."""
        self._raster = draw_chart(self.spec, width, height, look)
        return self._raster.rows
