"""The clipboard of the person's own machine, through the terminal (OSC 52)."""

from __future__ import annotations

MOST_SEQUENCE_BYTES = 100_000
"""Longest sequence that is sent, as hterm's osc52.sh (chromium libapps, hterm/etc) and those who followed it have it. Terminals that take less
drop the rest silently (kitty took 8 kB until 2020, kovidgoyal/kitty#3031), so what is copied is also counted for the person."""

_AROUND = len("\x1b]52;c;\a")

MOST_BYTES = (MOST_SEQUENCE_BYTES - _AROUND) // 4 * 3
"""Bytes of text that fit such a sequence, in which base64 writes three as four."""


def fits_clipboard(text: str) -> bool:
    """Whether a text is short enough to be copied through the terminal.

    Args:
        text: What would be copied.
    """
    return len(text.encode("utf-8")) <= MOST_BYTES
