"""Accuracy over all shipped measurements as Markdown: by metric and load, engine, device and source.

`python -m scripts.accuracy_report [FILE.md]`; without a file it prints. These are errors of the shipped constants on the measurements
that they were fitted to; errors on measurements that were left out are the fit's own report.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from roofrack.catalog import load_catalog
from roofrack.evidence.accuracy import Accuracy, Group, accuracy, groups
from roofrack.evidence.predict import Predictor
from roofrack.evidence.shipped import all_shipped
from roofrack.report.table import markdown_table

TABLES = (("metric", "load"), ("engine", "metric"), ("gpu", "metric"), ("source", "metric"))
LEAST = 10
"""Smaller groups say little about anything."""


def report(found: Accuracy) -> str:
    """The report's text.

    Args:
        found: The score of all shipped measurements.
    """
    blocks = [
        "# Accuracy on the shipped measurements",
        (
            f"{len(found.points):,} of {found.rows:,} rows scored. Errors are (predicted - measured) / measured; bias is their "
            f"median; groups of fewer than {LEAST} rows are left out."
        ),
    ]
    for by in TABLES:
        shown = [one for one in groups(found.points, by) if one.n >= LEAST]
        blocks += [f"## By {' and '.join(by)}", _table(shown, by)]
    reasons = [[reason, f"{count:,}"] for reason, count in found.skipped.items()]
    blocks += ["## Not scored", markdown_table(("reason", "rows"), reasons)]
    return "\n\n".join(blocks) + "\n"


def _table(shown: Sequence[Group], by: Sequence[str]) -> str:
    head = (*by, "n", "median", "mean", "p90", "bias", "within 20 %", "in band")
    rows = [
        [
            *(str(value or "–") for value in one.by.values()),
            f"{one.n:,}",
            *(f"{value * 100:.1f} %" for value in (one.median_ape, one.mape, one.p90_ape)),
            f"{one.bias * 100:+.1f} %",
            f"{one.within_20 * 100:.0f} %",
            f"{one.band_coverage * 100:.0f} %",
        ]
        for one in shown
    ]
    return markdown_table(head, rows, left=len(by))


def main(arguments: list[str]) -> int:
    """Print or write the report.

    Args:
        arguments: At most one: the file to write.
    """
    text = report(accuracy(all_shipped(), predictor=Predictor(load_catalog(Path("/nonexistent")))))
    if arguments:
        Path(arguments[0]).write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
