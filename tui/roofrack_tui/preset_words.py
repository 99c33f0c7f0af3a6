"""The fields of a preset in words, with their units: what its file calls `memory_mib = 81559` is `memory  81,559 MiB (79.6 GiB)`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from roofrack.domain.base import Frozen
from roofrack.report.preset import fields
from roofrack.report.units import gib

_MIB = 2**20
_LABELS = {
    "active_params_published": "published active parameters",
    "advertised_context_tokens": "advertised context",
    "dense_layers": "dense layers first",
    "expert_width": "width of an expert",
    "gb_s_per_direction": "each way",
    "head_dim": "head width",
    "heads": "attention heads",
    "hidden": "hidden size",
    "high_usd": "highest",
    "hub_ids": "on the hub as",
    "key_dim": "key width",
    "low_usd": "lowest",
    "max_context_tokens": "context",
    "max_devices": "joins GPUs",
    "mlp": "feed-forward",
    "native_weights": "published in",
    "params_published": "published parameters",
    "rates": "dense TFLOPS",
    "rent": "rent, an hour",
    "tower_params": "parameters of towers",
    "usd": "middle",
    "v_head_dim": "value width",
    "vocab": "vocabulary",
}
"""Labels of fields whose names do not say enough."""

_UNITS = {
    "_gb_s": "GB/s",
    "_gib": "GiB",
    "_mib": "MiB",
    "_bytes_per_token": "bytes a token",
    "_bytes_per_layer": "bytes a layer",
    "_bytes_per_logit": "bytes a logit",
    "_bytes": "bytes",
    "_bits": "bits",
    "_tokens": "tokens",
    "_w": "W",
}
"""Units by the ends of names, which say them."""

_TERMS = {
    "id": "id",
    "kv": "KV",
    "mla": "MLA",
    "pcie": "PCIe",
    "fp4": "FP4",
    "fp8": "FP8",
    "fp16": "FP16",
    "fp32": "FP32",
    "bf16": "BF16",
    "tf32": "TF32",
    "int8": "INT8",
    "min": "least",
    "max": "most",
    "params": "parameters",
    "since": "from version",
}
"""Words of names as people write them."""

_KEPT = (
    "kv_lora_rank",
    "q_lora_rank",
    "max_num_batched_tokens",
    "max_num_seqs",
    "qk_nope_head_dim",
    "qk_rope_head_dim",
)
"""The field's own terms, which people look for as they are."""

_LONGEST_LIST = 44
"""Characters of a list in one value; each item of a longer one has a line of its own."""


def preset_words(preset: Frozen) -> str:
    """Every field that is set, one a line, label and value apart by two spaces; nested ones indented, newest versions first.

    Args:
        preset: A model, device, link, format or engine.
    """
    return "\n".join(_lines(dict(fields(preset)), ""))


def _lines(values: Mapping[str, Any], indent: str) -> Iterator[str]:
    for name, value in values.items():
        if value is not None and value not in ("", (), []):
            yield from _entry(name, value, indent)


def _entry(name: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Frozen):
        value = dict(fields(value))
    if isinstance(value, Mapping):
        yield f"{indent}{label(name)}"
        yield from _lines(value, indent + "  ")
    elif isinstance(value, tuple | list) and any(isinstance(item, Frozen) for item in value):
        for item in reversed(value) if hasattr(value[0], "since") else value:
            yield from _item(name, item, indent)
    elif isinstance(value, tuple | list):
        items = [_value(name, item) for item in value]
        joined = ", ".join(items)
        if len(joined) <= _LONGEST_LIST:
            yield f"{indent}{label(name)}  {joined}"
        else:
            yield f"{indent}{label(name)}"
            yield from (f"{indent}  {item}" for item in items)
    else:
        yield f"{indent}{label(name)}  {_value(name, value)}"


def _item(name: str, item: Frozen, indent: str) -> Iterator[str]:
    """One of several parts of a kind, under what tells it from the others."""
    values = dict(fields(item))
    head = next((key for key in ("since", "count") if values.get(key)), "")
    said = f"{_value(head, values.pop(head))} " if head else ""
    yield f"{indent}{label(head)} {said}".rstrip() if head == "since" else f"{indent}{said}{label(name)}"
    yield from _lines(values, indent + "  ")


def label(name: str) -> str:
    """What a field is called on screen.

    Args:
        name: As in a preset file.
    """
    if name in _KEPT:
        return name
    if name in _LABELS:
        return _LABELS[name]
    end = next((end for end in _UNITS if name.endswith(end)), "")
    return " ".join(_TERMS.get(word, word) for word in name.removesuffix(end).split("_"))


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    if name.endswith("_share"):
        return f"{value * 100:g} %"
    number = f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"
    if name.endswith("usd"):
        return f"${value:,.2f}"
    if name.endswith("compute_capability"):
        return f"{value:.1f}"  # as its vendor and the presets of devices write it
    if name.endswith("_mib"):
        return f"{number} MiB ({gib(value * _MIB)} GiB)"
    if name == "gb_s_per_direction":
        return f"{number} GB/s"
    unit = next((unit for end, unit in _UNITS.items() if name.endswith(end) and name not in _KEPT), "")
    if unit.startswith("bytes") and value >= _MIB:
        number, unit = f"{value / _MIB:,.4g}", unit.replace("bytes", "MiB", 1)
    return f"{number} {unit}".rstrip()
