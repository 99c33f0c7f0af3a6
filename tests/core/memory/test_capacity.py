"""Memory by hand: every part of a device computed on paper, for each engine's way of dividing it."""

from dataclasses import replace

import pytest
from tests.core.memory.hand import (
    ATTENTION,
    ATTENTION_PARAMS,
    ELEMENTS_PER_TOKEN,
    GIB,
    KV_TOKEN_BYTES,
    LAYER,
    MIB,
    MLP_PARAMS,
    NORM_PARAMS,
    NVLINK,
    PCIE,
    TABLE_PARAMS,
    a_device,
    a_format,
    a_kv,
    a_model,
    a_policy,
    a_rack,
    a_scenario,
)

from roofrack.domain import LayerGroup, Parallel
from roofrack.memory.activations import activation_bytes, step_tokens
from roofrack.memory.budget import computed_static_fraction, driver_reserved_bytes, graph_rows, visible_bytes
from roofrack.memory.capacity import fit_memory, longest_context, plan_memory
from roofrack.results import DeviceMemory

WEIGHTS = 2 * (8 * (ATTENTION_PARAMS + MLP_PARAMS) + 2 * TABLE_PARAMS + NORM_PARAMS)
ACTIVATIONS = 512 * 2 * ELEMENTS_PER_TOKEN
SMALL_CONTEXT = 350 * MIB
LARGE_CONTEXT = 560 * MIB


def used(device: DeviceMemory) -> int:
    return device.weights_bytes + device.kv_cache_bytes + device.activations_bytes + device.overhead_bytes


def test_a_fraction_of_everything() -> None:
    """The engine takes 90 % and profiles what it sees; context and graphs stand beside it."""
    policy = a_policy(non_torch_bytes=50 * MIB, graph_bytes_per_layer=10 * MIB)
    memory = plan_memory(a_scenario(policy=policy, fraction=0.9))
    (device,) = memory.devices
    usable = int(0.9 * 10 * GIB)
    block = 16 * KV_TOKEN_BYTES
    blocks = (usable - WEIGHTS - ACTIVATIONS - 50 * MIB) // block
    assert device.usable_bytes == usable
    assert device.weights_bytes == memory.weights_bytes == WEIGHTS
    assert device.activations_bytes == ACTIVATIONS
    assert device.overhead_bytes == 50 * MIB + SMALL_CONTEXT + 8 * 10 * MIB
    assert device.kv_cache_bytes == blocks * block
    assert device.free_bytes == 10 * GIB - used(device)
    assert memory.fits
    assert memory.kv_capacity_tokens == blocks * 16
    assert memory.max_concurrency == blocks // 256
    assert memory.workload_concurrency == blocks // 8
    assert (memory.kv_bytes_per_token, memory.kv_fixed_bytes) == (KV_TOKEN_BYTES, 0)


def test_graphs_and_context_count_inside_where_an_engine_counts_them() -> None:
    outside = a_policy(graph_bytes_per_layer=10 * MIB)
    inside = replace(outside, graphs_in_budget=True, context_in_budget=True)
    out, into = (plan_memory(a_scenario(policy=policy, fraction=0.9)) for policy in (outside, inside))
    lost = 8 * 10 * MIB + SMALL_CONTEXT
    assert out.devices[0].overhead_bytes == into.devices[0].overhead_bytes == lost
    difference = out.devices[0].kv_cache_bytes - into.devices[0].kv_cache_bytes
    assert abs(difference - lost) < 16 * KV_TOKEN_BYTES


def test_what_finds_no_room_beside_the_fraction_is_named() -> None:
    policy = a_policy(graph_bytes_per_layer=100 * MIB)
    scenario = a_scenario(policy=policy, fraction=0.95)
    room = 10 * GIB - int(0.95 * 10 * GIB)
    assert plan_memory(scenario).crowded_bytes == SMALL_CONTEXT + 800 * MIB - room
    assert plan_memory(scenario).devices[0].overhead_bytes == room
    assert plan_memory(replace(scenario, gpu_memory_fraction=0.8)).crowded_bytes == 0


def test_large_boards_have_larger_contexts() -> None:
    for memory_mib, context in ((32 * 1024 - 1, SMALL_CONTEXT), (32 * 1024, LARGE_CONTEXT)):
        scenario = a_scenario(rack=a_rack(a_device(memory_mib)), fraction=0.9)
        assert plan_memory(scenario).devices[0].overhead_bytes == context


def test_communicators_by_link() -> None:
    policy = a_policy(communicator_bytes=300 * MIB, communicator_pcie_bytes=40 * MIB)
    two = Parallel(tp=2)

    def overhead(rack: object, parallel: Parallel) -> int:
        return (
            plan_memory(a_scenario(policy=policy, rack=rack, parallel=parallel, fraction=0.9)).devices[0].overhead_bytes
        )  # type: ignore[arg-type]

    assert overhead(a_rack(gpus=2, link=NVLINK), two) == SMALL_CONTEXT + 300 * MIB
    assert overhead(a_rack(gpus=2, link=PCIE), two) == SMALL_CONTEXT + 40 * MIB
    assert overhead(a_rack(gpus=1, nodes=2, link=NVLINK), two) == SMALL_CONTEXT + 40 * MIB
    assert overhead(a_rack(gpus=2, link=NVLINK), Parallel(dp=2)) == SMALL_CONTEXT
    assert overhead(a_rack(gpus=2, link=NVLINK), Parallel(dp=2, ep=2)) == SMALL_CONTEXT + 300 * MIB


