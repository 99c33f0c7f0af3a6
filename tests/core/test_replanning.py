"""A plan that follows another one takes its points, and is the same as without it."""

import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roofrack.domain import RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.domain.workload import Targets
from roofrack.errors import InputError
from roofrack.plan import plan
from roofrack.speed import curve

LOADS = st.sampled_from([("closed", None), ("batch", None), ("single", None), ("saturated", None), ("poisson", 2.0)])
CHOICES = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["llama-3.1-8b", "qwen3-30b-a3b", "llama-3.1-70b", "deepseek-v3"]),
        "gpus": st.sampled_from([1, 4, 8]),
        "link": st.sampled_from([None, "pcie-5-x16"]),
        "engine": st.sampled_from(["vllm", "sglang", "llama.cpp"]),
        "load": LOADS,
        "prompt": st.sampled_from([512, 4096]),
        "concurrency": st.one_of(st.none(), st.integers(1, 3000)),
        "concurrencies": st.sampled_from([(), (1, 64, 100)]),
        "targets": st.sampled_from([Targets(), Targets(tpot_s=0.05)]),
    }
)


def chosen(values: dict[str, Any]) -> ScenarioSpec:
    load, rate = values["load"]
    workload = WorkloadSpec(
        load=load,
        rate_per_s=rate,
        prompt_tokens=values["prompt"],
        concurrency=values["concurrency"],
        concurrencies=values["concurrencies"],
    )
    rack = RackSpec(device="h100-sxm5-80gb", gpus_per_node=values["gpus"], link=values["link"])
    return ScenarioSpec(
        model=values["model"], rack=rack, engine=values["engine"], workload=workload, targets=values["targets"]
    )


FIELDS = ["concurrency", "concurrencies", "load", "targets", "model", "prompt", "gpus", "link", "engine"]


@settings(max_examples=150, deadline=None)
@given(
    CHOICES, CHOICES, st.one_of(st.sampled_from(FIELDS).map(lambda field: {field}), st.sets(st.sampled_from(FIELDS)))
)
def test_a_plan_is_the_same_whatever_was_planned_before(
    one: dict[str, Any], other: dict[str, Any], changed: set[str]
) -> None:
    try:
        before = plan(chosen(one))
        alone = plan(chosen(other | {name: one[name] for name in one.keys() - changed}))
    except InputError:  # such choices contradict each other
        return
    assert plan(alone.scenario.spec, before=before) == alone


def test_points_of_the_plan_before_are_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, ...]] = []
    monkeypatch.setattr(
        sys.modules["roofrack.plan"],  # the package has the function under the same name
        "curve",
        lambda *a, **k: asked.append(a[0].workload.concurrencies) or curve(*a, **k),
    )
    values = {
        "model": "llama-3.1-8b",
        "gpus": 1,
        "link": None,
        "engine": "vllm",
        "load": ("closed", None),
        "prompt": 512,
        "concurrencies": (),
        "targets": Targets(),
    }
    first = plan(chosen(values | {"concurrency": 64}))
    assert 100 not in asked.pop()
    assert plan(chosen(values | {"concurrency": 128}), before=first).at == next(
        p for p in first.curve if p.concurrency == 128
    )
    assert asked == []
    assert plan(chosen(values | {"concurrency": 100}), before=first).at.concurrency == 100
    assert asked == [(100,)]
    plan(chosen(values | {"concurrency": 64, "prompt": 4096}), before=first)
    assert len(asked[1]) == len(first.curve)
