"""Text for terminals that show ASCII only."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import get_character_cell_size

from roofrack.text import ASCII_FOR


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The text in ASCII, exactly as many cells wide.

    Args:
        text: Anything.
    """
    if text.isascii():
        return text
    return "".join(c if c.isascii() else "?" * get_character_cell_size(c) for c in text.translate(ASCII_FOR))
