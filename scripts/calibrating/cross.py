"""Cross-validation: predict the rows of a device, of a model family or of a published table that the fit has not seen."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from roofrack.speed.constants import constants
from scripts.calibrating.fit import Fitter, Mask
from scripts.calibrating.parameters import Vector
from scripts.calibrating.rows import Row

ROUNDS = 2
"""Gauss-Newton steps for each held-out group: from the full fit, with its derivatives, without the group's rows."""

FEW_ROWS = 25
"""Groups that are so small hardly move the fit: one step does."""


class HeldOut(NamedTuple):
    """Predictions of rows by fits that had not seen them.

    Args:
        log_predicted: One for each row; NaN where a row is in no group.
        surprise: Parts of the row's path for which no measurement was left.
    """

    log_predicted: Vector
    surprise: NDArray[np.int64]


def by_device(row: Row) -> str:
    """Rows of one device are left out together."""
    return row.measurement.gpu


def by_family(row: Row) -> str:
    """Rows of one family of models are left out together."""
    return row.case.scenario.model.family


def by_table(row: Row) -> str:
    """Rows of one numbered table are left out together; other rows are in no group."""
    found = re.match(r"table \d+", row.measurement.note)
    return f"{row.measurement.source} {found[0]}" if found and row.measurement.source == "inria" else ""


def leave_out(fitter: Fitter, full: Vector, slopes: Vector, group_of: Callable[[Row], str]) -> HeldOut:
    """Refit without each group in turn and predict it.

    Args:
        fitter: Measurements and model.
        full: The fit on all rows.
        slopes: Its derivatives, one row for each fitted measurement.
        group_of: The group of a row; empty for none.
    """
    rows = fitter.data.rows
    groups = np.array([group_of(row) for row in rows])
    predicted = np.full(len(rows), np.nan)
    surprise = np.zeros(len(rows), dtype=np.int64)
    here = fitter.log_predicted(full, fitter.fitted)
    for name in sorted(set(groups.tolist()) - {""}):
        held = groups == name
        train = fitter.fitted & ~held
        vector = without(fitter, full, slopes, here, train)
        predicted[held] = fitter.log_predicted(vector, held)
        surprise[held] = _surprise(fitter, vector, train, held)
        print(f"  without {name}: {int(held.sum())} rows", file=sys.stderr)
    return HeldOut(predicted, surprise)


def without(fitter: Fitter, full: Vector, slopes: Vector, here: Vector, train: Mask) -> Vector:
    """The constants without some rows; those that no row is left for fall back on what is believed.

    Args:
        fitter: Measurements and model.
        full: The fit on all rows.
        slopes: Its derivatives.
        here: Its logarithms of predictions, of the fitted rows.
        train: The rows that are left.
    """
    left = train[fitter.fitted]
    kept = slopes[left]
    start = full.copy()
    believed = fitter.space.believed()
    for place, parameter in enumerate(fitter.space.parameters):
        if not kept[:, place].any():
            anchor = parameter.anchor
            start[place] = believed[place] if anchor is None else start[anchor]
    rounds = ROUNDS if fitter.fitted.sum() - train.sum() >= FEW_ROWS else ROUNDS - 1
    # No row that is left depends on a constant that was moved, so they are predicted as before.
    return fitter.steps(start, train, rounds, kept, here[left])


def _surprise(fitter: Fitter, vector: Vector, train: Mask, held: Mask) -> NDArray[np.int64]:
    calibration = fitter.space.calibration(vector, fitter.counts(train))
    found = {
        config: constants(fitter.data.configs[config].scenario, calibration).surprise
        for config in np.unique(fitter.config_of[held]).tolist()
    }
    return np.array([found[config] for config in fitter.config_of[held].tolist()])
