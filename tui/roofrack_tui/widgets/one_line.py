"""The base of widgets that are one line of styled text."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.strip import Strip

from roofrack_tui.widgets.lines import Lines


class OneLine(Lines):
    """One line of styled text with a cell free at either end; subclasses say which in `words`."""

    DEFAULT_CSS = """
    OneLine { height: 1; width: 1fr; }
    """

    MARGIN = 1
    """Cells free at either end."""

    _strip: Strip | None = None

    def words(self, room: int) -> Content:
        """Return the text.

        Args:
            room: Cells that it may take.
        """
        raise NotImplementedError

    @property
    def room(self) -> int:
        """Cells that the words may take."""
        return max(0, self.size.width - 2 * self.MARGIN)

    def show(self) -> None:
        """Make the line again."""
        self._strip = None
        self.refresh()

    def lines(self, y: int, stop: int, size: Size) -> list[Strip]:
        """The line, and nothing below it."""
        if self._strip is None or self._strip.cell_length != size.width:
            room = max(0, size.width - 2 * self.MARGIN)
            words = self.words(room).truncate(room, ellipsis=True)
            self._strip = self.strip_of(Content(" " * self.MARGIN) + words if words else words, size.width)
        return [self._strip if row == 0 else self.strip_of(Content(), size.width) for row in range(y, stop)]

    def notify_style_update(self) -> None:
        """Forget what was drawn when theme or state change."""
        self._strip = None
        super().notify_style_update()