def test_nvidia_drivers_keep_some_memory() -> None:
    assert driver_reserved_bytes(a_device(24 * 1024, vendor="nvidia")) == 480 * MIB
    assert driver_reserved_bytes(a_device(8000, vendor="nvidia")) == round(8000 * MIB * 0.03)
    assert driver_reserved_bytes(a_device(24 * 1024, vendor="amd")) == 0
    assert driver_reserved_bytes(a_device(24 * 1024, vendor="nvidia", unified_memory=True)) == 0
    device = a_device(24 * 1024, vendor="nvidia")
    assert visible_bytes(device) == (24 * 1024 - 480) * MIB
    memory = plan_memory(a_scenario(rack=a_rack(device), fraction=0.5))
    assert memory.devices[0].usable_bytes == (24 * 1024 - 480) * MIB // 2
    assert memory.devices[0].overhead_bytes == 480 * MIB + SMALL_CONTEXT


@pytest.mark.parametrize(
    ("vendor", "usable"),
    [("apple", 48 * GIB), ("cpu", 60 * GIB), ("nvidia", 60 * GIB), ("amd", 60 * GIB)],
)
def test_shared_memory_leaves_the_system_its_part(vendor: str, usable: int) -> None:
    device = a_device(64 * 1024, vendor=vendor, unified_memory=vendor != "cpu")
    for budget in ("total", "context"):
        scenario = a_scenario(rack=a_rack(device), policy=a_policy(budget=budget))
        assert plan_memory(scenario).devices[0].usable_bytes == usable


def test_a_machine_with_less_memory_than_its_system_takes() -> None:
    scenario = a_scenario(rack=a_rack(a_device(2048, vendor="cpu")), policy=a_policy(budget="context"))
    assert plan_memory(scenario).devices[0].usable_bytes == 0


def test_without_a_fraction_an_engine_takes_all_it_sees() -> None:
    assert plan_memory(a_scenario(fraction=None)).devices[0].usable_bytes == 10 * GIB


def test_static_share_of_what_is_free_before_loading() -> None:
    """Weights and cache have a share; activations and graphs live in the rest."""
    policy = a_policy(budget="static", non_torch_bytes=100 * MIB, graph_bytes_per_layer=10 * MIB, block_tokens=1)
    memory = plan_memory(a_scenario(policy=policy, fraction=0.8))
    (device,) = memory.devices
    free = 10 * GIB - SMALL_CONTEXT - 100 * MIB
    tokens = (int(0.8 * free) - WEIGHTS) // KV_TOKEN_BYTES
    assert device.kv_cache_bytes == tokens * KV_TOKEN_BYTES
    assert memory.kv_capacity_tokens == tokens
    assert device.activations_bytes == ACTIVATIONS
    assert device.overhead_bytes == SMALL_CONTEXT + 100 * MIB + 8 * 10 * MIB
    assert device.usable_bytes == 10 * GIB
    assert used(device) + device.free_bytes == 10 * GIB


def test_static_share_that_leaves_the_step_too_little() -> None:
    policy = a_policy(budget="static", graph_bytes_per_layer=100 * MIB)
    scenario = a_scenario(policy=policy, fraction=0.95, tokens=65_536)
    free = 10 * GIB - SMALL_CONTEXT
    rest = free - int(0.95 * free)
    assert plan_memory(scenario).crowded_bytes == 65_536 * 2 * ELEMENTS_PER_TOKEN + 800 * MIB - rest
    (device,) = plan_memory(scenario).devices
    assert device.activations_bytes == rest
    assert used(device) + device.free_bytes == 10 * GIB


