"""Any stream leads to the same screen with and without `CellDiff`."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from terminal_emulator import Emulator

from roofrack_tui.terminal.celldiff import CellDiff

WIDTH, HEIGHT = 12, 5

PLAIN = "ab c─│⣿é▁"
WIDE = "漢字한ア、"
JOINING = [
    "e\u0301",
    "\u0301",
    "👩\u200d👩\u200d👧",
    "❤\ufe0f",
    "1\ufe0f\u20e3",
    "🇩🇪",
    "👍🏽",
    "क्षि",
    "\u200b",
    "\u202eab",
    "🚀",
    "ab\u0300c",
    "ﷺ",
]
texts = st.one_of(
    st.text(PLAIN, min_size=1, max_size=8),
    st.text(PLAIN + WIDE, min_size=1, max_size=8),
    st.sampled_from(JOINING),
    st.text(PLAIN, min_size=WIDTH - 1, max_size=WIDTH + 3),
)
colours = st.one_of(
    st.sampled_from(["31", "42", "97", "100", "39", "49"]),
    st.builds("{};5;{}".format, st.sampled_from([38, 48]), st.integers(0, 255)),
    st.builds("{};2;{};0;7".format, st.sampled_from([38, 48]), st.integers(0, 3)),
)
attributes = st.sampled_from(["", "0", "1", "3", "4", "5", "7", "9", "22", "23", "24", "25", "27", "29", "01", "51"])
sgr = st.lists(st.one_of(attributes, colours), max_size=3).map(lambda codes: f"\x1b[{';'.join(codes)}m")
styled = st.builds("{}{}\x1b[0m".format, sgr, texts)
moves = st.builds("\x1b[{};{}H".format, st.integers(0, HEIGHT + 2), st.integers(0, WIDTH + 2))
links = st.sampled_from(["\x1b]8;id=1;http://a.example/m\x1b\\", "\x1b]8;;http://b.example\x07", "\x1b]8;;\x1b\\"])
frames = st.sampled_from(["\x1b[?2026h", "\x1b[?2026l"])
harmless = st.sampled_from(
    ["\x07", "\x1b[?25h", "\x1b[?25l", "\x1b[?2026$p", "\x1b[>25u", "\x1b]2;title\x07", "\x1b[6n"]
)
cursor_moves = st.sampled_from(
    [
        "\r",
        "\n",
        "\b",
        "\t",
        "\x1b[A",
        "\x1b[3B",
        "\x1b[2C",
        "\x1b[D",
        "\x1b[5G",
        "\x1b[2d",
        "\x1b[H",
        "\x1b[;4H",
        "\x1b[E",
    ]
)
erases = st.sampled_from(
    ["\x1b[J", "\x1b[1J", "\x1b[2J", "\x1b[K", "\x1b[1K", "\x1b[3X", "\x1b[2P", "\x1b[@", "\x1b[L", "\x1b[M"]
)
odd = st.sampled_from(
    [
        "\x1b7",
        "\x1b8",
        "\x1bD",
        "\x1bM",
        "\x1bE",
        "\x1bc",
        "\x1b[?7l",
        "\x1b[?7h",
        "\x1b[?1049h",
        "\x1b#8",
        "\x1b]9999;x\x07",
    ]
)
modes = st.sampled_from(["\x1b[4h", "\x1b[2;4r", "\x1b[2;4r\x1b[?6h", "\x1b(0"])
pieces = st.one_of(
    moves,
    moves,
    styled,
    styled,
    texts,
    sgr,
    links,
    frames,
    harmless,
    cursor_moves,
    st.one_of(cursor_moves, erases, odd),
)


# much in little space: repaints of parts of a few cells, so that texts meet, cut and cover each other
NARROW_WIDTH, NARROW_HEIGHT = 6, 2
spots = st.sampled_from(["\x1b[1;1H", "\x1b[1;1H", "\x1b[1;2H", "\x1b[1;3H", "\x1b[1;5H", "\x1b[2;1H", "\x1b[2;2H"])
pens = st.sampled_from(["\x1b[0m", "\x1b[0;31m"])
short_texts = st.one_of(
    st.text("ab ", min_size=1, max_size=3),
    st.text("ab漢字", min_size=1, max_size=4),
    st.sampled_from(["ab漢字", "漢字漢", "字漢字", "a漢字b", "bbbbbb", "aaaaaaa", "      ", "漢a字"]),
    st.sampled_from(["e\u0301", "\u0301", "👍🏽a", "漢\u0300", "b🚀"]),
)
between = st.sampled_from(
    ["", "", "", "", "\n", "\n", "\x1b[?2026h", "\x1b[?2026l", "\x07", "\r", "\n\n", "\x1b[K", "\x1b7", "\x1b8"]
)
dense = st.lists(st.builds("".join, st.tuples(between, spots, pens, short_texts)), min_size=1, max_size=6).map("".join)


def same_screen(chunks: list[str], size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
    """Compare after each chunk: characters, styles, links, cursor and pen."""
    plain, diffed, cells = Emulator(*size), Emulator(*size), CellDiff(*size)
    for chunk in chunks:
        plain.feed(chunk)
        diffed.feed(cells.feed(chunk))
        assert diffed.screenful() == plain.screenful()


@settings(max_examples=250, deadline=None)
@given(st.lists(st.lists(pieces, max_size=12).map("".join), max_size=5))
@example(["e", "\u0301", "\u0301"])
@example(
    [
        "\x1b[?7l\x1b[1;1H\x1b[mab👍🏽cd\x1b[2;1Hx",
        "\x1b[1;1Hab👍🏽cd\x1b[2;1Hx",
        "\x1b[1;5Hz\x1b[1;1Hab👍🏽cd\x1b[2;1Hx",
    ]
)
@example(["\x1b[1;1H\x1b[0m漢字\x1b[1;2Hx", "\x1b[1;1H漢字\x1b[1;2H", "\x1b[1;3Hx\x1b[1;1H漢字"])
@example(["\x1b[5;1H" + "a" * WIDTH + "\x1b[m", "\x1b[5;1H" + "a" * WIDTH, "b"])
def test_any_stream(chunks: list[str]) -> None:
    same_screen(chunks)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["\x1b[?7l", "\x1b[?7l", "\x1b[?7h"]), st.lists(dense, min_size=2, max_size=6))
@example("\x1b[?7l", ["\x1b[1;1Ha漢字b", "\x1b[1;3Hx", "\x1b[1;1Hz\x1b[1;3Hy"])  # a character cut on its right
@example("\x1b[?7l", ["\x1b[1;1Ha漢字b", "\x1b[1;2Hx", "\x1b[1;2Hz\x1b[1;4Hy"])  # and on its left
@example("\x1b[?7l", ["\x1b[1;1H字a字", "\x1b[1;1Haa\x1b[1;5Haaa"])  # a move to the middle of one
@example("\x1b[?7l", ["\x1b[1;1H漢漢a", "\x1b[1;1H字漢b"])  # one wide character for another
@example("\x1b[?7l", ["\x1b[1;1H\x1b[31mab\x1b[1;1H\x1b[32mcd\x1b[1;2H\x1b[31me"])  # texts over each other
@example("\x1b[?7l", ["\x1b[1;1H\x1b[31mx\x1b[1;4H\x1b[32mbb\x1b[1;2H\x1b[31my\x1b[1;4H\x1b[31mz"])
@example("\x1b[?7l", ["\x1b[1;1Haaaaaa", "\x1b[1;4Haab🚀", "\x1b[1;1Haaaaaa"])  # reaching back at the margin
@example("\x1b[?7l", ["\x1b[1;1Haaaaaa", "\x1b[1;6Ha漢", "\x1b[1;1Haaaaaa"])
@example("\x1b[?7l", ["\x1b[2;1Hb🚀\x1b[1;1H", "\x1b[2;1Hb🚀\n\x1b[1;1H"])  # scrolling
@example("\x1b[?7l", ["\x1b[1;1Haa\n\n\x1b[1;1Haa"])
@example("\x1b[?7l", ["\x1b[1;1Hb🚀\x1b[1;1H", "\x1b[1;1Hb🚀"])  # the cursor stays behind it
@example(
    "\x1b[?7l", ["\x1b[2;1Hab\x1bc\x1b[m", "\x1b[2;1Hab", "\x1b[1;4Hb🚀xy", "\x1b[2;1Hab"]
)  # wrapping after a reset
@example("\x1b[?7l", ["\x1b[1;1Hea", "\x1b[1;2H\u0301", "\x1b[1;1Hea"])  # a mark on a character printed before
@example("\x1b[?7l", ["\x1b[1;1H\x1b[31mxe\x1b[32m\u0301x"])  # a mark in another colour
def test_texts_that_meet(wrap: str, chunks: list[str]) -> None:
    same_screen([f"{wrap}\x1b[m", *chunks], (NARROW_WIDTH, NARROW_HEIGHT))


@settings(max_examples=60, deadline=None)
@given(st.lists(pieces, max_size=8), modes, st.lists(pieces, max_size=8))
def test_modes_that_change_what_later_text_does(before: list[str], mode: str, after: list[str]) -> None:
    same_screen(["".join(before), mode, "".join(after)])


@settings(max_examples=100, deadline=None)
@given(st.lists(pieces, min_size=1, max_size=25).map("".join), st.data())
def test_chunks_may_be_cut_anywhere(stream: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=8)))
    plain, diffed, cells = Emulator(WIDTH, HEIGHT), Emulator(WIDTH, HEIGHT), CellDiff(WIDTH, HEIGHT)
    plain.feed(stream)
    diffed.feed(
        "".join(cells.feed(stream[start:stop]) for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True))
    )
    assert diffed.screenful() == plain.screenful()
