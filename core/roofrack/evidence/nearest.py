"""The measurements nearest to a plan, with what roofrack predicts for exactly each of them."""

from __future__ import annotations

import csv
import heapq
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from roofrack.catalog import Catalog
from roofrack.domain.scenario import Scenario
from roofrack.evidence.case import Unpredictable
from roofrack.evidence.engines import engine_name
from roofrack.evidence.measurement import Measurement, Preamble, measurement, split_preamble
from roofrack.evidence.near import COLUMNS, LIMIT, Distances, subject_of
from roofrack.evidence.predict import Predictor
from roofrack.evidence.shipped import SHIPPED
from roofrack.results import Band, Plan

SPEEDS = ("tpot", "itl", "decode_tokens_per_s", "ttft", "output_tokens_per_s", "e2e_latency", "prefill_tokens_per_s")
"""Metrics that a plan's curve also has."""

NUMBERS: dict[str, tuple[str, ...]] = {
    "ttft_s": ("ttft", "prefill_tokens_per_s"),
    "tpot_s": ("tpot", "itl", "decode_tokens_per_s"),
    "e2e_latency_s": ("e2e_latency",),
    "output_tokens_per_s": ("output_tokens_per_s",),
    "tokens_per_s_per_user": ("decode_tokens_per_s", "tpot", "itl"),
    "requests_per_s": ("requests_per_s",),
    "weights_bytes": ("weights_memory_per_gpu",),
    "kv_capacity_tokens": ("kv_capacity_tokens", "kv_memory_per_gpu"),
}
"""For a number of a plan, the metrics that measure it, the most direct first."""

_STATS = ("", "mean", "p50", "max")
"""`max` is how batches are measured: until the last request ends."""
_OF_A_KIND = 2


class Evidence(NamedTuple):
    """A measurement near a plan.

    Args:
        measurement: What was measured.
        distance: How far it is; 0 is the plan itself.
        differs: In what it differs from the plan, in words.
        predicted: What roofrack says about exactly that measurement; None where it cannot be predicted.
    """

    measurement: Measurement
    distance: float
    differs: tuple[str, ...]
    predicted: Band | None

    @property
    def error(self) -> float | None:
        """(predicted - measured) / measured."""
        if self.predicted is None or self.measurement.value is None:
            return None
        return self.predicted.mid / self.measurement.value - 1


def evidence_for(
    plan: Plan,
    *,
    metrics: Collection[str] = SPEEDS,
    most: int = 6,
    catalog: Catalog | None = None,
    predictor: Predictor | None = None,
) -> tuple[Evidence, ...]:
    """The shipped measurements nearest to a plan, nearest first.

    Args:
        plan: The plan.
        metrics: Only these.
        most: Most rows; of one metric of one configuration no more than two.
        catalog: Where ids are looked up.
        predictor: What predicts them; keep one to share its work among calls.

    Returns:
        Nothing where no measurement is near: `nothing_near` says so.
    """
    found = nearest_rows(plan.scenario, metrics, most)
    predictor = predictor or Predictor(catalog)
    return tuple(_evidence(distance, row, plan.scenario, predictor) for distance, row in found)


def nothing_near(plan: Plan, metrics: Collection[str] = ()) -> str:
    """What to say where no measurement is near a plan.

    Args:
        plan: The plan.
        metrics: What was looked for; empty for anything.
    """
    scenario = plan.scenario
    kind = "mixture-of-experts" if scenario.model.is_moe else "dense"
    return (
        f"no measurement{' of ' if metrics else ''}{' or '.join(metrics)} within reach: none of a {kind} model within about 2x of {scenario.model.name} in active parameters, "
        f"with {scenario.weights.name} on {scenario.engine.name} and {scenario.rack.device.architecture} devices like {scenario.rack.device.name}"
    )


