"""The rules for any plan: complete, finite, consistent."""

import math
from dataclasses import replace

import pytest

from roofrack.catalog import default_catalog
from roofrack.domain import RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.nominal import nominal_params
from roofrack.plan import plan
from roofrack.rules import Rule, published_rules, rules

CATALOG = default_catalog()
SPECS = {
    "dense": ScenarioSpec(model="llama-3.1-70b", rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=4)),
    "moe": ScenarioSpec(model="deepseek-v3", rack=RackSpec(device="h200-sxm-141gb", gpus_per_node=8), engine="sglang"),
    "mac": ScenarioSpec(
        model="qwen3-8b", rack=RackSpec(device="apple-m4-max-40c"), engine="llama.cpp", weights="q4_k_m"
    ),
    "too large": ScenarioSpec(model="llama-3.1-405b", rack=RackSpec(device="rtx-4090")),
}


def of(name: str) -> tuple[Rule, ...]:
    return rules(plan(SPECS[name], CATALOG))


@pytest.mark.parametrize("name", SPECS)
def test_all_ten_are_there_once_each_and_say_where_they_are_from(name: str) -> None:
    found = of(name)
    ids = [rule.id for rule in found]
    assert len(set(ids)) == len(ids)
    assert {id_.partition(".")[0] for id_ in ids} >= {f"R{n}" for n in (1, 2, 3, 4, 5, 6, 8, 9, 10)}
    for rule in found:
        assert rule.title, rule.id
        assert rule.source, rule.id
        assert rule.formula, rule.id
        assert rule.caveat.endswith((".", "!")), rule.id


@pytest.mark.parametrize("name", SPECS)
def test_numbers_are_finite_and_the_ratio_is_the_quotient(name: str) -> None:
    for rule in of(name):
        for number in (rule.value, rule.exact, rule.ratio):
            assert number is None or math.isfinite(number), rule
        if rule.value is not None and rule.exact:
            assert rule.ratio == pytest.approx(rule.value / rule.exact)
        else:
            assert rule.ratio is None


def test_a_plan_that_does_not_fit_has_rules_but_no_speed() -> None:
    found = {rule.id: rule for rule in of("too large")}
    assert found["R1"].value == pytest.approx(972)
    assert found["R6"].exact is None
    assert found["R8.ttft"].exact is None


def test_r7_needs_several_devices() -> None:
    assert not any(rule.id.startswith("R7") for rule in of("mac"))
    assert any(rule.id.startswith("R7") for rule in of("dense"))


def test_exact_memory_grows_with_the_load_and_the_rule_does_not() -> None:
    small, large = (
        next(
            r
            for r in rules(plan(replace(SPECS["dense"], workload=WorkloadSpec(concurrency=n)), CATALOG))
            if r.id == "R1"
        )
        for n in (1, 256)
    )
    assert small.value == large.value
    assert small.exact is not None
    assert large.exact is not None
    assert large.exact > small.exact


@pytest.mark.parametrize(
    ("model", "billions"),
    [
        ("llama-3.1-70b", 70),
        ("llama-3.1-405b", 405),
        ("mixtral-8x7b", 46.7),
        ("qwen3-30b-a3b", 30),
        ("deepseek-v3", 671),
    ],
)
def test_a_model_goes_by_the_size_in_its_name(model: str, billions: float) -> None:
    assert nominal_params(CATALOG.model(model)) / 1e9 == pytest.approx(billions)


def test_published_ids_are_unique() -> None:
    ids = [rule.id for rule in published_rules(CATALOG)]
    assert len(ids) == len(set(ids))


def test_replicas_multiply_throughput_where_each_device_holds_the_model() -> None:
    spec = ScenarioSpec(model="llama-3.1-8b", rack=RackSpec(device="l40s", gpus_per_node=4))
    found = {rule.id: rule for rule in rules(plan(spec, CATALOG))}
    assert found["R7.replicas"].exact == pytest.approx(4, rel=1e-6)
