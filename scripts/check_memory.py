"""Score the memory model against engine start-up logs: weights, KV pools, capacities.

Each row is predicted from what a user would know: model, formats, engine version, rack, degrees and the options it was started with.
`python -m scripts.check_memory [FILE.csv]` prints every row and the medians; the file has the columns of `tests/data/memory_logs.csv`.
"""

from __future__ import annotations

import csv
import re
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import NamedTuple

from roofrack.catalog import Catalog, load_catalog
from roofrack.domain.device import Device
from roofrack.domain.engine import Engine
from roofrack.domain.scenario import ParallelSpec, RackSpec, Scenario, ScenarioSpec, WorkloadSpec
from roofrack.errors import InputError
from roofrack.memory.budget import DRIVER_RESERVED_BYTES, DRIVER_RESERVED_SHARE, GIB, MIB
from roofrack.memory.capacity import plan_memory
from roofrack.settle import settle

LOGS = Path(__file__).parents[1] / "tests" / "data" / "memory_logs.csv"
LARGEST_GPU = "h200-sxm-141gb"
"""Stands in where a log does not name the device: only its weights are compared then."""

Row = dict[str, str]


class Score(NamedTuple):
    """One row.

    Args:
        number: Row of the file, from 0.
        row: The row.
        predicted: In the row's unit; None where it could not be predicted.
        why: Why not.
    """

    number: int
    row: Row
    predicted: float | None
    why: str = ""

    @property
    def error(self) -> float | None:
        """(predicted - measured) / measured."""
        measured = float(self.row["value"])
        return None if self.predicted is None else self.predicted / measured - 1


def scores(path: Path = LOGS, catalog: Catalog | None = None) -> list[Score]:
    """Predict every row of a file.

    Args:
        path: A CSV file.
        catalog: Presets; the shipped ones by default.
    """
    catalog = catalog or load_catalog(Path("/nonexistent"))
    with path.open(newline="", encoding="utf-8") as file:
        return [_score(number, row, catalog) for number, row in enumerate(csv.DictReader(file))]


def _score(number: int, row: Row, catalog: Catalog) -> Score:
    try:
        return Score(number, row, _predict(row, catalog))
    except InputError as problem:
        return Score(number, row, None, str(problem))


def _predict(row: Row, catalog: Catalog) -> float:
    scenario = scenario_of(row, catalog)
    memory = plan_memory(scenario)
    device = max(memory.devices, key=lambda one: one.weights_bytes)
    tokens = memory.kv_capacity_tokens / scenario.parallel.dp
    found: dict[str, float] = {
        "weights_memory_per_gpu": device.weights_bytes / GIB,
        "kv_memory_per_gpu": device.kv_cache_bytes / GIB,
        "kv_capacity_tokens": tokens,
        "max_concurrency": tokens / scenario.workload.context_tokens,
    }
    return found[row["metric"]]


def scenario_of(row: Row, catalog: Catalog) -> Scenario:
    """The settled scenario of a row.

    Args:
        row: A row of the file.
        catalog: Where ids are looked up.
    """
    options = dict(pair.split("=", 1) for pair in row.get("options", "").split(";") if "=" in pair)
    engine = catalog.engine(row["engine"])
    context = _int(options.get("max_model_len"))
    fraction = options.get("gpu_memory_fraction")
    spec = ScenarioSpec(
        model=row["model"],
        weights=row["weights"],
        kv=row["kv"] or None,
        rack=RackSpec(device=row["gpu"] or LARGEST_GPU, gpus_per_node=int(row["gpus"])),
        parallel=ParallelSpec(tp=_int(row["tp"]), pp=_int(row["pp"]), dp=_int(row["dp"]), ep=_int(row["ep"])),
        engine=row["engine"],
        engine_version=_version(row, options, engine),
        gpu_memory_fraction=float(fraction) if fraction else None,
        max_num_batched_tokens=_int(options.get("max_num_batched_tokens")),
        max_num_seqs=_int(options.get("max_num_seqs")),
        workload=WorkloadSpec(context_tokens=context),
    )
    scenario = settle(spec, catalog)
    total = options.get("device_total_gib")
    return _with_total(scenario, float(total)) if total else scenario


def _version(row: Row, options: dict[str, str], engine: Engine) -> str:
    """The version as given, or the newest that was out on the row's date."""
    given = row["engine_version"] or options.get("engine_version_about", "")
    if re.fullmatch(r"\d+(\.\d+){0,2}(\.x)?", given):
        return given.removesuffix(".x")
    known = [profile.since for profile in engine.profiles if profile.date <= row["date"]]
    return known[-1] if known else engine.profiles[0].since


def _with_total(scenario: Scenario, total_gib: float) -> Scenario:
    """The scenario on a device of which programs see so much memory."""
    visible = total_gib * GIB
    reserved = min(DRIVER_RESERVED_BYTES, visible / (1 - DRIVER_RESERVED_SHARE) * DRIVER_RESERVED_SHARE)
    group = scenario.rack.groups[0]
    device: Device = replace(group.device, memory_mib=round((visible + reserved) / MIB))
    return replace(scenario, rack=replace(scenario.rack, groups=(replace(group, device=device),)))


def _int(text: str | None) -> int | None:
    return int(text) if text else None


def main(arguments: list[str]) -> int:
    """Print every row, and the medians by metric.

    Args:
        arguments: At most one: the file.
    """
    found = scores(Path(arguments[0]) if arguments else LOGS)
    print(f"{'row':>3}  {'metric':<22} {'predicted':>12} {'measured':>12} {'error':>8}  what")
    for score in found:
        row = score.row
        what = f"{row['model']} {row['weights']} {row['gpus']}x {row['gpu'] or 'not named'} {row['engine']} {row['engine_version'] or row['date']}"
        predicted = "–" if score.predicted is None else f"{score.predicted:,.2f}"
        error = "–" if score.error is None else f"{score.error:+.1%}"
        remark = row.get("explained") or score.why
        print(
            f"{score.number:>3}  {row['metric']:<22} {predicted:>12} {float(row['value']):>12,.2f} {error:>8}  {what}"
        )
        if remark:
            print(f"{'':>62}{remark}")
    for metric in dict.fromkeys(score.row["metric"] for score in found):
        errors = [abs(s.error) for s in found if s.row["metric"] == metric and s.error is not None]
        if errors:
            print(f"{metric}: median {median(errors):.1%}, largest {max(errors):.1%}, n = {len(errors)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
