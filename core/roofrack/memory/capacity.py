"""Memory of a plan: what stands on each device, whether it fits, and how many sequences there is room for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from math import ceil, floor
from typing import NamedTuple

from roofrack.domain.scenario import Default, Scenario
from roofrack.memory.activations import activation_bytes
from roofrack.memory.budget import GIB, Budget, budget
from roofrack.memory.kv import kv_parts
from roofrack.memory.pool import Pool, caps_windows, pool_of
from roofrack.memory.shards import stage_weights
from roofrack.memory.weights import weights_parts
from roofrack.parallelism import IDLE, groups_by_stage, seats
from roofrack.results import DeviceMemory, KvPart, MemoryPlan, WeightsPart

MOST_SEQUENCES = 1_000_000
"""Where a model keeps next to nothing of a sequence, this many are said to fit a replica."""


class Stage(NamedTuple):
    """One device of a pipeline stage; all of a stage's devices are alike.

    Args:
        weights: Bytes of weights.
        budget: What the engine makes of its memory.
        pool: How the cache is handed out.
        sequences: Sequences of the full context that fit, with fraction.
        over: Bytes missing for one sequence of the full context; 0 when it fits.
    """

    weights: int
    budget: Budget
    pool: Pool
    sequences: float
    over: int


def plan_memory(scenario: Scenario, *, brief: bool = False) -> MemoryPlan:
    """Plan the memory of a scenario.

    Args:
        scenario: What is planned.
        brief: Leave out the reason and the list of devices: a search asks thousands of times, and for neither.
    """
    parts = weights_parts(scenario.model, scenario.weights, scenario.own_weights)
    stages = _stages(scenario, parts)
    context, dp = scenario.workload.context_tokens, scenario.parallel.dp
    length = scenario.workload.prompt_tokens + scenario.workload.output_tokens
    fits = not any(stage.over for stage in stages)
    kv = _kv_parts(scenario)
    whole = min(_sequences(stage, length) for stage in stages)
    return MemoryPlan(
        fits=fits,
        reason=None if fits or brief else _reason(scenario, stages),
        devices=() if brief else _devices(scenario, stages),
        weights=parts,
        weights_bytes=sum(part.bytes for part in parts),
        kv=kv,
        kv_bytes_per_token=sum(part.bytes_per_token for part in kv),
        kv_fixed_bytes=sum(part.fixed_bytes for part in kv),
        kv_capacity_tokens=dp * min(_capacity_tokens(stage, context) for stage in stages),
        max_concurrency=dp * floor(min(_sequences(stage, context) for stage in stages)),
        workload_concurrency=dp * floor(whole),
        crowded_bytes=max(stage.budget.crowded for stage in stages),
        prompt_sequences=min(_sequences(stage, scenario.workload.prompt_tokens) for stage in stages),
        whole_sequences=whole,
    )


def fit_memory(scenario: Scenario, *, brief: bool = False) -> tuple[Scenario, MemoryPlan]:
    """Plan the memory; a context that nobody asked for shrinks to what fits, as `--max-model-len auto` does.

    Args:
        scenario: What is planned; it comes back as it was or with the shorter context.
        brief: As for `plan_memory`.
    """
    memory = plan_memory(scenario, brief=brief)
    if memory.fits or scenario.spec.workload.context_tokens is not None:
        return scenario, memory
    workload = scenario.workload
    # Where not even the request fits, say by how much the request does not.
    fitting = longest_context(scenario) or workload.prompt_tokens + workload.output_tokens
    why = f"{workload.context_tokens:,}, the model's own, do not fit"
    note = Default(field="context", value=str(fitting), why=why)
    shrunk = replace(
        scenario,
        workload=replace(workload, context_tokens=fitting),
        defaults=(*(default for default in scenario.defaults if default.field != "context"), note),
    )
    return shrunk, plan_memory(shrunk, brief=brief)


def longest_context(scenario: Scenario) -> int:
    """The longest context, up to the one asked, of which one sequence fits; 0 when not even prompt and answer do.

    Args:
        scenario: What is planned.
    """
    parts = weights_parts(scenario.model, scenario.weights, scenario.own_weights)
    stages = _stages(scenario, parts)
    profiled_whole = scenario.profile.batching.step_covers_context

    def fits(context: int) -> bool:
        if profiled_whole:  # a shorter context also leaves more memory
            workload = replace(scenario.workload, context_tokens=context)
            return not any(stage.over for stage in _stages(replace(scenario, workload=workload), parts))
        return all(stage.pool.sequences(stage.budget.pool, context) >= 1 for stage in stages)

    needed = scenario.workload.prompt_tokens + scenario.workload.output_tokens
    low, high = needed - 1, scenario.workload.context_tokens + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low if low >= needed else 0


def _stages(scenario: Scenario, parts: tuple[WeightsPart, ...]) -> tuple[Stage, ...]:
    counted = groups_by_stage(scenario.model, scenario.parallel.pp)
    held = stage_weights(scenario, parts)
    last = len(counted) - 1
    return tuple(
        _stage(scenario, weights, counts, last=index == last)
        for index, (weights, counts) in enumerate(zip(held, counted, strict=True))
    )


def _stage(scenario: Scenario, weights: int, counts: tuple[int, ...], *, last: bool) -> Stage:
    activations = activation_bytes(scenario, counts, last=last)
    divided = budget(scenario, weights, activations, sum(counts))
    pool = pool_of(scenario, counts)
    context = scenario.workload.context_tokens
    sequences = pool.sequences(divided.pool, context)
    missing = pool.sequence_bytes(context) - divided.pool
    over = 0 if sequences >= 1 and divided.pool >= 0 else max(1, missing)
    return Stage(weights, divided, pool, sequences, over)


def _sequences(stage: Stage, tokens: int) -> float:
    return min(stage.pool.sequences(stage.budget.pool, tokens), MOST_SEQUENCES)


def _capacity_tokens(stage: Stage, context: int) -> int:
    """As engines log it: the tokens of all blocks or, where layers keep different lengths, sequences times context."""
    pool = max(0, stage.budget.pool)
    if stage.pool.block_tokens:
        return pool // stage.pool.block_bytes * stage.pool.block_tokens
    return floor(min(stage.sequences, MOST_SEQUENCES) * context)


def _kv_parts(scenario: Scenario) -> tuple[KvPart, ...]:
    parts = kv_parts(scenario.model, scenario.kv, caps_windows=caps_windows(scenario))
    return tuple(part._replace(tp_divisor=min(scenario.parallel.tp, part.tp_divisor)) for part in parts)


def _devices(scenario: Scenario, stages: tuple[Stage, ...]) -> tuple[DeviceMemory, ...]:
    device = scenario.rack.device
    least = min(stage.sequences for stage in stages)
    alike = [_device(scenario, stage, least) for stage in stages]
    idle = DeviceMemory(0, 0, IDLE, 0, device.id, device.memory_bytes, 0, 0, 0, 0, 0, device.memory_bytes, 0)
    return tuple(
        (idle if seat.replica == IDLE else alike[seat.stage])._replace(
            number=seat.number, node=seat.node, replica=seat.replica, stage=seat.stage
        )
        for seat in seats(scenario.rack, scenario.parallel)
    )


def _device(scenario: Scenario, stage: Stage, least: float) -> DeviceMemory:
    total = scenario.rack.device.memory_bytes
    weights, divided = stage.weights, stage.budget
    cache = _cache_bytes(scenario, stage, least)
    used = weights + cache + divided.activations + divided.overhead
    return DeviceMemory(
        number=0,
        node=0,
        replica=0,
        stage=0,
        device=scenario.rack.device.id,
        total_bytes=total,
        usable_bytes=divided.usable,
        weights_bytes=weights,
        kv_cache_bytes=cache,
        activations_bytes=divided.activations,
        overhead_bytes=divided.overhead,
        free_bytes=max(0, total - used),
        over_bytes=stage.over,
    )


def _cache_bytes(scenario: Scenario, stage: Stage, least: float) -> int:
    """The cache as allocated: whole blocks, on every stage as many sequences as on the scarcest."""
    pool, block = max(0, stage.budget.pool), stage.pool.block_bytes
    if scenario.profile.memory.budget == "context":
        asked = min(ceil(scenario.workload.concurrency / scenario.parallel.dp), scenario.max_num_seqs)
        slots = min(asked, floor(min(least, MOST_SEQUENCES)))
        return min(pool, ceil(slots * stage.pool.blocks(scenario.workload.context_tokens)) * block)
    if stage.pool.state_bytes:
        return pool
    share = least / stage.sequences if stage.sequences > least else 1.0
    return floor(pool // block * share + _ROUNDING) * block


_ROUNDING = 1e-6


def _reason(scenario: Scenario, stages: tuple[Stage, ...]) -> str:
    """Which device is over by how much, and of what it is full."""
    worst = max(range(len(stages)), key=lambda index: stages[index].over)
    stage = stages[worst]
    numbers = [
        seat.number for seat in seats(scenario.rack, scenario.parallel) if seat.replica != IDLE and seat.stage == worst
    ]
    device, context = scenario.rack.device, scenario.workload.context_tokens
    word = "CPU" if device.vendor == "cpu" else "GPU"
    more = len(numbers) - 1
    who = (
        f"{word} {numbers[0]} and {more} more ({device.name}) are each"
        if more
        else f"{word} {numbers[0]} ({device.name}) is"
    )
    # What stands beside the engine's share is filled and has room in equal parts: as in the bars, both count it.
    beside = stage.budget.activations + stage.budget.overhead
    room = max(0, stage.budget.allowance + beside - stage.budget.inside)
    filled = {
        "weights": stage.weights,
        "activations and overhead": beside,
        f"KV cache of one {context:,}-token sequence": stage.pool.sequence_bytes(context),
    }
    parts = " + ".join(f"{name} {size / GIB:.1f}" for name, size in filled.items() if size)
    sign = _sum_sign(filled.values())
    return (
        f"{who} {_size(stage.over)} over: {parts} {sign} {sum(filled.values()) / GIB:.1f} GiB, "
        f"and there is room for {room / GIB:.1f} GiB"
    )


def _sum_sign(sizes: Collection[int]) -> str:
    """`=` where sizes in GiB add up as they are printed, else `≈`: whoever adds what stands there finds no mistake."""
    as_printed = sum(round(size / GIB, 1) for size in sizes)
    return "=" if f"{as_printed:.1f}" == f"{sum(sizes) / GIB:.1f}" else "≈"


def _size(size: int) -> str:
    return f"{size / GIB:.1f} GiB" if size >= GIB // 10 else f"{size / 2**20:.1f} MiB"
