"""The effective constants of one plan: engine era × device class × kernel, resolved once."""

from __future__ import annotations

import math
from typing import NamedTuple

from roofrack.domain.calibration import Calibration, DeviceClass, Era, KernelFactor, Physics
from roofrack.domain.device import Device, Link
from roofrack.domain.scenario import Scenario

_RATE_ORDER = {"fp4": ("fp4", "fp8"), "fp8": ("fp8",), "int8": ("int8",), "fp32": ("fp32",)}
_RATE_16_BIT = ("bf16", "fp16", "fp32")
_CAP_SHARPNESS = 12
"""Exponent with which shares approach the best one: 0.92 of at most 0.95 stays 0.88."""

_KNEE_SHARPNESS = 4
"""Exponent with which power begins to matter: hardly at half of the knee."""

_USUAL_TFLOPS_PER_W = 1.0
"""What a server's board promises where its power is not stated: between A100 (0.8) and H100 (1.4)."""

_LAYER_MATRICES = 7
"""Products of weights in a decoder layer: of queries, keys, values, their output, and three of a gated block."""


class Constants(NamedTuple):
    """What the step time needs, all in plain units.

    Args:
        dense_bytes_s: Weights outside routed experts streamed per second.
        expert_bytes_s: Routed experts streamed per second.
        kv_bytes_s: KV cache read per second.
        kv_again: Share of a read that each further query head of a KV head costs.
        dense_flops: Operations per second of full matrix products outside routed experts.
        expert_flops: The same for routed experts.
        attention_flops: The same for prompt attention.
        latent_attention: Factor on it for MLA.
        score_bytes: Bytes moved for each query head, prompt token and key beside it.
        full_rows: Rows of a full matrix product.
        row_exponent: How the rate falls with fewer rows.
        sustained: Share of the data sheet's dense rate for which the board's power is enough.
        activation_bytes_s: Activations moved per second.
        activation_passes: Hidden states moved per layer and token.
        overlap: Exponent of the smooth maximum of memory and compute time.
        layer_s: Per layer and step.
        launch_s: Least time per layer of steps that no graph replays.
        layer_launches: Kernels per layer of a prompt; 0 where nobody counted.
        graph_tokens: Longest context of decode steps that a graph replays.
        latent_layer: Further layers that an MLA layer counts for.
        moe_layer: Further layers that routing counts for, each time that kernels for experts are launched.
        step_s: Per step.
        sequence_s: Per running sequence and step.
        request_s: Per request, before its first token, with what its prompt's tokens take on the host.
        poll_steps: Steps before a busy scheduler takes a new request.
        balance_steps: Further steps before replicas that share experts take it.
        stage_loss: Share of a step lost per further pipeline stage.
        queue_share: Share of the queueing of random arrivals that a closed load has.
        burst_rounds: Rounds over which the wait of a closed load's first burst is spread.
        all_experts: Every local expert runs on every token, one after another.
        writes_out_rows: Rows beyond which packed weights are written out at 16 bits before they are multiplied; infinite for never.
        plain_bytes_s: Rate at which 16-bit weights are streamed.
        plain_flops: Operations per second of full 16-bit matrix products.
        link_s: One collective inside the TP group, fixed time.
        link_bytes_s: Its rate per device and direction.
        one_shot: Devices read each other's memory directly, so that small messages need no ring.
        stage_link_s: One hand-over between pipeline stages, fixed time.
        stage_link_bytes_s: Its rate.
        surprise: Parts of the path that were never measured.
    """

    dense_bytes_s: float
    expert_bytes_s: float
    kv_bytes_s: float
    kv_again: float
    dense_flops: float
    expert_flops: float
    attention_flops: float
    latent_attention: float
    score_bytes: float
    full_rows: float
    row_exponent: float
    sustained: float
    activation_bytes_s: float
    activation_passes: float
    overlap: float
    layer_s: float
    launch_s: float
    layer_launches: float
    graph_tokens: float
    latent_layer: float
    moe_layer: float
    step_s: float
    sequence_s: float
    request_s: float
    poll_steps: float
    balance_steps: float
    stage_loss: float
    queue_share: float
    burst_rounds: float
    all_experts: bool
    writes_out_rows: float
    plain_bytes_s: float
    plain_flops: float
    link_s: float
    link_bytes_s: float
    one_shot: bool
    stage_link_s: float
    stage_link_bytes_s: float
    surprise: int


