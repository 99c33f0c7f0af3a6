"""A terminal in memory, to compare what two streams lead to."""

import codecs
import re
from typing import Any, NamedTuple

import pyte
from wcwidth import wcwidth

# pyte prints parts of these instead of ignoring them
_UNSUPPORTED = re.compile(r"\x1b\[[<>=?][0-9;]*\$?[upq]|\x1b\[[0-9]* q|\x1b\[>[0-9;]*[a-zA-Z]")
_HYPERLINK = re.compile(r"\x1b\]8;([^\x07\x1b]*)(?:\x07|\x1b\\)")
_PARTIAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?)?\Z")


class Screenful(NamedTuple):
    """All that a person, or the next program, could see."""

    cells: list[list[Any]]
    links: dict[tuple[int, int], str]
    cursor: tuple[int, int]
    pen: Any
    hidden: bool


class _Screen(pyte.Screen):
    """Like pyte's, but a wide character that loses a half is gone, and no text is lost after a zero-width character."""

    link = ""

    def __init__(self, columns: int, lines: int) -> None:
        self.links: dict[tuple[int, int], str] = {}
        super().__init__(columns, lines)

    def draw(self, data: str) -> None:
        for char in data:
            width = wcwidth(char)
            super().draw(char)
            if width < 1:
                continue
            line, end = self.buffer[self.cursor.y], self.cursor.x
            start = end - width
            blank = self.cursor.attrs._replace(data=" ")
            # what stands left and right of the new character must be whole
            if start > 0 and wcwidth(line[start - 1].data[:1] or " ") == 2:
                line[start - 1] = blank
            if end < self.columns and line[end].data == "":
                line[end] = blank
            for x in range(max(start, 0), end):
                self.links[self.cursor.y, x] = self.link


class Emulator:
    """A terminal of a size, in `lines` and `columns`."""

    def __init__(self, width: int, height: int) -> None:
        self.screen = _Screen(width, height)
        self.fed = 0
        self._stream = pyte.Stream(self.screen)
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._held = ""

    def feed_bytes(self, data: bytes) -> None:
        """Show a part of a stream; `fed` counts these bytes."""
        self.fed += len(data)
        self.feed(self._decode(data))

    def feed(self, data: str) -> None:
        """Show a part of a stream, cut anywhere."""
        data = self._held + data
        partial = _PARTIAL.search(data)
        end = partial.start() if partial else len(data)
        self._held = data[end:]
        pieces = _HYPERLINK.split(_UNSUPPORTED.sub("", data[:end]))
        for index, piece in enumerate(pieces):
            if index % 2:
                self.screen.link = piece if piece.partition(";")[2] else ""
            elif piece:
                self._stream.feed(piece)

    def resize(self, width: int, height: int) -> None:
        self.screen.resize(height, width)

    def screenful(self) -> Screenful:
        screen = self.screen
        cells = [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]
        links = {at: link for at, link in screen.links.items() if link}
        cursor = screen.cursor
        return Screenful(cells, links, (cursor.x, cursor.y), cursor.attrs, cursor.hidden)

    def text(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display]
