"""Which formats an engine can run for a model on a device, and why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from roofrack.domain.device import Device
from roofrack.domain.engine import Engine
from roofrack.domain.formats import KvFormat, WeightsFormat
from roofrack.domain.model import LatentAttention, Model


def runs(weights: WeightsFormat, engine: Engine, device: Device, model: Model) -> str | None:
    """Why an engine cannot run a model in a weights format on a device; None when it can.

    Args:
        weights: The format.
        engine: Who loads it.
        device: What computes it.
        model: What is stored in it.
    """
    if engine.id not in weights.engines:
        return f"{engine.name} does not load {weights.name}{_where(weights.engines)}"
    if weights.experts_only and not model.is_moe:
        return f"{weights.name} quantises only experts, and {model.name} has none"
    return _hardware(weights, device)


def as_kept_by(engine: str, wanted: WeightsFormat, formats: Callable[[], Iterable[WeightsFormat]]) -> WeightsFormat:
    """A format, or the one in which an engine that does not load it keeps the same values.

    Args:
        engine: Id of who loads it.
        wanted: The format.
        formats: All formats, read only where the engine does not load the one that is wanted.
    """
    if engine in wanted.engines:
        return wanted
    return next((f for f in formats() if f.holds == wanted.id and engine in f.engines), wanted)


def runs_kv(kv: KvFormat, engine: Engine, device: Device, model: Model) -> str | None:
    """Why an engine cannot keep a model's cache in a KV format on a device; None when it can.

    Args:
        kv: The format.
        engine: Who keeps the cache.
        device: Where.
        model: Whose cache.
    """
    if engine.id not in kv.engines:
        return f"{engine.name} has no {kv.name} KV cache{_where(kv.engines)}"
    if kv.attention == "sparse-mla" and not _has_sparse_latents(model):
        return f"{kv.name} is a layout of sparse MLA, and {model.name} has {model.attention_kind}"
    return _hardware(kv, device)


def _has_sparse_latents(model: Model) -> bool:
    return any(isinstance(group.attention, LatentAttention) and group.attention.index for group in model.layers)


def _where(engines: tuple[str, ...]) -> str:
    """Who does, for somebody who is told that this engine does not."""
    return f"; {' and '.join(engines[:3])} {'does' if len(engines) == 1 else 'do'}" if engines else ""


def _hardware(format_: WeightsFormat | KvFormat, device: Device) -> str | None:
    if device.vendor not in format_.vendors:
        return f"{format_.name} does not run on {device.vendor} devices"
    has, needs = device.cuda_capability, format_.min_compute_capability
    if has is not None and needs is not None and has < needs:
        return f"{format_.name} needs compute capability {needs:g}, {device.name} has {has:g}"
    if isinstance(format_, KvFormat):
        return None
    if has is not None and format_.max_compute_capability is not None and has > format_.max_compute_capability:
        return (
            f"{format_.name} ends at compute capability {format_.max_compute_capability:g}, {device.name} has {has:g}"
        )
    if device.vendor in format_.needs_rate and getattr(device.rates, format_.compute) is None:
        return f"{format_.name} needs {format_.compute} arithmetic, which {device.name} lacks"
    return None
