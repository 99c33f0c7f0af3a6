"""Continuous batching as a simulation that jumps from event to event.

Between arrivals and completions nothing changes but the length of the sequences, and a step's time is linear in that, so a
stretch of decode steps takes one evaluation. Only steps that carry prompt tokens are taken one by one.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import accumulate
from math import ceil
from statistics import fmean
from typing import NamedTuple

from roofrack.results import Percentiles, Spread
from roofrack.speed.schedule import Requests, Steady, prefill_alone, saturated
from roofrack.speed.step import StepModel

_SEED = 1
OVERLOADED_REQUESTS = 300
"""Requests of a run whose rate is beyond the capacity: its queue grows for as long as it lasts, as in benchmarks of that length."""

_STEADY_REQUESTS = 1_000
_WARM_UP = 100


class Served(NamedTuple):
    """What happened to one request, seconds from the start of the simulation.

    Args:
        arrived: When it came.
        first: When its first token was out.
        ended: When its last token was out.
    """

    arrived: float
    first: float
    ended: float


def poisson_arrivals(rate_per_s: float, count: int, seed: int = _SEED) -> list[float]:
    """Arrival times with exponential gaps.

    Args:
        rate_per_s: Arrivals per second.
        count: How many.
        seed: The same seed gives the same arrivals.
    """
    draw = random.Random(seed)  # noqa: S311 (a simulation, no secret)
    return list(accumulate(draw.expovariate(rate_per_s) for _ in range(count)))


def simulate(step: StepModel, asked: Requests, arrivals: Sequence[float]) -> list[Served]:
    """Serve requests of equal length on one replica.

    Args:
        step: The time of a step.
        asked: Lengths, token budget, slots and the way prompts are batched.
        arrivals: When requests come, seconds, ascending.

    Returns:
        One `Served` a request, in the order of completion.
    """
    return list(_Replica(step, asked).serve(arrivals))


def open_loop(step: StepModel, asked: Requests, rate_per_s: float) -> Steady:
    """What one replica does when requests arrive at random, whether or not it keeps up.

    Args:
        step: The time of a step.
        asked: Lengths, token budget, slots.
        rate_per_s: Arrivals per second.
    """
    keeps_up = rate_per_s <= saturated(step, asked).output_tokens_per_s / asked.output
    count, warm_up = (_STEADY_REQUESTS, _WARM_UP) if keeps_up else (OVERLOADED_REQUESTS, 0)
    served = sorted(simulate(step, asked, poisson_arrivals(rate_per_s, count)))
    warm = served[warm_up:]
    ttft = fmean(request.first - request.arrived for request in warm)
    e2e = fmean(request.ended - request.arrived for request in warm)
    gaps = max(asked.output - 1, 1)
    took = max(request.ended for request in served) - served[0].arrived
    rate = rate_per_s if keeps_up else count / took
    in_flight = rate * e2e
    running = min(max(in_flight, 1.0), asked.slots)
    decode = step.time(running, asked.prompt + asked.output / 2)
    return Steady(
        running,
        max(in_flight - running, 0.0),
        ttft,
        (e2e - ttft) / gaps,
        e2e,
        rate * asked.output,
        decode,
        prefill_alone(step, asked),
        Spread(
            _percentiles([request.first - request.arrived for request in warm]),
            _percentiles([(request.ended - request.first) / gaps for request in warm]),
        ),
    )


def _percentiles(values: list[float]) -> Percentiles:
    ordered = sorted(values)
    return Percentiles(*(ordered[round(share * (len(ordered) - 1))] for share in (0.5, 0.9, 0.95, 0.99)))


class _Replica:
    """The state of one replica: a queue, prompts under way, and sequences that decode."""

    def __init__(self, step: StepModel, asked: Requests) -> None:
        self.step = step
        self.asked = asked
        self.now = 0.0
        self.steps = 0
        self.tokens = 0.0
        self.waiting: deque[list[float]] = deque()  # [arrival, prompt tokens left]
        self.running: list[tuple[int, float, float]] = []  # (step of the last token, arrival, time of the first token)
        self._decode_times: dict[int, tuple[float, float]] = {}
        self._mixed_times: dict[tuple[int, int], float] = {}

    def serve(self, arrivals: Sequence[float]) -> Iterator[Served]:
        coming = deque(arrivals)
        while coming or self.waiting or self.running:
            if not self.waiting and not self.running:
                self.now = max(self.now, coming[0])
            while coming and coming[0] <= self.now:
                self.waiting.append([coming.popleft(), self.asked.prompt])
            if self.waiting and len(self.running) < self.asked.slots:
                self._carry_prompts()
            else:
                self._decode(coming[0] if coming and len(self.running) < self.asked.slots else None)
            while self.running and self.running[0][0] <= self.steps:
                _, arrived, first = heappop(self.running)
                self.tokens -= self.asked.prompt + self.asked.output
                yield Served(arrived, first, self.now)

    def _carry_prompts(self) -> None:
        """One step with as many waiting prompt tokens as the budget takes."""
        asked = self.asked
        left, finished = asked.most, 0
        for request in self.waiting:
            if left < 1 or finished >= asked.slots - len(self.running):
                break
            if asked.whole_prompts and request[1] > left and left < asked.most:
                break
            taken = min(request[1], left)
            request[1] -= taken
            left -= int(taken)
            finished += request[1] <= 0
        decoding = 0 if asked.whole_prompts else len(self.running)
        self.now += self._mixed_s(decoding, asked.most - left)
        if decoding:
            self.steps += 1
            self.tokens += decoding
        for _ in range(finished):
            arrived, _ = self.waiting.popleft()
            first = self.now + self._before_s()
            heappush(self.running, (self.steps + max(asked.output - 1, 1), arrived, first))
            self.tokens += asked.prompt + 1

    def _decode(self, until: float | None) -> None:
        """Decode to the next completion, or to the step in which somebody arrives."""
        sequences = len(self.running)
        fixed, per_token = self._decode_s(sequences)
        steps = self.running[0][0] - self.steps
        mean = self.tokens / sequences
        if until is not None:
            steps = max(1, min(steps, ceil((until - self.now) / (fixed + per_token * (mean + steps / 2)))))
        self.now += steps * (fixed + per_token * (mean + (steps - 1) / 2))
        self.steps += steps
        self.tokens += steps * sequences

    def _before_s(self) -> float:
        """What a request spends outside steps: handling, and waiting for the scheduler to look."""
        c = self.step.constants
        running = len(self.running)
        return c.request_s + (c.poll_steps * sum(self._decode_s(running)[:1]) if running else 0.0)

    def _decode_s(self, sequences: int) -> tuple[float, float]:
        """Fixed time of a decode step, and what each token of mean context adds."""
        found = self._decode_times.get(sequences)
        if found is None:
            short, long = self.asked.prompt, self.asked.prompt + self.asked.output
            at_short = self.step.time(sequences, short).total_s
            per_token = (self.step.time(sequences, long).total_s - at_short) / (long - short)
            found = self._decode_times[sequences] = (at_short - per_token * short, per_token)
        return found

    def _mixed_s(self, decoding: int, prompt: int) -> float:
        key = (decoding, prompt)
        found = self._mixed_times.get(key)
        if found is None:
            asked = self.asked
            found = self.step.time(decoding, asked.prompt + asked.output / 2, prompt, asked.prompt / 2).total_s
            self._mixed_times[key] = found
        return found
