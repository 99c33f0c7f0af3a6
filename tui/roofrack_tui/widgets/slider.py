"""A slider of named stops."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.reactive import var

from roofrack_tui.commands import SLIDING, bindings
from roofrack_tui.raster.ink import Row
from roofrack_tui.raster.look import Look
from roofrack_tui.raster.slider import SliderRaster, Stop, draw_slider
from roofrack_tui.widgets.drawing import Drawing, Latest


class Slider(Drawing, can_focus=True):
    """Named stops on a line; moving it posts `Slider.Changed`.

    Args:
        stops: From left to right.
        selected: The id of the chosen stop.
        look: How it is drawn.
        id: As for every widget.
        classes: As for every widget.
    """

    DEFAULT_CSS = """
    Slider { height: 2; width: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(SLIDING)

    stops: var[tuple[Stop, ...]] = var((), init=False)
    selected: var[str] = var("", init=False)

    class Changed(Latest["Slider"]):
        """Another stop was chosen by key or mouse; the slider shows it already.

        Args:
            widget: Where.
            choice: The stop chosen.
        """

        def __init__(self, widget: Slider, choice: Stop) -> None:
            super().__init__(widget)
            self.choice = choice

    class Refused(Latest["Slider"]):
        """A stop that cannot be chosen was clicked or passed over; ``choice.off`` says why.

        Args:
            widget: Where.
            choice: The stop refused.
        """

        def __init__(self, widget: Slider, choice: Stop) -> None:
            super().__init__(widget)
            self.choice = choice

    def __init__(
        self,
        stops: tuple[Stop, ...] = (),
        selected: str = "",
        *,
        look: Look | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(look=look, id=id, classes=classes)
        self._raster: SliderRaster | None = None
        self._dragging = False
        self.set_reactive(Slider.stops, stops)
        self.set_reactive(Slider.selected, selected)

    @property
    def index(self) -> int:
        """Where the chosen stop stands among the stops, or -1."""
        return next((n for n, stop in enumerate(self.stops) if stop.id == self.selected), -1)

    def watch_stops(self) -> None:
        """Show other stops."""
        self.redraw()

    def watch_selected(self) -> None:
        """Show another choice."""
        self.redraw()

    def draw(self, width: int, height: int, look: Look) -> list[Row]:
        """Return the slider's rows."""
        self._raster = draw_slider(self.stops, self.index, width, height, look, self.has_focus)
        return self._raster.rows

    def action_move(self, direction: int) -> None:
        """Go to the next stop that can be chosen, saying why those before it cannot."""
        passed = None
        index = self.index + direction
        while 0 <= index < len(self.stops):
            if not self.stops[index].off:
                self._choose(index)
                break
            passed = passed or self.stops[index]
            index += direction
        if passed is not None:
            self.post_message(self.Refused(self, passed))

    def action_end(self, direction: int) -> None:
        """Go to the first or last stop that can be chosen."""
        order = range(len(self.stops)) if direction < 0 else range(len(self.stops) - 1, -1, -1)
        index = next((n for n in order if not self.stops[n].off), None)
        if index is not None:
            self._choose(index)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Choose the stop under the mouse and follow it."""
        self._dragging = True
        self.capture_mouse()
        self._point(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow a drag."""
        if self._dragging:
            self._point(event)

    def on_mouse_up(self) -> None:
        """End a drag."""
        self._dragging = False
        self.release_mouse()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Go left."""
        event.stop()
        self.action_move(-1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Go right."""
        event.stop()
        self.action_move(1)

    def on_focus(self) -> None:
        """Show that keys come here."""
        self.redraw()

    def on_blur(self) -> None:
        """Show that keys go elsewhere."""
        self.redraw()

    def _point(self, event: events.MouseEvent) -> None:
        """Choose the stop at the mouse; a drag that left the widget still chooses by its column on the track."""
        offset = event.get_content_offset_capture(self)
        width, height = self.content_size
        if self._raster is None or not width or not height:
            return
        inside = 0 <= offset.y < height
        index = self._raster.stop_at(min(max(offset.x, 0), width - 1), offset.y if inside else min(1, height - 1))
        if index is None:
            return
        if self.stops[index].off:
            self.post_message(self.Refused(self, self.stops[index]))
        else:
            self._choose(index)

    def _choose(self, index: int) -> None:
        choice = self.stops[index]
        if choice.id != self.selected:
            self.selected = choice.id
            self.post_message(self.Changed(self, choice))
