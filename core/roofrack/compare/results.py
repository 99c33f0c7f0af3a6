"""What a comparison says: plain tuples with names."""

from __future__ import annotations

from typing import Literal, NamedTuple

from roofrack.results import Band, CurvePoint, Plan

Verdict = Literal["first", "better", "worse", "same", "unclear"]
"""A value against the first plan's; `unclear` where their 80 % bands overlap."""

Yardstick = Literal["cursor", "best"]
"""Where plans are compared: all at one concurrency, or each at the most requests that keep the targets."""

Better = Literal["less", "more"]


class Cell(NamedTuple):
    """One value of one plan.

    Args:
        value: With its band, whose ends are equal where the value is exact; None where the plan has no such value.
        ratio: To the first plan's value; None where either is missing or the first is 0.
        verdict: Against the first plan's; None where there is nothing to compare, or less is neither better nor worse.
    """

    value: Band | None
    ratio: float | None
    verdict: Verdict | None


class Row(NamedTuple):
    """One quantity of all plans.

    Args:
        id: A stable word, such as `tpot_s`.
        unit: Of the values: `bytes`, `s`, `tokens`, `tokens/s`, `requests`, `USD/h`, `USD/M tokens`, `W`, `GPUs`.
        better: Whether less or more of it is better; None where neither is.
        cells: One for each plan.
    """

    id: str
    unit: str
    better: Better | None
    cells: tuple[Cell, ...]


class Comparison(NamedTuple):
    """Plans side by side.

    Args:
        plans: In the order given; the first is what the others are measured against.
        names: What tells each from the others; no two are equal.
        yardstick: Where they are compared.
        concurrency: The common cursor, requests at once; it says nothing for `best`.
        points: What each rack does there; None where the plan does not fit, or keeps its targets for no request at all.
        notes: Why a plan has no point, or what ends its best; empty where there is nothing to say.
        rows: The table.
    """

    plans: tuple[Plan, ...]
    names: tuple[str, ...]
    yardstick: Yardstick
    concurrency: int
    points: tuple[CurvePoint | None, ...]
    notes: tuple[str, ...]
    rows: tuple[Row, ...]

    def row(self, row_id: str) -> Row:
        """A row by its id."""
        return next(row for row in self.rows if row.id == row_id)
