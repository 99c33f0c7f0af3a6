"""A stepper as a field of a form: sideways changes it, up and down go to its neighbours."""

from __future__ import annotations

from textual import events
from textual.message import Message

from roofrack_tui.raster.ink import AXIS, CHIP, STRONG, TEXT, Canvas, Row, clip, text_width
from roofrack_tui.raster.look import Look
from roofrack_tui.widgets.stepper import Stepper


class Field(Stepper):
    """``GPUs − 4 +``: label at the left, number at the right, so that the numbers of a form line up.

    Digits are typed after Enter only: before, they go to panes as everywhere.
    """

    _automatic = False
    _typing = False

    class Typing(Message):
        """A number begins to be typed, or is typed no more."""

    def show(self, value: int, *, automatic: bool) -> None:
        """Show a value, marked where it follows from other choices.

        Args:
            value: The value.
            automatic: Whether nobody chose it.
        """
        if automatic != self._automatic:
            self._automatic = automatic
            self.set_reactive(Stepper.value, value)
            self.redraw()
        else:
            self.value = value

    def draw(self, width: int, height: int, look: Look) -> list[Row]:
        """Return the field's row."""
        canvas = Canvas(width, height)
        number = f"{self._typed}_" if self._typing else f"{self.value:,}"
        start = width - len(number) - 2
        minus = "-" if look.ascii else "−"
        label = clip(self.label, max(0, start - 3), "." if look.ascii else "…")
        canvas.text(0, 0, label, TEXT)
        if self._automatic and text_width(label) + 6 <= start - 2:
            canvas.text(text_width(label) + 1, 0, "auto", AXIS)
        button = TEXT if self.has_focus else AXIS
        canvas.text(start - 2, 0, minus, button)
        canvas.text(start, 0, number, CHIP if self.has_focus else STRONG, CHIP if self.has_focus else None)
        canvas.text(width - 1, 0, "+", button)
        return canvas.rows()

    @property
    def is_typing(self) -> bool:
        """Whether a number is being typed, its digits or before the first of them."""
        return self._typing

    def action_type(self) -> None:
        """Begin to type a number, or take the one typed."""
        self._typing = not self._typing
        if not self._typing:
            super().action_type()
        self.redraw()
        self.post_message(self.Typing())

    def action_forget(self) -> None:
        """Keep the value as it was before a number was typed."""
        self._typing = False
        super().action_forget()
        self.post_message(self.Typing())

    def on_key(self, event: events.Key) -> None:
        """Leave digits to the screen unless a number is being typed."""
        if not self._typing:
            event.prevent_default()

    def on_click(self, event: events.Click) -> None:
        """Step down by the minus, up by the plus."""
        event.prevent_default()
        offset = event.get_content_offset(self)
        width = self.content_size.width
        if offset is not None and offset.x == width - 1:
            self.action_step(1)
        elif offset is not None and offset.x == width - len(f"{self.value:,}") - 4:
            self.action_step(-1)

    def on_blur(self) -> None:
        """Stop typing."""
        self._typing = False
