"""Rows of styled text of which only those that changed are drawn again."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.strip import Strip

from roofrack_tui.widgets.lines import Lines, regions_of


class Prose(Lines):
    """Text whose rows are given one by one, each no wider than the widget; it is as high as it has rows.

    Args:
        id: As for every widget.
    """

    DEFAULT_CSS = """
    Prose { height: auto; width: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: tuple[Content, ...] = ()
        self._strips: dict[int, Strip] = {}

    def show(self, rows: Sequence[Content]) -> None:
        """Show other rows.

        Args:
            rows: From the top down.
        """
        before, self._rows = self._rows, tuple(rows)
        if len(before) != len(self._rows):
            self._strips.clear()
            # Asking for a layout is not enough: what was found for no rows yet stays in Textual's cache until a style changes.
            self.styles.height = len(self._rows)
            self.refresh(layout=True)
            return
        changed = [y for y, (old, new) in enumerate(zip(before, self._rows, strict=True)) if not old.is_same(new)]
        for y in changed:
            self._strips.pop(y, None)
        if changed:
            self.refresh(*regions_of(changed, self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 (part of the interface)
        """One row a row."""
        return len(self._rows)

    def lines(self, y: int, stop: int, size: Size) -> list[Strip]:
        """Some of the rows."""
        return [self._line(row, size.width) for row in range(y, stop)]

    def notify_style_update(self) -> None:
        """Forget what was drawn when theme or state change."""
        self._strips.clear()
        super().notify_style_update()

    def _line(self, y: int, width: int) -> Strip:
        strip = self._strips.get(y)
        if strip is None or strip.cell_length != width:
            strip = self.strip_of(self._rows[y] if y < len(self._rows) else Content(), width)
            self._strips[y] = strip
        return strip
