"""Measurements near a plan, as text and as flat JSON objects."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from roofrack.domain import Device, Engine, Model
from roofrack.errors import InputError
from roofrack.evidence.engines import engine_name
from roofrack.evidence.measurement import UNITS, Measurement
from roofrack.evidence.nearest import Evidence
from roofrack.report.units import deviation, duration, rate

METRIC_NAMES = {
    "ttft": "TTFT",
    "tpot": "TPOT",
    "itl": "ITL",
    "e2e_latency": "E2E latency",
    "output_tokens_per_s": "output",
    "total_tokens_per_s": "prompt and output",
    "prefill_tokens_per_s": "prompt",
    "decode_tokens_per_s": "one stream",
    "requests_per_s": "requests",
    "memory_used_per_gpu": "memory of a GPU",
    "weights_memory_per_gpu": "weights of a GPU",
    "kv_memory_per_gpu": "KV cache of a GPU",
    "kv_capacity_tokens": "KV capacity",
    "max_concurrency": "requests at once",
}
"""What is measured, for people; the unit says the rest."""

EVIDENCE_HEAD = ("metric", "source", "measured", "predicted", "error", "differs from the plan in")


def evidence_json(evidence: Evidence) -> dict[str, Any]:
    """A measurement near a plan as a flat object; `error` is (predicted - measured) / measured.

    Args:
        evidence: The measurement.
    """
    row, error = evidence.measurement, evidence.error
    return {
        "source": row.source,
        "source_url": row.source_url,
        "date": row.date,
        "model": row.model,
        "gpu": row.gpu,
        "engine": row.engine,
        "differs": "; ".join(evidence.differs),
        "distance": round(evidence.distance, 2),
        "metric": row.metric,
        "stat": row.stat,
        "unit": UNITS[row.metric],
        "concurrency": 1 if row.load == "single" else row.concurrency,
        "measured": row.value,
        "predicted": None if evidence.predicted is None else float(f"{evidence.predicted.mid:.6g}"),
        "error": None if error is None else round(error, 4),
    }


def evidence_rows(found: tuple[Evidence, ...]) -> list[list[str]]:
    """Measurements near a plan as cells.

    Args:
        found: The measurements.
    """
    return [
        [
            one.measurement.metric,
            f"{one.measurement.source} {one.measurement.date}".strip(),
            shown(one.measurement.metric, one.measurement.value),
            "–" if one.predicted is None else shown(one.measurement.metric, one.predicted.mid),
            "–" if one.error is None else deviation(one.error),
            "; ".join(one.differs) or "nothing",
        ]
        for one in found
    ]


def evidence_line(one: Evidence) -> str:
    """A measurement near a plan in one line: what was measured where, and what roofrack says about exactly that.

    Args:
        one: The measurement.
    """
    row = one.measurement
    said = "not predicted" if one.predicted is None else f"predicted {shown(row.metric, one.predicted.mid)}"
    error = "" if one.error is None else f" ({deviation(one.error)})"
    differs = ", ".join(named_difference(word, row) for word in one.differs) or "nothing"
    where = ", ".join(part for part in (published_by(row.source_url) or row.source, row.date) if part)
    name = METRIC_NAMES[row.metric]
    return f"{name} {shown(row.metric, row.value)} measured, {said}{error}; {where}; differs in {differs}"


def named_difference(word: str, row: Measurement) -> str:
    """A difference with the name of its model, device or engine in place of the id.

    Args:
        word: One of `Evidence.differs`.
        row: The measurement.
    """
    from roofrack.catalog import default_catalog

    known, space, rest = word.partition(" ")
    catalog = default_catalog()
    kinds: dict[str, Callable[[str], Model | Device | Engine]] = {
        row.model: catalog.model,
        row.gpu: catalog.device,
        engine_name(row.engine): catalog.engine,
    }
    if known in kinds:
        with suppress(InputError):  # measured, and not among the presets
            return f"{kinds[known](known).name}{space}{rest}"
    return word


def published_by(url: str) -> str:
    """Who published a measurement, from its address: owner and repository on GitHub, else the host; empty where that is unknown.

    Args:
        url: As a measurement's `source_url`.
    """
    host, *path = url.partition("://")[2].split("/")
    return "/".join(path[:2]) if host == "github.com" else host.removeprefix("www.")


def shown(metric: str, value: float | None) -> str:
    """A value of a metric for people, with its unit.

    Args:
        metric: The metric.
        value: In the metric's unit.
    """
    if value is None:
        return "–"
    unit = UNITS[metric]
    return duration(value) if unit == "s" else f"{rate(value)} {unit}".strip()
