"""Measurements that a chart over concurrency may show beside a plan: of what the plan is about, not merely near it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log2

from roofrack.domain.scenario import Scenario
from roofrack.evidence.measurement import Measurement
from roofrack.evidence.near import FAR, Distances, alike_engines, format_bits, subject_of
from roofrack.evidence.nearest import NUMBERS, near_lines
from roofrack.evidence.shipped import SHIPPED

NUMBERS_CHARTED = ("output_tokens_per_s", "tokens_per_s_per_user", "ttft_s", "tpot_s")
"""Numbers of a plan's curve that the charts draw."""

_MOST_SHOWN = 32
_SAME_SHAPE, _SAME_KIND = 0.4, 0.5
"""Distances of a sister model of the same size, and of a device of the same architecture and nearly the same bandwidth."""

_PROMPT_WITHIN, _OUTPUT_WITHIN, _SAME_LENGTHS = 2.5, 4.0, 1.25
_UNQUANTISED_BITS = 16
_LOADS = {"closed": ("closed", "single"), "single": ("single",), "batch": ("batch", "single")}


def charted(scenario: Scenario, rows: Iterable[Measurement] | None = None) -> tuple[Measurement, ...]:
    """Measurements that stand near where the plan's own would, nearest first; those of the plan's lengths alone, where there are some.

    Model and device are the plan's or nearly (`measured_of`), the format is the same, the engine is the same or another server, the
    devices are as many, the prompt within a factor of 2.5 and the answer within four, the load of the same kind. They are the same
    wherever the cursor is. Under load a time per token depends on how much prompt there is to each answer, so that those of other lengths
    may well lie outside the plan's band: `of_its_lengths` tells which they are.

    Args:
        scenario: What is planned.
        rows: What `measured_of` returned for it or for another plan of its model and device; read anew without.
    """
    loads = _LOADS.get(scenario.workload.load, ())
    found = (row for row in (measured_of(scenario) if rows is None else rows) if row.load in loads)
    kept = [row for row in found if _applies(row, scenario)]
    kept = [row for row in kept if of_its_lengths(row, scenario)] or kept
    kept.sort(
        key=lambda row: _doublings(row, scenario)
    )  # stable: of equals, those of the nearer model and device come first
    return tuple(kept[:_MOST_SHOWN])


def of_its_lengths(row: Measurement, scenario: Scenario) -> bool:
    """Whether a measurement has the lengths of a plan, within a quarter.

    Args:
        row: The measurement.
        scenario: What is planned.
    """
    asked = scenario.workload
    return _within(_SAME_LENGTHS, row.prompt_tokens, asked.prompt_tokens) and _within(
        _SAME_LENGTHS, row.output_tokens, asked.output_tokens
    )


def measured_of(scenario: Scenario) -> tuple[Measurement, ...]:
    """All that was measured of models of the plan's shape on devices like its own, nearest first.

    Args:
        scenario: What is planned; only its model and its device count.
    """
    distances = _OfModelAndDevice(subject_of(scenario))
    metrics = {metric for number in NUMBERS_CHARTED for metric in _metrics(number)}
    lines = [line for path in sorted(SHIPPED.glob("*.csv")) for line in near_lines(path, distances, metrics)]
    return tuple(line.measurement() for line in sorted(lines, key=lambda line: line.distance))


class _OfModelAndDevice(Distances):
    """Distances that only model and device decide."""

    def of(self, device: str, model: str, row: Sequence[str]) -> float:  # noqa: ARG002 (part of the interface)
        far, off = self.models.get(model, FAR), self.devices.get(device, FAR)
        return far + off if far <= _SAME_SHAPE and off <= _SAME_KIND else FAR


def _applies(row: Measurement, scenario: Scenario) -> bool:
    workload = scenario.workload
    return (
        (row.gpus or 1) == scenario.parallel.devices
        and _within(_PROMPT_WITHIN, row.prompt_tokens, workload.prompt_tokens)
        and _within(_OUTPUT_WITHIN, row.output_tokens, workload.output_tokens)
        and (row.weights == scenario.weights.id or _unquantised(row.weights, scenario.weights.bits))
        and alike_engines(row.engine, scenario.engine.id)
    )


def _unquantised(measured: str, bits: float) -> bool:
    """Whether nothing but their names tells two formats apart: the kernels of all others differ."""
    return format_bits().get(measured) == bits == _UNQUANTISED_BITS


def _doublings(row: Measurement, scenario: Scenario) -> float:
    """How far the lengths are off, in doublings of prompt and answer."""
    pairs = ((row.prompt_tokens, scenario.workload.prompt_tokens), (row.output_tokens, scenario.workload.output_tokens))
    return sum(abs(log2(there / here)) for there, here in pairs if there)


def _within(factor: float, there: float | None, here: float) -> bool:
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
