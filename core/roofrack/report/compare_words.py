"""How a comparison is said: the names of its rows, its numbers, and what a verdict is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from roofrack.compare.results import Cell, Comparison, Verdict
from roofrack.report.units import duration, duration_ends, gib, steady_rate, usd


class RowWords(NamedTuple):
    """How a row is written.

    Args:
        label: With the unit, where the numbers do not carry it.
        write: A value as text.
    """

    label: str
    write: Callable[[float], str]


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _short_count(value: float) -> str:
    """Tokens in as few characters as a column has: `684k`, `1.37M`."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= size:
            scaled = value / (1e3 if letter == "k" else size)
            return f"{scaled:.3g}{letter}" if scaled < 1000 else f"{scaled:,.0f}{letter}"
    return f"{value:,.0f}"


def _kib(value: float) -> str:
    return f"{value / 1024:,.4g}"


def _kw(value: float) -> str:
    return steady_rate(value / 1000)


WORDS = {
    "gpus": RowWords("GPUs", _whole),
    "memory_per_gpu_bytes": RowWords("memory/GPU GiB", gib),
    "weights_bytes": RowWords("weights GiB", gib),
    "kv_bytes_per_token": RowWords("KV/token KiB", _kib),
    "kv_capacity_tokens": RowWords("KV tokens", _short_count),
    "max_requests": RowWords("requests at once", _whole),
    "requests_within_targets": RowWords("within targets", _whole),
    "ttft_s": RowWords("TTFT", duration),
    "tpot_s": RowWords("TPOT", duration),
    "e2e_latency_s": RowWords("E2E latency", duration),
    "tokens_per_s_per_user": RowWords("tok/s each", steady_rate),
    "output_tokens_per_s": RowWords("tok/s total", steady_rate),
    "usd_per_hour": RowWords("$/h", usd),
    "usd_per_million_output_tokens": RowWords("$/M output tok", usd),
    "power_w": RowWords("node power kW", _kw),
}
"""By row id; the order of rows is the comparison's."""

VERDICT_WORDS: dict[Verdict | None, str] = {
    "first": "",
    "better": "better",
    "worse": "worse",
    "same": "same",
    "unclear": "~",
    None: "",
}
"""Verdicts where nothing but letters can be shown."""

UNCLEAR = "~ not distinguishable: the 80 % bands overlap"
MISSING = "–"
_NO_MATTER = 0.005
"""Where less is neither better nor worse, a ratio this close to 1 is left out."""


def value_text(row_id: str, cell: Cell) -> str:
    """A value alone: `26 ms`.

    Args:
        row_id: Of its row.
        cell: The cell.
    """
    return MISSING if cell.value is None else WORDS[row_id].write(cell.value.mid)


def band_text(row_id: str, cell: Cell) -> str:
    """The ends of a value's band: `23 ms to 30 ms`; empty where the value is exact.

    Args:
        row_id: Of its row.
        cell: The cell.
    """
    if cell.value is None or cell.value.low == cell.value.high:
        return ""
    write = WORDS[row_id].write
    return duration_ends(cell.value) if write is duration else f"{write(cell.value.low)} to {write(cell.value.high)}"


def ratio_text(cell: Cell) -> str:
    """The ratio to the first plan: `0.54x`; empty where it says nothing.

    Args:
        cell: The cell.
    """
    ratio = cell.ratio
    if ratio is None or cell.verdict in ("first", "same") or (cell.verdict is None and abs(ratio - 1) < _NO_MATTER):
        return ""
    return f"{ratio:,.0f}x" if ratio >= 100 else f"{ratio:.3g}x" if ratio >= 10 else f"{ratio:.2f}x"


def place_text(comparison: Comparison) -> str:
    """Where the plans are compared, in a phrase.

    Args:
        comparison: The comparison.
    """
    if comparison.yardstick == "best":
        return f"each at its most requests {targets_text(comparison)}"
    at = f"at {comparison.concurrency:,} request{'' if comparison.concurrency == 1 else 's'} at once"
    loads = {plan.scenario.workload.load for plan in comparison.plans}
    own = sorted(loads - {"closed", "batch"})
    return f"{at} ({' and '.join(own)} under their own load)" if own else at


def targets_text(comparison: Comparison) -> str:
    """Within which targets plans stay, in a phrase.

    Args:
        comparison: The comparison.
    """
    targets = comparison.plans[0].scenario.targets
    said = []
    if targets.ttft_s is not None:
        share = f" for {targets.percentile:g} %" if targets.percentile is not None else ""
        said.append(f"TTFT {duration(targets.ttft_s)}{share}")
    if targets.tpot_s is not None:
        said.append(f"TPOT {duration(targets.tpot_s)}")
    if targets.tokens_per_s_per_user is not None:
        said.append(f"{targets.tokens_per_s_per_user:g} tok/s each")
    return f"within {' and '.join(said)}" if said else "without waiting"
