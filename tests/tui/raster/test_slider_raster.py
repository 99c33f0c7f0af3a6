from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from roofrack_tui.raster.ink import CHIP, OFF, ROLES, plain_text
from roofrack_tui.raster.look import Look
from roofrack_tui.raster.slider import SliderRaster, Stop, draw_slider

FORMATS = [
    "bf16",
    "fp8",
    "int8",
    "nvfp4",
    "awq-int4",
    "gptq-int4",
    "q8_0",
    "q6_k",
    "q5_k_m",
    "q4_k_m",
    "q3_k_m",
    "q2_k",
]
STOPS = [Stop(name, off="needs Blackwell" if name == "nvfp4" else "") for name in FORMATS]

looks = st.builds(
    Look,
    rendering=st.sampled_from(["braille", "blocks", "ascii"]),
    shading=st.sampled_from(["tint", "pattern"]),
)
stop_lists = st.lists(st.builds(Stop, id=st.text(max_size=9), label=st.text(max_size=9), off=st.text(max_size=3)))


@given(stop_lists, st.integers(-2, 12), st.integers(0, 90), st.integers(0, 4), looks, st.booleans())
def test_any_input_fills_exactly_the_cells_asked_for(
    stops: list[Stop], selected: int, width: int, height: int, look: Look, focused: bool
) -> None:
    raster = draw_slider(stops, selected, width, height, look, focused)
    assert [cell_len(text) for text in plain_text(raster.rows)] == [width] * height
    assert all(ink.fore in ROLES and ink.back in ROLES for row in raster.rows for _, ink in row)
    assert all(-1 <= owner < len(stops) for row in raster.owners for owner in row)


@pytest.mark.parametrize("height", [1, 2, 3])
@pytest.mark.parametrize("width", [14, 20, 28, 60, 120])
@pytest.mark.parametrize("selected", range(len(STOPS)))
def test_the_chosen_label_is_always_whole(selected: int, width: int, height: int) -> None:
    raster = draw_slider(STOPS, selected, width, height)
    assert FORMATS[selected] in plain_text(raster.rows)[0]
    shown = {owner for row in raster.owners for owner in row}
    assert selected in shown


def _clickable(raster: SliderRaster) -> set[int]:
    found = set()
    for y, row in enumerate(raster.owners):
        found |= {raster.stop_at(x, y) for x in range(len(row))} - {None}
    return {index for index in found if index is not None}


@pytest.mark.parametrize("width", [28, 40, 80])
def test_every_stop_can_be_clicked_on_the_track(width: int) -> None:
    assert _clickable(draw_slider(STOPS, 0, width, 2)) == set(range(len(STOPS)))


def test_outside_there_is_no_stop() -> None:
    raster = draw_slider(STOPS, 0, 40, 2)
    assert raster.stop_at(-1, 0) is None
    assert raster.stop_at(40, 0) is None
    assert raster.stop_at(0, 5) is None


def test_goldens() -> None:
    assert plain_text(draw_slider(STOPS, 4, 40, 2).rows) == [
        "bf16       awq-int4   q6_k  q4_k_m q2_k ",
        "──○──○──○───×──◉──○──○──○──○───○──○──○──",
    ]
    assert plain_text(draw_slider(STOPS, 4, 40, 1, Look("ascii")).rows) == ["<   - xnvfp4 - [awq-int4] - gptq-int4 ->"]


def test_a_stop_that_is_off_is_marked_by_more_than_colour() -> None:
    two_rows = draw_slider(STOPS, 0, 80, 2)
    assert plain_text(two_rows.rows)[1].count("×") == 1
    assert "×nvfp4" in plain_text(draw_slider(STOPS, 2, 80, 1).rows)[0]
    assert any(ink.fore == OFF for row in two_rows.rows for _, ink in row)


def test_focus_is_seen() -> None:
    focused, blurred = (draw_slider(STOPS, 1, 60, 2, focused=focus) for focus in (True, False))
    assert any(ink.back == CHIP for row in focused.rows for _, ink in row)
    assert not any(ink.back == CHIP for row in blurred.rows for _, ink in row)
    assert plain_text(focused.rows) != plain_text(blurred.rows)
