"""`roofrack models`, `gpus`, `formats`, `engines`, `scenarios`: flat objects and tables of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from roofrack.catalog import Catalog
from roofrack.domain.device import Device
from roofrack.domain.engine import Engine
from roofrack.domain.formats import KvFormat, WeightsFormat
from roofrack.domain.model import Model
from roofrack.memory.kv import kv_bytes_per_token
from roofrack.memory.weights import active_params, total_params
from roofrack.report.table import table
from roofrack.report.units import params

Row = dict[str, Any]


def listing(kind: str, catalog: Catalog, words: Sequence[str] = ()) -> list[Row]:
    """The presets of a kind as flat objects with an `id`, those that hold every word.

    Args:
        kind: `models`, `gpus`, `formats`, `engines` or `scenarios`.
        catalog: Where they are.
        words: Words that must occur in a row, in any field, in any case.
    """
    rows = _ROWS[kind](catalog)
    wanted = [word.lower() for word in words]
    return [row for row in rows if all(word in _haystack(row) for word in wanted)]


def listing_text(kind: str, rows: Sequence[Row]) -> str:
    """A table of the columns that matter first."""
    columns, left = _COLUMNS[kind]
    cells = [[_cell(row[key]) for key in columns.values()] for row in rows]
    return table(tuple(columns), cells, left=left)


def _haystack(row: Row) -> str:
    return " ".join(_cell(value) for value in row.values()).lower()


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(value)


def _models(catalog: Catalog) -> list[Row]:
    kv = catalog.kv_format("16bit")
    return [_model(model, kv) for model in catalog.models()]


def _model(model: Model, kv: KvFormat) -> Row:
    total = total_params(model)
    return {
        "id": model.id,
        "aliases": list(model.aliases),
        "name": model.name,
        "family": model.family,
        "total_params": total,
        "active_params": active_params(model),
        "params": params(total),
        "attention": model.attention_kind,
        "moe": model.is_moe,
        "layers": model.layer_count,
        "kv_bytes_per_token": kv_bytes_per_token(model, kv),
        "max_context_tokens": model.max_context_tokens,
        "native_weights": model.native_weights,
        "licence": model.licence,
        "released": model.released,
    }


def _devices(catalog: Catalog) -> list[Row]:
    return [_device(device) for device in catalog.devices()]


def _device(device: Device) -> Row:
    rates = device.rates
    return {
        "id": device.id,
        "aliases": list(device.aliases),
        "name": device.name,
        "vendor": device.vendor,
        "architecture": device.architecture,
        "memory_gib": round(device.memory_mib / 1024, 2),
        "bandwidth_gb_s": device.bandwidth_gb_s,
        "tflops_16bit": rates.bf16 or rates.fp16,
        "tflops_fp8": rates.fp8,
        "tflops_fp4": rates.fp4,
        "power_w": device.power_w,
        "link": device.link.link if device.link else None,
        "usd": device.price.usd if device.price else None,
        "usd_per_hour": device.rent.usd if device.rent else None,
        "released": device.released,
    }


def _formats(catalog: Catalog) -> list[Row]:
    return [_format(f, "weights") for f in catalog.weights_formats()] + [_format(f, "kv") for f in catalog.kv_formats()]


def _format(found: WeightsFormat | KvFormat, what: str) -> Row:
    return {
        "id": found.id,
        "aliases": list(found.aliases),
        "name": found.name,
        "for": what,
        "bits": found.bits,
        "engines": list(found.engines),
        "min_compute_capability": found.min_compute_capability,
        "quality": found.quality[-1].verdict if found.quality else "unknown",
    }


def _engines(catalog: Catalog) -> list[Row]:
    return [_engine(engine) for engine in catalog.engines()]


def _engine(engine: Engine) -> Row:
    return {
        "id": engine.id,
        "aliases": list(engine.aliases),
        "name": engine.name,
        "default_version": engine.default_version,
        "versions_since": [profile.since for profile in engine.profiles],
        "vendors": list(engine.vendors),
        "memory_fraction": engine.profile(engine.default_version).memory.fraction,
    }


def _scenarios(catalog: Catalog) -> list[Row]:
    return [
        {
            "id": name,
            "title": spec.title,
            "model": spec.model,
            "rack": f"{spec.rack.gpus_per_node}x{spec.rack.device}"
            + (f" x {spec.rack.nodes} nodes" if spec.rack.nodes > 1 else ""),
            "weights": spec.weights,
            "engine": spec.engine,
            "steps": len(spec.story),
        }
        for name, spec in zip(catalog.scenario_ids(), catalog.scenarios(), strict=True)
    ]


_ROWS: dict[str, Callable[[Catalog], list[Row]]] = {
    "models": _models,
    "gpus": _devices,
    "formats": _formats,
    "engines": _engines,
    "scenarios": _scenarios,
}
# Column name → key, and how many columns are words.
_COLUMNS: dict[str, tuple[dict[str, str], int]] = {
    "models": (
        {
            "model": "id",
            "attention": "attention",
            "params": "params",
            "KV B/token": "kv_bytes_per_token",
            "context": "max_context_tokens",
            "native": "native_weights",
        },
        2,
    ),
    "gpus": (
        {
            "GPU": "id",
            "name": "name",
            "GiB": "memory_gib",
            "GB/s": "bandwidth_gb_s",
            "16-bit TFLOPS": "tflops_16bit",
            "fp8": "tflops_fp8",
            "link": "link",
            "$/h": "usd_per_hour",
        },
        2,
    ),
    "formats": ({"format": "id", "for": "for", "engines": "engines", "quality": "quality", "bits": "bits"}, 4),
    "engines": (
        {
            "engine": "id",
            "name": "name",
            "devices": "vendors",
            "profiles since": "versions_since",
            "default": "default_version",
        },
        4,
    ),
    "scenarios": ({"scenario": "id", "title": "title", "model": "model", "rack": "rack"}, 4),
}
