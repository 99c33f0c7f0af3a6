"""The grammar of a terminal stream: what each piece does to cells, cursor and attributes."""

import re
from enum import Enum, auto
from functools import lru_cache
from typing import Final

FRAME_BEGIN: Final = "\x1b[?2026h"
FRAME_END: Final = "\x1b[?2026l"

_CSI = r"\x1b\[[0-?]*[ -/]*[@-~]"
_STRING_END = r"(?:\x07|\x1b\\)"
_HYPERLINK = rf"\x1b\]8;[^\x07\x1b]*{_STRING_END}"
_MOVE = r"\x1b\[\d*(?:;\d*)?[Hf]"

TOKENS: Final = re.compile(
    r"(?P<move>\x1b\[(?P<row>\d*)(?:;(?P<column>\d*))?[Hf])"
    rf"|(?P<body>(?:[^\x00-\x1f\x7f-\x9f]+|\x1b\[[\d;:]*m|{_HYPERLINK})+)"
    r"|(?P<partial>\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[PX^_][^\x1b]*\x1b?|[ -/]+)?\Z)"
    rf"|(?P<control>{_CSI}|\x1b\][^\x07\x1b]*{_STRING_END}|\x1b[PX^_][^\x1b]*\x1b\\|\x1b[ -/]*[0-~]|[\x00-\x1f\x7f-\x9f])",
    re.DOTALL,
)
"""`move`: an absolute cursor move. `body`: text and attributes. `partial`: an escape sequence that goes on in the next
chunk. `control`: everything else."""

move_follows = re.compile(rf"(\n?){_MOVE}").match
"""Whether the stream goes on with an absolute move, perhaps after a line feed (group 1)."""


class Effect(Enum):
    """What a control does, as far as cells are concerned."""

    NONE = auto()
    """Neither cells nor cursor nor attributes change."""
    WRAP_ON = auto()
    WRAP_OFF = auto()
    MOVES = auto()
    """The cursor goes somewhere; cells stay."""
    LINE_FEED = auto()
    """The cursor goes somewhere, and on the last row everything scrolls."""
    ERASES = auto()
    """Cells change and the cursor may move; attributes stay."""
    UNKNOWN = auto()
    """Anything may have happened."""
    ALTERS_LATER_TEXT = auto()
    """A mode in which later text lands elsewhere or looks different: margins, insertion, character sets."""


_EFFECTS: Final[tuple[tuple[Effect, str], ...]] = (
    (Effect.WRAP_ON, r"\x1b\[\?7h"),
    (Effect.WRAP_OFF, r"\x1b\[\?7l"),
    (Effect.LINE_FEED, r"\n"),
    (Effect.MOVES, r"[\r\x08]|\x1b\[[\d;]*[A-GIZade`]"),
    (Effect.ERASES, r"\x1b\[\??\d*[JKXPLM@STb]"),
    # modes of mouse, keyboard, focus, paste and frames; the same as queries
    (Effect.NONE, r"\x1b\[\?(?:1|12|25|100\d|101[56]|2004|2026|2031|2048)[hl]|\x1b\[\?\d+\$p"),
    # Kitty keyboard, cursor shape, device queries, window reports
    (
        Effect.NONE,
        r"\x1b\[[<>=?][\d;]*u|\x1b\[\d* q|\x1b\[[>=?]?[\d;]*[cn]|\x1b\[>\d*q|\x1b\[(?:1[468]|2[0123][\d;]*)t",
    ),
    # bell; titles, colours, pointer shape, clipboard, notifications (not images)
    (Effect.NONE, rf"\x07|\x1b\](?:[012479]|1[0-9]|22|52|104|11\d|133|777)(?:;[^\x07\x1b]*)?{_STRING_END}"),
    (Effect.ALTERS_LATER_TEXT, r"\x1b\[\d+(?:;\d+)*[hl]|\x1b\[[\d;]*r|\x1b\[\d+;\d+s|\x1b\[\?(?:6|69|2027)[hl]"),
    (Effect.ALTERS_LATER_TEXT, r"\x1b[()*+\-./%][^\x1b]|\x1b#[3-6]|\x1b[no|}~NO]|[\x0e\x0f\x80-\x9f]"),
)


@lru_cache(maxsize=256)
def effect_of(control: str) -> Effect:
    """Classify one control; what is not recognised counts as `Effect.UNKNOWN`."""
    for effect, pattern in _EFFECTS:
        if re.fullmatch(pattern, control, re.DOTALL):
            return effect
    return Effect.UNKNOWN
