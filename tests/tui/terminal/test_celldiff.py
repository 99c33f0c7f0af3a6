"""What `CellDiff` sends, and when it forgets what the terminal shows."""

import time

import pytest
from rich.cells import set_cell_size
from terminal_emulator import Emulator

from roofrack_tui.terminal import pens
from roofrack_tui.terminal.celldiff import CellDiff

SIZE = (40, 6)
STYLE = "\x1b[1;38;2;200;100;50;48;2;10;20;30m"


def frame(*rows: str, sync: bool = False) -> str:
    """A repaint as Textual writes it: every row in full, then the cursor."""
    lines = "\n".join(f"\x1b[{y};1H{STYLE}{set_cell_size(row, 40)}\x1b[0m" for y, row in enumerate(rows, 1))
    body = f"{lines}\x1b[1;1H"
    return f"\x1b[?2026h{body}\x1b[?2026l" if sync else body


def primed(*chunks: str) -> CellDiff:
    """A filter which has seen the terminal start and some chunks."""
    cells = CellDiff(*SIZE)
    for chunk in ("\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[m", *chunks):
        cells.feed(chunk)
    return cells


def test_an_unchanged_repaint_sends_nothing() -> None:
    rows = ["─ 漢字 ─", "⣿⡇ 38 tok/s", "👩\u200d👩\u200d👧 e\u0301 joined", "", "x" * 40, "naïve 🇩🇪"]
    cells = primed(frame(*rows, sync=True))
    assert cells.feed(frame(*rows, sync=True)) == ""
    assert [cells.feed(part) for part in ("\x1b[?2026h", frame(*rows), "\x1b[?2026l")] == ["", "", ""]


def test_only_what_differs_is_sent() -> None:
    cells = primed(frame("fits: 1,000 requests", "38 tok/s"))
    assert cells.feed(frame("fits: 1,000 requests", "39 tok/s")) == f"\x1bD\x1b[C{STYLE}9\x1b[H\x1b[m"


def test_frames_have_their_marks_only_around_something() -> None:
    cells = primed(frame("38 tok/s"))
    parts = ["\x1b[?2026h", frame("39 tok/s"), "\x1b[?2026l"]
    assert [cells.feed(part) for part in parts] == ["", f"\x1b[?2026h\x1b[C{STYLE}9\r\x1b[m", "\x1b[?2026l"]
    assert [cells.feed(part) for part in parts] == ["", "", ""]


def test_a_bare_cursor_move_is_sent_once() -> None:
    cells = primed(frame("a"))
    assert cells.feed("\x1b[3;5H") == "\x1b[3;5H"
    assert cells.feed("\x1b[3;5H") == ""


def test_cells_between_are_printed_again_where_a_move_is_longer() -> None:
    cells = primed(frame("abcdef"))
    assert cells.feed(frame("xbcyef")) == f"{STYLE}xbcy\r\x1b[m"
    assert cells.feed(frame("abcdefghij xyz")) == f"{STYLE}abcdefghij xyz\r\x1b[m"


def test_cells_are_sent_pen_by_pen() -> None:
    def striped(text: str) -> str:
        return "\x1b[1;1H" + "".join(f"\x1b[{31 + n % 2}m{char}\x1b[0m" for n, char in enumerate(text))

    cells = primed(striped("abcdef"))
    assert cells.feed(striped("ABCDEF") + "\x1b[H") == "\r\x1b[31mA\x1b[CC\x1b[CE\x1b[4D\x1b[32mB\x1b[CD\x1b[CF\r\x1b[m"


def test_a_wide_character_is_sent_whole_or_not_at_all() -> None:
    cells = primed("\x1b[1;1Ha漢字b")
    assert cells.feed("\x1b[1;1Ha漢学b\x1b[H") == "\b\b\b学\r"
    assert cells.feed("\x1b[1;1Ha漢 xb\x1b[H") == "\x1b[3C x\r"


def test_what_is_left_of_a_cut_wide_character_is_not_known() -> None:
    cells = primed("\x1b[1;1Ha漢字b", "\x1b[1;3Hx\x1b[1;1H")
    assert "漢" in cells.feed("\x1b[1;1Ha漢字b")


def test_a_mark_follows_its_character_at_once() -> None:
    """Some terminals join a mark to what was printed last, wherever the cursor is."""
    cells = primed("\x1b[1;1He")
    assert cells.feed("\x1b[1;1He") == ""
    assert cells.feed("\u0301") == "\be\u0301"


def test_links_are_part_of_the_style() -> None:
    link = "\x1b]8;id=7;https://example.org/m\x1b\\source\x1b]8;;\x1b\\"
    cells = primed("\x1b[1;1Hsource\x1b[1;1H")
    assert cells.feed(f"\x1b[1;1H{link}\x1b[1;1H") == "\x1b]8;id=7;https://example.org/m\x1b\\source\r\x1b]8;;\x1b\\"
    assert cells.feed(f"\x1b[1;1H{link}\x1b[1;1H") == ""


