"""The targets that circulate (latency below 100 ms, 100 requests/s a node, 99.9 %), read for an LLM and worked out (R3)."""

from __future__ import annotations

import math
from typing import NamedTuple

from roofrack.domain.workload import Targets
from roofrack.report.units import counted, duration, rate, times
from roofrack.results import Plan
from roofrack.sweep import alone, points, slots
from roofrack.users.availability import availability
from roofrack.users.capacity import capacity

LATENCY_S, REQUESTS_PER_S, AVAILABILITY = 0.1, 100.0, 0.999


class PublishedTarget(NamedTuple):
    """One of them on this rack.

    Args:
        name: `100 ms as TTFT`, `100 ms as TPOT`, `100 requests/s a node`, `99.9 %`.
        target: The number.
        unit: Its unit.
        reached: What this rack reaches: latency of one request alone, requests/s of a node, share of the time.
        met: Whether it is met at all.
        takes: What meeting it takes, in a sentence.
    """

    name: str
    target: float
    unit: str
    reached: float
    met: bool
    takes: str


def published_targets(plan: Plan) -> tuple[PublishedTarget, ...]:
    """What each of the published targets means and takes on this rack.

    Args:
        plan: A plan that fits.

    Raises:
        InputError: The plan does not fit.
    """
    one = alone(plan)
    return (
        _latency(plan, "TTFT", one.ttft_s.mid, Targets(ttft_s=LATENCY_S)),
        _latency(plan, "TPOT", one.tpot_s.mid, Targets(tpot_s=LATENCY_S)),
        _rate(plan),
        _availability(plan),
    )


def _latency(plan: Plan, name: str, reached: float, target: Targets) -> PublishedTarget:
    found = capacity(plan, target)
    if found.missed_by is not None:
        takes = f"not even one request alone: {name} {duration(reached)}, {times(found.missed_by)} times too slow; a shorter prompt, a faster device or more TP"
        if name == "TPOT":
            takes = takes.replace("a shorter prompt, ", "fewer bits, ")
    else:
        takes = f"kept up to {found.requests.mid:,.0f} requests at once, {rate(found.at.requests_per_s.mid)} requests/s"
    return PublishedTarget(f"100 ms as {name}", LATENCY_S, "s", reached, found.missed_by is None, takes)


def _rate(plan: Plan) -> PublishedTarget:
    workload = plan.scenario.workload
    most = points(plan, (slots(plan),))[0].requests_per_s.mid
    per_node = most / plan.scenario.rack.nodes
    length = f"{workload.prompt_tokens:,} + {workload.output_tokens:,} tokens"
    if per_node >= REQUESTS_PER_S:
        takes = f"met: a node completes {rate(per_node)} requests/s of {length}"
    else:
        nodes = math.ceil(REQUESTS_PER_S / per_node)
        takes = f"a node completes {rate(per_node)} requests/s of {length}; 100 take {nodes:,} such nodes"
    return PublishedTarget(
        "100 requests/s a node", REQUESTS_PER_S, "requests/s", per_node, per_node >= REQUESTS_PER_S, takes
    )


def _availability(plan: Plan) -> PublishedTarget:
    found = availability(plan.scenario, AVAILABILITY)
    met = found.spares == 0
    if met:
        takes = "met without spares"
    elif found.spares is None:
        takes = f"no number of spares reaches it with nodes that work {found.unit_availability * 100:.2f} % of the time"
    else:
        takes = f"{counted(found.spares, 'spare')} beside {counted(found.units, found.unit)} (N+{found.spares})"
    return PublishedTarget("99.9 %", AVAILABILITY, "share of the time", found.all_work, met, takes)
