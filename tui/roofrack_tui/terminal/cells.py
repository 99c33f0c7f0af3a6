"""How many columns text takes, for the characters on which every terminal agrees.

Terminals disagree about combining marks, joined emoji, bidirectional scripts and characters newer than their tables.
Such text is not measured at all: `split` says where it begins, and the caller hands it on as it came.
"""

from bisect import bisect_right
from functools import lru_cache
from unicodedata import category

UNKNOWN = "\x00"
"""A cell whose content on the terminal is not known; equal to no printable cell."""
FILLER = "\x01"
"""The right half of a wide character."""
TAIL = "\x02"
"""A cell after text of unagreed width, up to the end of the row."""

_NARROW = (
    " ~\u00a0\u00ac\u00ae\u02ff"  # Latin
    "\u0370\u0377\u037a\u037f\u0384\u038a\u038c\u038c\u038e\u03a1\u03a3\u0482\u048a\u052f"  # Greek, Cyrillic
    "\u1e00\u1eff\u2000\u200a\u2010\u2027\u202f\u205f\u2070\u2071\u2074\u208e\u2090\u209c\u20a0\u20bf"  # signs
    "\u2100\u218b\u2190\u2319\u231c\u2328\u232b\u23e8"  # letter-like, arrows, mathematics
    "\u2460\u25fc\u25ff\u2613\u2616\u262f\u2638\u2647\u2654\u267e"  # boxes, blocks, geometric shapes
    "\u2690\u2692\u2694\u26a0\u2701\u2704\u2706\u2709\u270c\u2727\u2729\u274b\u2756\u2756\u2758\u2794\u2798\u27af"
    "\u27c0\u2b1a"  # with Braille
    "\ue000\uf8ff\U0001fb00\U0001fb92"  # icon fonts, sextants
)
"""First and last characters of ranges that take one column, in order."""
_WIDE = (
    "\u3000\u3029\u3030\u303e\u3041\u3096\u309b\u30ff\u3131\u3163\u3200\u321e"
    "\u3250\u4dbf\u4e00\ua48c\uac00\ud7a3\uff01\uff60\uffe0\uffe6"
)
"""First and last characters of ranges that take two columns, in order."""
_JOINING = (("\u1160", "\u11ff"), ("\ud7b0", "\ud7fb"), ("\U0001f3fb", "\U0001f3ff"))
"""Letters that join without being marks: Hangul vowels and finals, skin tones."""


def split(text: str) -> tuple[str, int]:
    """Lay out the part of a text whose width is agreed.

    Args:
        text: Characters without controls.

    Returns:
        One character a column (a wide one is followed by `FILLER`), and the index in `text` where the part ends.
    """
    if text.isascii():
        return text, len(text)
    widths = {_agreed_width(char) for char in set(text)}
    if widths == {1}:
        return text, len(text)
    end = len(text)
    if None in widths:
        end = next(index for index, char in enumerate(text) if _agreed_width(char) is None)
    return "".join(char if _agreed_width(char) == 1 else char + FILLER for char in text[:end]), end


@lru_cache(maxsize=4096)
def _agreed_width(char: str) -> int | None:
    for width, ranges in ((1, _NARROW), (2, _WIDE)):
        at = bisect_right(ranges, char)
        if at % 2 or ranges[at - 1 : at] == char:
            return width
    return None


def joins(char: str) -> bool:
    """Whether a character without agreed width may become part of the one before it."""
    return category(char)[0] in "MC" or any(first <= char <= last for first, last in _JOINING)


def text_of(cells: str) -> str:
    """What to print so that these cells appear."""
    return cells.replace(FILLER, "")
