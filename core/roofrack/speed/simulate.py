"""Continuous batching as a simulation that jumps from event to event.

Between arrivals and completions nothing changes but the length of the sequences, and a step's time is linear in that, so a
stretch of decode steps takes one evaluation. Only steps that carry prompt tokens are taken one by one.

Schedulers differ in what they set aside for a request: the whole answer, a share of it, or nothing, and then they preempt the
newest request when the cache runs out and compute its prompt and tokens again (vLLM `v1/core/sched/scheduler.py`; SGLang
`schedule_batch.py`, `retract_decode`).
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import accumulate, cycle
from math import ceil
from typing import NamedTuple

from roofrack.speed.schedule import Requests
from roofrack.speed.step import StepModel

_SEED = 1


class Served(NamedTuple):
    """What happened to one request, seconds from the start of the simulation.

    Args:
        arrived: When it came.
        first: When its first token was out.
        ended: When its last token was out.
        output: Tokens of its answer.
    """

    arrived: float
    first: float
    ended: float
    output: int


class Run(NamedTuple):
    """A simulation that came to its end.

    Args:
        served: Requests in the order of completion.
        gaps: Times between tokens of a request, seconds, each with the number of tokens that waited so long.
        preempted: How often a request lost its memory to older ones.
    """

    served: list[Served]
    gaps: list[tuple[float, int]]
    preempted: int


def poisson_arrivals(rate_per_s: float, count: int, seed: int = _SEED) -> list[float]:
    """Arrival times with exponential gaps.

    Args:
        rate_per_s: Arrivals per second.
        count: How many.
        seed: The same seed gives the same arrivals.
    """
    draw = random.Random(seed)  # noqa: S311 (a simulation, no secret)
    return list(accumulate(draw.expovariate(rate_per_s) for _ in range(count)))


def simulate(
    step: StepModel, asked: Requests, arrivals: Sequence[float], *, replaced: int = 0, outputs: Sequence[int] = ()
) -> Run:
    """Serve requests on one replica.

    Args:
        step: The time of a step.
        asked: Lengths, token budget, memory and the way prompts are batched.
        arrivals: When requests come, seconds, ascending.
        replaced: So many requests more come, each when another has ended: a closed load.
        outputs: Answer lengths in the order of arrival, again from the start when there are more requests; none for `asked.output`.
    """
    replica = _Replica(step, asked, replaced, outputs or (asked.output,))
    return Run(list(replica.serve(arrivals)), replica.gaps, replica.preempted)


class _Request:
    """A request on its way: tokens it has produced, and those to be computed before it decodes (again)."""

    __slots__ = ("admitted", "arrived", "delay", "first", "joined", "left", "output", "paused", "produced")

    def __init__(self, arrived: float, prompt: int, output: int) -> None:
        self.arrived = arrived
        self.output = output
        self.left = prompt
        self.produced = 0
        self.joined = 0
        self.first = self.delay = self.paused = 0.0
        self.admitted = False


class _Replica:
    """The state of one replica: a queue, prompts under way, and sequences that decode."""

    def __init__(self, step: StepModel, asked: Requests, replaced: int, outputs: Sequence[int]) -> None:
        self.step = step
        self.asked = asked
        self.replaced = replaced
        self.outputs = cycle(outputs)
        # Whoever comes at a random moment waits for the step under way, no longer; the successor of a finished request just misses steps.
        # What an engine waits for others (`schedule.gathered`) is half of it on average where many come, as they do here.
        missed = step.constants.poll_steps + step.constants.balance_steps if replaced else 0.0
        self.missed_steps = missed + (asked.receive_interval - 1 + asked.held_steps) / 2
        self.slots = asked.cache.sequences if asked.cache else asked.slots
        self.now = self.stalled = 0.0
        self.steps = self.preempted = self.joined = 0
        self.tokens = 0  # of the sequences that decode
        self.held = 0.0  # tokens of cache, prompts under way included
        self.owed = 0  # answer tokens that admitted requests have still to produce
        self.waiting: deque[_Request] = deque()
        self.running: list[tuple[int, int, _Request]] = []  # (step of the last token, number, request)
        self.gaps: list[tuple[float, int]] = []
        self._decode_times: dict[int, tuple[float, float]] = {}
        self._mixed_times: dict[tuple[int, int], float] = {}

    def serve(self, arrivals: Sequence[float]) -> Iterator[Served]:
        prompt, outputs, coming = self.asked.prompt, self.outputs, deque(arrivals)
        while coming or self.waiting or self.running:
            if not self.waiting and not self.running:
                self.now = max(self.now, coming[0])
            while coming and coming[0] <= self.now:
                self.waiting.append(_Request(coming.popleft(), prompt, next(outputs)))
            if not self._carry_prompts(admit=not self._make_room()):
                # Whoever comes while the first in the queue has no room changes nothing.
                watched = coming and not self.waiting and len(self.running) < self.slots
                self._decode(coming[0] if watched else None)
            while self.running and self.running[0][0] <= self.steps:
                request = heappop(self.running)[2]
                self._release(request)
                if self.replaced:
                    self.replaced -= 1
                    coming.append(self.now)
                ended = max(self.now + request.delay, request.first)
                yield Served(request.arrived, request.first, ended, request.output)

    def _fits(self, request: _Request) -> bool:
        cache = self.asked.cache
        if cache is None or not self.held:
            return True
        answers = self.owed + request.output - request.produced
        wanted = self.held + request.left + cache.fixed_tokens + cache.reserved * answers
        return wanted <= cache.tokens * (1 - cache.watermark)

    def _admit(self, request: _Request) -> None:
        request.admitted = True
        self.held += request.left + (self.asked.cache.fixed_tokens if self.asked.cache else 0.0)
        self.owed += request.output - request.produced

    def _release(self, request: _Request) -> None:
        """Give back what a decoding request holds, and note how far it has come."""
        request.produced += self.steps - request.joined
        length = self.asked.prompt + request.produced
        self.tokens -= length
        self.held -= length + (self.asked.cache.fixed_tokens if self.asked.cache else 0.0)
        self.owed -= request.output - request.produced

    def _make_room(self) -> bool:
        """Preempt the newest requests until each of the others can take one token more; whether any was."""
        cache, before = self.asked.cache, self.preempted
        while cache and len(self.running) > 1 and self.held + len(self.running) > cache.tokens:
            newest = max(range(len(self.running)), key=lambda index: self.running[index][1])
            request = self.running[newest][2]
            self.running[newest] = self.running[-1]
            self.running.pop()
            heapify(self.running)
            self._release(request)
            request.left, request.admitted, request.paused = self.asked.prompt + request.produced, False, self.now
            place = next((place for place, other in enumerate(self.waiting) if not other.admitted), len(self.waiting))
            self.waiting.insert(place, request)
            self.preempted += 1
        return self.preempted > before

    def _carry_prompts(self, *, admit: bool) -> bool:
        """One step with as many waiting prompt tokens as budget and memory take; False when that is none."""
        asked = self.asked
        decoding = 0 if asked.whole_prompts else len(self.running)
        room = max(asked.most - decoding, 1)  # whoever decodes takes a token of the step's budget
        left, finished = room, 0
        for request in self.waiting:
            if left < 1 or finished >= self.slots - len(self.running):
                break
            if asked.whole_prompts and request.left > left and left < room:
                break
            if not request.admitted:
                if not (admit and self._fits(request)):
                    break
                self._admit(request)
            taken = min(request.left, left)
            request.left -= taken
            left -= taken
            finished += request.left <= 0
        if left == room:
            return False
        spent = self._mixed_s(decoding, room - left)
        self.now += spent
        if decoding:
            self._count(1, decoding, spent)
        elif self.running:
            self.stalled += spent
        for _ in range(finished):
            self._join(self.waiting.popleft())
        return True

    def _join(self, request: _Request) -> None:
        if not request.produced:
            request.delay = self._before_s()
            request.first = self.now + request.delay
        else:
            self.gaps.append((self.now - request.paused, 1))
        request.produced += 1
        request.joined = self.steps
        self.joined += 1
        self.tokens += self.asked.prompt + request.produced
        self.held += 1
        self.owed -= 1
        heappush(self.running, (self.steps + request.output - request.produced, self.joined, request))

    def _count(self, steps: int, sequences: int, spent: float) -> None:
        self.steps += steps
        self.tokens += steps * sequences
        self.held += steps * sequences
        self.owed -= steps * sequences
        if self.stalled:
            each = spent / steps
            self.gaps.append((each + self.stalled, sequences))
            self.stalled, spent, steps = 0.0, spent - each, steps - 1
        if steps:
            self.gaps.append((spent / steps, steps * sequences))

    def _decode(self, until: float | None) -> None:
        """Decode to the next completion, to the step in which somebody arrives, or until the cache is full."""
        sequences = len(self.running)
        fixed, per_token = self._decode_s(sequences)
        steps = self.running[0][0] - self.steps
        if self.asked.cache:
            steps = max(1, min(steps, int((self.asked.cache.tokens - self.held) // sequences)))
        mean = self.tokens / sequences
        if until is not None:
            steps = max(1, min(steps, ceil((until - self.now) / (fixed + per_token * (mean + steps / 2)))))
        spent = steps * (fixed + per_token * (mean + (steps - 1) / 2))
        self.now += spent
        self._count(steps, sequences, spent)

    def _before_s(self) -> float:
        """What a request spends outside steps: handling, and in a closed load the steps that it has missed."""
        running = len(self.running)
        missed_s = self.missed_steps * self._decode_s(running)[0] if running else 0.0
        return self.step.constants.request_s + missed_s

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
