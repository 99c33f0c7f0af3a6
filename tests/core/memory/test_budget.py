"""The memory that an engine may use, and what of it is spent before the first request: hand-computed, in exact bytes."""

from dataclasses import replace

import pytest
from tests.core.memory.hand import (
    ACTIVATIONS,
    ELEMENTS_PER_TOKEN,
    GIB,
    KV_TOKEN_BYTES,
    MIB,
    NVLINK,
    PCIE,
    SMALL_CONTEXT,
    WEIGHTS,
    a_device,
    a_policy,
    a_rack,
    a_scenario,
    used,
)

from roofrack.domain import Parallel
from roofrack.memory.budget import computed_static_fraction, driver_reserved_bytes, graph_rows, visible_bytes
from roofrack.memory.capacity import plan_memory

LARGE_CONTEXT = 560 * MIB


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
