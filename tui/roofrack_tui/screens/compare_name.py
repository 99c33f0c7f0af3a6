"""A name for a pinned plan."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input

from roofrack.compare.naming import LONGEST_NAME
from roofrack_tui.commands import LEAVE, Command, bindings
from roofrack_tui.screens.dialog import DialogScreen
from roofrack_tui.widgets.filter import Filter


class NameScreen(DialogScreen[str | None]):
    """One line to type in; it returns the name, an empty one for the automatic name, or None.

    Args:
        name: The name that was given before; empty where none was.
        automatic: The name that it has by itself.
    """

    KEYS: ClassVar[tuple[Command, ...]] = (LEAVE,)
    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS)

    def __init__(self, name: str, automatic: str) -> None:
        super().__init__()
        self._given = name
        self._automatic = automatic

    def compose(self) -> ComposeResult:
        """The name."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Name this plan"
            dialog.border_subtitle = self.key_words("Enter takes it, empty: what differs")
            field = Filter(self._given, placeholder=self._automatic)
            field.max_length = LONGEST_NAME
            yield field

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())
