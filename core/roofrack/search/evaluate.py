"""One family at a number of replicas: the lean path from a settled scenario to one point of its curve."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain.device import Rack
from roofrack.domain.scenario import ParallelSpec, RackSpec, Scenario
from roofrack.domain.workload import Parallel, Targets
from roofrack.memory.capacity import fit_memory
from roofrack.results import CurvePoint, MemoryPlan
from roofrack.search.layouts import Rung
from roofrack.search.results import Candidate, Limit
from roofrack.search.space import Family
from roofrack.speed import curve
from roofrack.users.availability import at_least, surviving, units_of
from roofrack.users.capacity import ttft_at


class Judgement(NamedTuple):
    """A point against its targets.

    Args:
        strain: The worst of value over target.
        limit: Which one.
    """

    strain: float
    limit: Limit


class Evaluated(NamedTuple):
    """A family on one of its racks.

    Args:
        step: The rung of the family's ladder.
        rung: The rack.
        points: What it does at the workload's concurrencies; the last one is the load.
        judgements: How that stands to each target, with the replicas in `working` alone.
        room: Requests that run at once.
        working: Replicas that work for the share of the time that is asked for.
    """

    step: int
    rung: Rung
    points: tuple[CurvePoint, ...]
    judgements: tuple[Judgement, ...]
    room: int
    working: int

    @property
    def point(self) -> CurvePoint:
        """Under the load."""
        return self.points[-1]

    @property
    def alone(self) -> CurvePoint:
        """At the first of the concurrencies."""
        return self.points[0]

    @property
    def judgement(self) -> Judgement:
        """The worst of them."""
        return max(self.judgements)

    @property
    def meets(self) -> bool:
        """Whether all targets are met."""
        return self.judgement.strain <= 1


class Evaluator:
    """Computes plans of one family, each rung once.

    Args:
        family: The family.
        sure: Judge by the unfavourable end of the band.
    """

    def __init__(self, family: Family, *, sure: bool) -> None:
        self.family = family
        self.sure = sure
        self._seen: dict[int, Evaluated | None] = {}
        self._one: tuple[Scenario, MemoryPlan] | None = None

    @property
    def evaluated(self) -> int:
        """Plans computed to the end."""
        return sum(found is not None for found in self._seen.values())

    def at(self, step: int) -> Evaluated | None:
        """The plan on a rung; None where it does not fit in memory.

        Args:
            step: The rung of the family's ladder.
        """
        if step not in self._seen:
            self._seen[step] = self._at(step)
        return self._seen[step]

    def _at(self, step: int) -> Evaluated | None:
        rung = self.family.ladder[step]
        whole = self._computed(rung)
        if whole is None:
            return None
        points, room = whole
        targets = self.family.scenario.targets
        working, downtime = self._working(rung)
        left = whole if working in (0, rung.replicas) else self._computed(rung._replace(replicas=working))
        judgements = () if left is None else judge(left[0], targets, left[1], sure=self.sure)
        if targets.availability is not None:
            judgements = (*judgements, Judgement(0.0 if working else downtime, "availability"))
        return Evaluated(step, rung, points, judgements, room, working)

    def _computed(self, rung: Rung) -> tuple[tuple[CurvePoint, ...], int] | None:
        """What replicas do, and the requests that run on them at once; None where they do not fit in memory."""
        scenario, memory = self._placed(rung)
        if not memory.fits:
            return None
        room = min(memory.workload_concurrency, scenario.max_num_seqs * rung.replicas)
        return curve(scenario, memory, shipped_calibration()), room

    def _working(self, rung: Rung) -> tuple[int, float]:
        """Replicas that work for the share of the time that is asked for, and how often none does over how often that may be."""
        target = self.family.scenario.targets.availability
        if target is None:
            return rung.replicas, 0.0
        found = units_of(rung.gpus_per_node, self.family.layout.devices, rung.replicas, self.family.node_works)
        failed = found.units - surviving(found.units, found.works, target)
        return max(0, rung.replicas - failed * found.replicas), (1 - at_least(1, found.units, found.works)) / (
            1 - target
        )

    def _placed(self, rung: Rung) -> tuple[Scenario, MemoryPlan]:
        if self.family.coupled:
            return fit_memory(self._arranged(self.family.scenario, rung), brief=True)
        if self._one is None:
            single = self.family.ladder[0]._replace(replicas=1)
            self._one = fit_memory(self._arranged(self.family.scenario, single), brief=True)
        scenario, one = self._one
        if not one.fits:
            return scenario, one
        all_replicas = one._replace(
            kv_capacity_tokens=one.kv_capacity_tokens * rung.replicas,
            max_concurrency=one.max_concurrency * rung.replicas,
            workload_concurrency=one.workload_concurrency * rung.replicas,
        )
        return self._arranged(scenario, rung), all_replicas

    def _arranged(self, scenario: Scenario, rung: Rung) -> Scenario:
        layout, rack = self.family.layout, scenario.rack
        if (rung.nodes, rung.gpus_per_node) != (rack.nodes, rack.devices_per_node):
            group = replace(rack.groups[0], nodes=rung.nodes, devices_per_node=rung.gpus_per_node)
            rack = Rack(groups=(group,), network=rack.network)
        parallel = Parallel(tp=layout.tp, pp=layout.pp, dp=rung.replicas, ep=layout.ep(rung.replicas))
        return replace(scenario, rack=rack, parallel=parallel)


def judge(points: tuple[CurvePoint, ...], targets: Targets, room: int, *, sure: bool) -> tuple[Judgement, ...]:
    """A point against each of its targets.

    Args:
        points: What the rack does; the last one is the load, the first one a request alone where a percentile asks for it.
        targets: What to keep. Without a TTFT target no request may wait, so the room for requests counts instead.
        room: Requests that run at once.
        sure: Judge by the unfavourable end of the band.
    """
    edge = "high" if sure else "mid"
    point = points[-1]
    found: list[Judgement] = []
    tpot: float = getattr(point.tpot_s, edge)
    if targets.tpot_s is not None:
        found.append(Judgement(tpot / targets.tpot_s, "tpot"))
    if targets.tokens_per_s_per_user is not None:
        found.append(Judgement(tpot * targets.tokens_per_s_per_user, "speed"))
    if targets.requests_per_s is not None:
        rate = point.requests_per_s.low if sure else point.requests_per_s.mid
        found.append(Judgement(targets.requests_per_s / rate, "requests"))
    if targets.ttft_s is not None:
        found.append(Judgement(ttft_at(point, points[0], targets.percentile, edge) / targets.ttft_s, "ttft"))
    else:
        found.append(Judgement(point.concurrency / room if room else float("inf"), "room"))
    return tuple(found)


def candidate(family: Family, found: Evaluated) -> Candidate:
    """What was evaluated, as a result that a scenario can be taken from.

    Args:
        family: The family.
        found: One of its plans.
    """
    scenario, layout, rung = family.scenario, family.layout, found.rung
    device, ep = scenario.rack.device, layout.ep(rung.replicas)
    spec = replace(
        scenario.spec,
        workload=replace(scenario.spec.workload, concurrencies=None),
        rack=RackSpec(device=device.id, gpus_per_node=rung.gpus_per_node, nodes=rung.nodes),
        parallel=ParallelSpec(tp=layout.tp, pp=layout.pp, dp=rung.replicas, ep=ep),
    )
    return Candidate(
        spec=spec,
        model=scenario.model.id,
        engine=scenario.engine.id,
        device=device.id,
        gpus_per_node=rung.gpus_per_node,
        nodes=rung.nodes,
        weights=scenario.weights.id,
        kv=scenario.kv.id,
        tp=layout.tp,
        pp=layout.pp,
        dp=rung.replicas,
        ep=ep,
        working=found.working,
        gpus=rung.gpus,
        usd_per_hour=family.usd_per_hour(rung),
        power_w=None if device.power_w is None else device.power_w * rung.gpus,
        point=found.point,
        strain=found.judgement.strain,
        limit=found.judgement.limit,
    )
