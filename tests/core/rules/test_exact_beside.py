"""What stands beside each published rule, worked out on a way of its own: one plan of two replicas on four GPUs each."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

import pytest

from roofrack.catalog import default_catalog
from roofrack.domain import AudienceSpec, MoneySpec, ParallelSpec, RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.memory.kv import kv_bytes
from roofrack.plan import plan
from roofrack.results import Plan
from roofrack.rules import Rule, rules

CATALOG = default_catalog()
SPEC = ScenarioSpec(
    model="llama-3.1-70b",
    weights="fp8",
    rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=8),
    parallel=ParallelSpec(tp=4, dp=2),
    workload=WorkloadSpec(prompt_tokens=900, output_tokens=100, context_tokens=8192, concurrency=33),
    usd_per_gpu_hour=2.0,
    money=MoneySpec(usd_per_gpu=30_000, server_overhead=0.2, pue=1.5, usd_per_kwh=0.1, usd_per_kw_month=100),
    audience=AudienceSpec(users=50_000, online_share=0.02, active_share=0.5),
)
PLAN = plan(SPEC, CATALOG)
ONE_REPLICA = 17  # of 33 requests
KV = kv_bytes(PLAN.scenario.model, PLAN.scenario.kv, 1000)


def found(made: Plan = PLAN) -> dict[str, Rule]:
    return {rule.id: rule for rule in rules(made)}


@pytest.fixture
def beside() -> dict[str, Rule]:
    """The rules of the plan, by id."""
    return found()


def curve_of(**changes: object) -> Plan:
    return plan(replace(SPEC, **changes), CATALOG)  # type: ignore[arg-type]


def alone(**changes: object) -> Plan:
    return curve_of(workload=replace(SPEC.workload, concurrency=1, concurrencies=(1,)), **changes)


def test_the_memory_of_one_replica_with_its_part_of_the_requests(beside: dict[str, Rule]) -> None:
    mine = [device for device in PLAN.memory.devices if device.replica == 0]
    assert len(mine) == 4
    held = sum(device.weights_bytes + device.activations_bytes + device.overhead_bytes for device in mine)
    total = (held + ONE_REPLICA * KV) / 1e9
    assert beside["R1"].exact == beside["R5"].exact == pytest.approx(total)
    assert (beside["R1"].value, beside["R5.weights"].value) == (pytest.approx(70 * 4 / 4 * 1.2), 70)
    assert beside["R5.weights"].exact == pytest.approx(PLAN.memory.weights_bytes / 1e9)
    assert beside["R5.kv_text"].exact == pytest.approx(ONE_REPLICA * KV / 1e9)
    assert beside["R5.kv_text"].value == pytest.approx(10 * 0.5 * 1000 / 2048 * ONE_REPLICA)
    assert beside["R5.kv_code"].value == pytest.approx(70 / 1000 * 2 * 1 * 1e9)
    assert beside["R5.kv_code"].exact == pytest.approx(KV / 1000)
    assert beside["R5.activations"].exact == pytest.approx(sum(device.activations_bytes for device in mine) / 1e9)
    assert beside["R5.activations"].inputs["batch"] == ONE_REPLICA


def test_speed_by_bandwidth_beside_one_sequence_and_a_full_batch(beside: dict[str, Rule]) -> None:
    assert beside["R6"].value == pytest.approx(4 * 3.35e12 / 70e9)
    assert beside["R6.real"].value == pytest.approx(0.65 * 4 * 3.35e12 / 70e9)
    single = alone().at
    assert single is not None
    assert beside["R6"].exact == beside["R6.real"].exact == pytest.approx(single.tokens_per_s_per_user.mid)
    fit = min(PLAN.memory.workload_concurrency // 2, PLAN.scenario.max_num_seqs)
    full = curve_of(workload=replace(SPEC.workload, concurrency=2 * fit)).at
    assert full is not None
    assert beside["R6.batch"].exact == pytest.approx(full.output_tokens_per_s.mid / 2)
    assert beside["R6.batch"].value == pytest.approx(fit * 4 * 3.35e12 / 70e9)
    assert beside["R6"].inputs == {"bandwidth_tb_s": pytest.approx(3.35), "gpus": 4, "weights_gb": pytest.approx(70)}


def test_a_prompt_twice_as_long(beside: dict[str, Rule]) -> None:
    once, twice = (
        alone().at,
        plan(replace(SPEC, workload=replace(SPEC.workload, prompt_tokens=1800, concurrency=1)), CATALOG).at,
    )
    assert once is not None
    assert twice is not None
    assert beside["R10.context"].exact == pytest.approx(twice.prefill.total_s / once.prefill.total_s)
    assert (beside["R10.context"].value, beside["R10"].exact) == (4, PLAN.scenario.weights.bits)
    long = replace(SPEC, workload=replace(SPEC.workload, prompt_tokens=8000))
    assert found(plan(long, CATALOG))["R10.context"].exact is not None  # longer than the context, which grows with it


def test_speed_ups_are_of_one_sequence_on_all_devices(beside: dict[str, Rule]) -> None:
    """A decode step at half of the answer, on one device whether or not it fits there."""
    tensor, staged = (
        alone(parallel=ParallelSpec(**degrees)).at for degrees in ({"tp": 8, "dp": 1}, {"pp": 8, "tp": 1, "dp": 1})
    )
    assert tensor is not None
    assert staged is not None
    assert beside["R7.tensor"].exact == pytest.approx(tensor.decode.communication_s / tensor.decode.total_s, rel=0.01)
    small = found(plan(replace(SPEC, model="llama-3.1-8b"), CATALOG))
    one, eight = (alone(model="llama-3.1-8b", parallel=ParallelSpec(tp=tp, dp=1)).at for tp in (1, 8))
    assert one is not None
    assert eight is not None
    assert small["R7"].exact == pytest.approx(one.decode.total_s / eight.decode.total_s, rel=0.01)
    assert small["R7.replicas"].exact == pytest.approx(8)
    assert beside["R7.pipeline"].exact is not None
    assert beside["R7.pipeline"].exact <= 1
    assert not {
        id_ for id_ in found(alone(rack=RackSpec(device="h200-sxm-141gb"), parallel=ParallelSpec())) if "R7" in id_
    }


def test_heads_that_do_not_divide_have_no_speed_up() -> None:
    odd = curve_of(
        model="llama-3.1-8b", rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=3), parallel=ParallelSpec()
    )
    assert found(odd)["R7"].exact is None
    assert found(odd)["R7.tensor"].exact is None
    assert found(odd)["R7.pipeline"].exact is not None


def test_the_size_class_beside_the_arithmetic_of_the_rack(beside: dict[str, Rule]) -> None:
    device = PLAN.scenario.rack.device
    assert beside["R2.tflops"].exact == pytest.approx((device.rates.bf16 or 0) * 8)


def test_users_beside_littles_law(beside: dict[str, Rule]) -> None:
    single = alone().at
    assert single is not None
    answer, online = single.e2e_latency_s.mid, 50_000 * 0.02
    assert beside["R9"].inputs == {"users": 50_000, "logged_in": pytest.approx(online)}
    assert beside["R9"].value == pytest.approx(online * 0.5)
    assert beside["R9"].exact == pytest.approx(online * answer / (answer + 30))
    assert PLAN.at is not None
    assert beside["R9.speed"].exact == pytest.approx(PLAN.at.tokens_per_s_per_user.mid)
    example = found(curve_of(audience=AudienceSpec()))["R9"]
    assert example.inputs["users"] == 1000


def test_money_of_one_replica(beside: dict[str, Rule]) -> None:
    assert (beside["R8.hour"].value, beside["R8.hour"].exact) == (4 * 2.0, 8 * 2.0 / 2)
    assert (beside["R8.weights"].value, beside["R8.weights"].exact) == (
        140,
        pytest.approx(PLAN.memory.weights_bytes / 1e9),
    )
    assert beside["R8.gpus"].exact == 4
    assert beside["R8.kv"].exact == pytest.approx(KV / 1000)
    assert beside["R8.tokens"].exact == pytest.approx(PLAN.memory.kv_capacity_tokens / 2)
    assert beside["R8.tokens"].inputs["left_gb"] == pytest.approx(4 * 80 - 140)
    assert beside["R8.tokens"].value == pytest.approx((4 * 80 - 140) * 2**30 / (2 * 2 * 80 * 8192))


def test_a_gpu_leaves_its_owner_what_all_around_it_leaves(beside: dict[str, Rule]) -> None:
    rented, watts = 2.0 * 2 * 8760, 10_200 / 8
    alone_left = rented - 30_000 - 700 / 1000 * 2 * 8760 * 0.1
    around = rented - 36_000 - watts * 1.5 / 1000 * 2 * 8760 * 0.1 - 100 * watts / 1000 * 24
    assert beside["R8.owner"].value == pytest.approx(alone_left)
    assert beside["R8.owner"].exact == pytest.approx(around)
    unpriced = replace(SPEC, rack=RackSpec(device="p40"), engine="llama.cpp", model="llama-3.1-8b", weights=None)
    nothing = replace(unpriced, parallel=ParallelSpec(), usd_per_gpu_hour=None, money=MoneySpec())
    assert not {"R8", "R8.hour", "R8.owner"} & set(found(plan(nothing, CATALOG)))


def test_what_does_not_fit_has_rules_without_an_exact_speed() -> None:
    made = found(curve_of(model="llama-3.1-405b", weights="bf16"))
    for name in ("R6", "R6.real", "R6.batch", "R10.context", "R9", "R9.speed", "R3"):
        assert made[name].exact is None, name
    assert made["R6"].value is not None
    assert made["R6.batch"].value is None
    assert made["R7.replicas"].exact is None
    assert ceil(made["R1"].value or 0) == 972
