"""Tables and columns as rows of text, at widths where they are tight and where they have plenty."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from roofrack_tui.screens.detail import _rows
from roofrack_tui.tabular import Column, pairs, part_rows, table, whole_parts, wrap
from roofrack_tui.widgets.columns import Cell, Columns

PAIRS = [("at once", "337 requests (226 to 427)"), ("each", "20 tok/s")]


def plain(lines: list[Content]) -> list[str]:
    return [line.plain.rstrip() for line in lines]


def test_labels_stand_beside_what_they_stand_for() -> None:
    assert plain(pairs(PAIRS, 40)) == ["at once  337 requests (226 to 427)", "each     20 tok/s"]


def test_what_is_long_goes_on_below_itself() -> None:
    assert plain(pairs(PAIRS, 24)) == ["at once  337 requests", "         (226 to 427)", "each     20 tok/s"]


def test_without_room_beside_a_label_it_stands_below() -> None:
    assert plain(pairs(PAIRS, 20)) == ["at once", "  337 requests (226", "  to 427)", "each", "  20 tok/s"]


def test_a_wrapped_cell_keeps_its_indent() -> None:
    rows = [["  – closed loads whose settings are stated", "5 %"]]
    assert plain(table((Column(wraps=True), Column(right=True)), rows, 26)) == [
        "  – closed loads       5 %",
        "  whose settings are",
        "  stated",
    ]


def test_gaps_can_be_narrow() -> None:
    assert plain(table((Column(), Column()), [["a", "b"]], 20, 1)) == ["a b"]


@pytest.mark.parametrize(
    ("width", "format_cells", "layout_cells"), [(40, 8, 9), (46, 8, 9), (50, 11, 9), (60, 14, 16), (80, 14, 18)]
)
def test_columns_take_more_once_the_first_has_plenty(width: int, format_cells: int, layout_cells: int) -> None:
    head = Columns((Cell("rack"), Cell("f" * 20, 8, most=14), Cell("l" * 20, 9, most=18))).content(width).plain
    assert len(head) == width
    assert head.split()[1] == "f" * (format_cells - 1) + "…"
    assert head.split()[2] == "l" * (layout_cells - 1) + "…"


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (36, f"✓ {'rack':24} a      bc"),
        (41, f"✓ {'rack':29} a      bc"),
        (42, f"✓ {'rack':28}  a       bc"),
        (60, f"✓ {'rack':46}  a       bc"),
    ],
)
def test_columns_stand_apart_once_the_first_has_plenty(width: int, row: str) -> None:
    cells = (Cell("✓", 1), Cell("rack"), Cell("a", 5), Cell("bc", 3, right=True))
    assert Columns(cells).content(width).plain == row


@given(st.lists(st.tuples(st.integers(0, 3), st.from_regex(r"[a-z_]{1,20}", fullmatch=True), st.text("ab /", max_size=90)), min_size=1), st.integers(20, 100))  # fmt: skip
def test_every_field_of_a_detail_is_there_in_its_order(fields: list[tuple[int, str, str]], width: int) -> None:
    lines = [f"{'  ' * depth}{name}  {value.strip()}".rstrip() for depth, name, value in fields]
    shown = "".join(row.plain for row in _rows(lines, width))
    assert "".join(shown.split()) == "".join("".join(lines).split())


def test_values_of_a_detail_stand_in_one_column() -> None:
    lines = ["id  llama", "layers", "  count  80", "    compress_ratio  1 and then some more"]
    assert plain(list(_rows(lines, 36))) == [
        "id                  llama",
        "layers",
        "  count             80",
        "    compress_ratio  1 and then some",
        "                    more",
    ]


PARTS = Content("8B · 64 at once · TTFT 2.0 s, TPOT 50 ms · at most 64 GPUs")


@pytest.mark.parametrize(
    ("width", "kept"),
    [
        (58, "8B · 64 at once · TTFT 2.0 s, TPOT 50 ms · at most 64 GPUs"),
        (57, "8B · 64 at once · TTFT 2.0 s, TPOT 50 ms"),
        (39, "8B · 64 at once"),
        (14, "8B"),
        (1, "…"),
    ],
)
def test_parts_stay_whole_or_go(width: int, kept: str) -> None:
    assert whole_parts(PARTS, width).plain == kept


@pytest.mark.parametrize(
    ("width", "rows"),
    [
        (58, [PARTS.plain]),
        (40, ["8B · 64 at once · TTFT 2.0 s, TPOT 50 ms", "at most 64 GPUs"]),
        (17, ["8B · 64 at once", "TTFT 2.0 s, TPOT", "50 ms · at most", "64 GPUs"]),
    ],
)
def test_rows_break_between_parts(width: int, rows: list[str]) -> None:
    assert plain(part_rows(PARTS, width)) == rows


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("TTFT 474 ms, TPOT 50 ms", 21, ["TTFT 474 ms, TPOT", "50 ms"]),
        ("prompts carry 30.7 %.", 20, ["prompts carry", "30.7 %."]),
        ("20 tok/s each", 9, ["20 tok/s", "each"]),
        ("64 users at most", 10, ["64 users", "at most"]),
    ],
)
def test_a_number_and_its_unit_stay_on_one_line(text: str, width: int, lines: list[str]) -> None:
    shown = wrap(Content.styled(text, "bold"), width)
    assert [line.plain.rstrip() for line in shown] == lines
    assert all(span.style == "bold" for line in shown for span in line.spans)


@given(st.text(alphabet="ab ·", max_size=40), st.integers(1, 30))
def test_rows_of_parts_are_never_too_wide(text: str, width: int) -> None:
    assert all(row.cell_length <= width for row in part_rows(Content(text), width))
    assert whole_parts(Content(text), width).cell_length <= width
