"""What continuous batching makes of a step: the steady state of one replica under a load."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from roofrack.results import StepTime
from roofrack.speed.step import StepModel

_ROUNDS = 60
_CLOSE_ENOUGH = 1e-6


class Requests(NamedTuple):
    """What the replica is asked.

    Args:
        prompt: Prompt tokens of a request.
        output: Output tokens of a request.
        budget: Tokens that one step may carry (`max_num_batched_tokens`).
        whole_prompts: Waiting prompts run whole, before decoding goes on.
        slots: Sequences that fit at once.
    """

    prompt: int
    output: int
    budget: int
    whole_prompts: bool
    slots: int


class Steady(NamedTuple):
    """The steady state of one replica.

    Args:
        running: Requests in the engine.
        waiting: Requests that queue for a slot.
        ttft_s: Time to first token, queueing included.
        tpot_s: Time per output token after the first.
        e2e_s: Send to last token.
        output_tokens_per_s: Generated tokens per second.
        decode: The step that only decodes.
        prefill: The steps of one prompt alone.
    """

    running: float
    waiting: float
    ttft_s: float
    tpot_s: float
    e2e_s: float
    output_tokens_per_s: float
    decode: StepTime
    prefill: StepTime


def single(step: StepModel, asked: Requests) -> Steady:
    """One request at a time, nothing else in the engine."""
    context = asked.prompt + asked.output / 2
    decode = step.time(1, context)
    prefill = _prefill(step, asked)
    ttft = step.constants.request_s + prefill.total_s
    e2e = ttft + (asked.output - 1) * decode.total_s
    return Steady(1, 0, ttft, decode.total_s, e2e, asked.output / e2e, decode, prefill)


def batch(step: StepModel, asked: Requests, concurrency: float) -> Steady:
    """All requests start together and run to the end; none joins. More than fit go in waves."""
    running = min(concurrency, asked.slots)
    waves = max(1.0, concurrency / asked.slots)
    prefill = _prefill(step, asked)
    micro = max(1.0, running / step.stages)
    decode = step.time(micro, asked.prompt + asked.output / 2)
    tokens = running * asked.prompt
    chunk = min(tokens, max(asked.budget, asked.prompt if asked.whole_prompts else 1))
    together = tokens / chunk * step.time(0, 0, chunk, asked.prompt / 2).total_s
    wave = together + (asked.output - 1) * decode.total_s
    waited = (waves - 1) / 2 * wave
    # Prompts finish one after another: the mean first token comes about half-way.
    first = step.constants.request_s + prefill.total_s + (together - prefill.total_s) / 2
    e2e = step.constants.request_s + waves * wave
    return Steady(
        running,
        concurrency - running,
        first + waited,
        decode.total_s,
        e2e,
        concurrency * asked.output / e2e,
        decode,
        prefill,
    )


def closed(step: StepModel, asked: Requests, concurrency: float) -> Steady:
    """A constant number of requests: a finished one is replaced at once.

    The number of decoding sequences d solves d = N·Z/(Z + TTFT) with Z the decoding time of a request; a step carries the
    prompts that have come meanwhile, up to the token budget.
    """
    inside = min(concurrency, asked.slots)
    cycle = _solve(lambda decoding: _cycle(step, asked, inside, decoding), inside)
    rate = inside / (cycle.ttft_s + cycle.decoding_s)
    waiting = concurrency - inside
    ttft = cycle.ttft_s + waiting / rate
    return Steady(
        inside,
        waiting,
        ttft,
        cycle.tpot_s,
        ttft + cycle.decoding_s,
        rate * asked.output,
        cycle.decode,
        _prefill(step, asked),
    )


class _Cycle(NamedTuple):
    """One request's way through a replica with a given number of decoding sequences."""

    ttft_s: float
    tpot_s: float
    decoding_s: float
    decode: StepTime
    excess: float


def _cycle(step: StepModel, asked: Requests, inside: float, decoding: float) -> _Cycle:
    """TTFT and TPOT when so many sequences decode; `excess` is how many more would, were it the steady state."""
    context = asked.prompt + asked.output / 2
    smallest = asked.prompt if asked.whole_prompts else min(asked.prompt, asked.budget)
    gaps = max(asked.output - 1, 1)
    sequences = max(decoding / step.stages, 1e-3)
    decode = step.time(sequences, context)
    per_step = sequences / gaps * asked.prompt
    carried = min(max(per_step, smallest), max(asked.budget, smallest))
    mixed = step.time(sequences, context, carried, asked.prompt / 2)
    share = per_step / carried
    extra = mixed.total_s - decode.total_s
    tpot = (decode.total_s + min(share, 1.0) * extra) * max(share, 1.0)
    chunks = asked.prompt / smallest
    others = max(inside / step.stages - 1, 0)
    own = decode.total_s / 2 + chunks * mixed.total_s
    ttft = step.constants.request_s + own + step.constants.queue * chunks * extra * others
    decoding_s = gaps * tpot
    return _Cycle(ttft, tpot, decoding_s, decode, inside * decoding_s / (decoding_s + ttft) - decoding)


def _solve(cycle: Callable[[float], _Cycle], inside: float) -> _Cycle:
    """The steady state: where `excess` is zero, by the Illinois variant of false position."""
    low, high = 0.0, float(inside)
    above, below = inside, cycle(high).excess
    for _ in range(_ROUNDS):
        middle = (low * below - high * above) / (below - above)
        found = cycle(middle)
        if abs(found.excess) < _CLOSE_ENOUGH * inside:
            break
        if found.excess > 0:
            low, above, below = middle, found.excess, below / 2 if low else below
        else:
            high, below, above = middle, found.excess, above / 2 if high != inside else above
    return found


def _prefill(step: StepModel, asked: Requests) -> StepTime:
    """The steps of one prompt that has the engine for itself."""
    chunk = asked.prompt if asked.whole_prompts else min(asked.prompt, asked.budget)
    one = step.time(0, 0, chunk, asked.prompt / 2)
    times = asked.prompt / chunk
    return StepTime(*(part * times for part in one))
