"""The search itself: every family in order of its cheapest rack, each solved for its least number of replicas.

Nothing is dropped that could be best. A family is skipped only when its smallest rack already costs more than what is kept;
inside one the number of replicas is found by bisection, because more replicas of the same kind never make a request slower.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from roofrack.search.evaluate import Evaluated, Evaluator, candidate
from roofrack.search.front import Front
from roofrack.search.request import SearchSpec
from roofrack.search.results import Candidate, Limit, NearestMiss, Progress, SearchResult
from roofrack.search.space import Family, Space, space

if TYPE_CHECKING:
    from roofrack.catalog import Catalog

UNEVEN = 0.02
"""How far the speed model strays from "more replicas are never slower"; neighbours of a solution this close are looked at too."""

REPORT_EVERY = 50
"""Families between two progress reports."""


class _Plan(NamedTuple):
    family: Family
    found: Evaluated


class _Key(NamedTuple):
    """Smaller is better: what is ranked by, then slack, then fewer devices and nodes."""

    value: float
    strain: float
    gpus: int
    nodes: int


def search(
    spec: SearchSpec,
    catalog: Catalog | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SearchResult:
    """Find the racks, formats, layouts and replica counts that meet targets, best first.

    Args:
        spec: What is asked.
        catalog: Where ids are looked up; the shipped and the user's own presets by default.
        progress: Told now and then how far it is.
        cancelled: Asked often; once it says True, what was found so far is returned as incomplete.

    Raises:
        InputError: An id is unknown, or nothing can be combined.
    """
    if catalog is None:
        from roofrack.catalog import default_catalog

        catalog = default_catalog()
    run = _Search(spec, space(spec, catalog), progress, cancelled)
    run.all()
    ranked = run.ranked()
    miss = None
    if not ranked and run.complete:
        from roofrack.search.nearest import nearest_miss

        miss = nearest_miss(spec, catalog, run.closest(), run.out_of_reach(), progress, cancelled)
        run.complete = not run.cancelled()
    return run.result(miss)


def best_of(
    spec: SearchSpec,
    catalog: Catalog,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Candidate | None:
    """The best plan alone; None when there is none.

    Args:
        spec: What is asked.
        catalog: Where ids are looked up.
        progress: As for `search`.
        cancelled: As for `search`.
    """
    run = _Search(spec, space(spec, catalog), progress, cancelled)
    run.all()
    return next(iter(run.ranked()), None)


class _Search:
    def __init__(
        self,
        spec: SearchSpec,
        combined: Space,
        progress: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self.spec = spec
        self.combined = combined
        self.progress = progress
        self.cancelled = cancelled or (lambda: False)
        self.complete = True
        self.evaluated = 0
        self._best: dict[tuple[str, ...], tuple[_Key, _Plan]] = {}
        self._kept: float | None = None
        self._front: Front[_Plan] = Front()
        self._closest: _Plan | None = None
        self._nearest_to: dict[Limit, float] = {}

    def all(self) -> None:
        """Go through all families, the cheapest first."""
        families = sorted(self.combined.families, key=lambda family: family.value(family.ladder[0]))
        for done, family in enumerate(families):
            if self.cancelled():
                self.complete = False
                return
            self._family(family)
            if self.progress and (done % REPORT_EVERY == 0 or done + 1 == len(families)):
                self.progress(Progress(done + 1, len(families), self.evaluated, next(iter(self.ranked()), None)))

    def ranked(self) -> tuple[Candidate, ...]:
        """The best plan of each group, best first."""
        kept = sorted(self._best.values(), key=lambda pair: pair[0])[: self.spec.kept]
        return tuple(candidate(*plan) for _, plan in kept)

    def closest(self) -> Candidate | None:
        """Of the plans that fail, the one that fails least."""
        return None if self._closest is None else candidate(*self._closest)

    def out_of_reach(self) -> frozenset[Limit]:
        """Targets that no plan within the limits keeps, whatever the others are; of use when nothing was found."""
        return frozenset(limit for limit, strain in self._nearest_to.items() if strain > 1 + UNEVEN)

    def result(self, miss: NearestMiss | None) -> SearchResult:
        """What was found."""
        return SearchResult(
            ranked=self.ranked(),
            front=tuple(candidate(*plan) for plan in self._front.plans()),
            miss=miss,
            evaluated=self.evaluated,
            combinations=len(self.combined.families),
            complete=self.complete,
            left_out=self.combined.left_out,
        )

    def _family(self, family: Family) -> None:
        worth = self._worth(family)
        if (worth < 0 and not self._may_extend_front(family)) or not family.holds_weights:
            return
        evaluator = Evaluator(family, sure=self.spec.sure)
        if family.coupled:
            for step in range(len(family.ladder)):
                found = evaluator.at(step)
                if found is not None:
                    self._judge(family, found)
        else:
            self._bisect(evaluator, worth)
        self.evaluated += evaluator.evaluated

    def _worth(self, family: Family) -> int:
        """The highest rung that could still enter the ranking; -1 when none can."""
        last = len(family.ladder) - 1
        bound = None if self.spec.sort == "headroom" else self._bound(_group(family))
        if bound is None or family.value(family.ladder[last]) <= bound:
            return last
        return bisect_right(family.ladder, bound, key=family.value) - 1

    def _bound(self, group: tuple[str, ...]) -> float | None:
        """The value that a plan of a group must not exceed; None while anything enters."""
        own = self._best.get(group)
        if own is not None and (self._kept is None or own[0].value <= self._kept):
            return own[0].value
        return self._kept

    def _may_extend_front(self, family: Family) -> bool:
        return self.spec.front and family.scenario.usd_per_device_hour is not None

    def _bisect(self, evaluator: Evaluator, worth: int) -> None:
        family = evaluator.family
        largest = evaluator.at(len(family.ladder) - 1)
        if largest is None:
            return
        self._judge(family, largest)
        if self.spec.sort != "headroom" and worth >= 0:
            for found in _least(evaluator, worth):
                self._judge(family, found)
        if self._may_extend_front(family) and largest.judgement.strain <= 1 + UNEVEN:
            self._extend_front(evaluator, largest)

    def _judge(self, family: Family, found: Evaluated) -> None:
        """Keep a plan where it is the best of its group, on the front, or the nearest miss."""
        plan = _Plan(family, found)
        if not found.meets:
            for strain, limit in found.judgements:
                self._nearest_to[limit] = min(strain, self._nearest_to.get(limit, strain))
            if self._closest is None or found.judgement.strain < self._closest.found.judgement.strain:
                self._closest = plan
            return
        value = -1 / found.judgement.strain if self.spec.sort == "headroom" else family.value(found.rung)
        key = _Key(value, found.judgement.strain, found.rung.gpus, found.rung.nodes)
        group = _group(family)
        if group not in self._best or key < self._best[group][0]:
            self._best[group] = (key, plan)
            if len(self._best) >= self.spec.kept:
                self._kept = sorted(key.value for key, _ in self._best.values())[self.spec.kept - 1]
        usd = family.usd_per_hour(found.rung)
        if self.spec.front and usd is not None:
            self._front.add(usd, found.point.tokens_per_s_per_user.mid, plan)

    def _extend_front(self, evaluator: Evaluator, largest: Evaluated) -> None:
        """All rungs that nothing beats. A range of them is dropped when its cheapest, were it as fast as the one above, is beaten."""
        ladder, each = evaluator.family.ladder, evaluator.family.scenario.usd_per_device_hour or 0.0
        ranges = [(0, largest.step - 1, largest)]
        while ranges:
            low, high, above = ranges.pop()
            if low > high or self._front.beats(each * ladder[low].gpus, above.point.tokens_per_s_per_user.mid):
                continue
            found = evaluator.at((low + high) // 2)
            if found is None:
                continue
            self._judge(evaluator.family, found)
            ranges.append((found.step + 1, high, above))
            if found.judgement.strain <= 1 + UNEVEN:
                ranges.append((low, found.step - 1, found))


def _least(evaluator: Evaluator, most: int) -> Iterator[Evaluated]:
    """The plans around the lowest rung that meets the targets."""
    fails, top = -1, evaluator.at(most)
    if top is None:
        return
    while top.meets and top.step - fails > 1:
        found = evaluator.at((fails + top.step) // 2)
        if found is not None and found.meets:
            top = found
        else:
            fails = (fails + top.step) // 2
    yield top
    for step in range(top.step - 1, -1, -1):
        found = evaluator.at(step)
        if found is None or found.judgement.strain > 1 + UNEVEN:
            return
        yield found


def _group(family: Family) -> tuple[str, ...]:
    scenario = family.scenario
    return (
        scenario.model.id,
        scenario.engine.id,
        scenario.engine_version,
        scenario.rack.device.id,
        scenario.weights.id,
    )
