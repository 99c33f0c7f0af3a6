"""When nothing meets the targets: what comes nearest, and which target rules it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from roofrack.errors import InputError
from roofrack.report.units import duration
from roofrack.search.request import SearchSpec
from roofrack.search.results import Candidate, Limit, NearestMiss, Progress, Relaxed

if TYPE_CHECKING:
    from roofrack.catalog import Catalog

Report = Callable[[Progress], None]

TARGET_FIELDS: dict[Limit, str] = {
    "ttft": "ttft_s",
    "tpot": "tpot_s",
    "speed": "tokens_per_s_per_user",
    "requests": "requests_per_s",
    "availability": "availability",
}
_TARGET_NAMES: dict[Limit, tuple[str, str]] = {
    "ttft": ("TTFT", "s"),
    "tpot": ("TPOT", "s"),
    "speed": ("for each user", "tokens/s"),
    "requests": ("of the whole rack", "requests/s"),
}
MANY_GPUS = 1024
"""As large a rack as "more GPUs" can reasonably mean."""


def nearest_miss(
    spec: SearchSpec,
    catalog: Catalog,
    closest: Candidate | None,
    out_of_reach: frozenset[Limit],
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> NearestMiss:
    """Explain why a search found nothing.

    Args:
        spec: What was asked.
        catalog: Where ids are looked up.
        closest: The plan within the limits that comes nearest to the targets.
        out_of_reach: Targets that no plan within the limits keeps: while one stands, lifting another target gives nothing.
        progress: As for the search.
        cancelled: As for the search; what was not looked at any more is left out.
    """
    relaxed = []
    for limit, lifted in _without_each(spec):
        # With failures allowed for, a plan is judged by fewer replicas: what is then out of reach may not be without.
        hopeless = limit in TARGET_FIELDS and limit != "availability" and out_of_reach - {limit}
        best = None if hopeless else _best(lifted, catalog, _told(progress, limit), cancelled)
        if cancelled is not None and cancelled():
            break
        relaxed.append(Relaxed(limit, best))
    return NearestMiss(closest, _reason(spec, closest), tuple(relaxed))


def _told(progress: Report | None, limit: Limit) -> Report | None:
    """Reports that say which limit is lifted."""
    return None if progress is None else lambda now: progress(now._replace(lifted=limit))


def _without_each(spec: SearchSpec) -> list[tuple[Limit, SearchSpec]]:
    """The search with each of its targets and limits lifted, one at a time."""
    once = replace(spec, kept=1, front=False, sort="gpus" if spec.sort == "headroom" else spec.sort)
    found: list[tuple[Limit, SearchSpec]] = [
        (limit, replace(once, targets=replace(spec.targets, **{field: None})))
        for limit, field in TARGET_FIELDS.items()
        if getattr(spec.targets, field) is not None
    ]
    if spec.limits.usd_per_hour is not None:
        found.append(("budget", replace(once, limits=replace(spec.limits, usd_per_hour=None))))
    if spec.limits.gpus < MANY_GPUS:
        found.append(("gpus", replace(once, limits=replace(spec.limits, gpus=MANY_GPUS))))
    return found


def _best(
    spec: SearchSpec, catalog: Catalog, progress: Report | None, cancelled: Callable[[], bool] | None
) -> Candidate | None:
    from roofrack.search.find import best_of

    try:
        return best_of(spec, catalog, progress, cancelled)
    except InputError:  # without the limit there is nothing to combine either
        return None


def _reason(spec: SearchSpec, closest: Candidate | None) -> str:
    limits = f"{spec.limits.gpus:,} GPUs"
    if spec.limits.usd_per_hour is not None:
        limits += f" and ${spec.limits.usd_per_hour:,.2f} per hour"
    if closest is None:
        length = spec.workload.prompt_tokens + spec.workload.output_tokens
        return f"nothing within {limits} holds the weights and one request of {length:,} tokens"
    if closest.limit == "room":
        at_once = int(spec.concurrency / closest.strain)
        return f"nothing within {limits} runs {spec.concurrency:,} requests at once; the nearest runs {at_once:,}"
    if closest.limit == "availability":
        return f"nothing within {limits} keeps one replica working for {spec.targets.availability:.7g} of the time: too few nodes"
    name, unit = _TARGET_NAMES[closest.limit]
    target: float = getattr(spec.targets, TARGET_FIELDS[closest.limit])
    reached = closest.strain * target if unit == "s" else target / closest.strain
    wanted, comes = (
        (duration(target), duration(reached)) if unit == "s" else (f"{target:g} {unit}", f"{reached:.3g} {unit}")
    )
    return f"nothing within {limits} keeps the target of {wanted} {name}; the nearest comes to {comes}"
