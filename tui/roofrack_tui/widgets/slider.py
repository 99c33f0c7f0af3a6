"""A slider of named stops."""

from __future__ import annotations

from textual.message import Message
from textual.reactive import var

from roofrack_tui.raster import Look, Row, SliderRaster, Stop, draw_slider
from roofrack_tui.widgets.drawing import Drawing


class Slider(Drawing, can_focus=True):
    """Named stops on a line; moving it posts `Slider.Changed`."""

    stops: var[tuple[Stop, ...]] = var((), init=False)
    selected: var[str] = var("", init=False)

    class Changed(Message):
        """Another stop was chosen by key or mouse.

        Args:
            slider: Where.
            stop: The stop chosen.
        """

        def __init__(self, slider: Slider, stop: Stop) -> None:
            super().__init__()
            self.slider = slider
            self.stop = stop

        @property
        def control(self) -> Slider:
            """The slider, for ``@on`` selectors."""
            return self.slider

        def can_replace(self, message: Message) -> bool:
            """Let a drag collapse into its last position."""
            return isinstance(message, Slider.Changed)

    class Refused(Message):
        """A stop that cannot be chosen was asked for; ``stop.off`` says why.

        Args:
            slider: Where.
            stop: The stop refused.
        """

        def __init__(self, slider: Slider, stop: Stop) -> None:
            super().__init__()
            self.slider = slider
            self.stop = stop

        @property
        def control(self) -> Slider:
            """The slider, for ``@on`` selectors."""
            return self.slider

        def can_replace(self, message: Message) -> bool:
            """Let a drag collapse into its last position."""
            return isinstance(message, Slider.Refused)

    def __init__(
        self,
        stops: tuple[Stop, ...] = (),
        selected: str = "",
        *,
        look: Look | None = None,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
        disabled: bool = False,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self._raster: SliderRaster | None = None
        self.set_reactive(Slider.stops, stops)
        self.set_reactive(Slider.selected, selected)
        self.set_reactive(Slider.look, look or Look())

    def watch_stops(self) -> None:
        """Show other stops."""
        self.redraw()

    def watch_selected(self) -> None:
        """Show another choice."""
        self.redraw()

    def draw(self, width: int, height: int, look: Look) -> list[Row]:
        """Return the slider's rows."""
        index = next((n for n, stop in enumerate(self.stops) if stop.id == self.selected), 0)
        self._raster = draw_slider(self.stops, index, width, height, look, self.has_focus)
        return self._raster.rows
