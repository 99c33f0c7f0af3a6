"""Jumping: letters over the fields, one of which is pressed."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from roofrack_tui.jump import Target
from roofrack_tui.screens.dialog import DialogScreen

KEYS = "a letter goes to its field · a digit to its pane · Esc stays"


class JumpScreen(DialogScreen[str], inherit_bindings=False):
    """Lies over the main screen and shows the letters; it returns the key that was pressed.

    Args:
        targets: Where letters stand.
    """

    def __init__(self, targets: Sequence[Target]) -> None:
        super().__init__()
        self._targets = targets
        self._made_for: Size | None = None

    def compose(self) -> ComposeResult:
        """A letter for each field."""
        for target in self._targets:
            label = Static(Content(target.letter), classes="jump")
            label.styles.offset = target.at
            yield label

    def on_key(self, event: events.Key) -> None:
        """Any key ends it; some go somewhere."""
        event.stop()
        self.dismiss(event.character or "")

    def on_resize(self, event: events.Resize) -> None:
        """Letters would stand in wrong places."""
        if self._made_for not in (None, event.size):
            self.dismiss("")
        self._made_for = event.size

    def on_click(self) -> None:
        """A click ends it too."""
        self.dismiss("")
