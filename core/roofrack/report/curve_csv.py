"""The curve of a plan as CSV, one row a concurrency, values in SI units with their bands."""

from __future__ import annotations

import csv
import io

from roofrack.results import Band, Plan

_BANDS = ("ttft_s", "tpot_s", "e2e_latency_s", "output_tokens_per_s", "tokens_per_s_per_user", "requests_per_s")


def curve_csv(plan: Plan) -> str:
    """The curve; only the header where the plan does not fit."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    ends = ("low", "mid", "high")
    writer.writerow(
        ["concurrency", "running", "waiting", *(f"{name}_{end}" for name in _BANDS for end in ends), "bound"]
    )
    for point in plan.curve:
        values = [f"{value:.6g}" for name in _BANDS for value in _ends(getattr(point, name))]
        writer.writerow([point.concurrency, point.running, point.waiting, *values, point.bound])
    return out.getvalue()


def _ends(band: Band) -> tuple[float, float, float]:
    return band.low, band.mid, band.high
