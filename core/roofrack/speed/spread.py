"""How times are spread over requests and tokens: percentiles from the simulation, levels from the calibrated steady state."""

from __future__ import annotations

import random
from bisect import bisect_left
from itertools import accumulate
from math import ceil

from roofrack.results import Percentiles, Spread
from roofrack.speed.lengths import quantiles
from roofrack.speed.schedule import Requests, Steady, prefill_alone, saturated
from roofrack.speed.simulate import Served, poisson_arrivals, simulate
from roofrack.speed.step import StepModel

OVERLOADED_REQUESTS = 300
"""Requests of a run whose rate is beyond the capacity: its queue grows for as long as it lasts, as in benchmarks of that length."""

_STEADY_REQUESTS = 1_000
_WARM_UP = 100
_POOLED_REQUESTS = 300
"""Short runs are repeated with other arrivals until there are about so many requests: one of them says little."""

_MOST_REQUESTS = 20_000
_NOTHING = 1e-9
_SHARES = (0.5, 0.9, 0.95, 0.99)


def open_loop(step: StepModel, asked: Requests, rate_per_s: float, requests: int | None = None) -> Steady:
    """What one replica does when requests arrive at random, whether or not it keeps up.

    Args:
        step: The time of a step.
        asked: Lengths, token budget, memory.
        rate_per_s: Arrivals per second.
        requests: Requests of the whole run, which begins and ends empty; None for a service that has been running for long.
    """
    keeps_up = rate_per_s <= saturated(step, asked).output_tokens_per_s / asked.output
    steady = requests is None and keeps_up
    count = requests or (_STEADY_REQUESTS if keeps_up else OVERLOADED_REQUESTS)
    repeats = 1 if requests is None else max(1, _POOLED_REQUESTS // count)
    served: list[Served] = []
    gaps: list[tuple[float, int]] = []
    took = 0.0
    for seed in range(1, repeats + 1):
        outputs = _shuffled(quantiles(asked.output, asked.max_tokens, count), seed)
        run = simulate(step, asked, poisson_arrivals(rate_per_s, count, seed), outputs=outputs)
        took += max(request.ended for request in run.served) - min(request.arrived for request in run.served)
        served += sorted(run.served)[_WARM_UP if steady else 0 :]
        gaps += run.gaps
    spread = _spread(served, gaps)
    rate = rate_per_s if steady else repeats * count / took
    in_flight = rate * spread.e2e_latency_s.mean
    running = min(max(in_flight, 1.0), asked.slots)
    decode = step.time(running, asked.prompt + asked.output / 2)
    if not gaps:  # answers of one token
        spread = spread._replace(tpot_s=_alike(decode.total_s), itl_s=_alike(decode.total_s))
    return Steady(
        running=running,
        waiting=max(in_flight - running, 0.0),
        ttft_s=spread.ttft_s.mean,
        tpot_s=spread.tpot_s.mean,
        e2e_s=spread.e2e_latency_s.mean,
        output_tokens_per_s=rate * asked.output,
        decode=decode,
        prefill=prefill_alone(step, asked),
        spread=spread,
    )


def _shuffled(lengths: list[int], seed: int) -> list[int]:
    if lengths[0] != lengths[-1]:
        random.Random(seed).shuffle(lengths)  # noqa: S311 (a simulation, no secret)
    return lengths


def spread_of(step: StepModel, asked: Requests, concurrency: float, state: Steady, load: str) -> Spread:
    """Percentiles of a load whose steady state is known.

    The shape comes from a run, the level from the steady state, whose constants are fitted: everything above the quickest TTFT
    is stretched to the mean, and so is every other time.

    Args:
        step: The time of a step.
        asked: Lengths, token budget, memory.
        concurrency: Requests in flight on the replica.
        state: Its steady state.
        load: `single`, `batch`, `closed` or `saturated`.
    """
    if load == "single" or (load == "closed" and concurrency <= 1):
        return Spread(*(_alike(value) for value in (state.ttft_s, state.tpot_s, state.tpot_s, state.e2e_s)))
    at_once = min(ceil(concurrency), _MOST_REQUESTS // 2)
    rounds = 1.0 if load == "batch" else step.constants.burst_rounds
    replaced = min(round(at_once * rounds), _MOST_REQUESTS) - at_once
    outputs = _shuffled(quantiles(asked.output, asked.max_tokens, at_once), seed=1)
    run = simulate(step, asked, [0.0] * at_once, replaced=max(replaced, 0), outputs=outputs)
    seen = _spread(run.served, run.gaps)
    return Spread(
        ttft_s=_levelled(
            seen.ttft_s, state.ttft_s, least=min(request.first - request.arrived for request in run.served)
        ),
        tpot_s=_levelled(seen.tpot_s, state.tpot_s),
        itl_s=_levelled(seen.itl_s, state.tpot_s),
        e2e_latency_s=_levelled(seen.e2e_latency_s, state.e2e_s),
    )


def _spread(served: list[Served], gaps: list[tuple[float, int]]) -> Spread:
    streams = [(request.ended - request.first) / (request.output - 1) for request in served if request.output > 1]
    return Spread(
        ttft_s=_percentiles([(request.first - request.arrived, 1) for request in served]),
        tpot_s=_percentiles([(each, 1) for each in streams]),
        itl_s=_percentiles(gaps),
        e2e_latency_s=_percentiles([(request.ended - request.arrived, 1) for request in served]),
    )


def _percentiles(counted: list[tuple[float, int]]) -> Percentiles:
    """Nearest-rank percentiles of values that occur so many times each; zeros where there are none."""
    if not counted:
        return _alike(0.0)
    ordered = sorted(counted)
    ranks = list(accumulate(count for _, count in ordered))
    at = (ordered[bisect_left(ranks, share * ranks[-1])][0] for share in _SHARES)
    return Percentiles(sum(value * count for value, count in ordered) / ranks[-1], *at)


def _levelled(seen: Percentiles, mean: float, least: float = 0.0) -> Percentiles:
    """The same shape around another mean; nothing falls below the least where the mean is above it."""
    if mean <= least:
        least = 0.0
    if seen.mean - least <= _NOTHING * seen.mean:
        return _alike(mean)
    factor = (mean - least) / (seen.mean - least)
    return Percentiles(mean, *(least + (value - least) * factor for value in seen[1:]))


def _alike(value: float) -> Percentiles:
    return Percentiles(*[value] * 5)
