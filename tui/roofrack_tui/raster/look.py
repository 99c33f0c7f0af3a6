"""How drawings look."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Look(NamedTuple):
    """How things are drawn, the same for every drawing on a screen.

    Args:
        rendering: ``"braille"`` for work, ``"blocks"`` for projectors, ``"ascii"`` where nothing else can be shown.
        shading: ``"tint"`` shades with colour, ``"pattern"`` with characters (NO_COLOR, 16 colours).
        grid: Faint lines at the ticks of the left axis.
        sparse: Fewer words: no units over two axes, no second tick row (presenting).
    """

    rendering: Literal["braille", "blocks", "ascii"] = "braille"
    shading: Literal["tint", "pattern"] = "tint"
    grid: bool = True
    sparse: bool = False

    @property
    def ascii(self) -> bool:
        """Whether only ASCII characters may be used."""
        return self.rendering == "ascii"
