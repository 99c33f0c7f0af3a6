"""What every screen above the main one is."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType


class DialogScreen(ModalScreen[ScreenResultType]):
    """A screen that answers once and goes.

    Keys that are typed ahead reach a screen even after the first of them has closed it; Textual would take each for another
    answer and close what lies below as well.
    """

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close this screen with an answer, unless it has been closed already.

        Args:
            result: The answer.
        """
        return super().dismiss(result) if self.is_active else AwaitComplete.nothing()
