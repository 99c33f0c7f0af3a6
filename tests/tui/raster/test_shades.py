from hypothesis import given
from hypothesis import strategies as st

from roofrack_tui.raster.shades import _halve, _parts

fixed = st.lists(st.integers(0, 20), min_size=1, max_size=3)


def shown(thicknesses: list[int], last: int, foot: int) -> tuple[int, int | None, int]:
    tops = [sum(thicknesses[: n + 1]) for n in range(len(thicknesses))]
    return _halve(_parts([*tops, tops[-1] + last], foot), len(thicknesses))


@given(fixed, st.lists(st.integers(1, 60), min_size=2, max_size=8), st.integers(0, 3))
def test_layers_below_the_last_look_the_same_wherever_it_grows(below: list[int], grown: list[int], cell: int) -> None:
    foot = cell * 8
    inside = [n for n in range(len(below)) if sum(below[:n]) < foot + 8 and sum(below[: n + 1]) > foot]
    if len(inside) < 2:
        return
    seen = {shown(below, last, foot) for last in grown}
    assert len({lower for lower, _, _ in seen}) == 1
    if not (
        len(inside) == 2 and sum(below) <= foot + 8 and min(grown) < 8
    ):  # with nothing above two layers, nothing is given away
        assert len({eighths for _, _, eighths in seen}) == 1


@given(fixed, st.integers(0, 60), st.integers(0, 3))
def test_a_cell_shows_layers_that_it_has(below: list[int], last: int, cell: int) -> None:
    foot = cell * 8
    total = sum(below) + last
    if not foot < total:
        return
    lower, upper, eighths = shown(below, last, foot)
    tops = [sum(below[: n + 1]) for n in range(len(below))] + [total]
    has = {n for n, top in enumerate(tops) if top > foot and (tops[n - 1] if n else 0) < min(top, foot + 8)}
    assert lower in has
    assert upper is None or (upper in has and upper > lower)
    assert 1 <= eighths <= 8
