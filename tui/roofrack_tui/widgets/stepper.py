"""A whole number with a label, changed by keys, digits and mouse."""

from __future__ import annotations

from textual.message import Message
from textual.reactive import var

from roofrack_tui.raster import Canvas, Look, Row
from roofrack_tui.widgets.drawing import Drawing


class Stepper(Drawing, can_focus=True):
    """``users 64 [- +]``: one row, changed by ``+`` and ``-``, digits, wheel or clicks."""

    value: var[int] = var(0, init=False)

    class Changed(Message):
        """Another value was chosen.

        Args:
            stepper: Where.
            value: The value, within the limits.
        """

        def __init__(self, stepper: Stepper, value: int) -> None:
            super().__init__()
            self.stepper = stepper
            self.value = value

        @property
        def control(self) -> Stepper:
            """The stepper, for ``@on`` selectors."""
            return self.stepper

        def can_replace(self, message: Message) -> bool:
            """Let a burst of keys collapse into the last value."""
            return isinstance(message, Stepper.Changed)

    def __init__(
        self,
        label: str,
        value: int = 0,
        *,
        low: int = 0,
        high: int = 1_000_000_000,
        steps: tuple[int, ...] = (),
        look: Look | None = None,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
        disabled: bool = False,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self.label = label
        self.low = low
        self.high = high
        self.steps = steps
        self.set_reactive(Stepper.value, value)
        self.set_reactive(Stepper.look, look or Look())

    def watch_value(self) -> None:
        """Show another value."""
        self.redraw()

    def draw(self, width: int, height: int, look: Look) -> list[Row]:
        """Return the stepper's rows."""
        canvas = Canvas(width, height)
        canvas.text(0, 0, f"{self.label} {self.value}", "text")
        return canvas.rows()
