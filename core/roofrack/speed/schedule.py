"""What continuous batching makes of a step: the steady state of one replica under a load."""

from __future__ import annotations

from typing import NamedTuple

from roofrack.results import StepTime
from roofrack.speed.step import StepModel

_ROUNDS = 60
_CLOSE_ENOUGH = 1e-5


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
    context = asked.prompt + asked.output / 2
    smallest = min(asked.prompt, asked.budget) if not asked.whole_prompts else asked.prompt
    most = max(asked.budget, smallest)
    gaps = max(asked.output - 1, 1)
    prefill = _prefill(step, asked)
    low, high = 0.0, float(inside)
    for _ in range(_ROUNDS):
        decoding = (low + high) / 2
        micro = max(decoding / step.stages, 1e-3)
        decode = step.time(micro, context)
        per_step = micro / gaps * asked.prompt
        carried = min(max(per_step, smallest), most)
        mixed = step.time(micro, context, carried, asked.prompt / 2)
        share = per_step / carried
        tpot = (decode.total_s + min(share, 1.0) * (mixed.total_s - decode.total_s)) * max(share, 1.0)
        decoding_s = gaps * tpot
        prompt_s = asked.prompt / smallest * (mixed.total_s - decode.total_s)
        ttft = (
            step.constants.request_s
            + decode.total_s / 2
            + asked.prompt / smallest * mixed.total_s
            + step.constants.queue * prompt_s * max(inside / step.stages - 1, 0)
        )
        balance = inside * decoding_s / (decoding_s + ttft)
        if high - low < _CLOSE_ENOUGH * inside:
            break
        if balance > decoding:
            low = decoding
        else:
            high = decoding
    rate = inside / (decoding_s + ttft)
    waiting = concurrency - inside
    queued = waiting / rate
    decode = step.time(max(inside / step.stages, 1.0), context)
    ttft += queued
    return Steady(inside, waiting, ttft, tpot, ttft + decoding_s, rate * asked.output, decode, prefill)


def _prefill(step: StepModel, asked: Requests) -> StepTime:
    """The steps of one prompt that has the engine for itself."""
    chunk = asked.prompt if asked.whole_prompts else min(asked.prompt, asked.budget)
    one = step.time(0, 0, chunk, asked.prompt / 2)
    times = asked.prompt / chunk
    return StepTime(*(part * times for part in one))
