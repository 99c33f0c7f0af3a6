"""Numbers in half blocks, three rows high: for those who read a screen from the back of a room."""

from __future__ import annotations

_FONT = {
    "0": "### #.# #.# #.# ###",
    "1": ".#. ##. .#. .#. ###",
    "2": "### ..# ### #.. ###",
    "3": "### ..# ### ..# ###",
    "4": "#.# #.# ### ..# ..#",
    "5": "### #.. ### ..# ###",
    "6": "### #.. ### #.# ###",
    "7": "### ..# ..# ..# ..#",
    "8": "### #.# ### #.# ###",
    "9": "### #.# ### ..# ###",
    ".": ". . . . #",
    ",": ". . . . .",
}
"""Five rows of points for each character; thousands stand apart, since three rows cannot tell a comma from a point."""

_BLOCKS = {("#", "#"): "█", ("#", "."): "▀", (".", "#"): "▄", (".", "."): " "}

ROWS = 3


def large(number: str) -> list[str]:
    """A number as three rows of text, all equally wide.

    Args:
        number: Digits with `.` and `,`; other characters are left out.
    """
    shapes = [
        (*_FONT[character].split(), "." * _FONT[character].index(" ")) for character in number if character in _FONT
    ]
    points = [".".join(shape[row] for shape in shapes) for row in range(2 * ROWS)]
    return [
        "".join(_BLOCKS[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(points[::2], points[1::2], strict=True)
    ]
