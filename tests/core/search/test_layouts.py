"""Layouts and racks against plain definitions, and requests in flight by hand."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.catalog import default_catalog
from roofrack.domain import AudienceSpec, Targets
from roofrack.errors import InputError
from roofrack.parallelism import tp_problem
from roofrack.search.layouts import Layout, Rung, ladder, layouts, lies_well, replicas_on
from roofrack.search.load import in_flight
from roofrack.sweep import MOST_REQUESTS

CATALOG = default_catalog()
SIZES = st.sampled_from([(1,), (2,), (4,), (8,), (1, 2, 4, 8), (4, 8), (2, 8, 16)])


@pytest.mark.parametrize(
    ("tp", "pp", "node", "well"),
    [
        (1, 1, 1, True),
        (4, 2, 8, True),
        (3, 2, 8, True),
        (8, 2, 8, True),
        (16, 1, 8, True),
        (4, 4, 8, True),
        (8, 3, 16, False),
        (4, 3, 8, False),
        (6, 4, 8, False),
        (3, 8, 8, False),
        (2, 8, 8, True),
    ],
)
def test_a_replica_lies_inside_a_node_or_fills_whole_ones(tp: int, pp: int, node: int, well: bool) -> None:
    assert lies_well(tp, pp, node) is well


@pytest.mark.parametrize(
    ("nodes", "node", "devices", "replicas"), [(3, 8, 2, 12), (3, 8, 3, 6), (3, 8, 8, 3), (4, 8, 16, 2), (3, 8, 16, 1)]
)
def test_replicas_that_fit_in_a_node_stay_in_one(nodes: int, node: int, devices: int, replicas: int) -> None:
    assert replicas_on(nodes, node, devices) == replicas


def racks(sizes: tuple[int, ...], devices: int, most_gpus: int, most_replicas: int) -> list[Rung]:
    """All racks, by trying them."""
    return [
        Rung(nodes * size, nodes, size, min(replicas_on(nodes, size, devices), most_replicas))
        for size in sizes
        for nodes in range(1, most_gpus // size + 1)
        if devices <= size or (nodes * size) % devices == 0
        if replicas_on(nodes, size, devices)
    ]


@given(SIZES, st.sampled_from([1, 2, 3, 4, 8, 16]), st.integers(1, 64), st.integers(1, 12))
def test_every_number_of_replicas_has_its_smallest_rack(
    sizes: tuple[int, ...], devices: int, most_gpus: int, most_replicas: int
) -> None:
    all_racks = racks(sizes, devices, most_gpus, most_replicas)
    found = ladder(sizes, devices, most_gpus, most_replicas, every=True)
    most = max((rack.replicas for rack in all_racks), default=0)
    assert [rung.replicas for rung in found] == list(range(1, most + 1))
    for rung in found:
        smallest = min(rack for rack in all_racks if rack.replicas >= rung.replicas)
        assert rung[:3] == smallest[:3]


@given(SIZES, st.sampled_from([1, 2, 3, 4, 8, 16]), st.integers(1, 64), st.integers(1, 12))
def test_full_racks_each_hold_more_than_any_as_small(
    sizes: tuple[int, ...], devices: int, most_gpus: int, most_replicas: int
) -> None:
    all_racks = racks(sizes, devices, most_gpus, most_replicas)
    found = ladder(sizes, devices, most_gpus, most_replicas, every=False)
    assert bool(found) == bool(all_racks)
    assert list(found) == sorted(found)
    assert len({rung.gpus for rung in found}) == len({rung.replicas for rung in found}) == len(found)
    for rung in found:
        assert rung.replicas == max(rack.replicas for rack in all_racks if rack.gpus <= rung.gpus)
        assert rung.gpus == min(rack.gpus for rack in all_racks if rack.replicas >= rung.replicas)
    assert {max(rack.replicas for rack in all_racks)} <= {rung.replicas for rung in found} if all_racks else not found


def test_layouts_of_a_dense_model_divide_its_heads() -> None:
    model = CATALOG.model("llama-3.1-8b")
    found = layouts(model, 16, splits_layers=False, depths=(1, 2, 64))
    assert {layout[:3] for layout in found} == {
        (tp, pp, "sliced") for tp in range(1, 17) for pp in (1, 2) if tp * pp <= 16 and tp_problem(model, tp) is None
    }
    assert {(8, 2), (1, 1)} <= {layout[:2] for layout in found}
    assert 3 not in {layout.tp for layout in found}


def test_engines_that_split_layers_have_no_tensor_parallelism_and_no_expert_groups() -> None:
    found = layouts(CATALOG.model("mixtral-8x7b"), 6, splits_layers=True, depths=(1,))
    assert {(layout.tp, layout.experts) for layout in found} == {(1, "sliced")}
    assert {layout.pp for layout in found} >= {1, 2, 4}
    assert max(layout.pp for layout in found) <= 6


def test_whole_experts_lie_on_a_group_or_on_all_replicas() -> None:
    model = CATALOG.model("mixtral-8x7b")  # eight experts
    found = layouts(model, 16, splits_layers=False, depths=(1, 2))
    by_kind = {kind: {(one.tp, one.pp) for one in found if one.experts == kind} for kind in ("sliced", "group", "all")}
    assert by_kind["group"] == {(2, 1), (2, 2), (4, 1), (4, 2), (8, 1), (8, 2)}
    assert by_kind["all"] == {(1, 1), (2, 1), (4, 1)}
    assert {one.most_ep for one in found} == {8}
    assert (Layout(4, 1, "group").ep(3), Layout(4, 1, "all").ep(3), Layout(4, 1).ep(3)) == (4, 12, 1)


def test_users_in_flight_are_their_shares() -> None:
    audience = AudienceSpec(users=10_000, online_share=0.2, active_share=0.05, peak=3)
    found = in_flight(audience, 100, Targets())
    assert found is not None
    assert found.requests == 300
    assert found.why.endswith("× 3 at the peak = 300 requests at once")
    calm = in_flight(AudienceSpec(users=10_001, online_share=0.1, active_share=0.1, peak=1), 100, Targets())
    assert calm is not None
    assert calm.requests == 101
    assert "peak" not in calm.why


@pytest.mark.parametrize(
    "targets",
    [
        Targets(ttft_s=1.0, tpot_s=0.05),
        Targets(ttft_s=1.0, tokens_per_s_per_user=20),
        Targets(ttft_s=1.0, tpot_s=0.05, tokens_per_s_per_user=5),
    ],
)
def test_sessions_and_rates_are_busy_as_long_as_targets_allow(targets: Targets) -> None:
    answer = 1 + 99 * 0.05
    thinking = in_flight(AudienceSpec(sessions=1000, think_s=10, peak=2), 100, targets)
    usual = in_flight(AudienceSpec(sessions=1000, peak=2), 100, targets)
    rate = in_flight(AudienceSpec(requests_per_s=7, peak=2), 100, targets)
    assert thinking is not None
    assert usual is not None
    assert rate is not None
    assert thinking.requests == ceil(2000 * answer / (answer + 10))
    assert usual.requests == ceil(2000 * answer / (answer + 30))
    assert rate.requests == ceil(14 * answer)


@pytest.mark.parametrize("targets", [Targets(), Targets(ttft_s=1.0), Targets(tpot_s=0.05)])
def test_sessions_without_both_targets_are_refused(targets: Targets) -> None:
    for audience in (AudienceSpec(sessions=10), AudienceSpec(requests_per_s=1)):
        with pytest.raises(InputError, match="how long an answer may take"):
            in_flight(audience, 100, targets)


def test_at_least_one_and_no_more_than_are_planned_for() -> None:
    one = in_flight(AudienceSpec(users=1, online_share=0.01, active_share=0.01, peak=1), 100, Targets())
    assert one is not None
    assert one.requests == 1
    assert in_flight(AudienceSpec(), 100, Targets()) is None
    most = AudienceSpec(users=MOST_REQUESTS, online_share=1, active_share=1, peak=1)
    found = in_flight(most, 100, Targets())
    assert found is not None
    assert found.requests == MOST_REQUESTS
    with pytest.raises(InputError, match="requests at once"):
        in_flight(AudienceSpec(users=MOST_REQUESTS + 1, online_share=1, active_share=1, peak=1), 100, Targets())
