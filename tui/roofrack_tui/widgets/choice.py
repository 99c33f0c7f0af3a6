"""A field with a value out of a list: ``engine vLLM``."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.reactive import var

from roofrack_tui.commands import CHOOSING, bindings
from roofrack_tui.raster.ink import AXIS, CHIP, STRONG, TEXT, Canvas, Row, clip, text_width
from roofrack_tui.raster.look import Look
from roofrack_tui.widgets.drawing import Drawing, Latest


class Choice(Drawing, can_focus=True):
    """One row: a label and the chosen value; it is changed elsewhere, this widget only says what was asked for.

    Args:
        label: What is chosen.
        value: The choice, in words.
        steps: Whether it can be changed without the list, to its neighbours.
        look: How it is drawn.
        id: As for every widget.
        classes: As for every widget.
    """

    DEFAULT_CSS = """
    Choice { height: 1; width: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(CHOOSING)

    value: var[str] = var("", init=False)

    class Opened(Latest["Choice"]):
        """The whole list was asked for."""

    class Stepped(Latest["Choice"]):
        """The next or previous value was asked for.

        Args:
            widget: Where.
            direction: 1 for the next, -1 for the previous.
        """

        def __init__(self, widget: Choice, direction: int) -> None:
            super().__init__(widget)
            self.direction = direction

    def __init__(
        self,
        label: str,
        value: str = "",
        *,
        steps: bool = False,
        look: Look | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(look=look, id=id, classes=classes)
        self.label = label
        self._steps = steps
        self.set_reactive(Choice.value, value)

    def watch_value(self) -> None:
        """Show another value."""
        self.redraw()

    def draw(self, width: int, height: int, look: Look) -> list[Row]:
        """Return the field's row."""
        canvas = Canvas(width, height)
        more = "v" if look.ascii else "▾"
        column = 0
        if self.label:
            canvas.text(0, 0, self.label, TEXT)
            column = text_width(self.label) + 1
        value = clip(self.value, max(0, width - column - 2), "." if look.ascii else "…")
        canvas.text(column, 0, value, CHIP if self.has_focus else STRONG, CHIP if self.has_focus else None)
        canvas.text(width - 1, 0, more, TEXT if self.has_focus else AXIS)
        return canvas.rows()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 (part of the interface)
        """Leave the keys of steps to others where there are none."""
        return action != "step" or self._steps

    def action_open(self) -> None:
        """Ask for the whole list."""
        self.post_message(self.Opened(self))

    def action_step(self, direction: int) -> None:
        """Ask for the next or previous value."""
        self.post_message(self.Stepped(self, direction))

    def on_click(self) -> None:
        """Ask for the whole list."""
        self.action_open()

    def on_focus(self) -> None:
        """Show that keys come here."""
        self.redraw()

    def on_blur(self) -> None:
        """Show that keys go elsewhere."""
        self.redraw()
