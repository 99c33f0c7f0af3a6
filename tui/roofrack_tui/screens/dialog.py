"""What every screen above the main one is."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import events, messages
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import ModalScreen, ScreenResultType

STYLES = Path(__file__).with_name("dialogs.tcss")
"""How every screen above the main one looks."""


class DialogScreen(ModalScreen[ScreenResultType]):
    """A screen that answers once and goes.

    Keys that are typed ahead reach a screen even after the first of them has closed it; Textual would take each for another
    answer and close what lies below as well. And what its widgets had still to say arrives when they are gone.
    """

    CSS_PATH = STYLES

    BINDINGS: ClassVar[list[BindingType]] = [Binding("E", "app.export", "Export", show=False)]

    _has_answered = False

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close this screen with an answer, unless it has been closed already.

        Args:
            result: The answer.
        """
        if not self.is_active:
            return AwaitComplete()
        self._has_answered = True
        return super().dismiss(result)

    async def _dispatch_message(self, message: Message) -> None:
        # Textual's own messages among them hold the app together.
        if not self._has_answered or isinstance(message, events.Event) or type(message).__module__ == messages.__name__:
            await super()._dispatch_message(message)
