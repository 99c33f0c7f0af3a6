"""A whole number with a label, changed by keys, digits and mouse."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.reactive import var

from roofrack_tui.commands import STEPPING, bindings
from roofrack_tui.raster.ink import AXIS, CHIP, STRONG, TEXT, Canvas, Row, clip
from roofrack_tui.raster.look import Look
from roofrack_tui.widgets.drawing import Drawing, Latest

_BUTTONS = "[- +]"


class Stepper(Drawing, can_focus=True):
    """``users 64 [- +]``: one row, changed by ``+`` and ``-``, digits, wheel or clicks.

    Args:
        label: What the number counts.
        value: The number.
        low: The least allowed.
        high: The most allowed.
        steps: Where ``+`` and ``-`` go, rising; empty goes one up or down.
        look: How it is drawn.
        id: As for every widget.
        classes: As for every widget.
    """

    DEFAULT_CSS = """
    Stepper { height: 1; width: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(STEPPING)

    value: var[int] = var(0, init=False)

    class Changed(Latest["Stepper"]):
        """Another value was chosen; the stepper shows it already.

        Args:
            widget: Where.
            value: The value, within the limits.
        """

        def __init__(self, widget: Stepper, value: int) -> None:
            super().__init__(widget)
            self.value = value

    def __init__(
        self,
        label: str,
        value: int = 0,
        *,
        low: int = 0,
        high: int = 1_000_000_000,
        steps: tuple[int, ...] = (),
        look: Look | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(look=look, id=id, classes=classes)
        self.label = label
        self.low = low
        self.high = high
        self.steps = steps
        self._typed = ""
        self.set_reactive(Stepper.value, value)

    def watch_value(self) -> None:
        """Show another value."""
        self._typed = ""
        self.redraw()

    def draw(self, width: int, height: int, look: Look) -> list[Row]:
        """Return the stepper's rows."""
        canvas = Canvas(width, height)
        number = f"{self._typed}_" if self._typed else f"{self.value:,}"
        buttons = _BUTTONS if width >= len(self.label) + len(number) + len(_BUTTONS) + 2 else ""
        label = clip(self.label, width - len(number) - len(buttons) - 2, "." if look.ascii else "…")
        canvas.text(0, 0, label, TEXT)
        column = len(label) + 1 if label else 0
        if self.has_focus:
            canvas.text(column, 0, number, CHIP, CHIP)
        else:
            canvas.text(column, 0, number, STRONG)
        canvas.text(width - len(buttons), 0, buttons, TEXT if self.has_focus else AXIS)
        return canvas.rows()

    def action_step(self, direction: int) -> None:
        """Go to the next step up or down."""
        self._commit()
        if not self.steps:
            self._choose(self.value + direction)
        elif direction > 0:
            self._choose(next(iter(self.steps[bisect_right(self.steps, self.value) :]), self.value))
        else:
            self._choose(next(reversed(self.steps[: bisect_left(self.steps, self.value)]), self.value))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 (part of the interface)
        """Leave the keys for what is being typed to others while nothing is."""
        return action not in ("erase", "forget") or self.is_typing

    @property
    def is_typing(self) -> bool:
        """Whether digits have been typed that are not taken yet."""
        return bool(self._typed)

    def action_type(self) -> None:
        """Take the number typed."""
        self._commit()

    def action_erase(self) -> None:
        """Take back the last digit typed."""
        self._type(self._typed[:-1])

    def action_forget(self) -> None:
        """Keep the value as it was before digits were typed."""
        self._type("")

    def on_key(self, event: events.Key) -> None:
        """Collect digits."""
        if event.character is not None and event.character.isascii() and event.character.isdigit():
            event.stop()
            self._type((self._typed + event.character)[: len(str(self.high))])

    def on_click(self, event: events.Click) -> None:
        """Step by the buttons."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        place = offset.x - (self.content_size.width - len(_BUTTONS))
        if 0 <= place < len(_BUTTONS) and self._has_buttons:
            self.action_step(-1 if place < len(_BUTTONS) // 2 else 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Step up."""
        event.stop()
        self.action_step(1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Step down."""
        event.stop()
        self.action_step(-1)

    def on_focus(self) -> None:
        """Show that keys come here."""
        self.redraw()

    def on_blur(self) -> None:
        """Take what was typed, and show that keys go elsewhere."""
        self._commit()
        self.redraw()

    @property
    def _has_buttons(self) -> bool:
        return self.content_size.width >= len(self.label) + len(f"{self.value:,}") + len(_BUTTONS) + 2

    def _type(self, digits: str) -> None:
        self._typed = digits
        self.redraw()

    def _commit(self) -> None:
        if self._typed:
            typed = int(self._typed)
            self._type("")
            self._choose(typed)

    def _choose(self, value: int) -> None:
        value = min(max(value, self.low), self.high)
        if value != self.value:
            self.value = value
            self.post_message(self.Changed(self, value))
