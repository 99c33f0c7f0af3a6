"""Text with attributes, laid out as columns."""

from typing import Final, NamedTuple

from roofrack_tui.terminal.cells import FILLER, joins, split
from roofrack_tui.terminal.pens import Pens

_MEMORY: Final = 512
_ESCAPE: Final = "\x1b"


class Line(NamedTuple):
    """What a body of text and attributes puts on a row."""

    cells: str
    """One character a column."""
    pens: str
    """The number of each cell's pen, as a character."""
    pen: int
    """The pen at the end of the body."""
    tail: str = ""
    """The rest of the body, from the character that the first text of unagreed width may join."""
    tail_pen: int = 0
    joins_before: bool = False
    """Whether the tail may join a character that was printed before this body."""


class Lines:
    """Lays out bodies, and remembers those it has seen: most rows of a frame are as they were."""

    def __init__(self, pens: Pens) -> None:
        self._pens = pens
        self._memory: dict[tuple[int, str], Line] = {}

    def line(self, pen: int, body: str) -> Line:
        """Lay out a body that begins with `pen`."""
        key = (pen, body)
        found = self._memory.get(key)
        if found is None:
            if len(self._memory) >= _MEMORY:
                self._memory.clear()
            found = self._memory[key] = self._laid_out(pen, body)
        return found

    def _laid_out(self, first_pen: int, body: str) -> Line:
        pen, cells, pens = first_pen, "", ""
        end = -1  # offsets in the body, of the end of the piece, of the last text and of the agreed text
        printed, agreed_end, first_unagreed = 0, None, ""
        for piece in body.split(_ESCAPE):
            pen, text = self._entered(pen, piece) if end >= 0 else (pen, piece)
            end += len(piece) + 1
            if text and agreed_end is None:
                laid, agreed = split(text)
                cells += laid
                pens += chr(pen) * len(laid)
                if agreed < len(text):
                    agreed_end = end - len(text) + agreed if agreed else printed
                    first_unagreed = text[agreed]
                printed = end
        if agreed_end is None:
            return Line(cells, pens, pen)
        if not cells:
            return Line("", "", pen, body, first_pen, joins_before=joins(first_unagreed))
        base = 2 if cells.endswith(FILLER) else 1
        return Line(cells[:-base], pens[:-base], pen, body[agreed_end - 1 :], ord(pens[-1]))

    def _entered(self, pen: int, piece: str) -> tuple[int, str]:
        """The pen and the text after one escape character."""
        if piece.startswith("["):
            parameters, _, text = piece.partition("m")
            return self._pens.after(pen, parameters[1:]), text
        if piece.startswith("]8;"):
            link, _, text = piece.partition("\x07")
            return self._pens.linked(pen, link[3:]), text
        return pen, piece[1:]  # the backslash that ends a hyperlink sequence
