"""Accuracy as text and as `roofrack.accuracy/1`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from roofrack.evidence.accuracy import Accuracy, Group, Point, group
from roofrack.report.table import table

SCHEMA = "roofrack.accuracy/1"


def accuracy_json(found: Accuracy, *, points: bool) -> dict[str, Any]:
    """The score as plain JSON values; shares and errors are fractions.

    Args:
        found: The score.
        points: Whether to list every scored row.
    """
    made: dict[str, Any] = {
        "schema": SCHEMA,
        "rows": found.rows,
        "scored": len(found.points),
        "skipped": found.skipped,
        "groups": [_group(one) for one in found.groups],
    }
    if points:
        made["points"] = [_point(point) for point in found.points]
    return made


def _group(one: Group) -> dict[str, Any]:
    return {name: value if name in ("by", "n") else round(value, 6) for name, value in one._asdict().items()}


def _point(point: Point) -> dict[str, Any]:
    low, mid, high = (_figures(value) for value in point.predicted)
    return {
        "row": point.measurement.row,
        "predicted": mid,
        "low": low,
        "high": high,
        "measured": point.measured,
        "ape": round(abs(point.error), 6),
    }


def _figures(value: float) -> float:
    return float(f"{value:.6g}")


def accuracy_text(found: Accuracy, by: Sequence[str], *, points: bool) -> str:
    """The score as a table, and what was not scored and why.

    Args:
        found: The score.
        by: The columns it is grouped by.
        points: Whether to list every scored row.
    """
    blocks = [f"{len(found.points):,} of {found.rows:,} rows scored"]
    if found.points:
        blocks.append(_groups_table(found, by))
    if points and found.points:
        blocks.append(_points_table(found.points))
    if found.skipped:
        lines = (f"  {count:>6,}  {reason}" for reason, count in found.skipped.items())
        blocks.append("\n".join(("not scored:", *lines)))
    return "\n\n".join(blocks)


def _groups_table(found: Accuracy, by: Sequence[str]) -> str:
    head = (*by, "n", "median", "mean", "p90", "bias", "within 20 %", "in band")
    rows = [[*(_shown(value) for value in one.by.values()), *_errors(one)] for one in found.groups]
    if len(found.groups) > 1:
        rows.append(["all", *([""] * (len(by) - 1)), *_errors(group({}, found.points))])
    return table(head, rows, left=len(by))


def _errors(one: Group) -> list[str]:
    shares = [f"{value * 100:.1f} %" for value in (one.median_ape, one.mape, one.p90_ape)]
    return [
        f"{one.n:,}",
        *shares,
        f"{one.bias * 100:+.1f} %",
        f"{one.within_20 * 100:.0f} %",
        f"{one.band_coverage * 100:.0f} %",
    ]


def _points_table(points: Sequence[Point]) -> str:
    rows = [
        [
            str(point.measurement.row),
            point.measurement.metric,
            point.measurement.model,
            point.measurement.gpu,
            f"{point.predicted.mid:.4g}",
            f"{point.predicted.low:.4g}",
            f"{point.predicted.high:.4g}",
            f"{point.measured:.4g}",
            f"{point.error * 100:+.1f} %",
        ]
        for point in points
    ]
    head = ("row", "metric", "model", "gpu", "predicted", "low", "high", "measured", "error")
    return table(head, rows, left=4)


def _shown(value: object) -> str:
    return "–" if value in (None, "") else f"{value:g}" if isinstance(value, float) else str(value)
