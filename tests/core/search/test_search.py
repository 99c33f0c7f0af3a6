"""What a search promises besides the optimum."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roofrack.catalog import default_catalog
from roofrack.domain.money import AudienceSpec
from roofrack.domain.scenario import RackSpec, WorkloadSpec
from roofrack.domain.workload import Targets
from roofrack.errors import InputError, UnknownIdError
from roofrack.plan import plan
from roofrack.search import BoxSpec, Limits, Progress, SearchSpec, box, in_flight, search
from roofrack.search.front import Front
from roofrack.search.layouts import ladder

SMALL = SearchSpec(
    models=("llama-3.1-8b",),
    workload=WorkloadSpec(concurrency=32),
    targets=Targets(ttft_s=1.0, tpot_s=0.03),
    devices=("h100-sxm5-80gb", "l4"),
    limits=Limits(gpus=8),
)


def test_a_candidate_is_a_scenario_that_plans_to_the_same_numbers() -> None:
    found = search(SMALL)
    assert found.ranked
    assert found.front
    for one in (*found.ranked, *found.front):
        planned = plan(one.spec)
        assert planned.memory.fits
        assert planned.at == one.point
        assert planned.cost.usd_per_hour == pytest.approx(one.usd_per_hour)
        assert planned.scenario.rack.device_count == one.gpus
        parallel = planned.scenario.parallel
        assert (parallel.tp, parallel.pp, parallel.dp, parallel.ep) == (one.tp, one.pp, one.dp, one.ep)


@pytest.mark.parametrize("sort", ["cost", "gpus", "power", "headroom"])
def test_what_is_ranked_meets_the_targets_in_order(sort: Any) -> None:
    found = search(dataclasses.replace(SMALL, sort=sort))
    assert found.ranked
    merit = {"cost": "usd_per_hour", "gpus": "gpus", "power": "power_w", "headroom": "headroom"}[sort]
    values = [getattr(one, merit) for one in found.ranked]
    assert values == sorted(values, reverse=sort == "headroom")
    for one in found.ranked:
        assert one.point.ttft_s.mid <= 1.0
        assert one.point.tpot_s.mid <= 0.03
        assert one.gpus <= 8
    groups = [(one.device, one.weights) for one in found.ranked]
    assert len(groups) == len(set(groups))


def test_pruning_changes_no_answer() -> None:
    """The front looks at everything, so with it nothing is skipped; without it most is."""
    whole, pruned = search(SMALL), search(dataclasses.replace(SMALL, front=False))
    assert pruned.ranked == whole.ranked
    assert pruned.evaluated < whole.evaluated


def test_the_unfavourable_end_asks_for_more() -> None:
    sure = search(dataclasses.replace(SMALL, sure=True)).ranked[0]
    assert sure.point.tpot_s.high <= 0.03
    assert sure.usd_per_hour is not None
    assert sure.usd_per_hour >= (search(SMALL).ranked[0].usd_per_hour or 0)


def test_without_a_ttft_target_nobody_waits() -> None:
    spec = dataclasses.replace(SMALL, targets=Targets(), workload=WorkloadSpec(concurrency=700))
    for one in search(spec).ranked:
        assert one.point.waiting == 0


def test_prices_of_ones_own_decide() -> None:
    dear = search(dataclasses.replace(SMALL, prices=(("l4", 1000.0),))).ranked[0]
    assert dear.device == "h100-sxm5-80gb"
    cheap = search(dataclasses.replace(SMALL, prices=(("h100-sxm5-80gb", 0.01),))).ranked[0]
    assert cheap.device == "h100-sxm5-80gb"
    assert cheap.usd_per_hour == pytest.approx(0.01 * cheap.gpus)


def test_nothing_found_names_the_target_and_what_lifting_it_gives() -> None:
    found = search(dataclasses.replace(SMALL, targets=Targets(ttft_s=0.001, tpot_s=0.03)))
    assert not found.ranked
    assert found.miss is not None
    assert found.miss.closest is not None
    assert found.miss.closest.limit == "ttft"
    assert "1.0 ms TTFT" in found.miss.reason
    lifted = {one.limit: one.best for one in found.miss.relaxed}
    assert lifted["ttft"] is not None
    assert lifted["tpot"] is None
    assert lifted["gpus"] is None


def test_a_budget_that_is_too_small_is_what_rules_it_out() -> None:
    spec = dataclasses.replace(SMALL, devices=("h100-sxm5-80gb",), limits=Limits(gpus=8, usd_per_hour=0.5))
    crowded = dataclasses.replace(spec, workload=WorkloadSpec(concurrency=300), limits=Limits(gpus=8, usd_per_hour=5))
    for one in (spec, crowded):
        found = search(one)
        assert found.miss is not None
        assert {lifted.limit: lifted.best is not None for lifted in found.miss.relaxed}["budget"]


def test_a_model_that_fits_nowhere_says_so() -> None:
    spec = dataclasses.replace(SMALL, models=("llama-3.1-405b",), devices=("l4",), limits=Limits(gpus=2))
    found = search(spec)
    assert found.miss is not None
    assert found.miss.closest is None
    assert "holds the weights" in found.miss.reason


def test_it_can_be_cancelled_and_says_how_far_it_is() -> None:
    seen: list[Progress] = []
    whole = search(SMALL, progress=seen.append)
    assert whole.complete
    assert seen[-1].done == seen[-1].total == whole.combinations
    assert seen[-1].best == whole.ranked[0]
    asked = iter([False] * 40)
    stopped = search(SMALL, cancelled=lambda: next(asked, True))
    assert not stopped.complete
    assert stopped.miss is None
    assert stopped.evaluated < whole.evaluated
    at_once = search(SMALL, cancelled=lambda: True)
    assert (at_once.complete, at_once.evaluated, at_once.ranked) == (False, 0, ())


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"models": ()}, "models"),
        ({"workload": WorkloadSpec()}, "concurrency"),
        ({"workload": WorkloadSpec(concurrency=1, load="poisson", rate_per_s=1.0)}, "load"),
        ({"prices": (("l4", -1.0),)}, "prices"),
        ({"node_availability": 0.0}, "node_availability"),
        ({"node_availability": 1.5}, "node_availability"),
        ({"sort": "beauty"}, "sort"),
    ],
)
def test_absurd_searches_are_refused_by_name(change: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        dataclasses.replace(SMALL, **change)


def test_unknown_ids_and_impossible_combinations() -> None:
    with pytest.raises(UnknownIdError):
        search(dataclasses.replace(SMALL, devices=("h1000",)))
    with pytest.raises(InputError, match="does not load"):
        search(dataclasses.replace(SMALL, weights=("q4_k_m",)))
    with pytest.raises(InputError, match="exceed the context"):
        search(dataclasses.replace(SMALL, workload=WorkloadSpec(concurrency=1, prompt_tokens=10**7)))
    left_out = search(dataclasses.replace(SMALL, weights=("nvfp4", "bf16"), devices=("h100-sxm5-80gb", "a2"))).left_out
    assert any("a2" in line for line in left_out)


def test_people_to_requests_at_once() -> None:
    assert in_flight(AudienceSpec(), 256, Targets()) is None
    one_percent = in_flight(AudienceSpec(users=100_000), 256, Targets())
    assert one_percent is not None
    assert one_percent.requests == 10
    targets = Targets(ttft_s=2.0, tpot_s=0.05)  # an answer of 256 tokens takes at most 2 + 255 · 0.05 = 14.75 s
    sessions = in_flight(AudienceSpec(sessions=1000, think_s=30), 256, targets)
    assert sessions is not None
    assert sessions.requests == 330  # 1000 · 14.75 / 44.75 = 329.6
    rate = in_flight(AudienceSpec(requests_per_s=2.0), 256, targets)
    assert rate is not None
    assert rate.requests == 30
    with pytest.raises(InputError, match="--slo-ttft"):
        in_flight(AudienceSpec(sessions=10), 256, Targets())
    with pytest.raises(InputError, match="at once"):
        in_flight(AudienceSpec(users=10**12, online_share=1, active_share=1), 256, Targets())


@given(
    st.lists(st.sampled_from((1, 2, 3, 4, 8, 16)), min_size=1, max_size=3, unique=True).map(
        lambda one: tuple(sorted(one))
    ),
    st.integers(1, 16),
    st.integers(1, 64),
    st.integers(1, 20),
)
def test_ladders_only_rise(sizes: tuple[int, ...], devices: int, most: int, replicas: int) -> None:
    for every in (False, True):
        rungs = ladder(sizes, devices, most, replicas, every=every)
        assert [one.replicas for one in rungs] == sorted({one.replicas for one in rungs})
        assert [one.gpus for one in rungs] == sorted(one.gpus for one in rungs)
        for rung in rungs:
            assert rung.gpus == rung.nodes * rung.gpus_per_node <= most
            assert rung.replicas * devices <= rung.gpus
            assert 1 <= rung.replicas <= replicas


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), max_size=60))
def test_the_front_is_what_nothing_beats(points: list[tuple[int, int]]) -> None:
    front: Front[tuple[int, int]] = Front()
    for point in points:
        front.add(*point, point)
    expected = {
        (cost, speed)
        for cost, speed in points
        if not any((c, s) != (cost, speed) and c <= cost and s >= speed for c, s in points)
    }
    assert set(front.plans()) == expected
    assert list(front.plans()) == sorted(expected)


@settings(max_examples=15)
@given(st.integers(1, 400), st.sampled_from((0.01, 0.02, 0.05)))
def test_more_requests_never_need_less(concurrency: int, tpot: float) -> None:
    def cheapest(requests: int) -> float:
        spec = dataclasses.replace(
            SMALL,
            workload=WorkloadSpec(concurrency=requests),
            targets=Targets(ttft_s=2.0, tpot_s=tpot),
            devices=("h100-sxm5-80gb",),
            limits=Limits(gpus=16),
            weights=("bf16",),
            front=False,
        )
        ranked = search(spec).ranked
        return float("inf") if not ranked else ranked[0].usd_per_hour or 0.0

    assert cheapest(2 * concurrency) >= cheapest(concurrency)


def test_a_box_takes_the_finest_format_that_keeps_the_targets() -> None:
    rack = RackSpec(device="rtx-4090")
    found = box(
        BoxSpec(
            rack=rack, models=("llama-3.1-8b", "llama-3.1-70b", "gpt-oss-20b"), workload=WorkloadSpec(concurrency=4)
        )
    )
    rows = {row.model.id.split("/")[1]: row for row in found.rows}
    assert rows["Llama-3.1-8B-Instruct"].best.weights == "bf16"
    assert found.too_large == ("meta-llama/Llama-3.1-70B-Instruct",)
    for row in found.rows:
        planned = plan(row.best.spec)
        assert planned.at == row.best.point
        assert row.alone.concurrency == 1
        assert row.alone.tokens_per_s_per_user.mid >= row.best.point.tokens_per_s_per_user.mid
    fast = box(
        BoxSpec(
            rack=rack,
            models=("llama-3.1-8b",),
            workload=WorkloadSpec(concurrency=1),
            targets=Targets(tpot_s=rows["Llama-3.1-8B-Instruct"].alone.tpot_s.mid * 0.8),
        )
    )
    assert fast.rows[0].best.weights != "bf16"
    assert fast.rows[0].best.strain <= 1


def test_a_box_without_vllm_takes_llama_cpp() -> None:
    found = box(BoxSpec(rack=RackSpec(device="apple-m4-max-40c"), models=("llama-3.1-8b",)))
    assert found.rows[0].best.engine == "llama.cpp"
    with pytest.raises(InputError, match="engine"):
        box(BoxSpec(rack=RackSpec(device="trainium1")))


def test_a_box_can_be_cancelled() -> None:
    asked = iter([False, False])
    found = box(BoxSpec(rack=RackSpec(device="h100-sxm5-80gb")), default_catalog(), cancelled=lambda: next(asked, True))
    assert not found.complete
    assert len(found.rows) + len(found.too_large) == 2


def test_lifting_one_target_is_not_tried_where_another_is_out_of_reach() -> None:
    """What is said without computing is what computing says."""
    for targets in (Targets(ttft_s=0.001, tpot_s=0.0001), Targets(ttft_s=1.0, tpot_s=0.0001), Targets(ttft_s=0.001)):
        found = search(dataclasses.replace(SMALL, targets=targets))
        assert found.miss is not None
        for one in found.miss.relaxed:
            fields = {"ttft": "ttft_s", "tpot": "tpot_s"}
            if one.limit in fields:
                lifted = dataclasses.replace(SMALL, targets=dataclasses.replace(targets, **{fields[one.limit]: None}))
                best = next(iter(search(lifted).ranked), None)
                assert (one.best is None) == (best is None)


def test_the_largest_racks_and_loads_are_searched_too() -> None:
    spec = dataclasses.replace(
        SMALL,
        workload=WorkloadSpec(concurrency=1_000_000),
        limits=Limits(gpus=16_384),
        weights=("bf16",),
        front=False,
        targets=Targets(),
    )
    found = search(spec)
    assert all(one.dp <= 4096 for one in found.ranked)
    assert found.ranked or found.miss
    served = box(BoxSpec(rack=RackSpec(device="l4", gpus_per_node=8, nodes=2000), models=("llama-3.2-1b",)))
    assert served.rows[0].best.dp == 1  # one request keeps one replica busy
