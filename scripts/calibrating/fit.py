"""The fit: least squares on logarithms, robust for measurements, with priors as further rows; derivatives share evaluations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares  # type: ignore[import-untyped,unused-ignore]

from roofrack.domain.calibration import Calibration
from roofrack.evidence.predict import point_of
from roofrack.results import CurvePoint
from scripts.calibrating.parameters import Parameter, Space, Vector
from scripts.calibrating.rows import Measured

Mask = NDArray[np.bool_]
STEP = 0.02
OUTLIER = 1.0
"""Residuals of measurements beyond so many widths count in proportion, not squared (soft-l1). Those of priors are squared: few rows
of one source do not carry a constant away."""

REWEIGHTINGS = 4
LONGEST_STEP = 1.0
SHORTER_STEPS = (1.0, 0.5, 0.25)


class Fitter:
    """The measurements and the model between a vector of constants and residuals.

    Args:
        space: The constants.
        data: The measurements.
    """

    def __init__(self, space: Space, data: Measured) -> None:
        self.space = space
        self.data = data
        self.config_of = np.array([row.config for row in data.rows])
        self.log_value = np.log([row.value for row in data.rows])
        self.weight = np.array([row.weight for row in data.rows])
        self.fitted: Mask = np.array([not row.left_out for row in data.rows])
        self.used = [space.used(case.scenario) for case in data.configs]
        self.uses: Mask = np.array(
            [
                [space.uses(p, case.scenario, used) for p in space.parameters]
                for case, used in zip(data.configs, self.used, strict=True)
            ]
        )

    def points(self, calibration: Calibration, configs: Sequence[int] | NDArray[np.int64]) -> dict[int, CurvePoint]:
        """The core's prediction of some configurations.

        Args:
            calibration: The constants.
            configs: Indices.
        """
        return {int(i): point_of(self.data.configs[int(i)], calibration) for i in configs}

    def log_predicted(self, vector: Vector, mask: Mask) -> Vector:
        """Logarithms of predictions, one for each row of a mask.

        Args:
            vector: The constants.
            mask: Over rows.
        """
        points = self.points(self.space.calibration(vector), np.unique(self.config_of[mask]))
        rows = self.data.rows
        return np.log([rows[i].predicted(points[rows[i].config]) for i in np.flatnonzero(mask)])

    def slopes(self, vector: Vector, mask: Mask) -> Vector:
        """Derivatives of `log_predicted` by the constants.

        Constants of different rows of one table never meet in one configuration, so they are moved together.

        Args:
            vector: The constants.
            mask: Over rows.
        """
        here = self.log_predicted(vector, mask)
        configs = self.config_of[mask]
        found = np.zeros((len(here), len(vector)))
        for columns in self._together():
            meets: Mask = np.asarray(self.uses[:, columns].any(axis=1))
            touched = meets[self.config_of] & mask
            if not touched.any():
                continue
            moved = vector.copy()
            moved[columns] += STEP
            inside = touched[mask]
            change = (self.log_predicted(moved, touched) - here[inside]) / STEP
            for column in columns:
                found[inside, column] = np.where(self.uses[configs[inside], column], change, 0.0)
        return found

    def _together(self) -> list[list[int]]:
        groups: dict[tuple[str, ...], list[int]] = {}
        for place, parameter in enumerate(self.space.parameters):
            groups.setdefault(_colour(parameter), []).append(place)
        return list(groups.values())

    def solve(
        self, start: Vector, mask: Mask, rounds: int, slopes: Callable[[Vector], Vector], *, verbose: bool = False
    ) -> Vector:
        """The constants that explain some rows best.

        Args:
            start: Where to begin.
            mask: The rows.
            rounds: Evaluations of the residuals.
            slopes: Derivatives of `log_predicted`; those of a nearby point do.
            verbose: Print the cost of each round.
        """
        weight = self.weight[mask]
        prior_slopes = self.space.prior_slopes()

        def residuals(vector: Vector) -> Vector:
            try:
                return self._residuals(vector, mask)
            except ValueError:  # a constant out of its range: the solver takes a shorter step
                return np.full(int(mask.sum()) + len(vector), np.inf)

        found = least_squares(
            residuals,
            start,
            jac=lambda vector: np.concatenate([slopes(vector) * weight[:, None], prior_slopes]),
            loss=lambda squares: _loss(squares, len(weight)),
            f_scale=OUTLIER,
            max_nfev=rounds,
            ftol=1e-4,
            verbose=2 if verbose else 0,
        )
        return np.asarray(found.x, dtype=float)

    def steps(self, start: Vector, mask: Mask, rounds: int, slopes: Vector, here: Vector) -> Vector:
        """A few Gauss-Newton steps with derivatives of a nearby point: what a fit of slightly fewer rows needs.

        As the derivatives are not those of the place, a step that explains the rows no better is shortened, and at last not taken.

        Args:
            start: Where to begin.
            mask: The rows.
            rounds: Steps.
            slopes: Derivatives of `log_predicted`, for the rows of the mask.
            here: `log_predicted` of the start, for the same rows.
        """
        weight = self.weight[mask]
        matrix = np.concatenate([slopes * weight[:, None], self.space.prior_slopes()])
        vector, residual = start, self._residuals(start, mask, here)
        for _ in range(rounds):
            step = np.clip(_gauss_newton(matrix, residual, len(weight)), -LONGEST_STEP, LONGEST_STEP)
            for share in SHORTER_STEPS:
                try:
                    found = self._residuals(vector + share * step, mask)
                except ValueError:  # a constant out of its range
                    continue
                if _cost(found, len(weight)) < _cost(residual, len(weight)):
                    vector, residual = vector + share * step, found
                    break
            else:
                break
        return vector

    def _residuals(self, vector: Vector, mask: Mask, predicted: Vector | None = None) -> Vector:
        """Of the rows of a mask in widths of their noise, then of the priors in theirs."""
        found = self.log_predicted(vector, mask) if predicted is None else predicted
        return np.concatenate([(found - self.log_value[mask]) * self.weight[mask], self.space.prior(vector)])

    def counts(self, mask: Mask) -> dict[tuple[str, int], int]:
        """Measurements behind each row of each table.

        Args:
            mask: The rows that were fitted.
        """
        tables = ("eras", "device_classes", "kernels", "links")
        found = Counter({(t, place): 0 for t in tables for place in range(len(getattr(self.space.base, t)))})
        for config, rows in Counter(self.config_of[mask].tolist()).items():
            for place in self.used[config]:
                found[place] += rows
        return dict(found)


def _gauss_newton(matrix: Vector, residual: Vector, measurements: int) -> Vector:
    """The step to the least cost of a linear model, whose robust weights are found on the way."""
    step = np.zeros(matrix.shape[1])
    for _ in range(REWEIGHTINGS):
        share = 1 / np.sqrt(1 + ((residual + matrix @ step) / OUTLIER) ** 2)
        share[measurements:] = 1
        weighted = matrix * share[:, None]
        step = np.linalg.solve(weighted.T @ matrix, -weighted.T @ residual)
    return step


def _cost(residual: Vector, measurements: int) -> float:
    """What the fit makes least: half the soft-l1 loss of measurements and half the squares of priors."""
    return float(_loss((residual / OUTLIER) ** 2, measurements)[0].sum() / 2)


def _loss(squares: Vector, measurements: int) -> Vector:
    """soft-l1 of measurements, squares of priors, with two derivatives each, as `least_squares` asks for it."""
    found = np.stack([squares, np.ones(len(squares)), np.zeros(len(squares))])
    root = np.sqrt(1 + squares[:measurements])
    found[:, :measurements] = 2 * (root - 1), 1 / root, -0.5 / root**3
    return found


def _colour(parameter: Parameter) -> tuple[str, ...]:
    if parameter.table in ("physics", "links"):
        return parameter.table, str(parameter.row), parameter.field
    return parameter.table, parameter.field.removesuffix("_by_engine")
