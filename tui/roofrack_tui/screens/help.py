"""What has the focus, explained, and every key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from roofrack_tui.screens.dialog import DialogScreen

KeyRow = tuple[str, str]


class HelpScreen(DialogScreen[None]):
    """Help for a pane, its keys, then those that work everywhere.

    Args:
        title: The pane's name.
        text: What it shows, in paragraphs.
        here: Keys of what has the focus.
        everywhere: Keys of the main screen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,h", "dismiss(None)", "Back"),
        Binding("down,j", "scroll('scroll_down')", "Down", show=False),
        Binding("up,k", "scroll('scroll_up')", "Up", show=False),
        Binding("pagedown,space", "scroll('scroll_page_down')", "Page down", show=False),
        Binding("pageup", "scroll('scroll_page_up')", "Page up", show=False),
        Binding("home,g", "scroll('scroll_home')", "Top", show=False),
        Binding("end,G", "scroll('scroll_end')", "Bottom", show=False),
    ]

    def __init__(self, title: str, text: str, here: Sequence[KeyRow], everywhere: Sequence[KeyRow]) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._here = here
        self._everywhere = everywhere

    def compose(self) -> ComposeResult:
        """Text and keys in one scroll."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = f"Help: {self._title}"
            dialog.border_subtitle = "Esc goes back"
            with VerticalScroll():
                yield Static(self._content())

    def action_scroll(self, action: str) -> None:
        """Scroll the text.

        Args:
            action: The scroll's own method.
        """
        getattr(self.query_one(VerticalScroll), action)(animate=False)

    def _content(self) -> Content:
        lines = [Content(self._text), Content()]
        for heading, rows in (("Keys here", self._here), ("Keys everywhere", self._everywhere)):
            if rows:
                lines += [Content.styled(heading, "bold $primary"), *map(_row, rows), Content()]
        return Content("\n").join(lines)


def _row(row: KeyRow) -> Content:
    return Content.assemble((f"{row[0]:>9}", "bold $footer-key-foreground"), "  ", row[1])
