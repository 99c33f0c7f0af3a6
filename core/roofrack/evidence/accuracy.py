"""How far predictions are from measurements, by group."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from roofrack.errors import InputError
from roofrack.evidence.case import Unpredictable
from roofrack.evidence.measurement import Measurement
from roofrack.evidence.predict import Predictor
from roofrack.results import Band

NOT_COMPLETED = "the run did not finish (completed = 0)"
_NOT_COLUMNS = ("row", "problem", "others")


class Point(NamedTuple):
    """One scored row.

    Args:
        measurement: The row.
        predicted: What roofrack says, in the row's unit.
        measured: The row's value.
    """

    measurement: Measurement
    predicted: Band
    measured: float

    @property
    def error(self) -> float:
        """(predicted - measured) / measured."""
        return self.predicted.mid / self.measured - 1

    @property
    def within_band(self) -> bool:
        """Whether the measurement lies in the band."""
        return self.predicted.low <= self.measured <= self.predicted.high


class Group(NamedTuple):
    """The errors of the rows that agree in some columns.

    Args:
        by: The columns and the value that the rows share.
        n: Rows.
        median_ape: Median absolute error, as a fraction of the measured value.
        mape: Mean absolute error.
        p90_ape: Ninth decile.
        bias: Median of (predicted - measured) / measured.
        within_20: Share of rows within 20 %.
        band_coverage: Share of rows inside the 80 % band.
    """

    by: dict[str, object]
    n: int
    median_ape: float
    mape: float
    p90_ape: float
    bias: float
    within_20: float
    band_coverage: float


class Accuracy(NamedTuple):
    """The score of a set of measurements.

    Args:
        rows: Rows read.
        points: Rows scored, in the file's order.
        skipped: Rows not scored, by reason.
        groups: Errors by group, in the order of their values.
    """

    rows: int
    points: tuple[Point, ...]
    skipped: dict[str, int]
    groups: tuple[Group, ...]


def accuracy(
    measurements: Sequence[Measurement], by: Sequence[str] = ("metric",), predictor: Predictor | None = None
) -> Accuracy:
    """Predict measurements and compare.

    Args:
        measurements: Rows.
        by: Columns to group by; none makes one group.
        predictor: What predicts; one with the shipped constants by default.

    Raises:
        InputError: A column of `by` does not exist.
    """
    check_columns(measurements, by)
    predictor = predictor or Predictor()
    points: list[Point] = []
    skipped: Counter[str] = Counter()
    for row in measurements:
        if not row.completed:
            skipped[NOT_COMPLETED] += 1
            continue
        try:
            predicted = predictor.predict(row)
        except Unpredictable as why:
            skipped[str(why)] += 1
            continue
        assert row.value is not None  # noqa: S101  a completed row without a value has a problem
        points.append(Point(row, predicted, row.value))
    return Accuracy(len(measurements), tuple(points), dict(skipped.most_common()), groups(points, by))


def check_columns(measurements: Sequence[Measurement], by: Sequence[str]) -> None:
    """Check that rows can be grouped by some columns.

    Args:
        measurements: Rows.
        by: Columns.

    Raises:
        InputError: One does not exist.
    """
    known = [name for name in Measurement._fields if name not in _NOT_COLUMNS]
    known += [name for name, _ in measurements[0].others] if measurements else []
    for name in by:
        if name not in known:
            raise InputError(f"by: no column '{name}'", f"columns are {', '.join(known)}")


def groups(points: Sequence[Point], by: Sequence[str]) -> tuple[Group, ...]:
    """The errors of scored rows, by group.

    Args:
        points: Scored rows.
        by: Columns to group by.
    """
    gathered: dict[tuple[object, ...], list[Point]] = {}
    for point in points:
        gathered.setdefault(tuple(_value(point.measurement, name) for name in by), []).append(point)
    ordered = sorted(gathered, key=lambda key: [(value is None, isinstance(value, str), value) for value in key])
    return tuple(group(dict(zip(by, key, strict=True)), gathered[key]) for key in ordered)


def group(by: dict[str, object], points: Sequence[Point]) -> Group:
    """The errors of some scored rows.

    Args:
        by: What they share.
        points: At least one.
    """
    errors = [point.error for point in points]
    sizes = sorted(abs(error) for error in errors)
    return Group(
        by=by,
        n=len(points),
        median_ape=median(sizes),
        mape=math.fsum(sizes) / len(sizes),
        p90_ape=quantile(sizes, 0.9),
        bias=median(errors),
        within_20=sum(size <= 0.2 for size in sizes) / len(sizes),
        band_coverage=sum(point.within_band for point in points) / len(points),
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """A quantile of sorted values, between neighbours in proportion.

    Args:
        ordered: Values, smallest first; at least one.
        share: 0 to 1.
    """
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _value(measurement: Measurement, name: str) -> object:
    if name in Measurement._fields:
        return getattr(measurement, name)
    return dict(measurement.others).get(name, "")
