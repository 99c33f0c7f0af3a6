"""What continuous batching makes of a step: the steady state of one replica under a load."""

from __future__ import annotations

from functools import lru_cache
from math import ceil, expm1
from typing import NamedTuple

from roofrack.results import Spread, StepTime
from roofrack.speed.lengths import quantiles
from roofrack.speed.pipeline import chunk_times
from roofrack.speed.step import StepModel

MOST_BUNDLED = 16_384
"""Prompt tokens beyond which engines split what waits into several steps."""

_ROUNDS = 60
_REMEMBERED = 64
_CLOSE_ENOUGH = 1e-6
_MOST_BUSY = 0.9
_MEAN_FIRST_TOKEN = 0.55
_STAGES_OF_A_WAVE = 32
_AT_ONCE = 1.0, 0.0


class Cache(NamedTuple):
    """The KV cache of a replica as its scheduler hands it out, counted in tokens of such requests.

    Args:
        tokens: What it holds.
        fixed_tokens: What a sequence takes besides its length: states, windows, what blocks round up.
        sequences: Sequences that a step carries at most.
        reserved: Share of the answers that is set aside when requests are admitted.
        watermark: Share of the cache that admitting leaves free.
    """

    tokens: float
    fixed_tokens: float
    sequences: int
    reserved: float
    watermark: float