def constants(scenario: Scenario, calibration: Calibration) -> Constants:
    """Resolve the constants for a scenario.

    Args:
        scenario: What is planned.
        calibration: All constants.
    """
    device, engine, version = scenario.rack.device, scenario.engine.id, scenario.engine_version
    physics, own = calibration.physics, scenario.adjustments
    era = calibration.era(engine, version)
    kind = calibration.device_class(device, engine, version)
    kernel = calibration.kernel(scenario.weights.kernel, engine, version, kind.id)
    # A format that packs only routed experts leaves the rest to the plain 16-bit kernels.
    at_16_bit = calibration.kernel("dense16", engine, version, kind.id)
    plain = at_16_bit if scenario.weights.experts_only else kernel
    inside, between = scenario.rack.link, scenario.rack.network
    tp_link = between if scenario.parallel.tp > scenario.rack.devices_per_node else inside
    stage_link = between if scenario.parallel.devices_per_replica > scenario.rack.devices_per_node else inside
    tp_factor = calibration.link(tp_link.id, tp_link.kind)
    stage_factor = calibration.link(stage_link.id, stage_link.kind)
    rate_16 = _rate_16_bit(device, era)
    stream = physics.stream * era.stream * kind.stream * (kind.consumer_stream if era.fp16_accumulate else 1)
    sustained = _sustained(device, rate_16, physics)
    compute = physics.compute * era.compute * kind.compute * sustained
    bandwidth = device.bandwidth_gb_s * 1e9

    def streamed(share: float) -> float:
        return bandwidth * min(1.0, own.stream * _capped(share, physics.best_share))

    def computed(rate: float, share: float) -> float:
        return rate * min(1.0, own.compute * _capped(share, physics.best_share))

    own_rate = _own_rate(scenario, kernel, rate_16)
    plain_rate = own_rate if plain is kernel else rate_16

    return Constants(
        dense_bytes_s=streamed(stream * plain.stream),
        expert_bytes_s=streamed(stream * kernel.stream * physics.expert_stream),
        kv_bytes_s=streamed(physics.kv_read * era.kv_read * _kv_read(kind, engine)),
        kv_again=era.kv_again,
        dense_flops=computed(plain_rate, compute * plain.compute),
        expert_flops=computed(own_rate, compute * kernel.compute * physics.expert_compute),
        attention_flops=computed(rate_16, physics.attention * era.attention * kind.attention),
        latent_attention=physics.latent_attention,
        score_bytes=era.score_bytes,
        full_rows=physics.full_rows,
        row_exponent=physics.row_exponent,
        sustained=sustained,
        activation_bytes_s=bandwidth * physics.activation_stream,
        activation_passes=physics.activation_passes,
        overlap=physics.overlap_exponent,
        layer_s=era.layer_s * kind.layer * kernel.layer * own.host,
        launch_s=era.launch_s * kernel.launch * own.host,
        layer_launches=_layer_launches(era, kernel),
        graph_tokens=math.inf if era.graph_tokens is None else era.graph_tokens,
        latent_layer=physics.latent_layer,
        moe_layer=physics.moe_layer * era.moe_layer * kernel.moe_layer,
        step_s=era.step_s * kind.host * own.host,
        sequence_s=era.sequence_s * kind.host * own.host,
        request_s=(era.request_s + era.token_s * scenario.workload.prompt_tokens) * own.request,
        poll_steps=era.poll_steps,
        balance_steps=era.balance_steps if scenario.parallel.ep > scenario.parallel.tp else 0.0,
        stage_loss=physics.stage_loss,
        queue_share=physics.queue_share,
        burst_rounds=physics.burst_rounds,
        all_experts=kernel.all_experts,
        writes_out_rows=math.inf if kernel.writes_out_rows is None else kernel.writes_out_rows,
        plain_bytes_s=streamed(stream * at_16_bit.stream),
        plain_flops=computed(rate_16, compute * at_16_bit.compute),
        link_s=tp_factor.latency_s * era.link_latency,
        link_bytes_s=_rate(tp_link, tp_factor.share),
        one_shot=tp_link.kind == "device",
        stage_link_s=stage_factor.latency_s * era.link_latency,
        stage_link_bytes_s=_rate(stage_link, stage_factor.share),
        surprise=sum(part.rows == 0 for part in (era, kind, kernel)),
    )


def _layer_launches(era: Era, kernel: KernelFactor) -> float:
    """Kernels of a layer while prompts run; weights that are first written out at 16 bits take one more for each matrix."""
    more = _LAYER_MATRICES if era.layer_launches and kernel.writes_out_rows is not None else 0
    return era.layer_launches + more


def _kv_read(kind: DeviceClass, engine: str) -> float:
    own = [row.factor for row in kind.kv_read_by_engine if row.engine == engine]
    return own[0] if own else kind.kv_read


def _rate_16_bit(device: Device, era: Era) -> float:
    fast = device.rates.fp16_accumulate
    return fast * 1e12 if era.fp16_accumulate and fast else dense_rate(device, _RATE_16_BIT)


def _sustained(device: Device, rate: float, physics: Physics) -> float:
    """Share of a 16-bit dense rate, in operations per second, for which the board's power is enough.

    Short of power a device lowers its clock, and its voltage with it, so that the rate falls less than the power: dynamic power is
    C·V²·f, which makes it the third root where voltage follows the clock in proportion.
    """
    promised = rate / 1e12 / device.power_w if device.power_w else _USUAL_TFLOPS_PER_W
    beyond = promised / physics.power_knee
    return float((1 + beyond**_KNEE_SHARPNESS) ** (-physics.power_exponent / _KNEE_SHARPNESS))


def _rate(link: Link, share: float) -> float:
    return link.gb_s_per_direction * 1e9 * share


def _capped(share: float, best: float) -> float:
    """A share that approaches the best one smoothly instead of passing it."""
    return float((share**-_CAP_SHARPNESS + best**-_CAP_SHARPNESS) ** (-1 / _CAP_SHARPNESS))


def _own_rate(scenario: Scenario, kernel: KernelFactor, rate_16: float) -> float:
    weights = scenario.weights
    has, needs = scenario.rack.device.cuda_capability, weights.native_compute_capability
    weight_only = has is not None and needs is not None and has < needs
    wanted = _RATE_ORDER.get("fp8" if kernel.rate == "fp8" else weights.compute)
    if kernel.rate == "16bit" or weight_only or wanted is None:
        return rate_16
    return dense_rate(scenario.rack.device, (*wanted, *_RATE_16_BIT))


def dense_rate(device: Device, types: tuple[str, ...]) -> float:
    """The dense rate of the first type that a device has units for, operations per second.

    Args:
        device: The device.
        types: Names of `Rates`, best first.

    Raises:
        ValueError: It has none of them.
    """
    for name in types:
        rate: float | None = getattr(device.rates, name)
        if rate is not None:
            return rate * 1e12
    raise ValueError(f"{device.id} has no rate for any of {', '.join(types)}")
