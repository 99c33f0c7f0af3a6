"""KV memory over concurrency: what requests would take, whether or not it is there."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from roofrack.domain.scenario import Scenario
from roofrack.memory.pool import Pool, pool_of
from roofrack.parallelism import groups_by_stage


def kv_demand_bytes(scenario: Scenario, stage: int, concurrencies: Iterable[int]) -> tuple[int, ...]:
    """KV cache and states that requests take on one device of a pipeline stage, spread evenly over replicas.

    Engines that hand out blocks hold prompt and output; those without a pool (llama.cpp) reserve the whole context.

    Args:
        scenario: What is planned.
        stage: Number of the stage, from 0.
        concurrencies: Requests at once, whole rack.

    Returns:
        Bytes for each concurrency.
    """
    load = scenario.workload
    pool = _pool(scenario, stage)
    whole = scenario.profile.memory.budget == "context"
    tokens = load.context_tokens if whole else load.prompt_tokens + load.output_tokens
    each = pool.blocks(tokens) * pool.block_bytes + pool.state_bytes
    return tuple(ceil(ceil(n / scenario.parallel.dp) * each) for n in concurrencies)


def one_sequence_bytes(scenario: Scenario, stage: int) -> int:
    """The cache in which one sequence of the full context runs, on one device of a pipeline stage.

    Args:
        scenario: What is planned.
        stage: Number of the stage, from 0.
    """
    return _pool(scenario, stage).sequence_bytes(scenario.workload.context_tokens)


def _pool(scenario: Scenario, stage: int) -> Pool:
    return pool_of(scenario, groups_by_stage(scenario.model, scenario.parallel.pp)[stage])