class Requests(NamedTuple):
    """What the replica is asked.

    Args:
        prompt: Prompt tokens of a request.
        output: Output tokens of a request.
        budget: Tokens that one step may carry (`max_num_batched_tokens`).
        whole_prompts: Waiting prompts run whole, before decoding goes on.
        slots: Sequences that fit at once.
        max_tokens: Longest answer, where they end on their own before; None where all are of one length.
        pipelines_prompts: Chunks of one prompt follow each other through the pipeline (llama.cpp).
        cache: Memory as the simulation counts it; None where `slots` says it all.
        receive_interval: Decode steps from one look for new requests to the next.
        held_steps: Steps for which a prompt waits for others to join it.
    """

    prompt: int
    output: int
    budget: int
    whole_prompts: bool
    slots: int
    pipelines_prompts: bool = False
    cache: Cache | None = None
    max_tokens: int | None = None
    receive_interval: int = 1
    held_steps: int = 0

    @property
    def most(self) -> int:
        """Prompt tokens that one step carries at most; at least one prompt where they run whole."""
        bundled = min(self.budget, MOST_BUNDLED)
        return max(bundled, self.chunk) if self.whole_prompts else bundled

    @property
    def chunk(self) -> int:
        """Prompt tokens of one request that one step carries at most."""
        return min(self.prompt, MOST_BUNDLED if self.whole_prompts else self.budget)


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
        spread: Percentiles over requests, where they differ.
    """

    running: float
    waiting: float
    ttft_s: float
    tpot_s: float
    e2e_s: float
    output_tokens_per_s: float
    decode: StepTime
    prefill: StepTime
    spread: Spread | None = None


def single(step: StepModel, asked: Requests) -> Steady:
    """One request at a time, nothing else in the engine."""
    context = asked.prompt + asked.output / 2
    decode = step.time(1, context)
    prefill = prefill_alone(step, asked)
    ttft = step.constants.request_s + prefill.total_s
    e2e = ttft + (asked.output - 1) * decode.total_s
    return Steady(1, 0, ttft, decode.total_s, e2e, asked.output / e2e, decode, prefill)


def batch(step: StepModel, asked: Requests, concurrency: float) -> Steady:
    """All requests start together and run to the end; none joins. More than fit go in waves.

    Until the last prompt of a wave is done, those that are ahead decode slowly: half of that time ends up in TPOT. Where answers end on
    their own, fewer and fewer are left of the last wave, and the longest decides when the batch is done.
    """
    running = min(concurrency, asked.slots)
    waves = max(1.0, concurrency / asked.slots)
    decode = step.time(running, asked.prompt + asked.output / 2)
    tokens = running * asked.prompt
    chunk = min(tokens, asked.most)
    together = tokens / chunk * step.time(0, 0, chunk, asked.prompt / 2).total_s
    gaps = max(asked.output - 1, 1)
    wave = together + gaps * decode.total_s
    last, streamed = _last_wave(step, asked, running, decode.total_s)
    share = _MEAN_FIRST_TOKEN if running > 1 else 1.0
    ttft = step.constants.request_s + share * together + (waves - 1) / 2 * wave
    tpot = streamed + (running - 1) / running * together / 2 / gaps
    e2e = step.constants.request_s + (waves - 1) * wave + together + last
    rate = concurrency * asked.output / e2e
    return Steady(running, concurrency - running, ttft, tpot, e2e, rate, decode, prefill_alone(step, asked))


def _last_wave(step: StepModel, asked: Requests, running: float, decode_s: float) -> tuple[float, float]:
    """Decoding time of the last wave, and its mean time per token."""
    if asked.max_tokens is None or asked.max_tokens <= asked.output:
        return max(asked.output - 1, 1) * decode_s, decode_s
    lengths = quantiles(asked.output, asked.max_tokens, min(ceil(running), _STAGES_OF_A_WAVE))
    at, spent, each = 1, 0.0, []
    for ended, length in enumerate(lengths):
        left = running * (1 - ended / len(lengths))
        if length > at:
            spent += (length - at) * step.time(left, asked.prompt + (at + length) / 2).total_s
            at = length
        if length > 1:
            each.append(spent / (length - 1))
    return spent, sum(each) / len(each) if each else decode_s


def saturated(step: StepModel, asked: Requests) -> Steady:
    """A queue that never ends: a slot that is left takes its next prompt at once."""
    slots = float(asked.slots)
    cycle = _settled(step, asked, slots, at_once=True)
    rate = slots * asked.output / (cycle.away_s + cycle.decoding_s)
    e2e = cycle.ttft_s + cycle.decoding_s
    return Steady(slots, 0, cycle.ttft_s, cycle.tpot_s, e2e, rate, cycle.decode, prefill_alone(step, asked))


def closed(step: StepModel, asked: Requests, concurrency: float) -> Steady:
    """A constant number of requests: a finished one is replaced at once.

    The number of decoding sequences d solves d = N·Z/(Z + TTFT) with Z the decoding time of a request; a step carries the
    prompts that have come meanwhile, up to the token budget.
    """
    inside = min(concurrency, asked.slots)
    cycle = _settled(step, asked, float(inside))
    rate = inside / (cycle.away_s + cycle.decoding_s)
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
        prefill_alone(step, asked),
    )


class _Cycle(NamedTuple):
    """One request's way through a replica with a given number of decoding sequences.

    `away_s` is how long its slot does not decode; `excess` is how many more sequences would decode, were it the steady state.
    """

    ttft_s: float
    tpot_s: float
    away_s: float
    decoding_s: float
    decode: StepTime
    excess: float


def _cycle(step: StepModel, asked: Requests, inside: float, decoding: float, *, at_once: bool) -> _Cycle:
    """TTFT and TPOT when so many sequences decode.

    The prompts that a decoding sequence shares its steps with are those of the others; its own comes before. A new request waits
    for the scheduler to look, if others keep it busy, for its own prompt, for those before it in the queue (M/G/1 with utilisation ρ), and for its part
    of the burst with which a closed load begins; where the slots are never left empty (`at_once`), only the prompt keeps one.
    """
    c = step.constants
    context = asked.prompt + asked.output / 2
    gaps = max(asked.output - 1, 1)
    most, chunk = asked.most, asked.chunk
    decode = step.time(decoding, context)
    others = (inside - 1) / inside
    per_step = others * decoding / gaps * asked.prompt
    together, missed = _AT_ONCE
    if asked.receive_interval > 1 or asked.held_steps:
        together, missed = gathered(asked, others * decoding / gaps)
    carried = min(max(per_step, chunk * together), most)
    mixed = step.time(decoding, context, carried, asked.prompt / 2)
    share = per_step / carried
    extra = mixed.total_s - decode.total_s
    tpot = (decode.total_s + min(share, 1.0) * extra) * max(share, 1.0)
    decoding_s = gaps * tpot
    own = asked.prompt / chunk * mixed.total_s
    bundle = min(max(inside * asked.prompt, chunk), most)
    burst = asked.prompt / bundle * step.time(decoding, context, bundle, asked.prompt / 2).total_s
    busy = min(decoding / decoding_s * burst, _MOST_BUSY)
    at_random = busy / (1 - busy) / 2 * max(asked.prompt / carried, 1.0) * mixed.total_s * others
    queue = (inside - 1) / 2 * burst / c.burst_rounds + c.queue_share * at_random
    looked = others * c.poll_steps + c.balance_steps + missed
    ttft = c.request_s + looked * decode.total_s + own + queue
    away = own if at_once else ttft
    return _Cycle(ttft, tpot, away, decoding_s, decode, inside * decoding_s / (decoding_s + away) - decoding)


def gathered(asked: Requests, per_step: float) -> tuple[float, float]:
    """Prompts that start together because the engine waits, and the steps that each of them waits for that on average.

    Whoever comes between two looks waits for half of that time; whoever comes while a prompt is held back waits for what is left of it.

    Args:
        asked: How the engine waits.
        per_step: Requests that come in one decode step.
    """
    interval, held = asked.receive_interval - 1, asked.held_steps
    joined = per_step * held
    seen = per_step * interval
    together = seen / -expm1(-seen) if seen else 1.0
    return together + joined, interval / 2 + held * (1 + joined / 2) / (1 + joined)


@lru_cache(maxsize=_REMEMBERED)  # beyond its slots a replica's state stays the same, whatever waits
def _settled(step: StepModel, asked: Requests, inside: float, *, at_once: bool = False) -> _Cycle:
    """The steady state: where `excess` is zero, by the secant method, or by bisection where that leaves the bracket."""
    low, high = 0.0, inside
    found, decoding, before = _cycle(step, asked, inside, inside, at_once=at_once), inside, 0.0
    before_excess = inside  # at none decoding, by definition
    for _ in range(_ROUNDS):
        if abs(found.excess) < _CLOSE_ENOUGH * decoding:
            break
        low, high = (decoding, high) if found.excess > 0 else (low, decoding)
        line = (before * found.excess - decoding * before_excess) / (found.excess - before_excess or 1.0)
        before, before_excess = decoding, found.excess
        decoding = line if low < line < high else (low + high) / 2
        found = _cycle(step, asked, inside, decoding, at_once=at_once)
    return found


@lru_cache(maxsize=_REMEMBERED)  # the same at every point of a curve
def prefill_alone(step: StepModel, asked: Requests) -> StepTime:
    """The steps of one prompt that has the engine for itself.

    Where an engine sends the chunks of one prompt through its pipeline one behind the other, stages work side by side.
    """
    chunk = asked.chunk
    one = step.time(0, 0, chunk, asked.prompt / 2)
    times = asked.prompt / chunk
    if asked.pipelines_prompts:
        times = chunk_times(times, step.stages, step.queued_chunks)
    return StepTime(*(part * times for part in one))
