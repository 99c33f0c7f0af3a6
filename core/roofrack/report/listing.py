"""`roofrack models`, `gpus`, `formats`, `engines`, `scenarios`: flat objects and tables of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from roofrack.catalog import Catalog
from roofrack.domain.device import Device
from roofrack.domain.engine import Engine
from roofrack.domain.formats import KvFormat, WeightsFormat
from roofrack.domain.model import Model
from roofrack.errors import InputError
from roofrack.filters import DEVICES, MODELS, Facts, Query, Subject, device_facts, model_facts, parse
from roofrack.memory.kv import kv_bytes_per_token
from roofrack.memory.weights import active_params, total_params
from roofrack.report.table import table
from roofrack.report.units import params

Row = dict[str, Any]
Fits = Callable[[str], bool]
P = TypeVar("P", Model, Device)
_ON_DISK = {"disk", "partial"}
"""Words of the filter that are about files."""


def listing(kind: str, catalog: Catalog, words: Sequence[str] = (), fits: Fits | None = None) -> list[Row]:
    """The presets of a kind as flat objects with an `id`, those that a filter leaves.

    Args:
        kind: `models`, `gpus`, `formats`, `engines` or `scenarios`.
        catalog: Where they are.
        words: For models and GPUs a filter as `roofrack.filters` reads it; for others words that must occur in a row.
        fits: Whether the model or GPU of an id fits; None where there is nothing that it could fit.

    Raises:
        InputError: The filter is not understood, or asks what fits where nobody can say.
    """
    if kind == "models":
        kv = catalog.kv_format("16bit")
        query = _query(MODELS, words, fits)
        if _ON_DISK & set(query.kinds):
            from roofrack.report.on_disk import rows_on_disk

            return [row for row in rows_on_disk(query, kv, _model) if not query.fits or (fits and fits(row["path"]))]
        models = _filtered(catalog.models(), lambda model: model_facts(model, kv), MODELS, words, fits)
        return [_model(model, kv) | _origin(model.id, catalog) for model in models]
    if kind == "gpus":
        devices = _filtered(catalog.devices(), device_facts, DEVICES, words, fits)
        return [_device(device) | _origin(device.id, catalog) for device in devices]
    wanted = [word.lower() for word in words]
    return [row for row in _ROWS[kind](catalog) if all(word in _haystack(row) for word in wanted)]


def _filtered(
    presets: Sequence[P], facts_of: Callable[[P], Facts], subject: Subject, words: Sequence[str], fits: Fits | None
) -> list[P]:
    query = _query(subject, words, fits)
    known = {id(preset): facts_of(preset) for preset in presets}
    found = query.select(presets, lambda preset: known[id(preset)], subject)
    return [preset for preset in found if fits is None or not query.fits or fits(preset.id)]


def _query(subject: Subject, words: Sequence[str], fits: Fits | None) -> Query:
    query = parse(words, subject)
    if query.problems:
        raise InputError(f"filter: {query.problems[0]}", f"for example: {subject.example}")
    if query.fits and fits is None:
        raise InputError("filter: fits what?", "give --rack 4xh100-sxm5-80gb for models, --model for GPUs")
    return query


def listing_text(kind: str, rows: Sequence[Row]) -> str:
    """A table of the columns that matter first."""
    columns, left = _COLUMNS["disk" if rows and "path" in rows[0] else kind]
    if any(row.get("source", "preset") != "preset" for row in rows):
        columns = {**columns, "whose": "source"}
    cells = [[_cell(row.get(key)) for key in columns.values()] for row in rows]
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


def _origin(preset_id: str, catalog: Catalog) -> Row:
    """Whose a model or device is; one's own may stand in the place of a shipped one."""
    if preset_id not in catalog.own_ids():
        return {"source": "preset"}
    return {"source": "own, in place of the shipped one" if preset_id in catalog.replaced_ids() else "own"}


def _model(model: Model, kv: KvFormat) -> Row:
    total = total_params(model)
    return {
        "id": model.id,
        "aliases": list(model.aliases),
        "hub_ids": list(model.hub_ids),
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
            "steps": len(spec.captions),
        }
        for name, spec in zip(catalog.scenario_ids(), catalog.scenarios(), strict=True)
    ]


_ROWS: dict[str, Callable[[Catalog], list[Row]]] = {
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
    "disk": (
        {
            "model": "id",
            "store": "store",
            "complete": "complete",
            "wrong": "problem",
            "GiB": "disk_gib",
            "params": "params",
            "KV B/token": "kv_bytes_per_token",
            "native": "native_weights",
        },
        4,
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
