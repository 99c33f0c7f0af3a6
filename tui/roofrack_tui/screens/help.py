"""What has the focus, explained, and every key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from roofrack_tui.commands import BACK, CLOSING, READING, Command, bindings
from roofrack_tui.keymap import instead, with_keys
from roofrack_tui.screens.dialog import DialogScreen

KeyRow = tuple[str, str]


class HelpScreen(DialogScreen[None]):
    """Help for a pane, its keys, then those that work everywhere.

    Args:
        title: The pane's name.
        text: What it shows, in paragraphs.
        here: Keys of what has the focus.
        everywhere: Keys of the main screen.
        numbers: What is shown, with what it means.
    """

    KEYS: ClassVar[tuple[Command, ...]] = (BACK._replace(label="goes back"), *READING, *CLOSING["help"])
    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS)

    def __init__(
        self,
        title: str,
        text: str,
        here: Sequence[KeyRow],
        everywhere: Sequence[KeyRow],
        numbers: Sequence[KeyRow] = (),
    ) -> None:
        super().__init__()
        self._numbers = numbers
        self._title = title
        self._text = text
        self._here = here
        self._everywhere = everywhere

    def compose(self) -> ComposeResult:
        """Text and keys in one scroll."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = f"Help: {self._title}"
            dialog.border_subtitle = self.key_words()
            with VerticalScroll():
                yield Static()

    def on_resize(self) -> None:
        """Lay the text out to the width that there is."""
        self.call_after_refresh(self._lay_out)

    def _lay_out(self) -> None:
        width = self.query_one(VerticalScroll).scrollable_content_region.width - 1  # apart from the scroll bar
        self.query_one(Static).update(self._content(width))

    def action_scroll(self, action: str) -> None:
        """Scroll the text.

        Args:
            action: The scroll's own method.
        """
        getattr(self.query_one(VerticalScroll), action)(animate=False)

    def _content(self, width: int) -> Content:
        own = self.keys
        blocks = [Content(with_keys(self._text, own))]
        for heading, rows, indent in (
            ("Numbers here", self._numbers, 18),
            ("Keys here", self._here, 11),
            ("Keys everywhere", self._everywhere, 11),
            ("Keys of your own", list(instead(own)), 11),
        ):
            if rows:
                lines = [
                    Content.styled(heading, "bold $primary"),
                    *(_row((name, with_keys(text, own)), indent, width) for name, text in rows),
                ]
                blocks.append(Content("\n").join(lines))
        return Content("\n\n").join(blocks)


def _row(row: KeyRow, indent: int, width: int) -> Content:
    """The explanation beside what it explains, and below itself where it is long."""
    first, *others = Content(row[1]).wrap(max(20, width - indent)) or [Content()]
    name = Content.styled(f"{row[0]:>{indent - 2}}", "bold $footer-key-foreground")
    return Content("\n").join([Content.assemble(name, "  ", first), *(Content(" " * indent) + line for line in others)])