def nearest_rows(scenario: Scenario, metrics: Collection[str], most: int) -> list[tuple[float, Measurement]]:
    """The nearest rows and their distances, nearest first.

    Args:
        scenario: What is planned.
        metrics: Only these.
        most: How many at most.
    """
    distances = Distances(subject_of(scenario))
    candidates = [found for path in sorted(SHIPPED.glob("*.csv")) for found in near_lines(path, distances, metrics)]
    heapq.heapify(candidates)  # sorted only as far as rows are taken
    chosen: list[tuple[float, Measurement]] = []
    seen: dict[tuple[str, ...], int] = {}
    while candidates and len(chosen) < most:
        found = heapq.heappop(candidates)
        seen[found.alike] = seen.get(found.alike, 0) + 1
        if seen[found.alike] <= max(_OF_A_KIND, most // 4):
            chosen.append((found.distance, found.measurement()))
    return chosen


class NearLine(NamedTuple):
    """A line of a file that is near; read in full only when it is chosen."""

    distance: float
    file: str
    number: int
    alike: tuple[str, ...]
    header: list[str]
    given: list[str]
    preamble: Preamble

    def measurement(self) -> Measurement:
        """The line, read in full."""
        return measurement(self.number, self.preamble.cells(self.header, self.given))


def near_lines(path: Path, distances: Distances, metrics: Collection[str]) -> list[NearLine]:
    """The lines of a file that are near enough; its blocks of other devices and models are skipped unread.

    Args:
        path: A shipped file.
        distances: To the plan.
        metrics: Only these.
    """
    head, *blocks = path.read_text(encoding="utf-8").split("\n# gpu = ")
    near = []
    for block in blocks:
        device, _, rest = block.partition("\n# model = ")
        model, _, lines = rest.partition("\n")
        if distances.models.get(model, LIMIT) + distances.devices.get(device, LIMIT) < LIMIT:
            near.append((device, model, lines))
    if not near:
        return []
    preamble, header_line, _ = split_preamble(head)
    header = header_line.split(",")
    checks = _checks(preamble, header, {"metric": metrics, "stat": _STATS, "completed": ("1",)})
    if checks is None:
        return []
    places = [(header.index(name), "") if name in header else (-1, preamble.shared.get(name, "")) for name in COLUMNS]
    metric = header.index("metric") if "metric" in header else None
    found = []
    for device, model, lines in near:
        of_block = Preamble({**preamble.shared, "gpu": device, "model": model}, preamble.legends)
        for number, line in enumerate(lines.splitlines()):
            given = line.split(",") if '"' not in line else next(csv.reader([line]))
            if not all(given[index] in values for index, values in checks):
                continue
            row = [shared if place < 0 else given[place] for place, shared in places]
            distance = distances.of(device, model, row)
            if distance <= LIMIT:
                alike = (
                    path.stem,
                    device,
                    model,
                    row[0],
                    row[1],
                    preamble.shared["metric"] if metric is None else given[metric],
                )
                found.append(NearLine(distance, path.stem, number, alike, header, given, of_block))
    return found


def _checks(
    preamble: Preamble, header: list[str], wanted: dict[str, Collection[str]]
) -> list[tuple[int, Collection[str]]] | None:
    """Which cells must be among which values; None where what all rows share already is not."""
    checks = []
    for column, values in wanted.items():
        if column in header:
            checks.append((header.index(column), values))
        elif preamble.shared.get(column, "") not in values:
            return None
    return checks


def _evidence(distance: float, row: Measurement, scenario: Scenario, predictor: Predictor) -> Evidence:
    try:
        predicted = predictor.predict(row)
    except Unpredictable:
        predicted = None
    return Evidence(row, distance, differences(row, scenario), predicted)


def differences(row: Measurement, scenario: Scenario) -> tuple[str, ...]:
    """In what a measurement differs from a scenario, in words, what matters most first.

    Args:
        row: The measurement.
        scenario: What is planned.
    """
    workload = scenario.workload
    engine = engine_name(row.engine)
    found = []
    for ours, theirs in (
        (scenario.model.id, row.model),
        (scenario.rack.device.id, row.gpu),
    ):
        if ours != theirs:
            found.append(theirs)
    if not scenario.weights.keeps(row.weights):
        found.append(row.weights)
    if engine != scenario.engine.id:
        found.append(engine)
    elif row.engine_version != scenario.engine_version:
        found.append(f"{engine} {row.engine_version or 'of ' + (row.date or 'unknown date')}")
    if (row.gpus or 1) != scenario.parallel.devices:
        found.append(f"{row.gpus or 1} devices")
    if row.load and row.load != workload.load:
        found.append(f"load {row.load}" + (f" at {row.request_rate:g}/s" if row.request_rate else ""))
    elif row.request_rate and row.request_rate != workload.rate_per_s:
        found.append(f"{row.request_rate:g} requests/s")
    if row.load == workload.load == "poisson" and row.requests and row.requests != workload.requests:
        found.append(f"a run of {row.requests:,} requests")
    for word, there, here in (
        ("prompt", row.prompt_tokens, workload.prompt_tokens),
        ("output", row.output_tokens, workload.output_tokens),
        ("concurrency", row.concurrency, workload.concurrency if not workload.rate_per_s else None),
    ):
        if there is not None and there != here:
            found.append(f"{word} {there:,.0f}")
    return tuple(found)