FORGETTING = {
    "erase display": "\x1b[2J",
    "erase line": "\x1b[K",
    "erase characters": "\x1b[5X",
    "insert line": "\x1b[L",
    "scroll": "\x1b[S",
    "alternate screen": "\x1b[?1049h",
    "leave alternate screen": "\x1b[?1049l",
    "reset": "\x1bc",
    "alignment test": "\x1b#8",
    "unknown CSI": "\x1b[5v",
    "unknown mode": "\x1b[?4711h",
    "image (sixel)": "\x1bPq#0\x1b\\",
    "image (iTerm)": "\x1b]1337;File=inline=1:AAAA\x07",
    "line feed on the last row": "\x1b[6H\n",
    "text beyond the margin": "\x1b[?7h\x1b[6H" + "z" * 41,
}


@pytest.mark.parametrize("sequence", FORGETTING.values(), ids=FORGETTING.keys())
def test_what_may_alter_cells_makes_it_forget(sequence: str) -> None:
    cells = primed(frame("one", "two"))
    assert cells.feed(sequence).endswith(sequence)
    cells.feed("\x1b[m")
    assert "one" in (again := cells.feed(frame("one", "two")))
    assert "two" in again


KEEPING = [
    "\x07",
    "\x1b[?25h",
    "\x1b[?1003h",
    "\x1b[?2026$p",
    "\x1b[>25u",
    "\x1b[6n",
    "\x1b]22;pointer\x07",
    "\x1b]52;c;YQ==\x07",
]


@pytest.mark.parametrize("sequence", KEEPING)
def test_what_alters_no_cell_passes_through(sequence: str) -> None:
    cells = primed(frame("one", "two"))
    assert cells.feed(sequence) == sequence
    assert cells.feed(frame("one", "two")) == ""


def test_after_a_mode_that_changes_printing_everything_passes_through() -> None:
    cells = primed(frame("one"))
    assert cells.feed("\x1b[2;5r" + frame("one")) == "\x1b[2;5r" + frame("one")
    assert cells.feed(frame("one")) == frame("one")


def test_drop_and_resize_send_everything_again() -> None:
    cells = primed(frame("one", "two"))
    cells.drop()
    assert "two" in cells.feed(frame("one", "two"))
    cells.feed(frame("one", "two"))
    assert cells.feed(frame("one", "two")) == ""
    cells.resize(50, 8)
    assert "two" in cells.feed(frame("one", "two"))


def test_a_scribbled_screen_is_whole_after_a_drop() -> None:
    plain, diffed, cells = Emulator(*SIZE), Emulator(*SIZE), CellDiff(*SIZE)
    for rows in (["one", "漢字", "three"], ["one", "漢字", "four"]):
        plain.feed(frame(*rows))
        diffed.feed(cells.feed(frame(*rows)))
        plain.feed("\x1b[mwall: shutdown\x1b[4;4H at noon")
        diffed.feed("\x1b[mwall: shutdown\x1b[4;4H at noon")
        cells.drop()
    rows = ["1", "漢字", "3", "4", "5", "6"]
    plain.feed(frame(*rows))
    diffed.feed(cells.feed(frame(*rows)))
    assert diffed.screenful() == plain.screenful()


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_sequence_cut_in_two(cut: int) -> None:
    stream = f"\x1b[2;3H{STYLE}漢 \x1b[0m"
    whole, parts = CellDiff(*SIZE), CellDiff(*SIZE)
    expected, cut_in_two = Emulator(*SIZE), Emulator(*SIZE)
    expected.feed(whole.feed(stream))
    cut_in_two.feed(parts.feed(stream[:cut]) + parts.feed(stream[cut:]))
    assert cut_in_two.screenful() == expected.screenful()


def test_colours_without_end_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pens, "_MAX_PENS", 50)
    cells = primed()
    for colour in range(1000):
        assert "x" in cells.feed(f"\x1b[1;1H\x1b[38;5;{colour}mx\x1b[0m")
        assert len(cells._pens._pens) <= 52


def test_a_large_repaint_takes_little_time() -> None:
    cells = CellDiff(200, 60)
    cells.feed("\x1b[m")
    rows = (
        f"\x1b[{y};1H" + "".join(f"\x1b[38;2;{x};{y};9;48;2;1;2;3mab⣿d\x1b[0m" for x in range(50)) for y in range(1, 61)
    )
    stream = "\n".join(rows)
    assert len(cells.feed(stream)) < len(stream)
    assert cells.feed(stream) == ""
    start = time.process_time()
    assert cells.feed(stream) == ""
    assert time.process_time() - start < 0.1  # 2 ms where nothing else runs
