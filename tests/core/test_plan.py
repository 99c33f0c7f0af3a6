"""A plan's points, its price and what it must tell its reader."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from roofrack.catalog import default_catalog
from roofrack.domain import ParallelSpec, RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.errors import InputError
from roofrack.plan import CURVE_POINTS, fits, plan, spread
from roofrack.results import Plan
from roofrack.sweep import alone, fitting, points, slots

CATALOG = default_catalog()
H100 = RackSpec(device="h100-sxm5-80gb")
SPEC = ScenarioSpec(model="llama-3.1-8b", rack=H100, workload=WorkloadSpec(context_tokens=8192, concurrency=32))
TOO_BIG = replace(SPEC, model="llama-3.1-405b", weights="bf16")


def planned(spec: ScenarioSpec = SPEC, **fields: Any) -> Plan:
    return plan(replace(spec, **fields), CATALOG)


def loaded(**fields: Any) -> Plan:
    return planned(workload=replace(SPEC.workload, **fields))


def told(made: Plan) -> dict[str, str]:
    return {notice.code: notice.message for notice in made.warnings}


@pytest.mark.parametrize(
    ("limit", "last"),
    [(1, 64), (32, 64), (33, 128), (64, 128), (1000, 2048), (2048, 4096), (2049, 4096), (10**6, 4096)],
)
def test_points_reach_past_the_limit(limit: int, last: int) -> None:
    found = spread(limit)
    assert found[0] == 1
    assert found[-1] == last
    assert list(found) == sorted(set(found))
    assert {2**n for n in range(last.bit_length())} <= set(found)
    assert last * 3 // 4 in found


def test_points_are_dense_where_racks_are_busy() -> None:
    assert spread(32) == (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
    assert 384 in spread(256)
    assert max(len(spread(limit)) for limit in range(1, 5000)) == CURVE_POINTS - 1  # and the cursor


def test_the_curve_has_the_points_asked_for_and_the_cursor() -> None:
    chosen = loaded(concurrencies=(8, 1, 100), concurrency=32)
    assert [point.concurrency for point in chosen.curve] == [1, 8, 32, 100]
    assert chosen.at is not None
    assert chosen.at.concurrency == 32
    free = loaded(concurrency=5)
    assert 5 in [point.concurrency for point in free.curve]
    assert free.curve[-1].concurrency > free.memory.workload_concurrency or free.curve[-1].concurrency == 4096


@pytest.mark.parametrize("load", [{"load": "single"}, {"load": "poisson", "rate_per_s": 1.0}])
def test_loads_of_one_point_have_one(load: dict[str, Any]) -> None:
    made = loaded(**load)
    assert len(made.curve) == 1
    assert made.at is made.curve[0]


def test_a_price_is_of_all_devices_and_says_where_it_is_from() -> None:
    made = planned(rack=replace(H100, gpus_per_node=4), usd_per_gpu_hour=2.0)
    assert made.at is not None
    assert (made.cost.usd_per_hour, made.cost.source) == (8.0, "given")
    per_million = 8 / 3600 / made.at.output_tokens_per_s.mid * 1e6
    assert made.cost.usd_per_million_output_tokens == pytest.approx(per_million)
    assert planned().cost.source.startswith("middle of published rents")
    unpriced = planned(rack=RackSpec(device="p40"), engine="llama.cpp").cost
    assert (unpriced.usd_per_hour, unpriced.usd_per_million_output_tokens) == (None, None)
    too_big = plan(TOO_BIG, CATALOG).cost
    assert too_big.usd_per_hour is not None
    assert too_big.usd_per_million_output_tokens is None


def test_what_does_not_fit_says_so_first_and_suggests() -> None:
    made = plan(TOO_BIG, CATALOG)
    assert (made.curve, made.at) == ((), None)
    assert made.warnings[0].code == "does-not-fit"
    assert made.warnings[0].message == made.memory.reason
    suggested = [notice.message for notice in made.warnings if notice.code == "suggestion"]
    assert suggested == [remedy.label for remedy in made.remedies] != []
    assert (fits(TOO_BIG, CATALOG), fits(SPEC, CATALOG)) == (False, True)


def test_a_plain_plan_has_nothing_to_tell() -> None:
    assert told(planned()) == {}


def test_a_context_beyond_the_model_is_told() -> None:
    at_most = loaded(context_tokens=131_072)
    assert "context-beyond-model" not in told(at_most)
    assert "131,072 tokens, not 131,073" in told(loaded(context_tokens=131_073))["context-beyond-model"]


def test_idle_devices_are_counted() -> None:
    made = planned(rack=replace(H100, gpus_per_node=8), parallel=ParallelSpec(tp=2, dp=3))
    assert told(made)["idle-devices"].startswith("2 of 8 devices do nothing: TP × PP × DP is 6")
    assert "idle-devices" not in told(planned(rack=replace(H100, gpus_per_node=8), parallel=ParallelSpec(tp=2, dp=4)))


def test_a_cache_that_is_held_more_than_once_is_told() -> None:
    """Eight KV heads divide by eight; the latent of MLA divides by nothing."""
    eight = replace(H100, gpus_per_node=8)
    assert "replicated-kv" not in told(planned(rack=eight, parallel=ParallelSpec(tp=8)))
    latent = planned(model="deepseek-v3", rack=replace(eight, device="h200-sxm-141gb"), parallel=ParallelSpec(tp=8))
    assert told(latent)["replicated-kv"].startswith("TP 8 divides the ")
    assert told(latent)["replicated-kv"].endswith("KV cache only by 1")


def test_tensor_parallelism_across_nodes_is_told() -> None:
    two = replace(H100, gpus_per_node=2, nodes=2)
    assert "crosses nodes" in told(planned(rack=two, parallel=ParallelSpec(tp=4)))["tp-across-nodes"]
    assert "tp-across-nodes" not in told(planned(rack=two, parallel=ParallelSpec(tp=2, pp=2)))


def test_requests_that_wait_are_told() -> None:
    most = planned().memory.workload_concurrency
    assert "requests-wait" not in told(loaded(concurrency=most))
    assert told(loaded(concurrency=most + 1))["requests-wait"].startswith(f"{most + 1:,} requests exceed the {most:,}")
    over = loaded(concurrency=most + 1)
    assert over.at is not None
    assert over.at.waiting == 0  # shorter ones leave room: the notice must not say that others wait
    assert told(over)["requests-wait"].endswith("at their full length of 1,280 tokens: some may wait")
    assert "requests-wait" not in told(plan(TOO_BIG, CATALOG))


def test_an_arrival_rate_beyond_what_is_served_is_told() -> None:
    assert "rate-beyond-capacity" not in told(loaded(load="poisson", rate_per_s=1.0))
    beyond = told(loaded(load="poisson", rate_per_s=10_000.0))["rate-beyond-capacity"]
    assert beyond.startswith("10000 requests/s arrive and about ")
    run = told(loaded(load="poisson", rate_per_s=10_000.0, requests=500))
    assert "rate-beyond-capacity" not in run
    assert "500 requests" in run["finite-run"]
    assert not {"rate-beyond-capacity", "finite-run"} & set(told(loaded(requests=500)))


def test_another_version_of_the_engine_is_told_before_all_else() -> None:
    assert planned(engine_version="0.6.0").warnings[0].code.startswith("engine-")


def test_a_rack_runs_as_many_requests_as_memory_and_engine_allow() -> None:
    many = planned(max_num_seqs=4096)
    assert slots(many) == many.memory.workload_concurrency
    assert slots(planned(max_num_seqs=5)) == 5
    replicas = planned(max_num_seqs=5, rack=replace(H100, gpus_per_node=4), parallel=ParallelSpec(tp=1, dp=4))
    assert slots(replicas) == 20
    wide = planned(max_num_seqs=4096, rack=replace(H100, gpus_per_node=4), parallel=ParallelSpec(tp=1, dp=4))
    assert slots(wide) == wide.memory.workload_concurrency // 4 * 4


def test_points_are_of_requests_kept_in_flight_whatever_the_load_is() -> None:
    made = loaded(load="poisson", rate_per_s=1.0)
    assert [point.concurrency for point in points(made, (2, 7))] == [2, 7]
    assert points(made, (7,)) == points(planned(), (7,))
    assert alone(made) == points(made, (1,))[0]


def test_what_does_not_fit_has_no_points() -> None:
    assert fitting(planned()) is not None
    made = plan(TOO_BIG, CATALOG)
    with pytest.raises(InputError, match="does not fit: ") as refused:
        points(made, (1,))
    assert refused.value.hint == "try " + ", or ".join(remedy.label for remedy in made.remedies[:3])
    with pytest.raises(InputError) as refused:
        fitting(made._replace(remedies=()))
    assert refused.value.hint == "choose a larger rack"
