"""Advice: every suggestion is a scenario that really fits, and the obvious ones are found."""

from dataclasses import replace

import pytest

from roofrack.advice import MOST_REMEDIES, next_limit, raises, remedies
from roofrack.catalog import default_catalog
from roofrack.domain import ParallelSpec, RackSpec, Scenario, ScenarioSpec, WorkloadSpec
from roofrack.memory.capacity import fit_memory
from roofrack.plan import plan
from roofrack.results import MemoryPlan, Remedy
from roofrack.settle import settle

CATALOG = default_catalog()
H100 = RackSpec(device="h100-sxm5-80gb")


def settled(model: str, rack: RackSpec, context: int | None = None, **fields: object) -> tuple[Scenario, MemoryPlan]:
    spec = ScenarioSpec(model=model, rack=rack, workload=WorkloadSpec(context_tokens=context), **fields)  # type: ignore[arg-type]
    return fit_memory(settle(spec, CATALOG))


def advised(model: str, rack: RackSpec, context: int | None = None, **fields: object) -> dict[str, Remedy]:
    scenario, memory = settled(model, rack, context, **fields)
    assert not memory.fits
    return {remedy.label: remedy for remedy in remedies(scenario, CATALOG)}


CASES = [
    ("llama-3.1-70b", H100, None, {}),
    ("llama-3.1-70b", replace(H100, gpus_per_node=2), 131_072, {}),
    ("llama-3.1-70b", replace(H100, gpus_per_node=4), 8192, {"parallel": ParallelSpec(tp=1)}),
    ("llama-3.1-405b", RackSpec(device="rtx-4090"), None, {}),
    ("gpt-oss-120b", H100, 131_072, {"engine_version": "0.11.0"}),
    ("deepseek-v3", replace(H100, gpus_per_node=8), 32_768, {}),
    ("llama-3.1-8b", RackSpec(device="rtx-3090"), 131_072, {}),
    ("llama-3.1-8b", RackSpec(device="rtx-3070"), 8192, {"engine": "sglang"}),
    ("llama-3.1-70b", RackSpec(device="apple-m1-max"), 65_536, {"engine": "llama.cpp"}),
    ("mixtral-8x7b", RackSpec(device="l40s"), None, {"engine": "trtllm"}),
]


@pytest.mark.parametrize(("model", "rack", "context", "fields"), CASES)
def test_every_suggestion_fits(model: str, rack: RackSpec, context: int | None, fields: dict[str, object]) -> None:
    found = advised(model, rack, context, **fields)
    assert 1 <= len(found) <= MOST_REMEDIES
    for remedy in found.values():
        computed = plan(remedy.spec, CATALOG)
        assert computed.memory.fits
        assert next_limit(computed.scenario, computed.memory).concurrency == remedy.requests >= 1


def test_the_usual_ways_out() -> None:
    found = advised("llama-3.1-70b", replace(H100, gpus_per_node=2), 131_072)
    context, weights, gpus = found
    assert context.startswith("context ")
    assert (weights, gpus) == ("weights fp8", "4 GPUs")
    tokens = found[context].spec.workload.context_tokens
    assert tokens is not None
    assert tokens % 1024 == 0
    longer = replace(found[context].spec, workload=replace(found[context].spec.workload, context_tokens=tokens + 1024))
    assert not plan(longer, CATALOG).memory.fits


def test_the_same_devices_otherwise() -> None:
    found = advised("llama-3.1-70b", replace(H100, gpus_per_node=4), 8192, parallel=ParallelSpec(tp=1))
    first = next(iter(found.values()))
    assert first.label == "one replica on all 4 devices"
    assert first.spec.rack.gpus_per_node == 4


def test_a_suggestion_counts_the_requests_that_are_planned() -> None:
    """One sequence of the whole context finds room, or 91 prompts of 1,024 tokens with answers of 256."""
    found = advised("llama-3.1-405b", replace(H100, gpus_per_node=4))
    remedy = found["weights nvfp4"]
    scenario, memory = fit_memory(settle(remedy.spec, CATALOG))
    assert memory.max_concurrency == 1
    assert remedy.requests == memory.kv_capacity_tokens // 1280 == 91
    few = replace(scenario.spec, weights=None, max_num_seqs=16)
    assert {one.requests for one in remedies(settle(few, CATALOG), CATALOG) if one.label == remedy.label} == {16}


def test_settings_of_the_engine() -> None:
    """A batch of 1,024 sequences needs 7 GiB for sampling in this version: fewer, and it fits."""
    found = advised("gpt-oss-120b", H100, 131_072, engine_version="0.11.0")
    assert next(iter(found)) == "memory fraction 0.95 and at most 256 at once"
    remedy = found["memory fraction 0.95 and at most 256 at once"]
    assert (remedy.spec.gpu_memory_fraction, remedy.spec.max_num_seqs) == (0.95, 256)


