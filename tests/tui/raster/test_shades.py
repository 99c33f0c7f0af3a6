"""What a cell of a stack shows where more than two layers, or two and nothing, share it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack_tui.raster.shades import _halve, _parts

WEIGHTS, OVERHEAD, KV = range(3)


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ([(WEIGHTS, 5), (OVERHEAD, 3)], (WEIGHTS, OVERHEAD, 5)),
        ([(WEIGHTS, 5)], (WEIGHTS, None, 5)),
        ([(KV, 3)], (KV, None, 3)),
        ([(WEIGHTS, 5), (OVERHEAD, 2)], (WEIGHTS, OVERHEAD, 5)),
        ([(WEIGHTS, 5), (OVERHEAD, 2), (KV, 1)], (WEIGHTS, OVERHEAD, 5)),
        ([(WEIGHTS, 1), (OVERHEAD, 2), (KV, 5)], (OVERHEAD, KV, 3)),
        ([(WEIGHTS, 1), (OVERHEAD, 2), (KV, 1)], (OVERHEAD, None, 3)),
        ([(WEIGHTS, 2), (OVERHEAD, 2), (KV, 4)], (WEIGHTS, OVERHEAD, 2)),
        ([(WEIGHTS, 3), (KV, 3)], (WEIGHTS, KV, 3)),
        ([(WEIGHTS, 3), (KV, 2)], (WEIGHTS, None, 3)),
    ],
)
def test_two_of_many(parts: list[tuple[int, int]], shown: tuple[int, int | None, int]) -> None:
    assert _halve(parts, KV) == shown


def test_of_three_layers_below_the_last_the_thinnest_gives_way() -> None:
    assert _halve([(0, 2), (1, 1), (2, 3), (3, 2)], 3) == (0, 2, 3)


@given(st.lists(st.integers(1, 6), min_size=2, max_size=3), st.integers(0, 1))
def test_layers_below_the_last_look_the_same_however_it_grows(below: list[int], cell: int) -> None:
    tops = [sum(below[: n + 1]) for n in range(len(below))]
    inside = _parts(tops, cell * 8)
    if len(inside) < 2:
        return
    seen = [_halve(_parts([*tops, tops[-1] + last], cell * 8), len(below)) for last in range(20)]
    assert len({(lower, eighths) for lower, _, eighths in seen}) == 1
    if sum(size for _, size in inside) >= 4:
        assert len({upper for _, upper, _ in seen}) == 1
