"""Style roles, and the grid of cells that every drawing here is made on."""

from __future__ import annotations

from copy import copy
from typing import NamedTuple, TypeAlias

from rich.cells import get_character_cell_size

Role: TypeAlias = str
"""The name of a colour, for example ``"series-1"``; a widget's palette turns it into one."""

SERIES_COUNT = 8
LAYER_COUNT = 6

PLAIN: Role = "plain"
TEXT: Role = "text"
STRONG: Role = "strong"
AXIS: Role = "axis"
GRID: Role = "grid"
CURSOR: Role = "cursor"
CHIP: Role = "chip"
LIMIT: Role = "limit"
TARGET: Role = "target"
MEASURED: Role = "measured"
WAIT: Role = "wait"
OVER: Role = "over"
HATCH_WAIT: Role = "hatch-wait"
HATCH_OVER: Role = "hatch-over"
FREE: Role = "free"
OFF: Role = "off"
SERIES: tuple[Role, ...] = tuple(f"series-{n}" for n in range(1, SERIES_COUNT + 1))
BANDS: tuple[Role, ...] = tuple(f"band-{n}" for n in range(1, SERIES_COUNT + 1))
LAYERS: tuple[Role, ...] = tuple(f"layer-{n}" for n in range(1, LAYER_COUNT + 1))

ROLES: tuple[Role, ...] = (
    PLAIN, TEXT, STRONG, AXIS, GRID, CURSOR, CHIP, LIMIT, TARGET, MEASURED, WAIT, OVER, HATCH_WAIT, HATCH_OVER, FREE, OFF,
    *SERIES, *BANDS, *LAYERS,
)  # fmt: skip


_PART, _LEAST_PART = " · ", 2


class Ink(NamedTuple):
    """The role of a cell's character and the role of the ground behind it."""

    fore: Role = PLAIN
    back: Role = PLAIN


Segment: TypeAlias = "tuple[str, Ink]"
"""Text and how it is inked; a row is a tuple of them, together exactly as wide as the drawing."""

Row: TypeAlias = "tuple[Segment, ...]"


def one_line(text: str) -> str:
    """Return ``text`` without characters that take no cell or whose width depends on their neighbours."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c for c in text if c.isprintable() and get_character_cell_size(c) > 0 and not "\U0001f1e6" <= c <= "\U0001f1ff"
    )


def text_width(text: str) -> int:
    """Return how many cells ``text`` takes once cleaned by `one_line`."""
    return len(text) if text.isascii() else sum(map(get_character_cell_size, text))


def clip(text: str, width: int, ellipsis: str = "…") -> str:
    """Return ``text`` cut to ``width`` cells, its last one an ellipsis where something was lost."""
    text = one_line(text)
    if text_width(text) <= width:
        return text
    room = width - len(ellipsis)
    if room < 1:
        return ""
    kept = ""
    for character in text:
        room -= get_character_cell_size(character)
        if room < 0:
            break
        kept += character
    return kept.rstrip() + ellipsis


def clip_parts(text: str, width: int, ellipsis: str = "…") -> str:
    """Return ``text`` cut to ``width`` cells so that something of each part between ``·`` stays: all of them tell it apart."""
    text = one_line(text)
    if text_width(text) <= width:
        return text
    parts = text.split(_PART)
    widths = [text_width(part) for part in parts]
    while sum(widths) + len(parts) - 1 > width and max(widths) > _LEAST_PART:
        widths[widths.index(max(widths))] -= 1
    return clip(" ".join(clip(part, room, ellipsis) for part, room in zip(parts, widths, strict=True)), width, ellipsis)


class Canvas:
    """A grid of inked cells; whatever falls outside it is dropped.

    Args:
        width: Cells across.
        height: Cells down.
    """

    __slots__ = ("_wide_rows", "back", "fore", "glyphs", "height", "width")

    def __init__(self, width: int, height: int) -> None:
        self.width = max(0, width)
        self.height = max(0, height)
        size = self.width * self.height
        self.glyphs: list[str] = [" "] * size
        self.fore: list[Role] = [PLAIN] * size
        self.back: list[Role] = [PLAIN] * size
        self._wide_rows: set[int] = set()

    def copy(self) -> Canvas:
        """Another grid of the same cells."""
        other = copy(self)
        other.glyphs, other.fore, other.back = self.glyphs[:], self.fore[:], self.back[:]
        other._wide_rows = set(self._wide_rows)
        return other

    def put(self, x: int, y: int, glyph: str, fore: Role, back: Role | None = None) -> None:
        """Set one cell to a character one cell wide, keeping its ground unless one is given."""
        if 0 <= x < self.width and 0 <= y < self.height:
            index = y * self.width + x
            self.glyphs[index] = glyph
            self.fore[index] = fore
            if back is not None:
                self.back[index] = back

    def text(self, x: int, y: int, text: str, fore: Role, back: Role | None = None) -> None:
        """Write ``text`` from column ``x`` on row ``y``; wide characters take two cells."""
        if not 0 <= y < self.height:
            return
        text = one_line(text)
        if text.isascii():
            first, end = max(0, -x), max(0, min(len(text), self.width - x))
            cells = slice(y * self.width + x + first, y * self.width + x + max(first, end))
            count = cells.stop - cells.start
            self.glyphs[cells] = text[first : first + count]
            self.fore[cells] = [fore] * count
            if back is not None:
                self.back[cells] = [back] * count
            return
        for character in text:
            self.put(x, y, character, fore, back)
            x += 1
            if get_character_cell_size(character) == 2:
                self.put(x, y, "", fore, back)
                self._wide_rows.add(y)
                x += 1

    def rows(self) -> list[Row]:
        """Return the grid as rows of segments, each exactly ``width`` cells."""
        for y in self._wide_rows:
            self._mend(y)
        width, glyphs, fore, back = self.width, self.glyphs, self.fore, self.back
        inks: dict[tuple[Role, Role], Ink] = {}
        rows: list[Row] = []
        for start in range(0, width * self.height, width or 1):
            row: list[Segment] = []
            begin = start
            last = (fore[start], back[start])
            for index in range(start + 1, start + width):
                if fore[index] is not last[0] or back[index] is not last[1]:
                    row.append(("".join(glyphs[begin:index]), inks.get(last) or inks.setdefault(last, Ink(*last))))
                    begin = index
                    last = (fore[index], back[index])
            row.append(("".join(glyphs[begin : start + width]), inks.get(last) or inks.setdefault(last, Ink(*last))))
            rows.append(tuple(row))
        return rows if width else [()] * self.height

    def _mend(self, y: int) -> None:
        """Blank the halves of wide characters that something was drawn over."""
        start = y * self.width
        for index in range(start, start + self.width):
            glyph = self.glyphs[index]
            wide = glyph != "" and get_character_cell_size(glyph) == 2
            if (wide and (index + 1 == start + self.width or self.glyphs[index + 1] != "")) or (
                glyph == "" and (index == start or get_character_cell_size(self.glyphs[index - 1] or " ") != 2)
            ):
                self.glyphs[index] = " "


def plain_text(rows: list[Row]) -> list[str]:
    """Return the rows' text alone, for reading and for tests."""
    return ["".join(text for text, _ in row) for row in rows]
