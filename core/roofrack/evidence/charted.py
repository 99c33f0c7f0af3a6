"""Measurements that a chart over concurrency may show beside a plan: of what the plan is about, not merely near it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from roofrack.domain.scenario import Scenario
from roofrack.evidence.measurement import Measurement
from roofrack.evidence.near import Distances, subject_of
from roofrack.evidence.nearest import NUMBERS, nearest_rows

NUMBERS_CHARTED = ("output_tokens_per_s", "tokens_per_s_per_user", "ttft_s", "tpot_s")
"""Numbers of a plan's curve that the charts draw."""

_MOST_LOOKED_AT = 240
_MOST_SHOWN = 32
_ALIKE = 1.15
"""Distance of model, device, format and engine together: a sister model on another server of the day, at most."""

_PROMPT_WITHIN, _OUTPUT_WITHIN = 2.5, 4.0
_ANY_CONCURRENCY = 32
_LOADS = {"closed": ("closed", "single"), "single": ("single",), "batch": ("batch", "single")}


def charted(scenario: Scenario) -> tuple[Measurement, ...]:
    """Measurements whose values stand where the plan's own would, nearest first.

    Model, device, format and engine are the plan's or nearly (a sister model of the same shape, another server), the devices as many, the
    prompt within a factor of 2.5 and the answer within four, the load of the same kind. They are the same wherever the cursor is.

    Args:
        scenario: What is planned.
    """
    loads = _LOADS.get(scenario.workload.load)
    if loads is None:
        return ()
    anywhere = replace(scenario, workload=replace(scenario.workload, concurrency=_ANY_CONCURRENCY))
    distances = Distances(subject_of(anywhere))
    metrics = {metric for number in NUMBERS_CHARTED for metric in _metrics(number)}
    rows = (row for _, row in nearest_rows(anywhere, metrics, _MOST_LOOKED_AT))
    found = [row for row in rows if row.load in loads and _applies(row, scenario, distances)]
    return tuple(found[:_MOST_SHOWN])


def _applies(row: Measurement, scenario: Scenario, distances: Distances) -> bool:
    workload = scenario.workload
    return (
        (row.gpus or 1) == scenario.parallel.devices
        and _within(_PROMPT_WITHIN, row.prompt_tokens, workload.prompt_tokens)
        and _within(_OUTPUT_WITHIN, row.output_tokens, workload.output_tokens)
        and distances.of_subject(row.gpu, row.model, row.weights, row.engine, row.engine_version) <= _ALIKE
    )


def _within(factor: float, there: float | None, here: int) -> bool:
    return there is None or here / factor <= there <= here * factor


def chart_points(rows: Iterable[Measurement], number: str) -> tuple[tuple[int, float], ...]:
    """Measurements as points of a chart over concurrency, in the number's unit.

    Args:
        rows: Measurements; those without a concurrency, and of other metrics, are left out.
        number: A number of a curve point: `tpot_s`, `ttft_s`, `output_tokens_per_s` …
    """
    found = set()
    for row in rows:
        concurrency = 1 if row.load == "single" else row.concurrency
        if concurrency and row.metric in _metrics(number) and (value := _as_number(number, row)):
            found.add((concurrency, value))
    return tuple(sorted(found))


def _metrics(number: str) -> tuple[str, ...]:
    return (*NUMBERS.get(number, ()), *([_WHOLE_BATCH] if number == "output_tokens_per_s" else []))


def _as_number(number: str, row: Measurement) -> float | None:
    if not row.value:
        return None
    if (number, row.metric) in _UPSIDE_DOWN:
        return 1 / row.value
    if number == "output_tokens_per_s" and row.metric == _WHOLE_BATCH:
        # A batch ends with its last request; until then it made all its tokens.
        whole = row.load == "batch" and row.stat == "max"
        return (row.concurrency or 0) * (row.output_tokens or 0) / row.value or None if whole else None
    if row.metric == "prefill_tokens_per_s":
        return row.prompt_tokens / row.value if row.prompt_tokens else None
    return row.value


_WHOLE_BATCH = "e2e_latency"
_UPSIDE_DOWN = (("tpot_s", "decode_tokens_per_s"), ("tokens_per_s_per_user", "tpot"), ("tokens_per_s_per_user", "itl"))
