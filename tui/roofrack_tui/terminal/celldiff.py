"""Sends a terminal only the cells that change.

Textual repaints whole regions; on a slow link that is most of the traffic. `CellDiff` reads Textual's output, keeps a
shadow of what the terminal shows, and writes only the characters and attributes that differ. Where it cannot be sure
what the terminal shows, it passes the stream on and forgets. It filters nothing: a foreign escape sequence inside a
text arrives at the terminal as it would without it, so text from outside must be cleaned where it comes in.
"""

from re import Match
from typing import Final

from roofrack_tui.terminal.cells import TAIL, UNKNOWN
from roofrack_tui.terminal.lines import Line, Lines
from roofrack_tui.terminal.pens import UNKNOWN_PEN, Pens
from roofrack_tui.terminal.printer import LOST, Printer
from roofrack_tui.terminal.shadow import Shadow
from roofrack_tui.terminal.stream import FRAME_BEGIN, FRAME_END, TOKENS, Effect, effect_of, move_follows

_TAIL_UNITS: Final = 0x100000
"""Where the code points begin that stand for a tail; text never has them in cells, since their width is not agreed."""
_MAX_TAILS: Final = 0x4000


class CellDiff:
    """A filter from a terminal stream to a shorter one that leads to the same screen.

    Args:
        width: Columns of the terminal.
        height: Rows of the terminal.
    """

    def __init__(self, width: int = 80, height: int = 24) -> None:
        self._size = (max(width, 1), max(height, 1))
        self._stale = False
        self._transparent = False
        self._held = ""
        self._wraps = True
        self._frame_open = self._frame_due = False
        self._start_afresh()

    def drop(self) -> None:
        """Forget what the terminal shows, from the next `feed` on; callable from any thread."""
        self._stale = True

    def resize(self, width: int, height: int) -> None:
        """Follow a change of the terminal's size, from the next `feed` on; callable from any thread."""
        self._size = (max(width, 1), max(height, 1))
        self._stale = True

    def feed(self, data: str) -> str:
        """Take the next chunk of the stream, cut anywhere.

        Args:
            data: What the application would send.

        Returns:
            What to send instead; empty if nothing changes.
        """
        if self._stale or self._pens.full or len(self._tails) > _MAX_TAILS:
            self._start_afresh()
        out = self._printer.out
        if self._frame_due:
            out.append(FRAME_BEGIN)
        self._read(self._held + data)
        self._sync()
        self._frame_due = out[-1:] == [FRAME_BEGIN]
        sent = "".join(out[:-1] if self._frame_due else out)
        out.clear()
        return sent

    def _start_afresh(self) -> None:
        self._stale = False  # first, so that a request from another thread is not lost
        self._pens = Pens()
        self._lines = Lines(self._pens)
        self._tails: dict[tuple[int, str], str] = {}
        self._shadow = Shadow(*self._size)
        self._printer = Printer(self._shadow, self._pens)
        self._y = self._x = LOST
        self._pen = UNKNOWN_PEN
        self._printed = False

    def _read(self, data: str) -> None:
        self._held = ""
        if self._transparent:
            self._printer.out.append(data)
            return
        for token in TOKENS.finditer(data):
            kind = token.lastgroup
            if kind == "body":
                self._body(token)
            elif kind == "move":
                self._move(token)
            elif kind == "partial":
                self._held = token.group()
            else:
                self._control(token)
                if self._transparent:
                    self._printer.out.append(data[token.end() :])
                    return

    def _sync(self) -> None:
        """Bring the terminal's cursor and pen to where the application believes them to be."""
        self._printer.flush()
        if self._x != LOST:
            self._printer.go(self._y, self._x)
        if self._pens.is_known(self._pen):
            self._printer.use(self._pen)

    def _lose_cursor(self) -> None:
        self._y = self._x = self._printer.y = self._printer.x = LOST
        self._printed = False

    def _move(self, token: Match[str]) -> None:
        self._y = min(int(token["row"] or 1) or 1, self._shadow.height) - 1
        self._x = min(int(token["column"] or 1) or 1, self._shadow.width) - 1
        self._printed = False

    def _body(self, token: Match[str]) -> None:
        body = token.group()
        line = self._lines.line(self._pen, body)
        if not line.cells and not line.tail:
            self._change_pen(body, line.pen)
            return
        end = self._x + len(line.cells)
        limit = self._shadow.width - bool(line.tail)
        if LOST in (self._x, self._y) or not self._pens.is_known(self._pen) or end > limit or line.joins_before:
            self._print_uncertain(body, line, fits=end <= limit)
            return
        self._print(line)
        self._x = end
        if line.tail:
            self._print_tail(line, token)
        self._pen = line.pen
        self._printed = True

    def _change_pen(self, body: str, pen: int) -> None:
        if not self._pens.is_known(self._pen):
            self._printer.out.append(body)
            self._printer.pen = pen
        self._pen = pen

    def _print(self, line: Line) -> None:
        """Print the cells of a line that differ from the terminal's."""
        y, x, shadow = self._y, self._x, self._shadow
        changed = False
        for start, stop in shadow.changes(y, x, line.cells, line.pens):
            changed = True
            self._printer.plan(y, start, line.cells[start - x : stop - x], line.pens[start - x : stop - x])
        if changed:
            shadow.put(y, x, line.cells, line.pens)

    def _print_tail(self, line: Line, token: Match[str]) -> None:
        """Print text of unagreed width up to the next move, unless the row ends in the same text already."""
        y, x, shadow = self._y, self._x, self._shadow
        unit = self._tails.setdefault((line.tail_pen, line.tail), chr(_TAIL_UNITS + len(self._tails)))
        cells = unit + TAIL * (shadow.width - x - 1)
        pens = chr(line.tail_pen) * len(cells)
        move = move_follows(token.string, token.end())
        scrolls = move and move[1] and y + 1 == shadow.height
        if shadow.get(y, x, len(cells)) != (cells, pens) or not move or scrolls:
            self._pen = line.tail_pen
            self._sync()
            self._print_as_is(line.tail, line.pen)
            self._lose_rest_of_row()
            if self._y != LOST:
                shadow.put(y, x, cells, pens)
        self._x = LOST

    def _print_as_is(self, body: str, pen: int) -> None:
        self._printer.out.append(body)
        self._printer.pen = self._pen = pen

    def _print_uncertain(self, body: str, line: Line, *, fits: bool) -> None:
        """Print a body where cursor or pen is unknown, or where it does not fit into the row."""
        self._sync()
        if line.joins_before and self._printed and self._x > 0:
            self._print_again_before_cursor()
        self._print_as_is(body, line.pen)
        if fits and self._x != LOST and not line.tail:
            unknown = UNKNOWN * len(line.cells)
            self._shadow.put(self._y, self._x, unknown, unknown)
            self._x += len(unknown)
            self._printer.x = self._x
            self._printed = True
        else:
            self._lose_rest_of_row(joined=line.joins_before)

    def _print_again_before_cursor(self) -> None:
        """Make the character before the cursor the last one printed, for what comes next may join it."""
        x, cells, pens = self._shadow.character_before(self._y, self._x)
        if UNKNOWN not in cells and TAIL not in cells:
            self._printer.plan(self._y, x, cells, pens)
            self._sync()

    def _lose_rest_of_row(self, *, joined: bool = False) -> None:
        """Text of unknown extent was printed at the cursor: to the end of the row, or beyond where lines wrap."""
        # where lines do not wrap, a wide character at the edge may reach back to the last column but one
        y, x = self._y, min(self._x, self._shadow.width - 2) - joined
        self._lose_cursor()
        if self._wraps or y == LOST or x < 0:
            self._shadow.forget()
        else:
            self._shadow.forget_from(y, x)
            self._y = self._printer.y = y

    def _control(self, token: Match[str]) -> None:
        control, out = token.group(), self._printer.out
        if control == FRAME_BEGIN:
            if not self._frame_open:
                out.append(FRAME_BEGIN)
            self._frame_open = True
        elif control == FRAME_END:
            self._end_frame()
        elif control != "\n" or not self._goes_nowhere(token):
            self._sync()
            out.append(control)
            self._note(effect_of(control))

    def _end_frame(self) -> None:
        self._sync()
        out = self._printer.out
        if out[-1:] == [FRAME_BEGIN]:
            out.pop()
        elif self._frame_open:
            out.append(FRAME_END)
        self._frame_open = False

    def _goes_nowhere(self, line_feed: Match[str]) -> bool:
        """Whether a line feed neither scrolls nor matters, because an absolute move follows."""
        move = move_follows(line_feed.string, line_feed.end())
        return move is not None and not move[1] and self._y != LOST and self._y + 1 < self._shadow.height

    def _note(self, effect: Effect) -> None:
        """Account for what a control did to the terminal."""
        if effect is Effect.NONE:
            return
        last_row = self._y == LOST or self._y + 1 == self._shadow.height
        self._lose_cursor()
        if effect in (Effect.ERASES, Effect.UNKNOWN) or (effect is Effect.LINE_FEED and last_row):
            self._shadow.forget()
        if effect in (Effect.WRAP_ON, Effect.WRAP_OFF):
            self._wraps = effect is Effect.WRAP_ON
        if effect in (Effect.UNKNOWN, Effect.ALTERS_LATER_TEXT):
            self._pen = self._printer.pen = self._pens.blurred(self._pen)
            self._wraps = True
        self._transparent = effect is Effect.ALTERS_LATER_TEXT
