"""From a person's own measurements to factors on the speed model's constants.

Least squares on logarithms with a prior on every factor (ridge): a factor that the measurements say nothing about stays at 1, and
three points cannot drive one beyond what machines differ by. Where the runs contradict each other, so that what some say does not help
with the others, the factors are taken in part or not at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import NamedTuple

from roofrack.domain.calibration import Adjustments, Calibration
from roofrack.errors import InputError
from roofrack.evidence.case import Case
from roofrack.evidence.predict import metric_of, point_of

PRIOR = {"stream": 0.12, "compute": 0.25, "host": 0.4, "request": 0.6}
"""How much machines of one kind differ, as the standard deviation of a factor's logarithm: memory little, arithmetic more, hosts and
request handling much. Fitted one by one to the configurations that ship, the logarithms of the first three scatter by 0.12, 0.28 and 0.25
(`python -m scripts.check_own_profile`); a host is let vary more, since published ones are all server-class."""

NOISE = {"ttft": 0.15, "prefill_tokens_per_s": 0.08, "output_tokens_per_s": 0.06, "total_tokens_per_s": 0.06}
QUEUEING_NOISE = 0.3
USUAL_NOISE = 0.05
"""How far a measurement may be off what the right factors give, as a standard deviation of the logarithm. Mostly the spread of repeated
measurements, of which TTFT scatters most; TTFT under load (`QUEUEING_NOISE`) also depends on how a client spaces its requests, which no
factor says, and would pull the others after it."""

ABSURD, ABSURD_TTFT = 6.0, 20.0
"""A measurement this many times above or below the prediction is of something else: another GPU, model or format than was named. A TTFT
under load may be far off for other reasons."""

LEAST_RUNS, MANY_RUNS = 3, 12
"""Between so many runs it is asked what the others say about each."""

ROUNDS = 20
_STEP = 1e-3
_FURTHEST = math.log(5)


class Fit(NamedTuple):
    """What was found.

    Args:
        adjustments: Factors on the constants.
        before: Errors with the shipped constants, (predicted - measured) / measured, one for each measurement.
        after: The same with the factors.
    """

    adjustments: Adjustments
    before: tuple[float, ...]
    after: tuple[float, ...]

    @property
    def error_before(self) -> float:
        """Median absolute error with the shipped constants."""
        return median(map(abs, self.before))

    @property
    def error_after(self) -> float:
        """Median absolute error with the factors."""
        return median(map(abs, self.after))


def fit(cases: Sequence[Case], calibration: Calibration) -> Fit:
    """Find the factors that explain measurements best without straying far from 1.

    Args:
        cases: Settled measurements with their values; at least one.
        calibration: The constants that the factors multiply.

    Raises:
        InputError: There is nothing to fit, or a measurement cannot be of what was named.
    """
    if not cases:
        raise InputError("nothing to calibrate with", "give results with a time or a rate")
    shipped = _residuals(cases, [0.0] * len(PRIOR), calibration)
    _refuse_absurd(cases, shipped)
    theta = _least_squares(cases, calibration)
    if (trust := _trust(cases, shipped, calibration)) < 1:
        theta = [trust * t for t in theta]
    residuals = _residuals(cases, theta, calibration)
    return Fit(_adjustments(theta), _errors(shipped, cases), _errors(residuals, cases))


def _trust(cases: Sequence[Case], shipped: Sequence[float], calibration: Calibration) -> float:
    """How much of the factors to take, from what they are worth for a run that they have not seen (leave one out).

    All where they halve its squared error, none where they make it half as large again, in proportion between; also all where there are
    too few runs to tell, and where there are many, which the prior then hardly holds.
    """
    runs = list(dict.fromkeys(id(case.memory) for case in cases))
    if not LEAST_RUNS <= len(runs) <= MANY_RUNS:
        return 1.0
    unseen = 0.0
    for run in runs:
        theta = _least_squares([case for case in cases if id(case.memory) != run], calibration)
        own = [case for case in cases if id(case.memory) == run]
        unseen += math.fsum(r * r for r in _residuals(own, theta, calibration))
    before = math.fsum(r * r for r in shipped)
    return min(1.0, max(0.0, 1.5 - unseen / before)) if before else 1.0


def _least_squares(cases: Sequence[Case], calibration: Calibration) -> list[float]:
    """Logarithms of the factors that explain measurements best under the prior."""
    theta = [0.0] * len(PRIOR)
    residuals = _residuals(cases, theta, calibration)
    cost = _cost(residuals, theta)
    damping = 1e-3
    for _ in range(ROUNDS):
        step = _step(cases, theta, residuals, calibration, damping)
        tried = [min(max(t + d, -_FURTHEST), _FURTHEST) for t, d in zip(theta, step, strict=True)]
        found = _residuals(cases, tried, calibration)
        if (reached := _cost(found, tried)) < cost:
            done = cost - reached < 1e-6 * cost
            theta, residuals, cost, damping = tried, found, reached, damping / 4
            if done:
                break
        else:
            damping *= 8
    return theta


def _adjustments(theta: Sequence[float]) -> Adjustments:
    return Adjustments(**{name: round(math.exp(t), 4) for name, t in zip(PRIOR, theta, strict=True)})


def _residuals(cases: Sequence[Case], theta: Sequence[float], calibration: Calibration) -> list[float]:
    """log(predicted / measured), in units of the metric's noise; rows of one scenario share its curve."""
    adjustments = Adjustments(**{name: math.exp(t) for name, t in zip(PRIOR, theta, strict=True)})
    points = {}
    found = []
    for case in cases:
        key = id(case.memory)
        if key not in points:
            adjusted = case._replace(scenario=replace(case.scenario, adjustments=adjustments))
            points[key] = point_of(adjusted, calibration)
        value = case.measurement.value or math.nan
        found.append(math.log(metric_of(case, points[key]).mid / value) / _noise(case))
    return found


