"""`roofrack accuracy`: predictions beside measurements."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from roofrack.errors import InputError

if TYPE_CHECKING:
    from roofrack.evidence.measurement import Measurement


def add_accuracy(parser: argparse.ArgumentParser) -> None:
    """Arguments of `roofrack accuracy`."""
    parser.add_argument(
        "file",
        nargs="?",
        help="a CSV file of measurements, or the name of a shipped source; all shipped ones without it",
    )
    parser.add_argument("--by", nargs="+", action="extend", metavar="COLUMN", help="columns to group by (metric)")
    parser.add_argument("--points", action="store_true", help="every scored row")
    parser.add_argument("--json", action="store_true", help="roofrack.accuracy/1")


def accuracy_command(options: argparse.Namespace) -> int:
    """`roofrack accuracy`."""
    from roofrack.evidence.accuracy import accuracy
    from roofrack.report.accuracy import accuracy_json, accuracy_text

    by = [name for given in options.by or () for name in given.split(",") if name]
    file = options.file
    if file is None and by and (by[-1].lower().endswith(".csv") or "/" in by[-1]):
        file = by.pop()  # `--by metric FILE` leaves the file to the option
    found = accuracy(_measurements(file), by or ["metric"])
    if options.json:
        print(json.dumps(accuracy_json(found, points=options.points), indent=1, ensure_ascii=False, allow_nan=False))
    else:
        print(accuracy_text(found, by or ["metric"], points=options.points))
    return 0


def _measurements(file: str | None) -> tuple[Measurement, ...]:
    from roofrack.evidence.measurement import read_measurements
    from roofrack.evidence.shipped import all_shipped, shipped, sources

    if file is None:
        return all_shipped()
    path = Path(file).expanduser()
    if file in sources() and not path.exists():
        return shipped(file)
    if not path.is_file():
        raise InputError(f"{file}: no such file", f"shipped measurements are {', '.join(sources())}")
    return read_measurements(path)
