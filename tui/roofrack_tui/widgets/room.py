"""A place that says when its size is known: a screen hears of its own before anything in it is laid out."""

from __future__ import annotations

from textual import events
from textual.containers import VerticalScroll
from textual.message import Message


class Room(VerticalScroll, can_focus=False):
    """Room for text that is laid out to its width."""

    class Sized(Message):
        """It has another size now."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._before = 0

    @property
    def text_width(self) -> int:
        """Cells across for text, apart from the scroll bar, whether or not that is needed."""
        return self.content_size.width - self.styles.scrollbar_size_vertical - 1

    def on_resize(self, event: events.Resize) -> None:
        """Say so where the width is another."""
        if event.size.width != self._before:
            self._before = event.size.width
            self.post_message(self.Sized())
