"""The curve over concurrency: every point with its band."""

from __future__ import annotations

import math

from roofrack.domain.calibration import Calibration
from roofrack.domain.scenario import Scenario
from roofrack.results import Band, CurvePoint, MemoryPlan
from roofrack.speed.constants import Constants, constants
from roofrack.speed.schedule import MOST_BUNDLED, Cache, Requests, Steady, batch, closed, saturated, single
from roofrack.speed.step import StepModel

_GROWN = 0.6
"""Share of the answer that running sequences hold on average, with what preemption costs: they are at all stages of it."""


def curve(
    scenario: Scenario, memory: MemoryPlan, calibration: Calibration, *, percentiles: bool = False
) -> tuple[CurvePoint, ...]:
    """What the rack does at each concurrency of the workload.

    Args:
        scenario: What is planned.
        memory: Its memory, which decides how many requests run at once.
        calibration: The constants of the speed model.
        percentiles: Simulate every point for the spread of its times, which takes far longer than the rest.
    """
    workload = scenario.workload
    effective = constants(scenario, calibration)
    step = StepModel(scenario, effective)
    replicas = scenario.parallel.dp
    asked = requests_of(scenario, memory)
    bands = _bands(calibration, effective, scenario)
    if workload.load == "saturated":
        states = [(asked.slots * replicas, saturated(step, asked))]
    elif workload.load == "poisson" and workload.rate_per_s is not None:
        # No other load needs it, and random and statistics are slow to import.
        from roofrack.speed.spread import open_loop

        run = None if workload.requests is None else max(1, round(workload.requests / replicas))
        served = open_loop(step, asked, workload.rate_per_s / replicas, run)
        states = [(max(1, round((served.running + served.waiting) * replicas)), served)]
    else:
        states = [(n, _steady(step, asked, n / replicas, workload.load)) for n in workload.concurrencies]
    if percentiles:
        from roofrack.speed.spread import spread_of

        spreads = (state.spread or spread_of(step, asked, n / replicas, state, workload.load) for n, state in states)
        states = [(n, state._replace(spread=one)) for (n, state), one in zip(states, spreads, strict=True)]
    return tuple(_point(n, state, replicas, asked.output, bands) for n, state in states)


def requests_of(scenario: Scenario, memory: MemoryPlan) -> Requests:
    """What one replica is asked.

    Args:
        scenario: What is planned.
        memory: Its memory.
    """
    workload, policy = scenario.workload, scenario.profile.batching.policy
    cache = _cache(scenario, memory)
    sequences = float(memory.workload_concurrency // scenario.parallel.dp)
    if cache is not None and sequences:
        kept = max(cache.reserved, _GROWN)
        sequences = cache.tokens // (workload.prompt_tokens + kept * workload.output_tokens + cache.fixed_tokens)
    return Requests(
        prompt=workload.prompt_tokens,
        output=workload.output_tokens,
        budget=_budget(scenario),
        whole_prompts=policy == "prefill-first",
        pipelines_prompts=policy == "slots",
        slots=max(1, min(int(sequences), scenario.max_num_seqs)),
        cache=cache,
        max_tokens=workload.max_tokens and min(workload.max_tokens, workload.context_tokens - workload.prompt_tokens),
        receive_interval=scenario.profile.batching.receive_interval,
        held_steps=scenario.profile.batching.held_steps,
    )


def _budget(scenario: Scenario) -> int:
    """Tokens that run at once: engines that run whole prompts bundle as many as the longest of them may have, or as fit."""
    batching = scenario.profile.batching
    if batching.policy != "prefill-first":
        return min(scenario.max_num_batched_tokens, batching.prompt_piece_tokens or scenario.max_num_batched_tokens)
    longest = scenario.workload.context_tokens if batching.step_covers_context else MOST_BUNDLED
    return max(scenario.max_num_batched_tokens, longest)


def _cache(scenario: Scenario, memory: MemoryPlan) -> Cache | None:
    """The cache in tokens of such requests; None where a sequence takes no more at its end than at its start."""
    workload, batching = scenario.workload, scenario.profile.batching
    if not memory.whole_sequences or memory.prompt_sequences <= memory.whole_sequences:
        return None
    tokens = workload.output_tokens / (1 / memory.whole_sequences - 1 / memory.prompt_sequences)
    return Cache(
        tokens=tokens,
        fixed_tokens=tokens / memory.prompt_sequences - workload.prompt_tokens,
        sequences=scenario.max_num_seqs,
        reserved=batching.reserves_answer,
        watermark=batching.watermark,
    )


def _steady(step: StepModel, asked: Requests, concurrency: float, load: str) -> Steady:
    if load == "single":
        return single(step, asked)
    # Fewer requests than replicas: each is alone on one of them.
    concurrency = max(concurrency, 1.0)
    return closed(step, asked, concurrency) if load == "closed" else batch(step, asked, concurrency)


def _bands(calibration: Calibration, effective: Constants, scenario: Scenario) -> dict[str, float]:
    load, share = scenario.workload.load, scenario.band_share
    metrics = ("tpot", "ttft", "throughput")
    return {metric: calibration.band(metric, load, effective.surprise) ** share for metric in metrics}


def _point(concurrency: int, state: Steady, replicas: int, output: int, bands: dict[str, float]) -> CurvePoint:
    busy = min(replicas, concurrency)
    running = min(concurrency, math.floor(state.running * busy + 1e-9))
    rate = state.output_tokens_per_s * busy
    share = state.ttft_s / state.e2e_s
    mixed = bands["ttft"] ** share * bands["tpot"] ** (1 - share)
    return CurvePoint(
        concurrency=concurrency,
        running=running,
        waiting=concurrency - running,
        ttft_s=_band(state.ttft_s, bands["ttft"]),
        tpot_s=_band(state.tpot_s, bands["tpot"]),
        e2e_latency_s=_band(state.e2e_s, mixed),
        output_tokens_per_s=_band(rate, bands["throughput"]),
        tokens_per_s_per_user=_band(1 / state.tpot_s, bands["tpot"]),
        requests_per_s=_band(rate / output, bands["throughput"]),
        bound=state.decode.bound,
        decode=state.decode,
        prefill=state.prefill,
        spread=state.spread,
    )


def _band(mid: float, factor: float) -> Band:
    return Band(mid / factor, mid, mid * factor)
