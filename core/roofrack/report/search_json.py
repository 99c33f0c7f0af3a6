"""`roofrack.search/1` and `roofrack.box/1`: what a search found, as plain values."""

from __future__ import annotations

from typing import Any

from roofrack._version import __version__
from roofrack.report.money_json import plain
from roofrack.search import Box, BoxRow, BoxSpec, Candidate, SearchResult, SearchSpec

_PLACED = (
    "model",
    "engine",
    "device",
    "gpus_per_node",
    "nodes",
    "gpus",
    "weights",
    "kv",
    "tp",
    "pp",
    "dp",
    "ep",
    "working",
)
_RATES = ("ttft_s", "tpot_s", "tokens_per_s_per_user", "output_tokens_per_s", "requests_per_s")


def search_json(spec: SearchSpec, found: SearchResult, why: str = "") -> dict[str, Any]:
    """A search and its answer.

    Args:
        spec: What was asked.
        found: What was found.
        why: Where the concurrency comes from, when not from the person.
    """
    miss = found.miss
    return {
        "schema": "roofrack.search/1",
        "version": __version__,
        "concurrency": spec.concurrency,
        "concurrency_from": why or None,
        "targets": _targets(spec),
        "limits": {"gpus": spec.limits.gpus, "usd_per_hour": spec.limits.usd_per_hour},
        "sort": spec.sort,
        "complete": found.complete,
        "evaluated": found.evaluated,
        "combinations": found.combinations,
        "left_out": list(found.left_out),
        "ranked": [candidate_json(one) for one in found.ranked],
        "front": [candidate_json(one) for one in found.front],
        "miss": None
        if miss is None
        else {
            "reason": miss.reason,
            "closest": None if miss.closest is None else candidate_json(miss.closest),
            "without": [
                {"limit": one.limit, "best": None if one.best is None else candidate_json(one.best)}
                for one in miss.relaxed
            ],
        },
    }


def box_json(spec: BoxSpec, found: Box, why: str = "") -> dict[str, Any]:
    """A rack and the models that it serves.

    Args:
        spec: What was asked.
        found: What was found.
        why: Where the concurrency comes from, when not from the person.
    """
    return {
        "schema": "roofrack.box/1",
        "version": __version__,
        "concurrency": spec.workload.concurrency,
        "concurrency_from": why or None,
        "targets": _targets(spec),
        "complete": found.complete,
        "evaluated": found.evaluated,
        "models": [_row(row) for row in found.rows],
        "too_large": list(found.too_large),
    }


def candidate_json(one: Candidate) -> dict[str, Any]:
    """One plan.

    Args:
        one: The plan.
    """
    return {
        **{name: getattr(one, name) for name in _PLACED},
        "usd_per_hour": plain(one.usd_per_hour),
        "usd_per_million_output_tokens": plain(one.usd_per_million_output_tokens),
        "power_w": plain(one.power_w),
        **{name: plain(getattr(one.point, name)) for name in _RATES},
        "waiting": one.point.waiting,
        "bound": one.point.bound,
        "meets": one.strain <= 1,
        "headroom": plain(one.headroom),
        "tightest": one.limit,
    }


def _row(row: BoxRow) -> dict[str, Any]:
    return {
        "params": row.params,
        **candidate_json(row.best),
        "max_requests": row.at_once,
        "alone": {name: plain(getattr(row.alone, name)) for name in ("ttft_s", "tpot_s", "tokens_per_s_per_user")},
    }


def _targets(spec: SearchSpec | BoxSpec) -> dict[str, float | None]:
    targets = spec.targets
    return {
        "ttft_s": targets.ttft_s,
        "tpot_s": targets.tpot_s,
        "percentile": targets.percentile,
        "tokens_per_s_per_user": targets.tokens_per_s_per_user,
        "requests_per_s": targets.requests_per_s,
        "availability": targets.availability,
    }
