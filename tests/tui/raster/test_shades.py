"""What a cell of a stack shows where more than two layers, or two and nothing, share it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack_tui.raster.chart import draw_chart
from roofrack_tui.raster.ink import HATCH_OVER, LAYERS, LIMIT, OVER
from roofrack_tui.raster.look import Look
from roofrack_tui.raster.shades import _halve, _parts
from roofrack_tui.raster.spec import Axis, ChartSpec, Layer, Target, Zone

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


def _cells(spec: ChartSpec, look: Look) -> list[tuple[str, str, str]]:
    rows = draw_chart(spec, 40, 12, look).rows
    return [(glyph, ink.fore, ink.back) for row in rows for text, ink in row for glyph in text]


_OVER = ChartSpec(
    stack=[Layer("", [(1, 50), (64, 50)]), Layer("", [(1, 5), (64, 5)]), Layer("", [(1, 1), (64, 40)])],
    left=Axis("", high=120),
    zone=Zone(1, "", kind="over"),
)


@pytest.mark.parametrize("look", [Look(), Look(shading="pattern"), Look("ascii")])
def test_what_is_struck_through_can_still_be_told(look: Look) -> None:
    """Grounds and the edges of layers are those that they have without a limit; only whole cells are struck."""
    limit = Target(30, "", kind="limit")
    free, struck = (_cells(_OVER._replace(targets=targets), look) for targets in ([], [limit]))
    stroke = ("/" if look.ascii else "╱", OVER)
    changed = [(old, new) for old, new in zip(free, struck, strict=True) if old != new and new[1] != LIMIT]
    assert changed
    assert all(new[:2] == stroke and new[2] == old[2] for old, new in changed)
    assert all(old[0] not in "▁▂▃▄▅▆▇" for old, _ in changed)
    assert {old[1] for old, _ in changed} >= set(LAYERS[:3:2])
    if look.shading == "pattern" or look.ascii:
        kept = sum(old == new and old[1] in LAYERS for old, new in zip(free, struck, strict=True))
        assert kept > len(changed)


def test_above_a_stack_the_zone_goes_on_to_the_edge_of_the_stack() -> None:
    drawn = _cells(_OVER, Look())
    tops = [back for glyph, fore, back in drawn if glyph in "▁▂▃▄▅▆▇" and fore == LAYERS[2]]
    assert tops
    assert set(tops) == {HATCH_OVER}
