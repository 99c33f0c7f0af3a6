"""Placement: which device does what, which layers stand where, and what engines refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.memory.hand import ATTENTION, LAYER, a_device, a_model, a_rack

from roofrack.catalog import default_catalog
from roofrack.domain import LayerGroup, MoeMlp, Parallel
from roofrack.errors import InputError
from roofrack.parallelism import IDLE, Seat, check_placement, groups_by_stage, largest_tp, layers_per_stage, seats

SPARSE = a_model(LayerGroup(count=4, attention=ATTENTION, mlp=MoeMlp(experts=6, experts_per_token=2, expert_width=384)))


@pytest.mark.parametrize(
    ("layers", "stages", "expected"),
    [
        (32, 4, (8, 8, 8, 8)),
        (22, 4, (5, 6, 6, 5)),
        (7, 3, (2, 3, 2)),
        (61, 2, (31, 30)),
        (61, 4, (15, 15, 16, 15)),
        (43, 10, (4, 4, 4, 4, 4, 4, 5, 5, 5, 4)),
        (11, 4, (3, 3, 3, 2)),
        (5, 5, (1, 1, 1, 1, 1)),
        (9, 1, (9,)),
    ],
)
def test_stages_as_vllm_cuts_them(layers: int, stages: int, expected: tuple[int, ...]) -> None:
    assert layers_per_stage(layers, stages) == expected


@given(st.integers(1, 300), st.integers(1, 64))
def test_every_layer_has_one_stage(layers: int, stages: int) -> None:
    stages = min(stages, layers)
    counts = layers_per_stage(layers, stages)
    assert sum(counts) == layers
    assert len(counts) == stages
    assert max(counts) - min(counts) <= 1
    assert counts[-1] == min(counts)


def test_groups_follow_the_pattern() -> None:
    other = LayerGroup(count=6, letter="w", attention=ATTENTION)
    model = a_model(other, LayerGroup(count=2, letter="f", attention=ATTENTION), layer_pattern="wwwf")
    assert groups_by_stage(model, 1) == ((6, 2),)
    assert groups_by_stage(model, 2) == ((3, 1), (3, 1))
    assert groups_by_stage(model, 4) == ((2, 0), (1, 1), (2, 0), (1, 1))
    in_a_row = a_model(LayerGroup(count=3, attention=ATTENTION), LayerGroup(count=5, attention=ATTENTION))
    assert groups_by_stage(in_a_row, 4) == ((2, 0), (1, 1), (0, 2), (0, 2))


def test_many_groups_without_a_pattern() -> None:
    model = a_model(*(LayerGroup(count=1, attention=ATTENTION) for _ in range(30)))
    first, second = groups_by_stage(model, 2)
    assert first == (1,) * 15 + (0,) * 15
    assert second == (0,) * 15 + (1,) * 15


def test_ranks_then_stages_then_replicas() -> None:
    found = seats(a_rack(gpus=8), Parallel(tp=2, pp=2, dp=2))
    assert found == (
        Seat(0, 0, 0, 0, 0),
        Seat(1, 0, 0, 0, 1),
        Seat(2, 0, 0, 1, 0),
        Seat(3, 0, 0, 1, 1),
        Seat(4, 0, 1, 0, 0),
        Seat(5, 0, 1, 0, 1),
        Seat(6, 0, 1, 1, 0),
        Seat(7, 0, 1, 1, 1),
    )


def test_groups_stay_inside_a_node_while_there_is_room() -> None:
    found = seats(a_rack(gpus=6, nodes=2), Parallel(tp=4, dp=2))
    assert [seat.replica for seat in found] == [0] * 4 + [IDLE] * 2 + [1] * 4 + [IDLE] * 2
    crossing = seats(a_rack(gpus=6, nodes=2), Parallel(tp=4, dp=3))
    assert [seat.replica for seat in crossing] == [0] * 4 + [1] * 4 + [2] * 4
    assert [seat.node for seat in crossing] == [0] * 6 + [1] * 6
    one = seats(a_rack(gpus=2, nodes=4), Parallel(tp=8))
    assert [seat.rank for seat in one] == list(range(8))


@given(
    gpus=st.integers(1, 9),
    nodes=st.integers(1, 5),
    tp=st.integers(1, 9),
    pp=st.integers(1, 4),
    dp=st.integers(1, 4),
)
def test_every_rank_has_one_device(gpus: int, nodes: int, tp: int, pp: int, dp: int) -> None:
    parallel = Parallel(tp=tp, pp=pp, dp=dp)
    if parallel.devices > gpus * nodes:
        return
    found = seats(a_rack(gpus=gpus, nodes=nodes), parallel)
    busy = [seat[2:] for seat in found if seat.replica != IDLE]
    assert sorted(busy) == [(d, p, t) for d in range(dp) for p in range(pp) for t in range(tp)]
    assert [seat.number for seat in found] == list(range(gpus * nodes))
    assert all(seat.node == seat.number // gpus for seat in found)


@pytest.mark.parametrize(
    ("degrees", "gpus", "says", "hint"),
    [
        ({"tp": 4, "pp": 2, "dp": 2}, 8, "TP 4 × PP 2 × DP 2 needs 16 devices, the rack has 8", "add devices"),
        ({"tp": 3}, 8, "3 does not divide the 8 attention heads of small", "TP can be 1, 2, 4, 8"),
        ({"pp": 9}, 9, "9 stages are more than the 8 layers of small", ""),
        ({"ep": 2}, 8, "small has no experts to spread", "leave EP at 1"),
        ({"tp": 16}, 16, "16 does not divide the 8 attention heads", "TP can be 1, 2, 4, 8"),
    ],
)
def test_refusals_name_the_numbers(degrees: dict[str, int], gpus: int, says: str, hint: str) -> None:
    with pytest.raises(InputError) as refused:
        check_placement(a_model(), a_rack(gpus=gpus), Parallel(**degrees))
    assert says in refused.value.problem
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("degrees", "says"),
    [
        ({"tp": 2, "dp": 2, "ep": 3}, "EP 3 does not go with TP 2 and DP 2"),
        ({"tp": 8, "ep": 8}, "8 devices are more than the 6 experts"),
    ],
)
def test_experts_cannot_be_spread_anyhow(degrees: dict[str, int], says: str) -> None:
    with pytest.raises(InputError) as refused:
        check_placement(SPARSE, a_rack(gpus=8), Parallel(**degrees))
    assert says in refused.value.problem


def test_what_engines_take() -> None:
    for degrees in ({"tp": 2, "dp": 2, "ep": 2}, {"tp": 2, "dp": 2, "ep": 4}, {"dp": 4, "ep": 4}, {"tp": 8}):
        check_placement(SPARSE, a_rack(gpus=8), Parallel(**degrees))


def test_as_many_stages_as_layers() -> None:
    check_placement(a_model(), a_rack(gpus=8), Parallel(pp=8))


def test_the_layer_with_the_fewest_experts_counts() -> None:
    few, many = (MoeMlp(experts=n, experts_per_token=2, expert_width=384) for n in (4, 64))
    model = a_model(*(LayerGroup(count=1, attention=ATTENTION, mlp=mlp) for mlp in (few, many)))
    with pytest.raises(InputError, match="8 devices are more than the 4 experts of a layer"):
        check_placement(model, a_rack(gpus=8), Parallel(tp=8, ep=8))


def test_hints_name_what_works_on_the_rack() -> None:
    with pytest.raises(InputError) as refused:
        check_placement(SPARSE, a_rack(gpus=8), Parallel(tp=2, dp=3, ep=5))
    assert refused.value.hint == "EP can be 1, 2, 6"
    with pytest.raises(InputError) as refused:
        check_placement(a_model(), a_rack(gpus=5), Parallel(tp=3))
    assert refused.value.hint == "TP can be 1, 2, 4"


def test_idle_devices_are_nobodys() -> None:
    assert seats(a_rack(gpus=2), Parallel())[1] == Seat(1, 0, -1, 0, 0)


def test_widths_and_kv_heads_must_divide_too() -> None:
    three_kv_heads = ATTENTION.__class__(heads=12, kv_heads=3, head_dim=64)
    model = a_model(LayerGroup(count=2, attention=three_kv_heads, mlp=LAYER.mlp))
    with pytest.raises(InputError, match="2 is neither a divisor nor a multiple of the 3 KV heads"):
        check_placement(model, a_rack(gpus=8), Parallel(tp=2))
    odd = a_model(
        LayerGroup(count=2, attention=ATTENTION, mlp=MoeMlp(experts=8, experts_per_token=1, expert_width=100))
    )
    with pytest.raises(InputError, match="8 does not divide the expert width 100"):
        check_placement(odd, a_rack(gpus=8), Parallel(tp=8))
    check_placement(odd, a_rack(gpus=8), Parallel(tp=8, ep=8))
    assert largest_tp(odd, 8) == 4


@pytest.mark.parametrize(
    ("model", "limit", "tp"),
    [
        ("llama-3.1-8b", 8, 8),
        ("llama-3.1-8b", 7, 4),
        ("llama-3.1-8b", 0, 1),
        ("llama-3.1-70b", 16, 16),
        ("qwen2.5-7b", 8, 4),
        ("falcon-7b", 8, 1),
    ],
)
def test_the_largest_degree(model: str, limit: int, tp: int) -> None:
    assert largest_tp(default_catalog().model(model), limit) == tp


def test_a_rack_can_be_too_large_to_list() -> None:
    with pytest.raises(InputError, match="65,536 devices are more than the 16,384 that are planned"):
        check_placement(a_model(), a_rack(a_device(), gpus=1024, nodes=64), Parallel())
    check_placement(a_model(), a_rack(a_device(), gpus=1024, nodes=16), Parallel())
