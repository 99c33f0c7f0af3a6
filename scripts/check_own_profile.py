"""What three measured points of a configuration are worth for the rest of it, on the measurements that ship.

Of every configuration with enough points of TPOT, the ends and the middle by load are taken as a person's own; the profile that they
give predicts the others. `python -m scripts.check_own_profile` prints the errors before and after, and how many configurations got worse.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain.calibration import Adjustments, Calibration
from roofrack.errors import InputError
from roofrack.evidence.case import Case, Unpredictable
from roofrack.evidence.fit import fit
from roofrack.evidence.measurement import Measurement
from roofrack.evidence.predict import Predictor, metric_of, point_of, with_constants
from roofrack.evidence.shipped import all_shipped

OWN_POINTS = 3
LEAST_POINTS = 6
WORSE_BY = 0.01
"""A median error that grew by less than this is repetition noise, not harm."""

_OF_TOKENS = ("tpot", "itl")
_LOADS = ("single", "batch", "closed")
_MEANS = ("", "mean", "p50")


class Outcome(NamedTuple):
    """One configuration.

    Args:
        name: What it is.
        before: Absolute errors of TPOT with the shipped constants, at the points that were not given.
        after: The same with the profile of the three that were.
        adjustments: The profile.
    """

    name: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    adjustments: Adjustments

    @property
    def worse(self) -> bool:
        """Whether the profile did harm."""
        return statistics.median(self.after) > statistics.median(self.before) + WORSE_BY


def configurations(rows: Sequence[Measurement], predictor: Predictor) -> Iterator[tuple[str, list[list[Case]]]]:
    """Configurations with their points by load: of each point the cases of TPOT, and of TTFT where that was measured too.

    Args:
        rows: Measurements.
        predictor: Settles them.
    """
    found: dict[tuple[object, ...], dict[tuple[object, ...], list[Case]]] = {}
    for row in rows:
        if (
            row.metric not in (*_OF_TOKENS, "ttft")
            or row.load not in _LOADS
            or row.stat not in _MEANS
            or not row.completed
        ):
            continue
        try:
            case = predictor.case(row)
            scenario = with_constants(case, predictor.calibration)
        except Unpredictable:
            continue
        case = case._replace(scenario=scenario, likes=(scenario.engine.id,))
        served = (row.source, row.model, row.gpu, row.gpus, row.tp, row.dp, row.ep, row.weights)
        key: tuple[object, ...] = (*served, row.engine, row.engine_version, row.date)
        point = (row.concurrency or 1, row.prompt_tokens or 0, row.output_tokens or 0)
        found.setdefault(key, {}).setdefault(point, []).append(case)
    for key, points in found.items():
        kept = [
            points[place] for place in sorted(points) if any(c.measurement.metric in _OF_TOKENS for c in points[place])
        ]
        if len(kept) >= LEAST_POINTS:
            yield " ".join(str(part) for part in key if part), kept


def outcome(name: str, points: Sequence[Sequence[Case]], calibration: Calibration) -> Outcome:
    """Calibrate with three points and predict the others.

    Args:
        name: What it is.
        points: By load.
        calibration: The shipped constants.
    """
    places = {0, len(points) // 2, len(points) - 1}
    own = [case for place in sorted(places) for case in points[place]]
    adjustments = fit(own, calibration).adjustments
    others = [
        case
        for place, cases in enumerate(points)
        if place not in places
        for case in cases
        if case.measurement.metric in _OF_TOKENS
    ]
    before = tuple(_error(case, calibration) for case in others)
    after = tuple(
        _error(case._replace(scenario=replace(case.scenario, adjustments=adjustments)), calibration) for case in others
    )
    return Outcome(name, before, after, adjustments)


def _error(case: Case, calibration: Calibration) -> float:
    assert case.measurement.value is not None  # noqa: S101  completed rows have one
    return abs(metric_of(case, point_of(case, calibration)).mid / case.measurement.value - 1)


def outcomes() -> tuple[list[Outcome], list[str]]:
    """The configurations that ship, and why `calibrate` refuses some of them."""
    predictor, calibration = Predictor(), shipped_calibration()
    made, refused = [], []
    for name, points in configurations(all_shipped(), predictor):
        try:
            made.append(outcome(name, points, calibration))
        except InputError as problem:
            refused.append(f"{name}: {problem}")
    return made, refused


def main() -> int:
    """Print; 1 where the rest of a configuration is not predicted to 5 % in the median."""
    found, refused = outcomes()
    before, after = ([error for one in found for error in getattr(one, when)] for when in ("before", "after"))
    print(f"{len(found)} configurations, {OWN_POINTS} own points of each, {len(after):,} others")
    for when, errors in (("before", before), ("after", after)):
        print(f"TPOT {when:6}  median {statistics.median(errors):6.1%}  mean {statistics.fmean(errors):6.1%}")
    harmed = sorted(
        (one for one in found if one.worse),
        key=lambda one: statistics.median(one.before) - statistics.median(one.after),
    )
    print(f"{len(harmed)} of {len(found)} configurations got worse by more than {WORSE_BY:.0%}")
    for one in harmed[:10]:
        print(f"  {statistics.median(one.before):5.1%} -> {statistics.median(one.after):5.1%}  {one.name}")
    print(f"{len(refused)} refused")
    for line in refused:
        print(f"  {line}")
    return 0 if statistics.median(after) <= 0.05 else 1


if __name__ == "__main__":
    sys.exit(main())
