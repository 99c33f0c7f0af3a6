"""A plan's rack at any number of requests in flight: what users, costs and rules of thumb ask beyond the drawn curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from roofrack.catalog.calibration import shipped_calibration
from roofrack.errors import InputError
from roofrack.results import CurvePoint, MemoryPlan, Plan
from roofrack.speed import curve

MOST_REQUESTS = 1_000_000
"""The highest concurrency of a workload."""


def points(plan: Plan, concurrencies: Sequence[int]) -> tuple[CurvePoint, ...]:
    """What the rack does at these concurrencies, requests kept in flight (`closed`) whatever the plan's own load is.

    Args:
        plan: A plan that fits.
        concurrencies: Requests in flight, each from 1 to `MOST_REQUESTS`.

    Raises:
        InputError: The plan does not fit.
    """
    memory = fitting(plan)
    wanted = tuple(concurrencies)
    workload = replace(plan.scenario.workload, load="closed", concurrency=wanted[0], concurrencies=wanted)
    return curve(replace(plan.scenario, workload=workload), memory, shipped_calibration())


def alone(plan: Plan) -> CurvePoint:
    """One request at a time on the whole rack."""
    return points(plan, (1,))[0]


def fitting(plan: Plan) -> MemoryPlan:
    """The plan's memory; raises InputError with the remedies where it does not fit."""
    if not plan.memory.fits:
        hint = ", or ".join(remedy.label for remedy in plan.remedies[:3])
        raise InputError(f"does not fit: {plan.memory.reason}", f"try {hint}" if hint else "choose a larger rack")
    return plan.memory


def slots(plan: Plan) -> int:
    """Requests of the workload's length that run at once on the whole rack: by memory, and by the engine's own limit."""
    replicas = plan.scenario.parallel.dp
    per_replica = min(plan.memory.workload_concurrency // replicas, plan.scenario.max_num_seqs)
    return max(1, per_replica) * replicas