@pytest.mark.parametrize(
    ("memory_mib", "tp", "tokens", "reserved_mib"),
    [
        (24 * 1024, 1, 2048, 512 + 3072 + 2 * 24 + 128),
        (24 * 1024, 1, 512, 512 + 3072 + 2 * 24 + 128),
        (24 * 1024, 4, 4096, 512 + 6144 + 2 * 80 + 512),
        (20 * 1024, 2, 2048, 512 + 3072 + 2 * 24 + 256),
        (16 * 1024, 2, 2048, 512 + 3072 + 2 * 8 + 256),
        (9_005, 8, 512, 512 + 3072 + 2 * 8 + 1024),
        (35 * 1024, 2, 4096, 512 + 6144 + 2 * 32 + 256),
        (48 * 1024, 2, 4096, 512 + 6144 + 2 * 32 + 256),
        (48 * 1024, 4, 4096, 512 + 6144 + 2 * 160 + 512),
        (80 * 1024, 1, 8192, 512 + 12_288 + 2 * 256 + 128),
        (80 * 1024, 8, 8192, 512 + 12_288 + 2 * 512 + 1024),
        (60 * 1024, 1, 2048, 512 + 3072 + 2 * 256 + 128),
        (60 * 1024 + 1, 1, 2048, 10 * 1024),
        (61_502, 1, 2048, 10 * 1024),
        (160 * 1024, 1, 16_384, 512 + 24_576 + 2 * 512 + 128),
        (192 * 1024, 8, 16_384, 512 + 24_576 + 2 * 512 + 1024),
    ],
)
def test_sglang_computes_its_share(memory_mib: int, tp: int, tokens: int, reserved_mib: int) -> None:
    """Some sizes stand at an edge of the rounding to three decimals, where one MiB decides."""
    scenario = a_scenario(
        rack=a_rack(a_device(memory_mib), gpus=8),
        policy=a_policy(budget="static"),
        parallel=Parallel(tp=tp),
        fraction=None,
        tokens=tokens,
    )
    assert computed_static_fraction(scenario) == round((memory_mib - reserved_mib) / memory_mib, 3)


@pytest.mark.parametrize(
    ("memory_gib", "few", "many"),
    [
        (8, 8, 8),
        (19.9, 8, 8),
        (20, 24, 80),
        (34.9, 24, 80),
        (35, 32, 160),
        (59.9, 32, 160),
        (60, 256, 512),
        (159.9, 256, 512),
        (160, 512, 512),
    ],
)
def test_sglang_captures_batches_by_device_size(memory_gib: float, few: int, many: int) -> None:
    assert [graph_rows(memory_gib, tp) for tp in (1, 3, 4, 8)] == [few, few, many, many]


def test_sglang_reserves_more_for_replicated_attention() -> None:
    scenario = a_scenario(
        rack=a_rack(a_device(192 * 1024), gpus=8),
        policy=a_policy(budget="static"),
        parallel=Parallel(dp=8, ep=8),
        fraction=None,
        tokens=16_384,
    )
    reserved = 512 + 24_576 + 2 * 512 + 3 * 512 * 8 + 1024
    assert computed_static_fraction(scenario) == round((192 * 1024 - reserved) / (192 * 1024), 3)


def test_a_fraction_of_what_the_weights_leave() -> None:
    policy = a_policy(budget="after-weights", non_torch_bytes=100 * MIB, graph_bytes_per_layer=10 * MIB)
    scenario = a_scenario(policy=policy, fraction=0.75)
    (device,) = plan_memory(scenario).devices
    needs = ACTIVATIONS + SMALL_CONTEXT + 100 * MIB + 80 * MIB
    pool = int(0.75 * (10 * GIB - WEIGHTS - needs))
    assert device.kv_cache_bytes == pool // (16 * KV_TOKEN_BYTES) * 16 * KV_TOKEN_BYTES
    assert device.overhead_bytes == needs - ACTIVATIONS
    assert used(device) + device.free_bytes == 10 * GIB
    assert plan_memory(scenario).crowded_bytes == 0
    everything = plan_memory(replace(scenario, gpu_memory_fraction=None)).devices[0]
    assert 0 <= everything.free_bytes < 16 * KV_TOKEN_BYTES


@pytest.mark.parametrize("budget", ["static", "after-weights", "context"])
def test_what_the_driver_keeps_is_nobodys(budget: str) -> None:
    policy = a_policy(budget=budget)
    amd, nvidia = (
        plan_memory(
            a_scenario(policy=policy, fraction=0.8, rack=a_rack(a_device(10 * 1024 + more, vendor=vendor)))
        ).devices[0]
        for vendor, more in (("amd", 0), ("nvidia", 317))
    )
    kept = nvidia.total_bytes - visible_bytes(a_device(10 * 1024 + 317, vendor="nvidia"))
    assert kept == round((10 * 1024 + 317) * MIB * 0.03)
    assert nvidia.overhead_bytes - amd.overhead_bytes == kept
    assert nvidia.usable_bytes == nvidia.total_bytes - kept


def test_after_weights_says_how_much_it_may_take() -> None:
    policy = a_policy(budget="after-weights", non_torch_bytes=100 * MIB)
    memory = plan_memory(a_scenario(policy=policy, fraction=0.5, context=900_000, rack=a_rack(a_device(4096))))
    needs = ACTIVATIONS + SMALL_CONTEXT + 100 * MIB
    pool = int(0.5 * (4 * GIB - WEIGHTS - needs))
    assert memory.devices[0].over_bytes == 900_000 * KV_TOKEN_BYTES - pool
    assert memory.reason is not None
    assert f"and there is room for {(WEIGHTS + needs + pool) / GIB:.1f}" in memory.reason
    assert f"activations and overhead {needs / GIB:.1f}" in memory.reason
    nothing_left = plan_memory(a_scenario(policy=policy, rack=a_rack(a_device(512))))
    assert nothing_left.devices[0].over_bytes == 4096 * KV_TOKEN_BYTES + WEIGHTS + needs - 512 * MIB


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
    assert "and there is room for 1.0" in memory.reason


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
