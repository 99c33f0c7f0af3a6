"""What a plan says: plain frozen values, made by `plan()` and read by reports and screens."""

from __future__ import annotations

from typing import Literal, NamedTuple

from roofrack.domain.scenario import Scenario, ScenarioSpec

Bound = Literal["weights", "kv", "compute", "communication", "host"]


class Band(NamedTuple):
    """A value with its 80 % band, in the unit that the field's name says."""

    low: float
    mid: float
    high: float


class WeightsPart(NamedTuple):
    """One part of the weights of one replica.

    Args:
        name: `embedding`, `attention`, `mlp`, `experts`, `shared experts`, `head`, `tower`, `other`.
        params: Parameters.
        bits: Bits per parameter as stored.
        bytes: Bytes as stored, all devices of the replica together.
    """

    name: str
    params: int
    bits: float
    bytes: int


class KvPart(NamedTuple):
    """KV cache or state of one sequence from the layers of one kind, whole replica, logical size.

    Args:
        kind: `full`, `window`, `latent`, `compressed`, `index` or `state`.
        layers: How many layers.
        bytes_per_token: What each further token adds; 0 for windows and states.
        fixed_bytes: What a sequence holds beyond that once its windows are full: windows and states.
        tp_divisor: By how much tensor parallelism divides it on a device.
    """

    kind: str
    layers: int
    bytes_per_token: int
    fixed_bytes: int
    tp_divisor: int


class DeviceMemory(NamedTuple):
    """The memory of one device.

    Args:
        number: Device number in the rack, from 0.
        node: Node number, from 0.
        replica: Data-parallel replica it serves, from 0; -1 when idle.
        stage: Pipeline stage, from 0.
        device: Device id.
        total_bytes: As the driver reports it.
        usable_bytes: What the engine may take.
        weights_bytes: Weights.
        kv_cache_bytes: KV pool.
        activations_bytes: Peak activations of a step.
        overhead_bytes: CUDA context, libraries, communicators, graphs.
        free_bytes: Left to nobody.
        over_bytes: By how much it does not fit; 0 when it does.
    """

    number: int
    node: int
    replica: int
    stage: int
    device: str
    total_bytes: int
    usable_bytes: int
    weights_bytes: int
    kv_cache_bytes: int
    activations_bytes: int
    overhead_bytes: int
    free_bytes: int
    over_bytes: int


class Remedy(NamedTuple):
    """A change that makes a plan fit, checked by computing it.

    Args:
        label: What to do, in words: "weights fp8", "context 16384", "6 GPUs".
        spec: The scenario with that change.
        requests: Requests of the workload's lengths that then run at once, all replicas.
    """

    label: str
    spec: ScenarioSpec
    requests: int


class MemoryPlan(NamedTuple):
    """Memory of the whole plan.

    Args:
        fits: Whether weights, overhead and one sequence of the context asked fit on every device.
        reason: Which device is over by how much; None when it fits.
        devices: Every device of the rack.
        weights: Parts of one replica.
        weights_bytes: One replica.
        kv: Parts of one sequence.
        kv_bytes_per_token: Growing part of one sequence on one replica, logical size.
        kv_fixed_bytes: Windows and states of one sequence on one replica, logical size.
        kv_capacity_tokens: Tokens that the pools of all replicas hold at the context asked.
        max_concurrency: Sequences of the full context that fit at once, all replicas.
        workload_concurrency: Sequences of prompt + output tokens that fit at once, all replicas.
        crowded_bytes: What finds no room beside the engine's memory fraction, on the worst device.
        prompt_sequences: Sequences of the prompt alone that fit one replica at once, with fraction.
        whole_sequences: The same with the answer.
    """

    fits: bool
    reason: str | None
    devices: tuple[DeviceMemory, ...]
    weights: tuple[WeightsPart, ...]
    weights_bytes: int
    kv: tuple[KvPart, ...]
    kv_bytes_per_token: int
    kv_fixed_bytes: int
    kv_capacity_tokens: int
    max_concurrency: int
    workload_concurrency: int
    crowded_bytes: int = 0
    prompt_sequences: float = 0.0
    whole_sequences: float = 0.0


class StepTime(NamedTuple):
    """The time of one engine step on its slowest device, by cause, in seconds.

    `total_s` is not the plain sum: memory traffic and compute overlap.
    """

    weights_s: float
    kv_s: float
    compute_s: float
    communication_s: float
    host_s: float
    total_s: float

    @property
    def bound(self) -> Bound:
        """What the step is made of most."""
        parts: dict[Bound, float] = {
            "weights": self.weights_s,
            "kv": self.kv_s,
            "compute": self.compute_s,
            "communication": self.communication_s,
            "host": self.host_s,
        }
        return max(parts, key=lambda name: parts[name])


class Percentiles(NamedTuple):
    """How a time is spread over requests, or over tokens, seconds."""

    mean: float
    p50: float
    p90: float
    p95: float
    p99: float


class Spread(NamedTuple):
    """How times are spread.

    Args:
        ttft_s: Time to first token, over requests.
        tpot_s: Mean time per token after the first, over requests.
        itl_s: Time between two tokens, over tokens: what a reader sees as a stutter.
        e2e_latency_s: Send to last token, over requests.
    """

    ttft_s: Percentiles
    tpot_s: Percentiles
    itl_s: Percentiles
    e2e_latency_s: Percentiles


class CurvePoint(NamedTuple):
    """What the rack does at one concurrency.

    Args:
        concurrency: Requests asked for at once.
        running: Of them in the engine.
        waiting: Of them queueing for KV memory or a sequence slot.
        ttft_s: Time to first token, queueing included.
        tpot_s: Time per output token after the first.
        e2e_latency_s: Send to last token.
        output_tokens_per_s: Whole rack.
        tokens_per_s_per_user: 1 / TPOT.
        requests_per_s: Whole rack.
        bound: What the decode step is made of most.
        decode: The decode step.
        prefill: The prefill of one prompt.
        spread: Percentiles, where arrivals are random or they were asked for; else None.
    """

    concurrency: int
    running: int
    waiting: int
    ttft_s: Band
    tpot_s: Band
    e2e_latency_s: Band
    output_tokens_per_s: Band
    tokens_per_s_per_user: Band
    requests_per_s: Band
    bound: Bound
    decode: StepTime
    prefill: StepTime
    spread: Spread | None = None


class Cost(NamedTuple):
    """What the whole rack costs; None where no price is known.

    Args:
        usd_per_hour: All devices.
        usd_per_million_output_tokens: At the concurrency under the cursor, everything charged to output tokens.
        source: Where the price comes from.
    """

    usd_per_hour: float | None
    usd_per_million_output_tokens: float | None
    source: str


class Notice(NamedTuple):
    """Something a reader must know.

    Args:
        code: A stable word: `does-not-fit`, `suggestion`, `context-beyond-model`, `replicated-kv`, `not-modelled` …
        message: One sentence.
    """

    code: str
    message: str


class Plan(NamedTuple):
    """The answer to a scenario.

    Args:
        scenario: What was planned.
        memory: Where the bytes go.
        curve: By concurrency; empty when it does not fit.
        at: The point of the workload's own concurrency; None when it does not fit.
        cost: Prices.
        warnings: What to know.
        remedies: What would make it fit; empty when it does.
        verdict: The whole in a few short sentences.
    """

    scenario: Scenario
    memory: MemoryPlan
    curve: tuple[CurvePoint, ...]
    at: CurvePoint | None
    cost: Cost
    warnings: tuple[Notice, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    verdict: tuple[str, ...] = ()
