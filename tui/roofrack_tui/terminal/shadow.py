"""What the cells of the terminal hold, as far as that is known."""

from collections.abc import Iterator
from itertools import compress, count
from operator import ne

from roofrack_tui.terminal.cells import FILLER, UNKNOWN


class Shadow:
    """Rows of cells, and of the pens with which they were printed.

    Args:
        width: Columns, at least 1.
        height: Rows, at least 1.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._cells: list[str] = []
        self._pens: list[str] = []
        self.forget()

    def forget(self) -> None:
        """Know nothing about any cell."""
        self._cells = [UNKNOWN * self.width] * self.height
        self._pens = self._cells.copy()

    def forget_from(self, y: int, x: int) -> None:
        """Know nothing about the rest of a row."""
        self.put(y, x, UNKNOWN * (self.width - x), UNKNOWN * (self.width - x))

    def get(self, y: int, x: int, length: int) -> tuple[str, str]:
        """The cells and pens from (y, x) on."""
        return self._cells[y][x : x + length], self._pens[y][x : x + length]

    def character_before(self, y: int, x: int) -> tuple[int, str, str]:
        """The column, cells and pens of the whole character that ends before column `x`."""
        width = 2 if self._cells[y][x - 1] == FILLER else 1
        return x - width, *self.get(y, x - width, width)

    def put(self, y: int, x: int, cells: str, pens: str) -> None:
        """Note what was printed from (y, x) on; what is left of a wide character that was cut is not known."""
        before, end = self._cells[y], x + len(cells)
        left, right = before[:x], before[end:]
        if before[x : x + 1] == FILLER and cells:
            left = left[:-1] + UNKNOWN
        if right.startswith(FILLER) and cells:
            right = UNKNOWN + right[1:]
        self._cells[y] = left + cells + right
        self._pens[y] = self._pens[y][:x] + pens + self._pens[y][end:]

    def changes(self, y: int, x: int, cells: str, pens: str) -> Iterator[tuple[int, int]]:
        """The ranges of columns, whole characters each, that differ from what is to be at (y, x)."""
        before_cells, before_pens = self.get(y, x, len(cells))
        if before_cells == cells and before_pens == pens:
            return
        different = set(compress(count(), map(ne, before_cells, cells)))
        different.update(compress(count(), map(ne, before_pens, pens)))
        start = stop = -1
        for column in sorted(different):
            if column > stop:
                if stop > 0:
                    yield x + start, x + stop
                start = column
            stop = column + 1 + (cells[column + 1 : column + 2] == FILLER)
        yield x + start, x + stop
