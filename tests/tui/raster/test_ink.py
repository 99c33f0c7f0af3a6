from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from roofrack_tui.raster.ink import Canvas, Ink, clip, clip_parts, one_line, plain_text, text_width


@given(st.text())
def test_cleaned_text_is_as_wide_as_the_terminal_draws_it(text: str) -> None:
    assert text_width(one_line(text)) == cell_len(one_line(text))


@given(st.text(), st.integers(0, 12))
def test_clipped_text_fits(text: str, width: int) -> None:
    assert text_width(clip(text, width)) <= width
    if text_width(one_line(text)) <= width:
        assert clip(text, width) == one_line(text)


@given(
    st.integers(0, 12),
    st.integers(0, 4),
    st.lists(st.tuples(st.integers(-3, 14), st.integers(-1, 5), st.text("ab漢字é\u0301\u200b\x1b[", max_size=6))),
)
def test_rows_are_exact_however_texts_overlap(width: int, height: int, texts: list[tuple[int, int, str]]) -> None:
    canvas = Canvas(width, height)
    for x, y, text in texts:
        canvas.text(x, y, text, "text")
    shown = plain_text(canvas.rows())
    assert [cell_len(row) for row in shown] == [width] * height
    assert not any("\x1b" in row for row in shown)


def test_cells_of_one_ink_are_one_segment() -> None:
    canvas = Canvas(6, 1)
    canvas.text(1, 0, "ab", "strong")
    canvas.put(3, 0, "c", "strong", "zone")
    assert canvas.rows() == [
        ((" ", Ink()), ("ab", Ink("strong")), ("c", Ink("strong", "zone")), ("  ", Ink())),
    ]


def test_rasters_never_import_textual() -> None:
    code = "import sys, roofrack_tui.raster; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "width", "shown"),
    [
        ("4 GPUs · bf16", 13, "4 GPUs · bf16"),
        ("4 GPUs · bf16", 12, "4 GPUs bf16"),
        ("4 GPUs · bf16", 9, "4 G… bf16"),
        ("4 GPUs · bf16", 7, "4… bf…"),
        ("4 GPUs · bf16", 2, "4…"),
        ("one name alone", 6, "one n…"),
        ("", 3, ""),
    ],
)
def test_names_keep_something_of_each_part(name: str, width: int, shown: str) -> None:
    assert clip_parts(name, width) == shown


@given(st.text(max_size=40), st.integers(-3, 50))
def test_names_never_pass_their_room(name: str, width: int) -> None:
    assert text_width(clip_parts(name, width)) <= max(0, width)
