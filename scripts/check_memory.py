"""Score the memory model against engine start-up logs: weights, KV pools, capacities.

Each row is predicted from what a user would know: model, formats, engine version, rack, degrees and the options it was started with.
`python -m scripts.check_memory [FILE.csv]` prints every row and the medians; the file has the columns of `tests/data/memory_logs.csv`.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from statistics import median
from typing import NamedTuple

from roofrack.catalog import Catalog, load_catalog
from roofrack.evidence.case import Unpredictable
from roofrack.evidence.measurement import measurement
from roofrack.evidence.predict import Predictor

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
        return Score(number, row, predictor.predict(measurement(number, row)).mid)
    except Unpredictable as problem:
        return Score(number, row, None, str(problem))


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
