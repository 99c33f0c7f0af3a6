"""Writes to a terminal with few bytes: knows where its cursor is and which attributes are on."""

from functools import lru_cache
from typing import Final

from roofrack_tui.terminal.cells import FILLER, TAIL, UNKNOWN, text_of
from roofrack_tui.terminal.pens import UNKNOWN_PEN, Pens
from roofrack_tui.terminal.shadow import Shadow

LOST: Final = -1
"""The row or column of a cursor that may be anywhere."""
_NOT_REPRINTED: Final = frozenset((UNKNOWN, FILLER, TAIL))


class Printer:
    """Collects what to send, and follows the terminal's cursor and pen.

    Cells are planned first and printed pen by pen: to change a colour takes up to 36 bytes, to move the cursor 3 to 8.
    A cursor column equal to the width means that the last column was just printed, where terminals differ in what
    relative moves do.
    """

    def __init__(self, shadow: Shadow, pens: Pens) -> None:
        self._shadow = shadow
        self._pens = pens
        self._plan: dict[int, list[tuple[int, int, str]]] = {}
        self._reach: dict[int, int] = {}  # where the planned cells of a row end
        self.out: list[str] = []
        self.y = self.x = LOST
        self.pen = UNKNOWN_PEN

    def plan(self, y: int, x: int, cells: str, pens: str) -> None:
        """Print cells from (y, x) on before the next `flush` is over."""
        if x < self._reach.get(y, 0):
            self.flush()  # of two texts in one place the later one must be printed later
        self._reach[y] = x + len(cells)
        start = 0
        while start < len(pens):
            pen = pens[start]
            stop = len(pens) - len(pens[start:].lstrip(pen))
            self._plan.setdefault(ord(pen), []).append((y, x + start, cells[start:stop]))
            start = stop

    def flush(self) -> None:
        """Print what is planned."""
        plan, self._plan = self._plan, {}
        self._reach.clear()
        for pen in self._pens.in_order(self.pen, plan):
            for y, x, cells in plan[pen]:
                self.go(y, x)
                self.use(pen)
                self.out.append(text_of(cells))
                self.x += len(cells)

    def use(self, pen: int) -> None:
        """Switch to a pen."""
        if pen != self.pen:
            self.out.append(self._pens.way(self.pen, pen))
            self.pen = pen

    def go(self, y: int, x: int) -> None:
        """Move the cursor in the cheapest way."""
        if (y, x) == (self.y, self.x):
            return
        if x >= self._shadow.width:
            self._print_last_column(y)
            return
        best = absolute_move(y, x)
        if LOST < self.x < self._shadow.width and self.y != LOST:
            down = _relative(y - self.y, "B", "A")
            best = min(best, down + _sideways(x - self.x), down + "\r" + _relative(x, "C", "D"), key=len)
            if y == self.y and x > self.x:
                best = self._shortcut(x, len(best)) or best
        self.out.append(best)
        self.y, self.x = y, x

    def _shortcut(self, x: int, budget: int) -> str:
        """The text between the cursor and column `x`, if printing it again costs no more than the budget, bytes."""
        if x - self.x > budget:
            return ""
        cells, pens = self._shadow.get(self.y, self.x, x - self.x)
        there, _ = self._shadow.get(self.y, x, 1)
        if pens.strip(chr(self.pen)) or not _NOT_REPRINTED.isdisjoint(cells) or len(cells.encode()) > budget:
            return ""
        if there == FILLER:  # printing a wide character leads beyond its middle
            return ""
        return cells

    def _print_last_column(self, y: int) -> None:
        """Leave the cursor behind the last column, where only printing leads."""
        self.plan(y, *self._shadow.character_before(y, self._shadow.width))
        self.flush()


@lru_cache(maxsize=8192)
def absolute_move(y: int, x: int) -> str:
    """CUP to a row and a column, counted from 0."""
    if x:
        return f"\x1b[{y + 1 if y else ''};{x + 1}H"
    return f"\x1b[{y + 1 if y else ''}H"


@lru_cache(maxsize=2048)
def _relative(distance: int, forward: str, backward: str) -> str:
    if not distance:
        return ""
    if abs(distance) == 1 and forward == "B":
        return "\x1bD" if distance > 0 else "\x1bM"  # IND, RI: a byte less, and no row is left that could scroll
    return f"\x1b[{abs(distance) if abs(distance) > 1 else ''}{forward if distance > 0 else backward}"


@lru_cache(maxsize=1024)
def _sideways(distance: int) -> str:
    move = _relative(distance, "C", "D")
    return "\b" * -distance if -len(move) < distance < 0 else move
