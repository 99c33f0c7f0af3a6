"""How many tokens, requests and users the memory holds, and how long a context: every part computed on paper."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.memory.hand import (
    ACTIVATIONS,
    ATTENTION,
    ATTENTION_PARAMS,
    GIB,
    KV_TOKEN_BYTES,
    LAYER,
    MIB,
    MLP_PARAMS,
    NORM_PARAMS,
    SMALL_CONTEXT,
    TABLE_PARAMS,
    WEIGHTS,
    a_device,
    a_format,
    a_kv,
    a_model,
    a_policy,
    a_rack,
    a_scenario,
    used,
)

from roofrack.domain import LayerGroup, Parallel
from roofrack.memory.activations import activation_bytes, step_tokens
from roofrack.memory.capacity import _sum_sign, fit_memory, longest_context, plan_memory


def test_slots_take_what_they_are_asked_for_and_no_more() -> None:
    policy = a_policy(budget="context", block_tokens=256, graph_bytes_per_layer=5 * MIB, non_torch_bytes=7 * MIB)
    scenario = a_scenario(policy=policy, context=1000, concurrency=3)
    memory = plan_memory(scenario)
    (device,) = memory.devices
    assert device.kv_cache_bytes == 3 * 1024 * KV_TOKEN_BYTES
    assert device.overhead_bytes == SMALL_CONTEXT + 47 * MIB
    assert plan_memory(scenario).crowded_bytes == 0
    pool = 10 * GIB - WEIGHTS - ACTIVATIONS - SMALL_CONTEXT - 47 * MIB
    assert memory.kv_capacity_tokens == pool // (256 * KV_TOKEN_BYTES) * 256
    assert memory.max_concurrency == pool // (256 * KV_TOKEN_BYTES) // 4
    assert plan_memory(replace(scenario, max_num_seqs=2)).devices[0].kv_cache_bytes == 2 * 1024 * KV_TOKEN_BYTES
    two = replace(scenario, rack=a_rack(gpus=2), parallel=Parallel(dp=2))
    assert plan_memory(two).devices[0].kv_cache_bytes == 2 * 1024 * KV_TOKEN_BYTES
    many = replace(scenario, workload=replace(scenario.workload, concurrency=10**6), max_num_seqs=10**6)
    crowded = plan_memory(many).devices[0]
    assert crowded.kv_cache_bytes == memory.max_concurrency * 1024 * KV_TOKEN_BYTES
    assert used(crowded) + crowded.free_bytes == 10 * GIB


def test_sampling_can_outweigh_the_layers() -> None:
    policy = a_policy(sampler_bytes_per_logit=40)
    scenario = a_scenario(policy=policy, sequences=64)
    assert activation_bytes(scenario, (8,), last=True) == 64 * 32_000 * 40
    assert activation_bytes(scenario, (8,), last=False) == ACTIVATIONS
    few_tokens = replace(scenario, max_num_batched_tokens=32)
    assert activation_bytes(few_tokens, (8,), last=True) == 32 * 32_000 * 40


def test_slots_compute_logits_of_a_whole_batch() -> None:
    policy = a_policy(budget="context", sampler_bytes_per_logit=4)
    scenario = a_scenario(policy=policy, tokens=2048, sequences=1)
    assert step_tokens(scenario) == 512
    assert activation_bytes(scenario, (8,), last=True) == 512 * 32_000 * 4


def test_whole_prompts_make_steps_as_long_as_the_context() -> None:
    whole = {"batching": "prefill-first", "step_covers_context": True}
    assert step_tokens(a_scenario(context=32_768, **whole)) == 32_768  # type: ignore[arg-type]
    assert step_tokens(a_scenario(context=32_769, **whole)) == 512  # type: ignore[arg-type]
    assert step_tokens(a_scenario(context=256, **whole)) == 512  # type: ignore[arg-type]
    assert step_tokens(a_scenario(context=32_768)) == 512


def test_who_is_over_and_by_how_much() -> None:
    scenario = a_scenario(rack=a_rack(a_device(1024)), context=240_000)
    memory = plan_memory(scenario)
    missing = WEIGHTS + ACTIVATIONS + 240_000 * KV_TOKEN_BYTES - GIB
    assert not memory.fits
    assert memory.devices[0].over_bytes == missing
    assert memory.max_concurrency == 0
    assert memory.reason is not None
    assert memory.reason.startswith(f"GPU 0 (card) is {missing / MIB:.1f} MiB over: weights 0.1")
    assert "KV cache of one 240,000-token sequence 0.9" in memory.reason
    assert memory.reason.endswith("and there is room for 1.0 GiB")


@given(st.lists(st.integers(0, 300 * GIB), min_size=1, max_size=4))
def test_a_sum_that_does_not_add_up_as_printed_is_not_said_to_be_equal(sizes: list[int]) -> None:
    tenths = sum(round(Decimal(f"{size / GIB:.1f}") * 10) for size in sizes)
    equal = tenths == round(Decimal(f"{sum(sizes) / GIB:.1f}") * 10)
    assert _sum_sign(sizes) == ("=" if equal else "≈")


def test_both_signs_occur() -> None:
    assert _sum_sign([GIB, 2 * GIB]) == "="
    assert _sum_sign([round(0.04 * GIB), round(0.04 * GIB)]) == "≈"


def test_the_worst_stage_is_named() -> None:
    """The last of two stages holds the head; the first has an embedding of four bits."""
    weights = a_format(16, embedding_bits=4)
    model = a_model(vocab=2_000_000)
    rack = a_rack(a_device(1536), gpus=4)
    scenario = a_scenario(model=model, weights=weights, rack=rack, parallel=Parallel(pp=2, dp=2))
    first, last, *_ = plan_memory(scenario).devices
    assert last.over_bytes > first.over_bytes == 0
    reason = plan_memory(scenario).reason
    assert reason is not None
    assert reason.startswith("GPU 1 and 1 more (card) are each ")
    alone = plan_memory(replace(scenario, parallel=Parallel(pp=2))).reason
    assert alone is not None
    assert alone.startswith("GPU 1 (card) is ")
    cpu = replace(scenario, rack=a_rack(a_device(1536, vendor="cpu"), gpus=2), parallel=Parallel(pp=2))
    assert str(plan_memory(cpu).reason).startswith("CPU 1 (card) is ")


def test_weights_alone_can_be_too_much() -> None:
    scenario = a_scenario(model=a_model(vocab=2_000_000), rack=a_rack(a_device(2048), gpus=2), parallel=Parallel(dp=2))
    memory = plan_memory(scenario)
    assert not memory.fits
    assert memory.devices[0].free_bytes == 0
    assert memory.devices[0].kv_cache_bytes == 0
    assert memory.reason is not None
    assert memory.reason.startswith("GPU 0 and 1 more (card) are each 1.")
    assert longest_context(scenario) == 0


def test_the_longest_context_is_the_longest() -> None:
    scenario = a_scenario(rack=a_rack(a_device(1024)), context=900_000)
    longest = longest_context(scenario)
    assert plan_memory(replace(scenario, workload=replace(scenario.workload, context_tokens=longest))).fits
    assert not plan_memory(replace(scenario, workload=replace(scenario.workload, context_tokens=longest + 1))).fits
    assert longest_context(replace(scenario, workload=replace(scenario.workload, context_tokens=5000))) == 5000


@pytest.mark.parametrize(("tokens", "longest"), [(127, 0), (128, 128), (200, 200)])
def test_a_context_must_hold_prompt_and_answer(tokens: int, longest: int) -> None:
    rest = GIB - WEIGHTS - ACTIVATIONS - tokens * KV_TOKEN_BYTES
    policy = a_policy(non_torch_bytes=rest, block_tokens=1)
    scenario = a_scenario(rack=a_rack(a_device(1024)), policy=policy, context=5000, prompt=100, output=28)
    assert longest_context(scenario) == longest


def test_capacity_where_layers_keep_different_lengths() -> None:
    """Sequences times context, as vLLM logs it: here 2,000 blocks, 79 for each sequence and 64 for the chunk in hand."""
    window = replace(ATTENTION, window_tokens=100)
    model = a_model(LayerGroup(count=6, attention=window), LayerGroup(count=3, attention=ATTENTION))
    scenario = a_scenario(model=model, context=1000)
    used_up = plan_memory(scenario).devices[0]
    block = 3 * 16 * 512
    rest = 10 * GIB - used_up.weights_bytes - used_up.activations_bytes - 2000 * block
    memory = plan_memory(a_scenario(model=model, context=1000, policy=a_policy(non_torch_bytes=rest)))
    assert memory.max_concurrency == (2000 - 64) // 79
    assert memory.kv_capacity_tokens == (2000 - 64) * 1000 // 79


def test_the_most_crowded_stage_is_meant() -> None:
    """Nine layers on two stages: the first one captures graphs of five."""
    policy = a_policy(graph_bytes_per_layer=100 * MIB)
    model = a_model(replace(LAYER, count=9))
    scenario = a_scenario(model=model, policy=policy, fraction=0.95, rack=a_rack(gpus=2), parallel=Parallel(pp=2))
    assert plan_memory(scenario).crowded_bytes == SMALL_CONTEXT + 500 * MIB - (10 * GIB - int(0.95 * 10 * GIB))


def test_longest_context_where_a_step_covers_it() -> None:
    scenario = a_scenario(
        rack=a_rack(a_device(700)), context=32_768, batching="prefill-first", step_covers_context=True
    )
    longest = longest_context(scenario)
    assert 5000 < longest < 32_768
    assert plan_memory(replace(scenario, workload=replace(scenario.workload, context_tokens=longest))).fits
    assert not plan_memory(replace(scenario, workload=replace(scenario.workload, context_tokens=longest + 16))).fits


def test_a_context_nobody_asked_for_shrinks() -> None:
    scenario = a_scenario(rack=a_rack(a_device(1024)), context=900_000)
    shrunk, memory = fit_memory(scenario)
    assert memory.fits
    assert shrunk.workload.context_tokens == longest_context(scenario)
    assert [default.field for default in shrunk.defaults] == ["context"]
    asked = replace(
        scenario, spec=replace(scenario.spec, workload=replace(scenario.spec.workload, context_tokens=900_000))
    )
    assert fit_memory(asked)[0] is asked
    hopeless = a_scenario(model=a_model(vocab=2_000_000), context=900_000, rack=a_rack(a_device(1024)))
    shrunk, memory = fit_memory(hopeless)
    assert not memory.fits
    assert shrunk.workload.context_tokens == 128


def test_fewer_bits() -> None:
    whole = plan_memory(a_scenario())
    small = plan_memory(a_scenario(weights=a_format(4), kv=a_kv(8)))
    assert small.weights_bytes == 8 * (ATTENTION_PARAMS + MLP_PARAMS) // 2 + 2 * (2 * TABLE_PARAMS + NORM_PARAMS)
    assert small.kv_bytes_per_token == KV_TOKEN_BYTES // 2
    assert small.kv_capacity_tokens > 2 * whole.kv_capacity_tokens
