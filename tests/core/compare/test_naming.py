"""Names say what differs, all of it, nothing else, and never the same twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roofrack.catalog import default_catalog
from roofrack.compare import full_name, names, same_plan
from roofrack.domain import MoneySpec, ParallelSpec, RackSpec, ScenarioSpec, Targets, WorkloadSpec
from roofrack.plan import plan

BASE = ScenarioSpec(
    model="meta-llama/Llama-3.1-8B-Instruct", rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=2), weights="bf16"
)


def called(*changes: dict[str, Any], given: tuple[str, ...] = ()) -> tuple[str, ...]:
    return names([plan(replace(BASE, **change)) for change in changes], given)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"weights": "fp8"}, ("bf16", "fp8")),
        ({"kv": "fp8"}, ("KV 16bit", "KV fp8")),
        ({"rack": RackSpec(device="h100-sxm5-80gb", gpus_per_node=4)}, ("2 GPUs", "4 GPUs")),
        ({"rack": RackSpec(device="h100-sxm5-80gb")}, ("2 GPUs", "1 GPU")),
        ({"rack": RackSpec(device="h100-sxm5-80gb", gpus_per_node=2, nodes=2)}, ("2 GPUs", "2x2 GPUs")),
        ({"rack": RackSpec(device="a100-sxm4-80gb", gpus_per_node=2)}, ("H100 SXM5", "A100 SXM4")),
        ({"rack": RackSpec(device="a100-sxm4-40gb", gpus_per_node=2)}, ("H100 SXM5", "A100 SXM4")),
        ({"rack": RackSpec(device="h200-sxm-141gb", gpus_per_node=8)}, ("2x H100 SXM5", "8x H200 SXM")),
        ({"model": "Qwen/Qwen3-8B"}, ("Llama 3.1 8B", "Qwen3 8B")),
        ({"engine": "sglang"}, ("vLLM", "SGLang")),
        ({"parallel": ParallelSpec(tp=1, dp=2)}, ("TP 2 DP 1", "TP 1 DP 2")),
        ({"workload": WorkloadSpec(prompt_tokens=4096)}, ("1024->256", "4096->256")),
        ({"workload": WorkloadSpec(context_tokens=8192)}, ("context 131072", "context 8192")),
        ({"workload": WorkloadSpec(load="batch")}, ("closed", "batch")),
        ({"workload": WorkloadSpec(load="poisson", rate_per_s=3)}, ("closed 0/s", "poisson 3/s")),
        ({"gpu_memory_fraction": 0.5}, ("memory 92 %", "memory 50 %")),
        ({"usd_per_gpu_hour": 1.5}, None),
        ({"max_num_seqs": 16}, None),
    ],
)
def test_two_plans_are_named_by_the_one_thing_that_differs(
    change: dict[str, Any], expected: tuple[str, ...] | None
) -> None:
    made = called({}, change)
    if expected is not None:
        assert made == expected
    assert len(set(made)) == 2
    assert all("·" not in name for name in made)


def test_versions_are_named_where_one_engine_has_two() -> None:
    old = default_catalog().engine("vllm").profiles[0].since
    made = called({}, {"engine_version": old})
    assert made[0].startswith("vLLM ")
    assert made[1] == f"vLLM {old}"


def test_two_sizes_of_one_device_keep_their_sizes() -> None:
    rack = [RackSpec(device=f"a100-sxm4-{size}gb", gpus_per_node=2) for size in (40, 80)]
    assert called({"rack": rack[0]}, {"rack": rack[1]}) == ("A100 SXM4 40GB", "A100 SXM4 80GB")


def test_what_follows_from_another_choice_is_not_named() -> None:
    # TP follows the rack and the weights follow the model: nobody chose them.
    open_weights = {"weights": None}
    assert called(open_weights, {**open_weights, "rack": RackSpec(device="h100-sxm5-80gb", gpus_per_node=8)}) == (
        "2 GPUs",
        "8 GPUs",
    )
    assert called(open_weights, {**open_weights, "model": "openai/gpt-oss-20b"}) == ("Llama 3.1 8B", "gpt-oss 20B")


def test_what_was_chosen_is_named_beside_it() -> None:
    assert called({}, {"model": "openai/gpt-oss-20b", "weights": None}) == (
        "Llama 3.1 8B · bf16",
        "gpt-oss 20B · mxfp4",
    )


def test_cursor_targets_title_and_money_tell_no_plans_apart() -> None:
    other = replace(
        BASE,
        title="x",
        story=("y",),
        targets=Targets(ttft_s=1),
        workload=WorkloadSpec(concurrency=3),
        money=MoneySpec(pue=1.1),
    )
    assert same_plan(plan(BASE), plan(other))
    assert not same_plan(plan(BASE), plan(replace(BASE, weights="fp8")))
    assert not same_plan(plan(BASE), plan(replace(BASE, usd_per_gpu_hour=9.0)))
    assert not same_plan(plan(BASE), plan(replace(BASE, workload=WorkloadSpec(output_tokens=5))))


def test_a_choice_that_says_what_would_be_taken_anyway_is_the_same_plan() -> None:
    taken = plan(replace(BASE, weights=None)).scenario.weights.id
    assert same_plan(plan(replace(BASE, weights=None)), plan(replace(BASE, weights=taken)))


def test_equals_are_numbered_and_given_names_kept() -> None:
    whole = full_name(plan(BASE))
    assert called({}, {}, {}) == (whole, f"{whole} (2)", f"{whole} (3)")
    assert called({}, {"weights": "fp8"}, given=("", "mine")) == ("bf16", "mine")
    assert called({}, {"weights": "fp8"}, given=("fp8", "")) == ("fp8", "fp8 (2)")
    assert called({}, {}, given=("same", "same")) == ("same", "same (2)")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(max_size=60) | st.sampled_from(["a", "a (2)", "bf16", "\x1b]52;c;x\x07", "‮a", "[red]"]),
        min_size=4,
        max_size=4,
    )
)
def test_hostile_names_stay_apart_and_harmless(given: list[str]) -> None:
    plans = _some_plans()
    made = names(plans, given)
    assert len(set(made)) == 4
    assert all(name and name.isprintable() and len(name) <= 46 for name in made)


_PLANS: list[Any] = []


def _some_plans() -> list[Any]:
    if not _PLANS:
        changes: tuple[dict[str, Any], ...] = ({}, {"weights": "fp8"}, {"kv": "fp8"}, {})
        _PLANS.extend(plan(replace(BASE, **change)) for change in changes)
    return _PLANS


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["bf16", "fp8", None]),
            st.sampled_from(["fp8", None]),
            st.sampled_from([1, 2, 4]),
            st.sampled_from(["h100-sxm5-80gb", "a100-sxm4-80gb"]),
            st.sampled_from([512, 1024]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_no_two_names_are_equal(choices: list[tuple[Any, ...]]) -> None:
    specs = [
        replace(
            BASE,
            weights=weights if device != "a100-sxm4-80gb" else "bf16",
            kv=kv if device != "a100-sxm4-80gb" else None,
            rack=RackSpec(device=device, gpus_per_node=count),
            workload=WorkloadSpec(prompt_tokens=prompt),
        )
        for weights, kv, count, device, prompt in choices
    ]
    plans = [plan(spec) for spec in specs]
    made = names(plans)
    assert len(set(made)) == len(made)
    for n, one in enumerate(plans):
        for m, other in enumerate(plans[:n]):
            numbered = made[n].rpartition(" (")[0] == made[m].rpartition(" (")[0] or made[n].startswith(made[m])
            assert not same_plan(one, other) or numbered
