"""How an engine divides a device: what it may take, what it needs besides weights and cache, and what is left for the cache."""

from __future__ import annotations

from typing import NamedTuple

from roofrack.domain.device import Device
from roofrack.domain.scenario import Scenario

GIB = 2**30
MIB = 2**20

DRIVER_RESERVED_BYTES = 480 * MIB
DRIVER_RESERVED_SHARE = 0.03
"""NVIDIA's driver keeps this much, or this share of a small board, from programs: nvidia-smi's total less what CUDA reports is 431 MiB on
RTX 3090, 454 on RTX 4090, 484 on RTX 5090, 479 on L40S, 469 on H100, 252 on an 8 GB board (start-up logs of vLLM)."""

CONTEXT_BYTES = 560 * MIB
SMALL_CONTEXT_BYTES = 350 * MIB
SMALL_BOARD_GIB = 32
"""A process's context and loaded kernels; less on boards with fewer multiprocessors. Logs: 0.23, 0.35 and 0.45 GiB on 22 to 24 GB boards;
0.49, 0.59, 0.60 and 0.61 GiB on A100, H200, H100 and H100."""

APPLE_GPU_SHARE = 0.75
"""What macOS lets the GPU wire of a Mac's memory, by default (Metal's `recommendedMaxWorkingSetSize`: 154.6 of 206.2 GB on a 192 GB M2 Ultra;
somewhat less on machines up to 36 GB)."""

SYSTEM_RESERVED_BYTES = 4 * GIB
"""What a bare server's operating system and services take where programs share its memory (an assumption)."""

SGLANG_META_MIB = 512
SGLANG_MIB_PER_TOKEN = 1.5
SGLANG_LEAST_TOKENS = 2048
SGLANG_MIB_PER_RANK = 1024 / 8
SGLANG_MIB_PER_GRAPH_ROW = 2
SGLANG_MIB_PER_ATTENTION_REPLICA_ROW = 3
SGLANG_LARGE_GPU_MIB = 60 * 1024
SGLANG_LEAST_RESERVE_MIB = 10 * 1024
"""SGLang's computed `mem_fraction_static` (`server_args.py`): what it leaves out of the static share, MiB."""

SGLANG_GRAPH_ROWS = ((160, 512, 512), (60, 256, 512), (35, 32, 160), (20, 24, 80), (0, 8, 8))
"""SGLang's largest captured batch: from so many GiB of memory on, below TP 4, and from TP 4 on (`server_args.py`)."""


class Budget(NamedTuple):
    """One device's memory outside weights and cache, and the pool that is left for the cache.

    Args:
        usable: What the engine may take.
        allowance: What weights, cache and `inside` have to share.
        inside: Activations and overhead that count against the allowance.
        activations: Peak activations.
        overhead: Driver, context, libraries, communicators and graphs.
        pool: What is left for the cache; negative when the rest alone is too much.
        crowded: What does not find room beside the engine's fraction: part of the context or of the graphs.
    """

    usable: int
    allowance: int
    inside: int
    activations: int
    overhead: int
    pool: int
    crowded: int = 0


class _Overhead(NamedTuple):
    reserved: int
    context: int
    libraries: int
    graphs: int


def visible_bytes(device: Device) -> int:
    """Memory that programs can see, bytes.

    Args:
        device: The device.
    """
    return device.memory_bytes - driver_reserved_bytes(device)


def driver_reserved_bytes(device: Device) -> int:
    """Memory that the driver keeps for itself, bytes.

    Args:
        device: The device.
    """
    if device.vendor != "nvidia" or device.unified_memory:
        return 0
    return min(DRIVER_RESERVED_BYTES, round(device.memory_bytes * DRIVER_RESERVED_SHARE))


def budget(scenario: Scenario, weights: int, activations: int, layers: int) -> Budget:
    """Divide a device as the scenario's engine does.

    Args:
        scenario: What is planned.
        weights: Weights on the device, bytes.
        activations: Peak activations of its stage, bytes.
        layers: Layers of its stage.
    """
    overhead = _overhead(scenario, layers)
    divide = {"total": _of_total, "static": _static, "after-weights": _after_weights, "context": _unpooled}
    return divide[scenario.profile.memory.budget](scenario, weights, activations, overhead)


def _overhead(scenario: Scenario, layers: int) -> _Overhead:
    device, policy = scenario.rack.device, scenario.profile.memory
    reserved = driver_reserved_bytes(device)
    if device.unified_memory:
        context = 0
    else:
        context = SMALL_CONTEXT_BYTES if device.memory_mib < SMALL_BOARD_GIB * 1024 else CONTEXT_BYTES
    return _Overhead(
        reserved,
        context,
        round(policy.non_torch_bytes) + _communicators(scenario),
        round(policy.graph_bytes_per_layer * layers),
    )


