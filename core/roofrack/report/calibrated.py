"""What a calibration has found, as text and as a JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any

from roofrack.catalog.profiles import Profile
from roofrack.evidence.case import Case
from roofrack.evidence.fit import PRIOR, Fit
from roofrack.report.evidence import shown
from roofrack.report.table import table

SCHEMA = "roofrack.calibration/1"
_MEANING = {
    "stream": "weights and KV cache are read",
    "compute": "matrix products and prompt attention run",
    "host": "time between kernels, per step and per sequence",
    "request": "time of a request outside steps",
}
_DOUBTFUL_ERROR = 0.2
_RATES = ("stream", "compute")


def calibrated_text(profile: Profile, cases: Sequence[Case], found: Fit) -> str:
    """Errors before and after, and the factors in words.

    Args:
        profile: What is saved.
        cases: The measurements.
        found: The result.
    """
    rows = [
        [
            case.measurement.note,
            _load(case),
            case.measurement.metric,
            shown(case.measurement.metric, case.measurement.value),
            f"{before * 100:+.1f} %",
            f"{after * 100:+.1f} %",
        ]
        for case, before, after in zip(cases, found.before, found.after, strict=True)
    ]
    head = ("result", "load", "metric", "measured", "error before", "after")
    summary = (
        f"median error {found.error_before * 100:.1f} % before, {found.error_after * 100:.1f} % after, "
        f"on {len(cases)} measurements of {profile.model} {profile.weights}, {profile.engine}, {profile.device}"
    )
    factors = [
        [name, f"{getattr(profile.adjustments, name):.3f}", _in_words(name, getattr(profile.adjustments, name))]
        for name in _MEANING
    ]
    return "\n\n".join(
        (table(head, rows, left=3), summary, table(("factor", "value", ""), factors, left=3), *_doubts(profile, found))
    )


def _doubts(profile: Profile, found: Fit) -> list[str]:
    """What should make a reader suspicious of the result."""
    doubts = []
    if found.error_after > _DOUBTFUL_ERROR:
        doubts.append(
            f"Doubtful: no machine of this kind explains these numbers to better than {found.error_after * 100:.0f} %. "
            "Check model, GPU, weights format, parallel degrees, and whether speculative decoding or prefix caching was on."
        )
    far = [name for name, width in PRIOR.items() if abs(log(getattr(profile.adjustments, name))) > 2 * width]
    if far:
        doubts.append(f"Unusual: {', '.join(far)} lies farther from 1 than machines of one kind differ.")
    return doubts


def _load(case: Case) -> str:
    workload = case.scenario.workload
    how = f"{workload.rate_per_s:g}/s" if workload.rate_per_s else str(workload.concurrency)
    return f"{workload.load} {how}, {workload.prompt_tokens}+{workload.output_tokens}"


def _in_words(name: str, factor: float) -> str:
    percent = (factor - 1) * 100
    if abs(percent) < 1:
        return f"{_MEANING[name]} as expected"
    more = ("faster", "slower") if name in _RATES else ("more", "less")
    return f"{_MEANING[name]}: {abs(percent):.0f} % {more[percent < 0]}"


def calibrated_json(name: str, profile: Profile, cases: Sequence[Case], found: Fit) -> dict[str, Any]:
    """The result as plain JSON values; errors are fractions.

    Args:
        name: Of the saved profile.
        profile: What is saved.
        cases: The measurements.
        found: The result.
    """
    factors = {factor: getattr(profile.adjustments, factor) for factor in _MEANING}
    return {
        "schema": SCHEMA,
        "name": name,
        "model": profile.model,
        "weights": profile.weights,
        "engine": profile.engine,
        "device": profile.device,
        "adjustments": factors,
        "error_before": profile.error_before,
        "error_after": profile.error_after,
        "points": [
            {
                "where": case.measurement.note,
                "metric": case.measurement.metric,
                "measured": case.measurement.value,
                "error_before": round(before, 4),
                "error_after": round(after, 4),
            }
            for case, before, after in zip(cases, found.before, found.after, strict=True)
        ],
    }
