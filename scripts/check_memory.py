"""Score the memory model against engine start-up logs: weights, KV pools, capacities.

Each row is predicted from what a user would know: model, formats, engine version, rack, degrees and the options it was started with.
`python -m scripts.check_memory [FILE.csv]` prints every row and the medians; the file has the columns of `tests/data/memory_logs.csv`.
Two of its options say what a log is of: `logged_by=other-rank` of a rank that does not sample, which shows more room than the engine
hands out, `prefix_caching=1` of a run that keeps a second page of states for each group of recurrent layers (vllm#30877).
What is far off is explained; what follows "inferred" there fits the numbers, but no page was found that says it.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import NamedTuple

from roofrack.catalog import Catalog, load_catalog
from roofrack.evidence.case import Case, Unpredictable
from roofrack.evidence.measurement import measurement
from roofrack.evidence.predict import Predictor
from roofrack.memory.activations import activation_bytes
from roofrack.memory.budget import GIB, budget
from roofrack.memory.capacity import plan_memory

LOGS = Path(__file__).parents[1] / "tests" / "data" / "memory_logs.csv"
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
    predictor = Predictor(catalog or load_catalog(Path("/nonexistent")))
    with path.open(newline="", encoding="utf-8") as file:
        return [_score(number, row, predictor) for number, row in enumerate(csv.DictReader(file))]


def _score(number: int, row: Row, predictor: Predictor) -> Score:
    try:
        return Score(number, row, _predicted(number, row, predictor))
    except Unpredictable as problem:
        return Score(number, row, None, str(problem))


def _predicted(number: int, row: Row, predictor: Predictor) -> float:
    asked = measurement(number, row)
    options = dict(asked.options)
    if options.get("logged_by") == "other-rank":
        return _pool_of_other_rank(predictor.case(asked)) / GIB
    if options.get("prefix_caching"):
        return _with_second_page(predictor.case(asked))
    return predictor.predict(asked).mid


def _pool_of_other_rank(case: Case) -> int:
    """What a rank finds free for its cache that runs the layers and does not sample, bytes."""
    counts = tuple(group.count for group in case.scenario.model.layers)
    activations = activation_bytes(case.scenario, counts, last=False)
    return budget(case.scenario, case.memory.devices[0].weights_bytes, activations, sum(counts)).pool


def _with_second_page(case: Case) -> float:
    scenario = case.scenario
    memory = replace(scenario.profile.memory, state_pages=2)
    found = plan_memory(replace(scenario, profile=replace(scenario.profile, memory=memory)))
    if case.measurement.metric == "kv_memory_per_gpu":
        return found.devices[0].kv_cache_bytes / GIB
    return found.kv_capacity_tokens


def main(arguments: list[str]) -> int:
    """Print every row, and the medians by metric.

    Args:
        arguments: At most one: the file.
    """
    found = scores(Path(arguments[0]) if arguments else LOGS)
    explained = _explanations()
    print(f"{'row':>3}  {'metric':<22} {'predicted':>12} {'measured':>12} {'error':>8}  what")
    for score in found:
        row = score.row
        what = f"{row['model']} {row['weights']} {row['gpus']}x {row['gpu'] or 'not named'} {row['engine']} {row['engine_version'] or row['date']}"
        predicted = "–" if score.predicted is None else f"{score.predicted:,.2f}"
        error = "–" if score.error is None else f"{score.error:+.1%}"
        remark = score.why or explained.get(_key(row), "")
        print(
            f"{score.number:>3}  {row['metric']:<22} {predicted:>12} {float(row['value']):>12,.2f} {error:>8}  {what}"
        )
        if remark:
            print(f"{'':>62}{remark}")
    metrics = tuple(dict.fromkeys(score.row["metric"] for score in found))
    for metric in metrics:
        _summary(metric, (metric,), found)
    _summary("KV, all of them", tuple(metric for metric in metrics if metric != "weights_memory_per_gpu"), found)
    return 0


def _explanations() -> dict[tuple[str, ...], str]:
    """Why the rows of our own file miss, for any file that holds the same logs."""
    with LOGS.open(newline="", encoding="utf-8") as file:
        return {_key(row): row["explained"] for row in csv.DictReader(file)}


def _key(row: Row) -> tuple[str, ...]:
    return row["source_url"], row["metric"], row["value"]


def _summary(title: str, metrics: tuple[str, ...], found: list[Score]) -> None:
    errors = [abs(s.error) for s in found if s.row["metric"] in metrics and s.error is not None]
    if errors:
        print(f"{title}: median {median(errors):.1%}, largest {max(errors):.1%}, n = {len(errors)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
