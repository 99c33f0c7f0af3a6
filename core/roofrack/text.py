"""The one place where strings from outside are cleaned before anybody shows them."""

from __future__ import annotations

import re
import unicodedata

# CSI, OSC, DCS, PM, APC and SOS sequences with their payload, then two-byte escapes. An unterminated one is eaten to its end.
_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_SPACES = re.compile(r"\s+")
# Zero-width and bidirectional controls change what a reader sees without being seen.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

ASCII_FOR = str.maketrans(
    {
        "✓": "+", "✗": "x", "×": "x", "·": "|", "–": "-", "—": "-", "…": ".", "●": "*", "○": "o", "▾": "v", "▸": ">", "⌊": "[", "⌋": "]", "Σ": "S", "÷": "/", "█": "#", "▌": "=", "µ": "u",
        "→": ">", "←": "<", "↓": "v", "↑": "^", "−": "-", "│": "|", "─": "-", "━": "=", "┃": "|", "▲": "^", "▼": "v", "▎": "|", "▊": "|", "’": "'", "“": '"', "”": '"', "≈": "~", "◉": "#",
        "▁": "_", "▂": "_", "▃": "_", "▄": "#", "▅": "#", "▆": "#", "▇": "#", "▀": "#",
    }
)  # fmt: skip
"""Characters that roofrack itself and the scroll bars of its screens write, and what stands for each where there is only ASCII; each takes one cell."""


def clean(text: str, *, limit: int = 200) -> str:
    """Make a string from outside safe to print on one line of a terminal.

    Escape sequences, control, bidirectional, zero-width and unassigned characters go, white space is folded to single
    spaces, and what is longer than `limit` is cut with an ellipsis.

    Args:
        text: Anything: a model name, a path, an environment variable, an error of a library.
        limit: Most characters to keep.
    """
    if len(text) <= limit and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()  # nothing to do, as for nearly every string that ships
    text = _SPACES.sub(" ", _ESCAPE.sub("", text[: limit * 20]))
    kept = "".join(c for c in text if (c.isascii() and c.isprintable()) or (not c.isascii() and _visible(c)))
    kept = _SPACES.sub(" ", kept).strip()  # once more: what went may have stood between two spaces
    return kept if len(kept) <= limit else kept[: limit - 1].rstrip() + "…"


def _visible(character: str) -> bool:
    return unicodedata.category(character) not in _INVISIBLE


def in_ascii(text: str) -> str:
    """The text in ASCII, with a question mark for what it has nothing for.

    Args:
        text: Anything.
    """
    return text.translate(ASCII_FOR).encode("ascii", "replace").decode("ascii")
