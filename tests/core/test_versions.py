"""Where versions of an engine differ, the version decides, and the plan says so."""

import time
from dataclasses import replace

import pytest

from roofrack.domain import RackSpec, ScenarioSpec
from roofrack.evidence.engines import followed_on
from roofrack.plan import plan
from roofrack.results import Plan

LLAMA = ScenarioSpec(model="llama-3.1-70b", rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=8))
GEMMA = replace(LLAMA, model="google/gemma-3-27b-it")
HYBRID = replace(LLAMA, model="Qwen/Qwen3.6-35B-A3B")


def planned(spec: ScenarioSpec, engine: str, version: str | None = None, **changes: object) -> Plan:
    return plan(replace(spec, engine=engine, engine_version=version, **changes))  # type: ignore[arg-type]


def said(made: Plan, code: str = "engine-version") -> str:
    return " ".join(notice.message for notice in made.warnings if notice.code == code)


@pytest.mark.parametrize("engine", ["vllm", "sglang", "trtllm", "llama.cpp"])
def test_the_newest_says_nothing_of_versions(engine: str) -> None:
    made = planned(LLAMA, engine)
    assert said(made) == said(made, "engine-older-than-model") == ""
    assert said(planned(LLAMA, engine, made.scenario.engine_version)) == ""


def test_both_capacities_and_the_reasons_are_named() -> None:
    old, new = planned(LLAMA, "vllm", "0.8.5"), planned(LLAMA, "vllm")
    for made in (old, new):
        assert f"{made.memory.kv_capacity_tokens:,}" in said(old)
    for reason in ("memory fraction 0.9 instead of 0.92", "CUDA graphs outside the memory fraction", "sampling sorts"):
        assert reason in said(old)
    assert "windowed" not in said(old)  # Llama has none
    assert "recurrent" not in said(old)


def test_a_fraction_that_was_chosen_is_no_difference() -> None:
    assert "memory fraction" not in said(planned(LLAMA, "vllm", "0.8.5", gpu_memory_fraction=0.8)).replace(
        "the memory fraction", ""
    )


@pytest.mark.parametrize(
    ("spec", "engine", "version", "reason"),
    [
        (GEMMA, "vllm", "0.8.5", "windowed layers keep the full length"),
        (GEMMA, "sglang", "0.4.9", "windowed layers keep their window in the common pool"),
        (GEMMA, "llama.cpp", "5000", "windowed layers keep the full length"),
        (HYBRID, "vllm", "0.8.5", "recurrent states at their own size"),
        (HYBRID, "sglang", "0.4.9", "recurrent states at their own size"),
        (LLAMA, "trtllm", "0.14", "whole prompts before decoding goes on"),
        (LLAMA, "vllm", "0.6", "steps of 2,048 tokens instead of 8,192"),
        (LLAMA, "sglang", "0.4", "memory fraction 0.88 instead of computed by the engine"),
    ],
)
def test_each_difference_is_in_words(spec: ScenarioSpec, engine: str, version: str, reason: str) -> None:
    assert reason in said(planned(spec, engine, version))


def test_pools_that_are_apart_are_said_of_the_newest_too() -> None:
    assert "0.8 tokens for each token of the full layers" in said(planned(GEMMA, "sglang"), "window-pool")
    assert "0.9 times that of the KV cache" in said(planned(HYBRID, "sglang"), "state-pool")
    assert said(planned(GEMMA, "vllm"), "window-pool") == said(planned(GEMMA, "sglang"), "state-pool") == ""


def test_where_only_one_of_them_fits_that_is_the_difference() -> None:
    tight = replace(
        GEMMA, rack=RackSpec(device="h100-sxm5-80gb"), workload=replace(GEMMA.workload, context_tokens=131_072)
    )
    assert "vLLM 0.8.5 does not fit, 0.33.0 fits: " in said(planned(tight, "vllm", "0.8.5"))


def test_a_version_older_than_the_model_may_not_load_it() -> None:
    assert said(planned(HYBRID, "vllm", "0.8.5"), "engine-older-than-model") == (
        "vLLM 0.8.5 is older than Qwen3.6 35B A3B of 2026-04: it may not load it"
    )
    assert said(planned(LLAMA, "vllm", "0.8.5"), "engine-older-than-model") == ""
    assert followed_on("vllm", "0.9.2") == "2025-07-24"  # 0.10, so that 0.9.2 is no younger
    assert followed_on("vllm", "0.33") == followed_on("nobody", "1") == ""


def test_the_comparison_costs_little() -> None:
    planned(LLAMA, "vllm", "0.8.5"), planned(LLAMA, "vllm")
    times = []
    for version in ("0.8.5", None):
        start = time.process_time()
        for _ in range(20):
            planned(LLAMA, "vllm", version)
        times.append(time.process_time() - start)
    assert times[0] < 2 * times[1]