def _noise(case: Case) -> float:
    row = case.measurement
    queues = row.metric == "ttft" and row.load != "single" and row.concurrency != 1
    return QUEUEING_NOISE if queues else NOISE.get(row.metric, USUAL_NOISE)


def _cost(residuals: Sequence[float], theta: Sequence[float]) -> float:
    prior = sum((t / width) ** 2 for t, width in zip(theta, PRIOR.values(), strict=True))
    return math.fsum(r * r for r in residuals) + prior


def _step(
    cases: Sequence[Case], theta: list[float], residuals: list[float], calibration: Calibration, damping: float
) -> list[float]:
    """One step of Levenberg and Marquardt, the prior as further rows."""
    count = len(theta)
    columns = []
    for index in range(count):
        moved = [t + _STEP * (place == index) for place, t in enumerate(theta)]
        there = _residuals(cases, moved, calibration)
        columns.append([(b - a) / _STEP for a, b in zip(residuals, there, strict=True)])
    matrix = [[math.fsum(x * y for x, y in zip(a, b, strict=True)) for b in columns] for a in columns]
    target = [-math.fsum(x * r for x, r in zip(column, residuals, strict=True)) for column in columns]
    for index, width in enumerate(PRIOR.values()):
        matrix[index][index] = (matrix[index][index] + 1 / width**2) * (1 + damping)
        target[index] -= theta[index] / width**2
    return solve(matrix, target)


def solve(matrix: list[list[float]], target: list[float]) -> list[float]:
    """Solve a small system of linear equations by elimination.

    Args:
        matrix: Square, positive definite.
        target: Right-hand side.
    """
    rows = [[*row, value] for row, value in zip(matrix, target, strict=True)]
    count = len(rows)
    for pivot in range(count):
        best = max(range(pivot, count), key=lambda row: abs(rows[row][pivot]))
        rows[pivot], rows[best] = rows[best], rows[pivot]
        for row in range(pivot + 1, count):
            share = rows[row][pivot] / rows[pivot][pivot]
            rows[row] = [a - share * b for a, b in zip(rows[row], rows[pivot], strict=True)]
    found = [0.0] * count
    for row in reversed(range(count)):
        known = math.fsum(rows[row][column] * found[column] for column in range(row + 1, count))
        found[row] = (rows[row][count] - known) / rows[row][row]
    return found


def _errors(residuals: Sequence[float], cases: Sequence[Case]) -> tuple[float, ...]:
    return tuple(math.expm1(r * _noise(case)) for r, case in zip(residuals, cases, strict=True))


def _refuse_absurd(cases: Sequence[Case], residuals: Sequence[float]) -> None:
    for case, residual in zip(cases, residuals, strict=True):
        ratio = math.exp(residual * _noise(case))
        row = case.measurement
        limit = ABSURD_TTFT if row.metric == "ttft" else ABSURD
        if not 1 / limit < ratio < limit:
            times = f"{1 / ratio:,.0f} times" if ratio < 1 else f"1/{ratio:,.0f} of"
            raise InputError(
                f"{row.note or 'a result'}: {row.metric} {row.value:.4g} is {times} what {case.scenario.model.name} on "
                f"{case.scenario.rack.device.name} should do",
                "check model, GPU, weights format and parallel degrees, and whether requests failed",
            )
