"""The curve over concurrency: every point with its band."""

from __future__ import annotations

import math

from roofrack.domain.calibration import Calibration
from roofrack.domain.scenario import Scenario
from roofrack.results import Band, CurvePoint, MemoryPlan
from roofrack.speed.constants import Constants, constants
from roofrack.speed.schedule import Requests, Steady, batch, closed, saturated, single
from roofrack.speed.step import StepModel


def curve(scenario: Scenario, memory: MemoryPlan, calibration: Calibration) -> tuple[CurvePoint, ...]:
    """What the rack does at each concurrency of the workload.

    Args:
        scenario: What is planned.
        memory: Its memory, which decides how many requests run at once.
        calibration: The constants of the speed model.
    """
    workload = scenario.workload
    effective = constants(scenario, calibration)
    step = StepModel(scenario, effective)
    replicas = scenario.parallel.dp
    asked = Requests(
        prompt=workload.prompt_tokens,
        output=workload.output_tokens,
        budget=scenario.max_num_batched_tokens,
        whole_prompts=scenario.profile.batching.policy == "prefill-first",
        pipelines_prompts=scenario.profile.batching.policy == "slots",
        slots=max(1, min(memory.workload_concurrency // replicas, scenario.max_num_seqs)),
    )
    bands = _bands(calibration, effective, scenario)
    if workload.load == "saturated":
        full = saturated(step, asked)
        return (_point(asked.slots * replicas, full, replicas, asked.output, bands),)
    if workload.load == "poisson" and workload.rate_per_s is not None:
        # No other load needs it, and random and statistics are slow to import.
        from roofrack.speed.simulate import open_loop

        served = open_loop(step, asked, workload.rate_per_s / replicas)
        in_flight = max(1, round((served.running + served.waiting) * replicas))
        return (_point(in_flight, served, replicas, asked.output, bands),)
    return tuple(
        _point(n, _steady(step, asked, n / replicas, workload.load), replicas, asked.output, bands)
        for n in workload.concurrencies
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
