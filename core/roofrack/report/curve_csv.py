"""The curve of a plan as CSV, one row a concurrency, values in SI units with their bands."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from roofrack.results import Band, Plan

_BANDS = ("ttft_s", "tpot_s", "e2e_latency_s", "output_tokens_per_s", "tokens_per_s_per_user", "requests_per_s")


def curve_csv(plan: Plan) -> str:
    """The curve; only the header where the plan does not fit.

    Args:
        plan: The plan.
    """
    return _written([_HEAD, *_rows(plan)])


def curves_csv(plans: Sequence[tuple[str, Plan]]) -> str:
    """Curves of several plans below each other, each row beginning with the plan's name.

    Args:
        plans: Names and plans.
    """
    return _written([["plan", *_HEAD], *([name, *row] for name, plan in plans for row in _rows(plan))])


_HEAD = [
    *("concurrency", "running", "waiting"),
    *(f"{name}_{end}" for name in _BANDS for end in ("low", "mid", "high")),
    "bound",
]


def _rows(plan: Plan) -> Iterator[list[str]]:
    for point in plan.curve:
        values = [f"{value:.6g}" for name in _BANDS for value in _ends(getattr(point, name))]
        yield [str(point.concurrency), str(point.running), str(point.waiting), *values, point.bound]


def _written(rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _ends(band: Band) -> tuple[float, float, float]:
    return band.low, band.mid, band.high
