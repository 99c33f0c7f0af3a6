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
TAILS = ("p90", "p95", "p99")
FEW_ROWS = 30
NARROWEST = 1.05
WIDEST = math.log(10)
"""Beyond a factor of ten either way a band says no more than that nothing is known."""

METRICS: tuple[Literal["tpot", "ttft", "throughput"], ...] = ("tpot", "ttft", "throughput")


def band_rows(fitter: Fitter, held_out: Sequence[HeldOut]) -> tuple[BandRow, ...]:
    """The bands that hold 80 % of held-out rows, by metric, load and surprise.

    A band is the quantile of its own rows where there are enough, pooled with those of the level above it where less surprise would
    mean a wider band. Otherwise what an unmeasured part adds is the same for all loads of a metric, as a variance of the logarithm.

    Args:
        fitter: Measurements and model.
        held_out: Several cross-validations, pooled.
    """
    found = []
    for metric in METRICS:
        everything = np.array(
            [belongs(row, metric, [load for some in LOADS for load in some]) for row in fitter.data.rows]
        )
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
                pooled = _pooled(sizes, surprise)
                widths = [max(pooled.get(0, _width(sizes, surprise, 0)), math.log(NARROWEST))]
                for level in (1, 2):
                    other = pooled.get(level, math.hypot(widths[0], math.sqrt(added[level])))
                    widths.append(max(other, widths[-1]))
                factors = [math.ceil(100 * math.exp(min(width, WIDEST))) / 100 for width in widths]
                found.append(
                    BandRow(metric=metric, loads=loads, known=factors[0], partly=factors[1], unknown=factors[2])
                )
    return tuple(found)


def belongs(row: Row, metric: str, loads: Sequence[str]) -> bool:
    """Whether a measurement is printed with a band; those of tails are not, as bands are around means.

    Args:
        row: The measurement.
        metric: Of the band.
        loads: Of the band.
    """
    measured = row.measurement
    return (
        METRIC.get(measured.metric) == metric
        and row.case.scenario.workload.load in loads
        and measured.stat not in TAILS
    )


def _sizes(fitter: Fitter, held_out: Sequence[HeldOut], rows: Mask) -> tuple[Vector, Vector]:
    sizes = np.concatenate([np.abs(held.log_predicted - fitter.log_value)[rows] for held in held_out])
    surprise = np.concatenate([np.minimum(held.surprise, 2)[rows] for held in held_out])
    return sizes[np.isfinite(sizes)], surprise[np.isfinite(sizes)]


def _pooled(sizes: Vector, surprise: Vector) -> dict[int, float]:
    """Widths of the levels that have enough rows, never falling: adjacent levels that would are one."""
    pools: list[tuple[list[int], Vector]] = []
    for level in range(3):
        own = sizes[surprise == level]
        if len(own) < FEW_ROWS:
            continue
        pools.append(([level], own))
        while len(pools) > 1 and _quantile(pools[-1][1]) < _quantile(pools[-2][1]):
            levels, more = pools.pop()
            pools[-1] = ([*pools[-1][0], *levels], np.concatenate([pools[-1][1], more]))
    return {level: _quantile(own) for levels, own in pools for level in levels}


def _width(sizes: Vector, surprise: Vector, level: int) -> float:
    own = sizes[surprise == level]
    return _quantile(own if len(own) >= FEW_ROWS else sizes)


def _quantile(sizes: Vector) -> float:
    return float(np.quantile(sizes, HELD))
