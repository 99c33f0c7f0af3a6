"""The effective constants of one plan: engine era × device class × kernel, resolved once."""

from __future__ import annotations

from typing import NamedTuple

from roofrack.domain.calibration import Calibration
from roofrack.domain.device import Device, Link
from roofrack.domain.scenario import Scenario

_RATE_ORDER = {"fp4": ("fp4", "fp8"), "fp8": ("fp8",), "int8": ("int8",), "fp32": ("fp32",)}
_RATE_16_BIT = ("bf16", "fp16", "fp32")


class Constants(NamedTuple):
    """What the step time needs, all in plain units.

    Args:
        weights_bytes_s: Weights streamed per second.
        kv_bytes_s: KV cache read per second.
        flops: Floating-point operations per second of the weights' matrix products.
        attention_flops: The same for prompt attention.
        activation_bytes_s: Activations moved per second.
        activation_passes: Hidden states moved per layer and token.
        overlap: Exponent of the smooth maximum of memory and compute time.
        layer_s: Per layer and step.
        moe_layer_s: Per MoE layer and step.
        step_s: Per step.
        sequence_s: Per running sequence and step.
        request_s: Per request, before its first token.
        queue: Share of the other requests' prefill work found before a new request.
        all_experts: Every local expert runs on every token.
        link_s: One collective inside the TP group, fixed time.
        link_bytes_s: Its rate per device and direction.
        stage_link_s: One hand-over between pipeline stages, fixed time.
        stage_link_bytes_s: Its rate.
        surprise: Parts of the path that were never measured.
    """

    weights_bytes_s: float
    kv_bytes_s: float
    flops: float
    attention_flops: float
    activation_bytes_s: float
    activation_passes: float
    overlap: float
    layer_s: float
    moe_layer_s: float
    step_s: float
    sequence_s: float
    request_s: float
    queue: float
    all_experts: bool
    link_s: float
    link_bytes_s: float
    stage_link_s: float
    stage_link_bytes_s: float
    surprise: int


def constants(scenario: Scenario, calibration: Calibration) -> Constants:
    """Resolve the constants for a scenario.

    Args:
        scenario: What is planned.
        calibration: All constants.
    """
    device = scenario.rack.device
    era = calibration.era(scenario.engine.id, scenario.engine_version)
    device_class = calibration.device_class(device)
    kernel = calibration.kernel(scenario.weights, scenario.engine.id, scenario.engine_version, device_class.id)
    physics = calibration.physics
    bandwidth = device.bandwidth_gb_s * 1e9
    inside, between = scenario.rack.link, scenario.rack.network
    tp_link = between if scenario.parallel.tp > scenario.rack.devices_per_node else inside
    stage_link = between if scenario.parallel.devices_per_replica > scenario.rack.devices_per_node else inside
    tp_factor = calibration.link(tp_link.id, tp_link.kind)
    stage_factor = calibration.link(stage_link.id, stage_link.kind)
    rate_16 = dense_rate(device, _RATE_16_BIT)
    own_rate = rate_16 if kernel.rate == "16bit" else _own_rate(scenario, rate_16)
    compute = era.compute * device_class.compute
    return Constants(
        weights_bytes_s=bandwidth * _capped(era.stream * device_class.stream * kernel.stream, physics.best_stream),
        kv_bytes_s=bandwidth * _capped(era.kv_read * device_class.kv_read, physics.best_stream),
        flops=own_rate * min(1.0, compute * kernel.compute),
        attention_flops=rate_16 * min(1.0, physics.attention_compute * compute),
        activation_bytes_s=bandwidth * physics.activation_stream,
        activation_passes=physics.activation_passes,
        overlap=physics.overlap_exponent,
        layer_s=era.layer_s * device_class.layer,
        moe_layer_s=era.moe_layer_s * kernel.moe_layer,
        step_s=era.step_s,
        sequence_s=era.sequence_s,
        request_s=era.request_s,
        queue=era.queue,
        all_experts=kernel.all_experts,
        link_s=tp_factor.latency_s,
        link_bytes_s=_rate(tp_link, tp_factor.share),
        stage_link_s=stage_factor.latency_s,
        stage_link_bytes_s=_rate(stage_link, stage_factor.share),
        surprise=sum(part.rows == 0 for part in (era, device_class, kernel)),
    )


def _rate(link: Link, share: float) -> float:
    return link.gb_s_per_direction * 1e9 * share


def _capped(share: float, best: float) -> float:
    """A share that approaches the best one smoothly instead of passing it."""
    return float((share**-6 + best**-6) ** (-1 / 6))


def _own_rate(scenario: Scenario, rate_16: float) -> float:
    weights = scenario.weights
    has, needs = scenario.rack.device.cuda_capability, weights.native_compute_capability
    if has is not None and needs is not None and has < needs:
        return rate_16
    wanted = _RATE_ORDER.get(weights.compute)
    return rate_16 if wanted is None else dense_rate(scenario.rack.device, (*wanted, *_RATE_16_BIT))


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
