"""Bands: how far four of five predictions of unseen measurements are from them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from roofrack.domain.calibration import BandRow
from roofrack.domain.workload import Load
from scripts.calibrating.cross import HeldOut
from scripts.calibrating.fit import Fitter, Mask
from scripts.calibrating.parameters import Vector
from scripts.calibrating.rows import Row

METRIC = {
    "tpot": "tpot",
    "itl": "tpot",
    "decode_tokens_per_s": "tpot",
    "ttft": "ttft",
    "prefill_tokens_per_s": "ttft",
    "output_tokens_per_s": "throughput",
    "total_tokens_per_s": "throughput",
    "requests_per_s": "throughput",
}
"""The band that a measured metric is printed with; end-to-end latency mixes two of them."""

LOADS: tuple[tuple[Load, ...], ...] = (("single",), ("batch",), ("closed", "saturated"), ("poisson",))
HELD = 0.8
FEW_ROWS = 40
NARROWEST = 1.05
WIDEST = math.log(4)
"""Beyond a factor of four either way a band says no more than that nothing is known."""

METRICS: tuple[Literal["tpot", "ttft", "throughput"], ...] = ("tpot", "ttft", "throughput")


def band_rows(fitter: Fitter, held_out: Sequence[HeldOut]) -> tuple[BandRow, ...]:
    """The bands that hold 80 % of held-out rows, by metric, load and surprise.

    A band is the quantile of its own rows where there are enough. Otherwise what an unmeasured part adds is the same for all loads of
    a metric, as a variance of the logarithm.

    Args:
        fitter: Measurements and model.
        held_out: Several cross-validations, pooled.
    """
    found = []
    for metric in METRICS:
        everything = np.array([METRIC.get(row.measurement.metric) == metric for row in fitter.data.rows])
        base = _width(*_sizes(fitter, held_out, everything), 0)
        added = [0.0]
        for level in (1, 2):
            sizes, surprise = _sizes(fitter, held_out, everything)
            own = _width(sizes, surprise, level)
            enough = (surprise == level).sum() >= FEW_ROWS
            added.append(max(own**2 - base**2, added[-1]) if enough else 2 * added[-1])
        for loads in LOADS:
            rows = np.array([belongs(row, metric, loads) for row in fitter.data.rows])
            sizes, surprise = _sizes(fitter, held_out, rows)
            if len(sizes):
                widths = [max(_width(sizes, surprise, 0), math.log(NARROWEST))]
                for level in (1, 2):
                    enough = (surprise == level).sum() >= FEW_ROWS
                    other = _width(sizes, surprise, level) if enough else math.hypot(widths[0], math.sqrt(added[level]))
                    widths.append(max(other, widths[-1]))
                factors = [round(math.exp(min(width, WIDEST)), 2) for width in widths]
                found.append(
                    BandRow(metric=metric, loads=loads, known=factors[0], partly=factors[1], unknown=factors[2])
                )
    return tuple(found)


def belongs(row: Row, metric: str, loads: Sequence[str]) -> bool:
    """Whether a measurement is printed with a band.

    Args:
        row: The measurement.
        metric: Of the band.
        loads: Of the band.
    """
    return METRIC.get(row.measurement.metric) == metric and row.case.scenario.workload.load in loads


def _sizes(fitter: Fitter, held_out: Sequence[HeldOut], rows: Mask) -> tuple[Vector, Vector]:
    sizes = np.concatenate([np.abs(held.log_predicted - fitter.log_value)[rows] for held in held_out])
    surprise = np.concatenate([np.minimum(held.surprise, 2)[rows] for held in held_out])
    return sizes[np.isfinite(sizes)], surprise[np.isfinite(sizes)]


def _width(sizes: Vector, surprise: Vector, level: int) -> float:
    own = sizes[surprise == level]
    return float(np.quantile(own if len(own) >= FEW_ROWS else sizes, HELD))
