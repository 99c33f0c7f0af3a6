"""What every screen above the main one is."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import events, messages
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen, ScreenResultType
from textual.widget import Widget

from roofrack_tui.commands import IN_DIALOGS, Command, bindings
from roofrack_tui.keymap import USUAL_KEYS, Keys, own_keys, rebound, with_keys
from roofrack_tui.terminal import redraw

STYLES = Path(__file__).with_name("dialogs.tcss")
"""How every screen above the main one looks."""


_ROOM_AROUND = 88
"""Columns from which a dialog leaves some of the screen below in sight; on fewer it takes all of them."""
_WIDTHS = [(0, "-filled"), (_ROOM_AROUND, "-framed")]

_AROUND_FOOT = 6
"""Cells of a terminal's row that the foot of a dialog does not have: frame, corners and the gaps beside it."""


class DialogScreen(ModalScreen[ScreenResultType]):
    """A screen that answers once and goes.

    Keys that are typed ahead reach a screen even after the first of them has closed it; Textual would take each for another
    answer and close what lies below as well. And what its widgets had still to say arrives when they are gone.

    A subclass with keys of its own names them in `KEYS`, those of its fields in `IN_FIELDS`, and in `ABOUT` what help says of it.
    """

    CSS_PATH = STYLES
    HORIZONTAL_BREAKPOINTS = _WIDTHS

    BINDINGS: ClassVar[list[BindingType]] = bindings(IN_DIALOGS)
    KEYS: ClassVar[tuple[Command, ...]] = ()
    IN_FIELDS: ClassVar[tuple[Command, ...]] = ()
    ABOUT: ClassVar[str] = ""

    _has_answered = False

    @property
    def about(self) -> str:
        """What help says of this screen, by its name in `DIALOGS`; empty where it needs no more than its foot says."""
        return self.ABOUT

    @property
    def keys(self) -> Keys:
        """The keys that somebody has; the usual ones while the screen is not shown."""
        return own_keys(self.app) if self.is_attached else USUAL_KEYS

    @property
    def commands(self) -> tuple[Command, ...]:
        """What can be done here, with the keys that a person has given it."""
        return rebound((*self.IN_FIELDS, *self.KEYS, *IN_DIALOGS), self.keys)

    def told(self, text: str) -> str:
        """A sentence with the keys that a person has given.

        Args:
            text: With ids of commands in braces.
        """
        return with_keys(text, self.keys)

    def key_words(self, *before: str) -> str:
        """The keys that matter here, as markup for the foot of the dialog.

        Args:
            before: Keys that are not of this screen itself, with what they do.
        """
        said = [*before, *(f"{command.in_line} {command.label}" for command in self.commands if command.in_line)]
        # Where there is no room for all of them, the first and the way back stay.
        while len(said) > 2 and len(" · ".join(said)) > self.app.size.width - _AROUND_FOOT:
            del said[-2]
        return Content(" · ".join(said)).markup

    def action_redraw(self) -> None:
        """Send the whole screen again."""
        redraw(self.app)

    def action_help(self) -> None:
        """Explain this screen."""
        from roofrack_tui.dialog_meanings import DIALOGS
        from roofrack_tui.screens.help import HelpScreen

        if self.about:
            said = DIALOGS[self.about]
            keys = [(command.shown, command.help) for command in self.commands]
            self.app.push_screen(HelpScreen(self.about, said.text, keys, (), said.numbers))

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close this screen with an answer, unless it has been closed already.

        Args:
            result: The answer.
        """
        if not self.is_active:
            return AwaitComplete()
        self._has_answered = True
        return super().dismiss(result)

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:
        """Give a widget the focus, unless it has gone.

        A click may land on what was there a frame ago, and keys that go to a widget which is not there are lost.

        Args:
            widget: The widget, or None.
            scroll_visible: Whether it is scrolled into sight.
            from_app_focus: Whether the terminal has the focus again.
        """
        if widget is None or widget.is_attached:
            super().set_focus(widget, scroll_visible, from_app_focus)

    async def _dispatch_message(self, message: Message) -> None:
        # Textual's own messages among them hold the app together.
        if not self._has_answered or isinstance(message, events.Event) or type(message).__module__ == messages.__name__:
            await super()._dispatch_message(message)
