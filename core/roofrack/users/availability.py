"""Spare replicas: how much of a rack works for how much of the time, when nodes fail on their own."""

from __future__ import annotations

import math
import statistics
from functools import lru_cache
from typing import NamedTuple

from roofrack.catalog.prices import shipped_prices
from roofrack.domain.scenario import Scenario
from roofrack.economics.assumptions import dated

_COUNTED_EXACTLY = 2000
"""Units up to which the binomial is summed; beyond, the normal distribution that it approaches is used."""


class Availability(NamedTuple):
    """How often the rack serves, and what a target takes.

    Args:
        unit: What fails as a whole: a node with its replicas, or the nodes that one replica spans.
        units: How many the rack has.
        replicas_per_unit: Replicas in each.
        unit_availability: Share of the time in which one works.
        all_work: Share of the time in which all do: what the rack's full capacity can promise.
        any_works: Share of the time in which at least one does.
        target: The target; None where none is set.
        surviving: Units that work for at least that share of the time; None without a target.
        spares: Units to add so that the full capacity meets the target (N+1, N+2 …); None without a target.
        source: Where the availability of a node is from.
    """

    unit: str
    units: int
    replicas_per_unit: int
    unit_availability: float
    all_work: float
    any_works: float
    target: float | None
    surviving: int | None
    spares: int | None
    source: str


class Units(NamedTuple):
    """What fails as a whole.

    Args:
        units: How many there are.
        replicas: Replicas in each, at most.
        nodes: Nodes that each spans.
        works: Share of the time in which one works.
    """

    units: int
    replicas: int
    nodes: int
    works: float


def units_of(devices_per_node: int, devices_per_replica: int, replicas: int, node: float) -> Units:
    """A node fails with all replicas inside it, a replica with each of the nodes that it spans.

    Args:
        devices_per_node: Devices in a node.
        devices_per_replica: Devices of one replica.
        replicas: All of them.
        node: Share of the time in which one node works.
    """
    spanned = -(-devices_per_replica // devices_per_node)
    together = max(1, min(replicas, devices_per_node // devices_per_replica))
    return Units(-(-replicas // together), together, spanned, node**spanned)


def node_availability(given: float | None) -> float:
    """Share of the time in which one node works: what is given, else the dated default.

    Args:
        given: What a person said.
    """
    return shipped_prices().costs["node-availability"].value if given is None else given


def availability(scenario: Scenario, target: float | None = None) -> Availability:
    """How often a rack serves when nodes fail independently (binomial).

    Args:
        scenario: What is planned; `spec.audience.node_availability` may replace the dated default.
        target: Share of the time; None takes the scenario's own target.
    """
    given, parallel = scenario.spec.audience.node_availability, scenario.parallel
    found = units_of(
        scenario.rack.devices_per_node, parallel.devices_per_replica, parallel.dp, node_availability(given)
    )
    units, works = found.units, found.works
    wanted = scenario.targets.availability if target is None else target
    return Availability(
        unit="node" if found.nodes == 1 else f"replica of {found.nodes} nodes",
        units=units,
        replicas_per_unit=found.replicas,
        unit_availability=works,
        all_work=works**units,
        any_works=1 - (1 - works) ** units,
        target=wanted,
        surviving=None if wanted is None else surviving(units, works, wanted),
        spares=None if wanted is None else spares(units, works, wanted),
        source="given" if given is not None else dated(shipped_prices().costs["node-availability"].source),
    )


def at_least(needed: int, units: int, works: float) -> float:
    """Probability that at least so many of the units work.

    Args:
        needed: Units that must work.
        units: Units there are.
        works: Probability that one works.
    """
    if needed > units:
        return 0.0
    if works >= 1:
        return 1.0
    if units > _COUNTED_EXACTLY:
        mean, deviation = units * works, math.sqrt(units * works * (1 - works))
        return 1 - statistics.NormalDist(mean, deviation).cdf(needed - 0.5)
    failed = range(units - needed + 1)
    return min(1.0, math.fsum(_exactly(units - down, units, works) for down in failed))


def _exactly(up: int, units: int, works: float) -> float:
    """Probability that exactly so many work; by logarithms, so that thousands of units do not underflow."""
    down = units - up
    logarithm = math.lgamma(units + 1) - math.lgamma(up + 1) - math.lgamma(down + 1)
    return math.exp(logarithm + up * math.log(works) + down * math.log1p(-works))


@lru_cache(maxsize=4096)
def surviving(units: int, works: float, target: float) -> int:
    """The most units that work at once for at least a share of the time.

    Args:
        units: Units there are.
        works: Probability that one works.
        target: Share of the time.
    """
    low, high = 0, units
    while low < high:
        middle = (low + high + 1) // 2
        if at_least(middle, units, works) >= target:
            low = middle
        else:
            high = middle - 1
    return low


@lru_cache(maxsize=4096)
def spares(units: int, works: float, target: float) -> int | None:
    """Fewest units to add so that as many as before work for a share of the time; None where twenty times as many would not do.

    Args:
        units: Units that must work.
        works: Probability that one works.
        target: Share of the time.
    """
    low, high = 0, 20 * units
    if at_least(units, units + high, works) < target:
        return None
    while low < high:
        middle = (low + high) // 2
        if at_least(units, units + middle, works) >= target:
            high = middle
        else:
            low = middle + 1
    return low
