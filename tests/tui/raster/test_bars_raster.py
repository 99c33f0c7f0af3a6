from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from roofrack_tui.raster.bars import Bar, Part, draw_bars, gib_text
from roofrack_tui.raster.ink import HATCH_OVER, LAYERS, LIMIT, ROLES, plain_text
from roofrack_tui.raster.look import Look

PARTS = [Part("weights", 16.9), Part("KV", 50.1), Part("activations", 2.1, "act"), Part("overhead", 2.6, "ovh")]
FITS = Bar("GPU 0-3", PARTS, capacity_gib=79.6, usable_gib=71.7)
OVER = FITS._replace(parts=[Part("weights", 63.9), *PARTS[1:]])

anything = st.floats(allow_nan=True, allow_infinity=True)
names = st.text(max_size=14)
bars = st.builds(
    Bar,
    name=names,
    parts=st.lists(
        st.builds(Part, name=names, gib=anything, short=names, style=st.none() | st.integers(0, 9)), max_size=8
    ),
    capacity_gib=anything,
    usable_gib=st.none() | anything,
)
looks = st.builds(
    Look,
    rendering=st.sampled_from(["braille", "blocks", "ascii"]),
    shading=st.sampled_from(["tint", "pattern"]),
    sparse=st.booleans(),
)


@given(st.lists(bars, max_size=12), st.integers(0, 130), st.integers(0, 9), looks)
def test_any_input_fills_exactly_the_cells_asked_for(shown: list[Bar], width: int, height: int, look: Look) -> None:
    rows = draw_bars(shown, width, height, look)
    assert [cell_len(text) for text in plain_text(rows)] == [width] * height
    assert all(ink.fore in ROLES and ink.back in ROLES for row in rows for _, ink in row)


@pytest.mark.parametrize("width", [20, 24, 30, 43, 44, 60, 80, 120, 200])
@pytest.mark.parametrize("look", [Look(), Look(shading="pattern"), Look("ascii")])
def test_too_much_is_said_in_words_at_every_width(width: int, look: Look) -> None:
    text = plain_text(draw_bars([OVER], width, 1, look))[0]
    assert ("over by 47.0 GiB" if width >= 44 else "+47.0!") in text
    assert "over" not in plain_text(draw_bars([FITS], width, 1, look))[0].replace("overhead", "")


def test_numbers_stand_in_the_bar_and_at_its_end() -> None:
    text = plain_text(draw_bars([FITS], 100, 1))[0]
    assert text.startswith("GPU 0-3")
    assert "weights 16.9" in text
    assert "KV 50.1" in text
    assert text.endswith("71.7 of 71.7 GiB")


def test_fills_are_as_long_as_their_sizes() -> None:
    half = Bar("x", [Part("a", 20), Part("b", 10)], capacity_gib=40)
    row = draw_bars([half], 100, 1)[0]
    cells = {layer: sum(len(text) for text, ink in row if ink.back == layer) for layer in LAYERS[:2]}
    length = 100 - len("x") - 1 - len("30.0 of 40.0 GiB") - 1
    assert cells[LAYERS[0]] == pytest.approx(length / 2, abs=1)
    assert cells[LAYERS[1]] == pytest.approx(length / 4, abs=1)


def test_every_part_has_a_cell_however_small() -> None:
    tiny = Bar("x", [Part("a", 70), Part("b", 0.01), Part("c", 0.01), Part("d", 5)], capacity_gib=80)
    inks = {ink.back for _, ink in draw_bars([tiny], 40, 1)[0]}
    assert set(LAYERS[:4]) <= inks


def test_golden_without_colour() -> None:
    assert plain_text(draw_bars([FITS, OVER], 64, 4, Look("ascii"))) == [
        "GPU 0-3 [weights|KV 50.1 ~~~~~~~~~~~~~~|+%:---] 71.7 of 71.7 GiB",
        "GPU 0-3 [weights 63.9 ######|KV!//////////////] over by 47.0 GiB",
        "                                                                ",
        "# weights  ~ KV  + activations  % overhead                      ",
    ]


def test_over_is_hatched_and_coloured() -> None:
    inks = {(ink.fore, ink.back) for _, ink in draw_bars([OVER], 80, 1)[0]}
    assert (LIMIT, HATCH_OVER) in inks


def test_bars_that_do_not_fit_the_height_are_counted() -> None:
    many = [FITS._replace(name=f"GPU {n}") for n in range(6)] + [OVER._replace(name="GPU 6")]
    rows = plain_text(draw_bars(many, 60, 3))
    assert rows[0].startswith("GPU 0")
    assert rows[2].startswith("5 more, 1 over")
    assert plain_text(draw_bars(many[:6], 60, 3))[2].startswith("4 more, all within their limits")


def test_a_legend_moves_closer_before_a_part_of_it_is_lost() -> None:
    tight = plain_text(draw_bars([OVER], 46, 2))[1]
    assert tight == "■ weights 63.9 ■ KV 50.1 ■ act 2.1 ■ ovh 2.6  "
    wider = plain_text(draw_bars([OVER], 47, 2))[1]
    assert wider == "■ weights 63.9  ■ KV 50.1  ■ act 2.1  ■ ovh 2.6"


def test_legend_tells_sizes_of_a_single_bar() -> None:
    assert "weights 16.9" in plain_text(draw_bars([FITS], 80, 2))[1]
    assert "weights 16.9" not in plain_text(draw_bars([FITS, FITS], 80, 3))[2]


@pytest.mark.parametrize(
    ("gib", "text"), [(0, "0.0"), (0.04, "0.04"), (0.5, "0.5"), (16.94, "16.9"), (999.9, "999.9"), (1234.5, "1,234")]
)
def test_sizes_are_short(gib: float, text: str) -> None:
    assert gib_text(gib) == text