def _communicators(scenario: Scenario) -> int:
    parallel, policy = scenario.parallel, scenario.profile.memory
    if max(parallel.tp, parallel.ep) == 1:
        return 0
    inside_node = parallel.tp <= scenario.rack.devices_per_node
    fast = inside_node and scenario.rack.link.kind == "device"
    return round(policy.communicator_bytes if fast else policy.communicator_pcie_bytes)


def _system_limit(device: Device) -> int:
    """What the operating system leaves to programs where memory is shared."""
    if device.vendor == "apple":
        return round(device.memory_bytes * APPLE_GPU_SHARE)
    if device.unified_memory or device.vendor == "cpu":
        return max(0, device.memory_bytes - SYSTEM_RESERVED_BYTES)
    return visible_bytes(device)


def _of_total(scenario: Scenario, weights: int, activations: int, overhead: _Overhead) -> Budget:
    """As vLLM does: a fraction of what CUDA reports, for everything but what its profile does not see."""
    policy, device = scenario.profile.memory, scenario.rack.device
    usable = min(int((scenario.gpu_memory_fraction or 1.0) * visible_bytes(device)), _system_limit(device))
    counted = overhead.libraries
    counted += overhead.context if policy.context_in_budget else 0
    counted += overhead.graphs if policy.graphs_in_budget else 0
    uncounted = overhead.reserved + overhead.context + overhead.libraries + overhead.graphs - counted
    inside = activations + counted
    room = device.memory_bytes - usable
    return Budget(
        usable=usable,
        allowance=usable,
        inside=inside,
        activations=activations,
        overhead=counted + min(uncounted, room),
        pool=usable - weights - inside,
        crowded=max(0, uncounted - room),
    )


def _static(scenario: Scenario, weights: int, activations: int, overhead: _Overhead) -> Budget:
    """As SGLang does: a share of the memory that is free before loading, for weights and cache; the rest serves the step."""
    visible = _system_limit(scenario.rack.device)
    free = max(0, visible - overhead.context - overhead.libraries)
    share = scenario.gpu_memory_fraction or computed_static_fraction(scenario)
    static = int(share * free)
    rest = free - static
    wanted = activations + overhead.graphs
    activations = min(activations, rest)
    return Budget(
        usable=visible,
        allowance=static,
        inside=0,
        activations=activations,
        overhead=overhead.reserved + overhead.context + overhead.libraries + min(overhead.graphs, rest - activations),
        pool=static - weights,
        crowded=max(0, wanted - rest),
    )


def computed_static_fraction(scenario: Scenario) -> float:
    """SGLang's own `mem_fraction_static`, to three decimals as it rounds it.

    Args:
        scenario: What is planned.
    """
    parallel, device = scenario.parallel, scenario.rack.device
    ranks = parallel.devices_per_replica
    rows = graph_rows(device.memory_mib / 1024, parallel.tp)
    reserve = (
        SGLANG_META_MIB
        + SGLANG_MIB_PER_TOKEN * max(scenario.max_num_batched_tokens, SGLANG_LEAST_TOKENS)
        + SGLANG_MIB_PER_GRAPH_ROW * rows
    )
    if parallel.ep > parallel.tp:
        ranks *= parallel.dp
        reserve += SGLANG_MIB_PER_ATTENTION_REPLICA_ROW * rows * parallel.dp
    reserve += SGLANG_MIB_PER_RANK * ranks
    if device.memory_mib > SGLANG_LARGE_GPU_MIB:
        reserve = max(reserve, SGLANG_LEAST_RESERVE_MIB)
    return max(0.0, round((device.memory_mib - reserve) / device.memory_mib, 3))


def graph_rows(memory_gib: float, tp: int) -> int:
    """SGLang's largest captured batch.

    Args:
        memory_gib: Memory of the device.
        tp: Tensor-parallel degree.
    """
    _, few, many = next(row for row in SGLANG_GRAPH_ROWS if memory_gib >= row[0])
    return few if tp < 4 else many


def _after_weights(scenario: Scenario, weights: int, activations: int, overhead: _Overhead) -> Budget:
    """As TensorRT-LLM does: a fraction of what is free once the model is loaded and a step was tried."""
    visible = _system_limit(scenario.rack.device)
    needs = activations + overhead.context + overhead.libraries + overhead.graphs
    left = visible - weights - needs
    pool = int((scenario.gpu_memory_fraction or 1.0) * left) if left > 0 else left
    return Budget(
        usable=visible,
        allowance=pool + weights + needs,
        inside=needs,
        activations=activations,
        overhead=needs - activations + overhead.reserved,
        pool=pool,
    )


def _unpooled(scenario: Scenario, weights: int, activations: int, overhead: _Overhead) -> Budget:
    """As llama.cpp does: the cache of the slots asked for, and no more; the pool is what there would be room for."""
    limit = _system_limit(scenario.rack.device)
    inside = activations + overhead.context + overhead.libraries + overhead.graphs
    return Budget(
        usable=limit,
        allowance=limit,
        inside=inside,
        activations=activations,
        overhead=inside - activations + overhead.reserved,
        pool=limit - weights - inside,
    )
