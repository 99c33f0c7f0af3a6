"""The arrangement: nothing outside, nothing overlapping, nothing lost, at any size."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Region

from roofrack_tui.shape import (
    CAPTION,
    CHART_TABS,
    INPUT_TABS,
    KEYS,
    LEAST_HEIGHT,
    LEAST_WIDTH,
    TITLE,
    TOO_SMALL,
    VERDICT,
    places,
    shape_of,
)

INPUTS = {"model": 0, "rack": 6, "quant": 7, "workload": 5, "engine": 3}
CHARTS = ("memory", "throughput", "latency")

sizes = st.tuples(st.integers(0, 320), st.integers(0, 120))
fronts = st.tuples(st.sampled_from(sorted(INPUTS)), st.sampled_from(CHARTS))


def arranged(
    width: int, height: int, front: tuple[str, str] = ("rack", "throughput"), keys: bool = True
) -> dict[str, Region]:
    return places(width, height, INPUTS, CHARTS, front, keys=keys)


@given(sizes, fronts, st.booleans())
def test_everything_is_on_screen_and_nothing_overlaps(
    size: tuple[int, int], front: tuple[str, str], keys: bool
) -> None:
    found = arranged(*size, front, keys)
    screen = Region(0, 0, *size)
    for name, region in found.items():
        assert screen.contains_region(region), name
    for (one, first), (other, second) in combinations(found.items(), 2):
        assert not first.intersection(second), (one, other)


@given(st.tuples(st.integers(LEAST_WIDTH, 320), st.integers(LEAST_HEIGHT, 120)), fronts, st.booleans())
def test_no_cell_is_left_empty(size: tuple[int, int], front: tuple[str, str], keys: bool) -> None:
    assert sum(region.area for region in arranged(*size, front, keys).values()) == size[0] * size[1]


@given(st.tuples(st.integers(LEAST_WIDTH, 320), st.integers(LEAST_HEIGHT, 120)), fronts)
def test_the_verdict_the_title_and_the_panes_in_front_are_always_there(
    size: tuple[int, int], front: tuple[str, str]
) -> None:
    found = arranged(*size, front)
    assert {TITLE, VERDICT, KEYS, *front} <= set(found)
    assert found[front[0]].height >= 3
    assert found[front[1]].height >= 5


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((80, 24), "tabs"),
        ((120, 40), "columns"),
        ((200, 60), "columns"),
        ((120, 24), "tabs"),
        ((79, 24), "narrow"),
        ((60, 20), "narrow"),
        ((59, 20), "tiny"),
        ((60, 19), "tiny"),
        ((20, 1), "tiny"),
    ],
)
def test_shapes(size: tuple[int, int], shape: str) -> None:
    assert shape_of(*size) == shape


def test_columns_show_every_pane_and_no_tabs() -> None:
    found = arranged(120, 40)
    assert {*INPUTS, *CHARTS} <= set(found)
    assert not {INPUT_TABS, CHART_TABS} & set(found)
    for name, rows in list(INPUTS.items())[1:]:
        assert found[name].height == rows


def test_a_tall_narrow_screen_shows_all_charts() -> None:
    assert set(CHARTS) <= set(arranged(90, 60))


def test_a_screen_that_is_too_small_shows_only_that() -> None:
    assert set(arranged(40, 10)) == {TOO_SMALL}


@given(sizes, fronts, st.booleans(), st.booleans(), st.integers(1, 9))
def test_a_caption_takes_rows_from_lists_and_charts_and_never_all_of_them(
    size: tuple[int, int], front: tuple[str, str], keys: bool, forms: bool, caption: int
) -> None:
    found = places(*size, INPUTS, CHARTS, front, keys=keys, caption=caption, forms=forms)
    for (one, first), (other, second) in combinations(found.items(), 2):
        assert not first.intersection(second), (one, other)
    shape = shape_of(*size)
    if shape == "tiny":
        assert CAPTION not in found
        return
    assert sum(region.area for region in found.values()) == size[0] * size[1]
    assert found[front[1]].height >= 5
    assert CAPTION not in found or found[CAPTION].height <= caption
    assert (front[0] in found) == forms
