"""The verdict for a service in a few words, where there is no room for sentences."""

from __future__ import annotations

from typing import NamedTuple

from roofrack.domain.workload import Targets
from roofrack.report.units import counted, times
from roofrack.users.service import Service

LIMITS = {"ttft": "TTFT", "tpot": "TPOT", "speed": "speed", "slots": "room for requests"}
"""What can break first, in words."""


class Brief(NamedTuple):
    """Two short statements.

    Args:
        good: Whether this one rack does what is asked of it.
        answer: How many it serves, or how many racks it takes.
        breaks: What breaks first, and where; empty where not even one request keeps the targets.
    """

    good: bool
    answer: str
    breaks: str


def brief(found: Service, targets: Targets) -> Brief:
    """Say a service's verdict in a few words.

    Args:
        found: The service.
        targets: What it was judged by.
    """
    capacity = found.capacity
    if capacity.missed_by is not None:
        name = LIMITS[capacity.limit]
        return Brief(False, f"not even one request keeps {name}: {times(capacity.missed_by)}× too slow", "")
    most = round(capacity.requests.mid)
    stop = f"{most:,} run at once" if capacity.limit == "slots" else f"beyond {most:,} at once"
    return Brief(_good(found), _answer(found, targets, most), f"{LIMITS[capacity.limit]}, {stop}")


def _good(found: Service) -> bool:
    if found.share is None:
        return found.availability.target is None or found.availability.spares == 0
    return found.racks == 1


def _answer(found: Service, targets: Targets, most: int) -> str:
    if found.share is None:
        within = " within the targets" if targets != Targets() else ""
        return f"{counted(most, 'request')} at once{within}{_spare_units(found)}"
    if found.racks is None:
        return "no number of spares keeps the availability"
    takes = f"takes {found.in_racks}"
    asked = found.demand
    if asked is None or asked.people is None or found.users is None:
        enough = f"enough for {asked.requests_per_s:g}" if asked else f"keeps {targets.requests_per_s:g}"
        return f"{enough} requests/s" if found.racks == 1 else takes if found.share > 1 else f"enough; {takes}"
    if found.share > 1:
        return f"{found.users:,} of {asked.people:,} {asked.rule}; {takes}"
    served = f"serves {counted(found.users, asked.rule.removesuffix('s'))}"
    return served if found.racks == 1 else f"{served}; {takes}"


def _spare_units(found: Service) -> str:
    failures = found.availability
    if failures.target is None or failures.spares == 0:
        return ""
    return (
        "; no number of spares keeps the availability"
        if failures.spares is None
        else f" with {counted(failures.spares, 'spare')}"
    )
