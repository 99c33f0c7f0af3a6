"""`roofrack.compare/1`: plans side by side as plain values. Keys and meanings are stable; others script against them."""

from __future__ import annotations

from typing import Any

from roofrack._version import __version__
from roofrack.compare.results import Cell, Comparison, Row
from roofrack.report.command_line import command_line
from roofrack.report.plan_json import figures, scenario_json

SCHEMA = "roofrack.compare/1"
_TARGETS = ("ttft_s", "percentile", "tpot_s", "tokens_per_s_per_user")


def compare_json(comparison: Comparison) -> dict[str, Any]:
    """A comparison as JSON values: seconds, bytes, tokens/s, US dollars, as each row's unit says.

    Args:
        comparison: The comparison.
    """
    targets = comparison.plans[0].scenario.targets
    return {
        "schema": SCHEMA,
        "version": __version__,
        "yardstick": comparison.yardstick,
        "concurrency": comparison.concurrency,
        "targets": {name: getattr(targets, name) for name in _TARGETS},
        "plans": [_plan(comparison, n) for n in range(len(comparison.plans))],
        "rows": [_row(row) for row in comparison.rows],
    }


def _plan(comparison: Comparison, n: int) -> dict[str, Any]:
    plan, point = comparison.plans[n], comparison.points[n]
    return {
        "name": comparison.names[n],
        "fits": plan.memory.fits,
        "concurrency": point.concurrency if point else None,
        "running": point.running if point else None,
        "waiting": point.waiting if point else None,
        "note": comparison.notes[n] or None,
        "scenario": scenario_json(plan.scenario),
        "command": command_line(plan.scenario.spec),
    }


def _row(row: Row) -> dict[str, Any]:
    return {"id": row.id, "unit": row.unit, "better": row.better, "cells": [_cell(cell) for cell in row.cells]}


def _cell(cell: Cell) -> dict[str, Any]:
    value = cell.value
    low, mid, high = (figures(end) for end in value) if value is not None else (None, None, None)
    return {"low": low, "mid": mid, "high": high, "ratio": figures(cell.ratio), "verdict": cell.verdict}
