"""The errors that the fit published, in and out of sample, as they ship: nothing is predicted anew."""

from __future__ import annotations

from importlib.resources import files
from typing import NamedTuple

COLUMNS = ("in sample", "device left out", "family left out")
"""The predictions that are scored: with all rows in the fit, and with a device's or a model family's rows left out of it."""

FILE = "accuracy.tsv"
_NUMBERS = 4


class Score(NamedTuple):
    """Errors of some rows, (predicted − measured) / measured; None where there are no rows.

    Args:
        n: Rows.
        median: Median absolute error, as a fraction.
        mean: Mean absolute error.
        bias: Median with its sign.
    """

    n: int
    median: float | None
    mean: float | None
    bias: float | None


class Published(NamedTuple):
    """One line of the published report.

    Args:
        section: As in ACCURACY.md, such as `By engine and metric`.
        name: What the rows share: `vllm, tpot`.
        scores: One for each of `COLUMNS`.
    """

    section: str
    name: str
    scores: tuple[Score, ...]


def published() -> tuple[Published, ...]:
    """The published errors, in the order of ACCURACY.md."""
    text = (files("roofrack_presets") / FILE).read_text(encoding="utf-8")
    return tuple(_line(line) for line in text.splitlines() if not line.startswith("#"))


def _line(line: str) -> Published:
    section, name, *cells = line.split("\t")
    rows = [cells[start : start + _NUMBERS] for start in range(0, len(cells), _NUMBERS)]
    return Published(section, name, tuple(Score(int(n), *(_number(cell) for cell in errors)) for n, *errors in rows))


def _number(cell: str) -> float | None:
    return float(cell) if cell else None
