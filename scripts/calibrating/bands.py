"""Bands: how far four of five predictions of unseen measurements are from them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from roofrack.domain.calibration import BandRow
from roofrack.domain.workload import Load
from scripts.calibrating.cross import HeldOut
from scripts.calibrating.fit import Fitter, Mask
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
WIDER = 1.2
"""What surprise adds to the logarithm of a band where too few rows say so themselves."""

FEW_ROWS = 40
NARROWEST = 1.05


def band_rows(fitter: Fitter, held_out: Sequence[HeldOut]) -> tuple[BandRow, ...]:
    """The bands that hold 80 % of held-out rows, by metric, load and surprise.

    Args:
        fitter: Measurements and model.
        held_out: Several cross-validations, pooled.
    """
    found = []
    for metric in ("tpot", "ttft", "throughput"):
        for loads in LOADS:
            rows = np.array([belongs(row, metric, loads) for row in fitter.data.rows])
            factors = _factors(fitter, held_out, rows)
            if factors:
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


def _factors(fitter: Fitter, held_out: Sequence[HeldOut], rows: Mask) -> tuple[float, ...]:
    sizes = np.concatenate([np.abs(held.log_predicted - fitter.log_value)[rows] for held in held_out])
    surprise = np.concatenate([np.minimum(held.surprise, 2)[rows] for held in held_out])
    sizes, surprise = sizes[np.isfinite(sizes)], surprise[np.isfinite(sizes)]
    if not len(sizes):
        return ()
    found: list[float] = []
    for level in range(3):
        own = sizes[surprise == level]
        least = WIDER * found[-1] if found else 0.0
        width = float(np.quantile(own, HELD)) if len(own) >= FEW_ROWS else float(np.quantile(sizes, HELD))
        found.append(max(width, math.log(NARROWEST), found[-1] if len(own) >= FEW_ROWS and found else least))
    return tuple(round(math.exp(width), 2) for width in found)
