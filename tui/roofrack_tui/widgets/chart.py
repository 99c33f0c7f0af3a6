"""The chart as a widget: keys and mouse in, messages out."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType
from textual.reactive import var

from roofrack_tui.commands import CHARTING, bindings
from roofrack_tui.raster.ink import Row
from roofrack_tui.raster.look import Look
from roofrack_tui.widgets.drawing import Drawing, Latest, blank

if TYPE_CHECKING:
    from roofrack_tui.raster.chart import ChartPainter, ChartRaster
    from roofrack_tui.raster.spec import ChartSpec

_ZOOM = 1.5
_NARROWEST = 1.5
_NEARLY = 1.001


class Chart(Drawing, can_focus=True):
    """A chart over concurrency; it never moves its own cursor but says where it was asked to go.

    Under the mouse it reads the lines at the nearest stop, while the cursor stays where it is.

    Args:
        spec: What it shows; ``None`` shows nothing yet.
        look: How it is drawn.
        id: As for every widget.
        classes: As for every widget.
    """

    DEFAULT_CSS = """
    Chart { height: 1fr; width: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(CHARTING)

    spec: var[ChartSpec | None] = var(None, init=False)

    class CursorMoved(Latest["Chart"]):
        """The cursor was asked to move, by key or mouse.

        Args:
            widget: Where.
            x: The concurrency, one of the chart's stops.
        """

        def __init__(self, widget: Chart, x: float) -> None:
            super().__init__(widget)
            self.x = x

    class Hovered(Latest["Chart"]):
        """The mouse came near another stop, or left the plot.

        Args:
            widget: Where.
            x: The nearest stop, or ``None`` when the mouse left.
        """

        def __init__(self, widget: Chart, x: float | None) -> None:
            super().__init__(widget)
            self.x = x

    class Zoomed(Latest["Chart"]):
        """Another range of concurrency was asked for.

        Args:
            widget: Where.
            x_range: Concurrencies at the edges, or ``None`` for all data.
        """

        def __init__(self, widget: Chart, x_range: tuple[float, float] | None) -> None:
            super().__init__(widget)
            self.x_range = x_range

    def __init__(
        self,
        spec: ChartSpec | None = None,
        *,
        look: Look | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(look=look, id=id, classes=classes)
        self._painter: ChartPainter | None = None
        self._raster: ChartRaster | None = None
        self._hovered: float | None = None
        self._read_at: float | None = None
        self._dragging = False
        self.set_reactive(Chart.spec, spec)

    def watch_spec(self) -> None:
        """Show the new data, and the cursor's numbers: what was asked for is not under the mouse any more."""
        self._read_at = None
        self.redraw()

    def draw(self, width: int, height: int, look: Look) -> list[Row]:
        """Return the chart's rows."""
        if self.spec is None:
            return blank(width, height)
        if self._painter is None:
            from roofrack_tui.raster.chart import ChartPainter  # no first picture has a chart

            self._painter = ChartPainter()
        self._raster = self._painter.draw(self._seen(self.spec), width, height, look)
        return self._raster.rows

    @property
    def _cursor(self) -> float | None:
        return self.spec.cursor if self.spec else None

    def _seen(self, spec: ChartSpec) -> ChartSpec:
        """What is drawn: with the read-out and its line under the mouse, where there are lines to read."""
        x = self._read_at
        if x is None or x == spec.cursor or not (spec.stack or any(not one.scatter for one in spec.series)):
            return spec
        from roofrack_tui.raster.spec import Vertical

        stays = [] if spec.cursor is None else [Vertical(spec.cursor)]
        return spec._replace(cursor=x, readout=None, verticals=[*spec.verticals, *stays])

    def action_move(self, direction: int) -> None:
        """Ask for the next stop left or right of the cursor."""
        stops = self._raster.stops if self._raster else ()
        if not stops:
            return
        at = self._cursor
        if at is None:
            self._ask(stops[0] if direction > 0 else stops[-1])
        elif direction > 0:
            self._ask(stops[min(bisect_right(stops, at), len(stops) - 1)])
        else:
            self._ask(stops[max(bisect_left(stops, at) - 1, 0)])

    def action_end(self, direction: int) -> None:
        """Ask for the first or last stop."""
        if self._raster and self._raster.stops:
            self._ask(self._raster.stops[0 if direction < 0 else -1])

    def action_zoom(self, direction: int) -> None:
        """Ask for a closer or wider range around the cursor, or with 0 for all data."""
        raster = self._raster
        if direction == 0 or raster is None:
            self.post_message(self.Zoomed(self, None))
            return
        scale = raster.x_scale
        around = self._cursor
        if around is None or not scale.low <= around <= scale.high:
            around = scale.value(0.5)
        self._zoom(raster, direction, around)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Ask for the stop under the mouse and follow it."""
        if self._stop_at(event) is not None:
            self._dragging = True
            self.capture_mouse()
            self._point(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow a drag, else report what the mouse is over."""
        if self._dragging:
            self._point(event)
        else:
            self._hover(self._stop_at(event))

    def on_mouse_up(self) -> None:
        """End a drag."""
        self._dragging = False
        self.release_mouse()

    def on_leave(self) -> None:
        """Report that the mouse left."""
        self._hover(None)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Ask for a closer range."""
        self._wheel(event, 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Ask for a wider range."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, direction: int) -> None:
        raster, offset = self._raster, event.get_content_offset(self)
        if raster is not None and offset is not None:
            event.stop()
            self._zoom(raster, direction, raster.x_at(offset.x))

    def _zoom(self, raster: ChartRaster, direction: int, around: float) -> None:
        low, high = raster.zoomed(_ZOOM if direction > 0 else 1 / _ZOOM, around)
        stops = raster.stops
        if stops:
            low, high = max(low, stops[0]), min(high, stops[-1])
            if low < stops[0] * _NEARLY and high * _NEARLY > stops[-1]:
                self.post_message(self.Zoomed(self, None))
                return
        if high / low >= _NARROWEST:
            self.post_message(self.Zoomed(self, (low, high)))

    def _stop_at(self, event: events.MouseEvent) -> float | None:
        """Return the stop nearest to the mouse, or ``None`` where the mouse is not over the plot."""
        raster, offset = self._raster, event.get_content_offset(self)
        if raster is None or offset is None or not raster.contains(offset.x, offset.y):
            return None
        return raster.nearest_stop(raster.x_at(offset.x))

    def _point(self, event: events.MouseEvent) -> None:
        if self._raster is not None:
            x = self._raster.nearest_stop(self._raster.x_at(event.get_content_offset_capture(self).x))
            if x is not None:
                self._ask(x)

    def _hover(self, x: float | None) -> None:
        if x != self._hovered:
            self._hovered = self._read_at = x
            self.redraw()
            self.post_message(self.Hovered(self, x))

    def _ask(self, x: float) -> None:
        if x != self._cursor:
            self.post_message(self.CursorMoved(self, x))
