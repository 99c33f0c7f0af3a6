"""The names of panes that share a place, in one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import var

from roofrack_tui.widgets.one_line import OneLine


class TabLine(OneLine):
    """Numbered names; the one in front is marked.

    Args:
        tabs: Numbers and names.
        front: Number of the one in front.
        id: As for every widget.
    """

    MARGIN = 0

    front: var[int] = var(0, init=False)

    @dataclass
    class Clicked(Message):
        """A name was clicked."""

        number: int

    def __init__(self, tabs: Sequence[tuple[int, str]], front: int, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._tabs = tuple(tabs)
        self.set_reactive(TabLine.front, front)

    def watch_front(self) -> None:
        """Mark another name."""
        self.show()

    def words(self, room: int) -> Content:
        """The line."""
        parts = []
        for (number, _), text in zip(self._tabs, self._texts(room), strict=True):
            parts.append(Content.styled(text, "bold reverse $primary" if number == self.front else "$foreground-muted"))
        return Content.assemble(*parts)

    def on_click(self, event: Click) -> None:
        """Ask for the pane under the mouse."""
        offset, at = event.get_content_offset(self), 0
        for (number, _), text in zip(self._tabs, self._texts(self.room), strict=True):
            if offset is not None and at <= offset.x < at + len(text):
                self.post_message(self.Clicked(number))
            at += len(text)

    def _texts(self, room: int) -> list[str]:
        """Names with numbers, or shorter where there is little room."""
        whole = [f" {number} {name} " for number, name in self._tabs]
        if sum(map(len, whole)) <= room:
            return whole
        return [
            f" {number} {name} " if number == self.front else f" {number} {name[:3]} " for number, name in self._tabs
        ]
