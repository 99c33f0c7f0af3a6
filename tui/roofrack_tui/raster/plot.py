"""The part of a canvas between the axes, and which of its cells are taken."""

from __future__ import annotations

from copy import copy

from roofrack_tui.raster.frame import Frame
from roofrack_tui.raster.ink import GRID, PLAIN, Canvas, Role, one_line, text_width

_EDGES = frozenset("▀▄▅▆▇")
_PARTLY = frozenset("▀▁▂▃▄▅▆▇")
_NOT_CROSSED = frozenset("▀▁▂▃▄▅▆▇━╍⠉⠒⠤⣀-=")


class Plot:
    """Cells of the plot, counted from its own corner; what falls outside is dropped.

    Args:
        canvas: The whole drawing.
        frame: Where the plot lies in it.
    """

    __slots__ = ("_taken", "canvas", "frame", "height", "width")

    def __init__(self, canvas: Canvas, frame: Frame) -> None:
        self.canvas = canvas
        self.frame = frame
        self.width = frame.width
        self.height = min(frame.height, canvas.height - frame.top)
        self._taken = bytearray(self.width * max(0, self.height))

    def copy(self) -> Plot:
        """The same plot on a canvas of its own."""
        other = copy(self)
        other.canvas, other._taken = self.canvas.copy(), self._taken[:]
        return other

    def index(self, column: int, row: int) -> int:
        """Return the place of a cell inside the plot in the canvas's lists."""
        return (self.frame.top + row) * self.canvas.width + self.frame.left + column

    def has(self, column: int, row: int) -> bool:
        """Whether a cell lies in the plot."""
        return 0 <= column < self.width and 0 <= row < self.height

    def put(self, column: int, row: int, glyph: str, fore: Role, take: bool = False) -> None:
        """Set a cell's character, and with ``take`` keep labels away from it."""
        if self.has(column, row):
            index = self.index(column, row)
            self.canvas.glyphs[index] = glyph
            self.canvas.fore[index] = fore
            if take:
                self._taken[row * self.width + column] = 1

    def take(self, column: int, row: int) -> None:
        """Keep labels away from a cell."""
        if self.has(column, row):
            self._taken[row * self.width + column] = 1

    def stroke(self, column: int, row: int, glyph: str, fore: Role) -> None:
        """Set the character of a line; an edge of a surface that stood there fills the cell behind it."""
        self.fill_edge(column, row)
        self.put(column, row, glyph, fore, take=True)

    def fill_edge(self, column: int, row: int) -> None:
        """Let a surface that fills part of a cell fill its ground, before something else is drawn upon it."""
        if self.has(column, row):
            index = self.index(column, row)
            if self.canvas.glyphs[index] in _EDGES:
                self.canvas.back[index] = self.canvas.fore[index]
                self.canvas.glyphs[index] = " "

    def is_edge(self, column: int, row: int) -> bool:
        """Whether a surface fills part of a cell."""
        return self.canvas.glyphs[self.index(column, row)] in _PARTLY

    def put_if_empty(self, column: int, row: int, glyph: str, fore: Role) -> None:
        """Set a cell's character where nothing stands yet."""
        if self.has(column, row):
            index = self.index(column, row)
            if self.canvas.glyphs[index] == " ":
                self.canvas.glyphs[index] = glyph
                self.canvas.fore[index] = fore

    def fill(self, column: int, first: int, end: int, glyph: str, fore: Role, back: Role | None) -> None:
        """Set the cells of a column from row ``first`` up to but not including ``end``."""
        first, end = max(0, first), min(self.height, end)
        if first >= end or not 0 <= column < self.width:
            return
        canvas, count = self.canvas, end - first
        cells = slice(self.index(column, first), self.index(column, end - 1) + 1, canvas.width)
        canvas.glyphs[cells] = [glyph] * count
        canvas.fore[cells] = [fore] * count
        if back is not None:
            canvas.back[cells] = [back] * count

    def ground(self, column: int, row: int, back: Role) -> None:
        """Set a cell's ground."""
        if self.has(column, row):
            self.canvas.back[self.index(column, row)] = back

    def is_free(self, column: int, row: int, length: int) -> bool:
        """Whether cells of a row lie in the plot and nothing that matters stands there."""
        if column < 0 or column + length > self.width or not 0 <= row < self.height:
            return False
        start = row * self.width + column
        return not any(self._taken[start : start + length])

    def guide(self, column: int, row: int, glyph: str, fore: Role, take: bool = False) -> None:
        """Set the character of a guide that runs behind lines, labels and the edges of surfaces."""
        if self.has(column, row):
            index = self.index(column, row)
            if not self._taken[row * self.width + column] and self.canvas.glyphs[index] not in _NOT_CROSSED:
                self.put(column, row, glyph, fore, take)

    def is_blank(self, column: int, row: int, length: int) -> bool:
        """Whether nothing at all is drawn on cells of a row, not even a tint; faint lines of the grid do not count."""
        if not self.is_free(column, row, length):
            return False
        cells = slice(self.index(column, row), self.index(column, row) + length)
        return set(self.canvas.back[cells]) == {PLAIN} and set(self.canvas.fore[cells]) <= {PLAIN, GRID}

    def free_run(self, row: int, wanted: bytes) -> tuple[int, int]:
        """Return the start and length of the longest run of cells of a row that are wanted (1) and not taken."""
        start = row * self.width
        taken = self._taken[start : start + self.width]
        mask = bytes(want and not busy for want, busy in zip(wanted, taken, strict=True))
        longest = max(mask.split(b"\0"), key=len)
        return (mask.index(longest), len(longest)) if longest else (0, 0)

    def label(self, column: int, row: int, text: str, fore: Role, back: Role | None = None) -> None:
        """Write text and keep other labels away from it and the cells beside it."""
        self.canvas.text(self.frame.left + column, self.frame.top + row, text, fore, back)
        start, end = max(0, column - 1), min(self.width, column + text_width(one_line(text)) + 1)
        if 0 <= row < self.height and start < end:
            self._taken[row * self.width + start : row * self.width + end] = b"\x01" * (end - start)