def test_a_smaller_cache_format() -> None:
    half = advised("llama-3.1-8b", RackSpec(device="rtx-4090"), 80_000, gpu_memory_fraction=0.95)
    assert half["KV fp8"].spec.kv == "fp8"


def test_formats_and_devices_together() -> None:
    """405 billion parameters on cards of 24 GB: neither four bits nor eight cards are enough alone."""
    found = advised("llama-3.1-405b", RackSpec(device="rtx-4090"))
    both = next(remedy for label, remedy in found.items() if " on " in label)
    more = next(remedy for label, remedy in found.items() if label.endswith("GPUs") and " on " not in label)
    assert both.spec.weights is not None
    assert both.spec.rack.nodes < more.spec.rack.nodes


def test_a_context_that_was_not_asked_for_is_not_advised() -> None:
    assert not any(label.startswith("context") for label in advised("llama-3.1-70b", H100))


def test_nothing_joins_several_macs_in_a_node() -> None:
    found = advised("deepseek-v3", RackSpec(device="apple-m1-max"), None, engine="llama.cpp")
    assert all(remedy.spec.rack.gpus_per_node == 1 for remedy in found.values())


def test_the_cache_is_the_next_limit() -> None:
    scenario, memory = settled("llama-3.1-8b", H100, 8192)
    limit = next_limit(scenario, memory)
    assert (limit.kind, limit.concurrency) == ("kv", memory.workload_concurrency)
    assert f"{limit.concurrency:,} requests" in limit.message
    found = raises(scenario, memory, CATALOG)
    assert [remedy.label for remedy in found] == ["KV fp8", "weights fp8", "2 GPUs"]
    for remedy in found:
        more = plan(remedy.spec, CATALOG)
        assert more.memory.workload_concurrency >= 1.1 * memory.workload_concurrency
        assert remedy.requests == next_limit(more.scenario, more.memory).concurrency


def test_the_batch_is_the_next_limit() -> None:
    scenario, memory = settled("llama-3.1-8b", H100, 8192, max_num_seqs=16)
    limit = next_limit(scenario, memory)
    assert (limit.kind, limit.concurrency) == ("sequences", 16)
    assert [remedy.label for remedy in raises(scenario, memory, CATALOG)] == ["at most 32 at once"]
    both = settled("llama-3.1-8b", replace(H100, gpus_per_node=2), 8192, max_num_seqs=16, parallel=ParallelSpec(dp=2))
    assert next_limit(*both).concurrency == 32


def test_a_format_is_advised_where_no_finer_one_fits() -> None:
    """The cache of eight bits fits beside these weights and is said before those of five and four bits."""
    found = advised("llama-3.1-8b", RackSpec(device="rtx-3090"), 100_000, engine="llama.cpp", weights="fp16")
    assert found["KV q8_0"].spec.kv == "q8_0"
    assert {label for label in found if label.startswith("weights ")} == {"weights q8_0"}


def test_racks_only_grow() -> None:
    scenario, memory = settled("llama-3.1-8b", replace(H100, gpus_per_node=4), 8192, max_num_seqs=4096)
    assert [remedy.label for remedy in raises(scenario, memory, CATALOG)][-1] == "8 GPUs"
    scenario, memory = settled("llama-3.1-8b", replace(H100, gpus_per_node=8, nodes=2), 8192, max_num_seqs=8192)
    assert [remedy.label for remedy in raises(scenario, memory, CATALOG)][-1] == "4 nodes of 8 GPUs"


def test_what_hardly_raises_the_limit_is_not_said() -> None:
    """On eight cards the weights of a small model are two percent of the memory: finer ones free nothing."""
    scenario, memory = settled("llama-3.1-8b", replace(H100, gpus_per_node=8), 131_072, max_num_seqs=8192)
    assert next_limit(scenario, memory).kind == "kv"
    assert not any(remedy.label.startswith("weights") for remedy in raises(scenario, memory, CATALOG))


def test_no_context_shorter_than_the_request_is_advised() -> None:
    asked = WorkloadSpec(prompt_tokens=60_000, output_tokens=1_000, context_tokens=131_072)
    spec = ScenarioSpec(model="llama-3.1-8b", rack=RackSpec(device="rtx-3090"), workload=asked)
    shorter = replace(spec, workload=replace(asked, prompt_tokens=1_000))
    assert any(one.label.startswith("context") for one in remedies(settle(shorter, CATALOG), CATALOG))
    assert not any(one.label.startswith("context") for one in remedies(settle(spec, CATALOG), CATALOG))
