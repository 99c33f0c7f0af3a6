"""A search with an availability target: spare replicas, against trying everything and summing the binomial by hand."""

import random
from collections.abc import Iterator
from dataclasses import replace
from math import comb
from typing import NamedTuple

import pytest

from roofrack.catalog import default_catalog
from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain.money import AudienceSpec
from roofrack.domain.scenario import ParallelSpec, RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.domain.workload import Targets
from roofrack.errors import InputError
from roofrack.memory.capacity import fit_memory
from roofrack.plan import plan
from roofrack.search import Candidate, Limits, SearchSpec, search
from roofrack.settle import settle
from roofrack.speed import curve

SPACES = 40
CHUNK = 10


def random_space(seed: int) -> SearchSpec:
    """A small search in which nodes fail often enough to matter."""
    pick = random.Random(seed)  # noqa: S311 - not for secrets
    return SearchSpec(
        models=(pick.choice(("llama-3.1-8b", "gpt-oss-20b", "gemma-2-9b")),),
        workload=WorkloadSpec(prompt_tokens=1024, output_tokens=256, concurrency=pick.choice((1, 16, 64, 300))),
        targets=Targets(
            ttft_s=pick.choice((0.3, 1.0, 4.0)),
            tpot_s=pick.choice((None, 0.015, 0.03, 0.1)),
            availability=pick.choice((0.9, 0.99, 0.999, 0.9999)),
        ),
        limits=Limits(gpus=pick.choice((4, 6, 8))),
        sort=pick.choice(("cost", "gpus")),
        devices=(pick.choice(("h100-sxm5-80gb", "l40s", "rtx-4090")),),
        gpus_per_node=pick.choice(((1,), (2,), (1, 2), (2, 4), (1, 4))),
        weights=(pick.choice(("bf16", "fp8", "awq-int4")),),
        kv=("16bit",),
        node_availability=pick.choice((0.95, 0.99, 0.995)),
    )


class Tried(NamedTuple):
    """One plan that keeps its targets through failures."""

    gpus: int
    strain: float


def working(nodes_used: int, together: int, replicas: int, up: float, target: float) -> int:
    """Replicas left in the worst case that is still expected within the target."""
    for failed in range(nodes_used + 1):
        enough = sum(comb(nodes_used, k) * (1 - up) ** k * up ** (nodes_used - k) for k in range(failed + 1))
        if enough >= target:
            return replicas - failed * together
    return 0


def everything(spec: SearchSpec) -> Iterator[Tried]:
    assert spec.node_availability is not None
    assert spec.targets.availability is not None
    for size in spec.gpus_per_node:
        for nodes in range(1, spec.limits.gpus // size + 1):
            for tp in range(1, 9):
                inside = tp <= size
                if not inside and (tp % size or nodes * size < tp):
                    continue
                room = nodes * (size // tp) if inside else nodes * size // tp
                together = size // tp if inside else 1
                for dp in range(1, room + 1):
                    each = min(dp, together)
                    up = spec.node_availability ** (1 if inside else tp // size)
                    left = working(-(-dp // each), each, dp, up, spec.targets.availability)
                    strain = judged(spec, size, nodes, tp, left) if left > 0 else None
                    if strain is not None and strain <= 1:
                        yield Tried(size * nodes, strain)


def judged(spec: SearchSpec, size: int, nodes: int, tp: int, dp: int) -> float | None:
    """The worst of value over target with so many replicas on the rack; None where it cannot be."""
    chosen = ScenarioSpec(
        model=spec.models[0],
        weights=spec.weights[0],
        kv=spec.kv[0],
        rack=RackSpec(device=spec.devices[0], gpus_per_node=size, nodes=nodes),
        parallel=ParallelSpec(tp=tp, pp=1, dp=dp, ep=1),
        workload=replace(spec.workload, concurrencies=(spec.concurrency,)),
    )
    try:
        scenario, memory = fit_memory(settle(chosen, default_catalog()))
    except InputError:
        return None
    if not memory.fits:
        return None
    (point,) = curve(scenario, memory, shipped_calibration())
    assert spec.targets.ttft_s is not None
    strain = point.ttft_s.mid / spec.targets.ttft_s
    return strain if spec.targets.tpot_s is None else max(strain, point.tpot_s.mid / spec.targets.tpot_s)


@pytest.mark.parametrize("first", range(0, SPACES, CHUNK))
def test_finds_what_trying_everything_finds(first: int) -> None:
    met = 0
    for seed in range(first, first + CHUNK):
        spec = random_space(seed)
        tried = list(everything(spec))
        try:
            found = search(spec)
        except InputError:
            assert not tried, seed
            continue
        if tried:
            met += 1
            assert found.ranked, seed
            best, least = found.ranked[0], min(one.gpus for one in tried)
            assert best.gpus == least or (best.gpus < least and _beyond(best)), seed
        else:
            assert all(map(_beyond, found.ranked)), seed
    assert met >= 2


def _beyond(one: Candidate) -> bool:
    """Whether it is a layout that is searched, and not tried by hand."""
    return one.pp > 1 or one.ep > 1


SPARED = SearchSpec(
    models=("llama-3.1-8b",),
    workload=WorkloadSpec(concurrency=1),
    targets=Targets(ttft_s=1.0, tpot_s=0.03, availability=0.999),
    devices=("l40s",),
    gpus_per_node=(1,),
    weights=("fp8",),
    limits=Limits(gpus=8),
    node_availability=0.99,
)


def test_one_request_at_three_nines_takes_two_nodes_of_two_nines() -> None:
    best = search(SPARED).ranked[0]
    assert (best.nodes, best.dp, best.working) == (2, 2, 1)
    assert plan(best.spec).at == best.point
    assert best.spec.audience == AudienceSpec(node_availability=0.99)
    without = search(replace(SPARED, targets=Targets(ttft_s=1.0, tpot_s=0.03))).ranked[0]
    assert (without.nodes, without.dp, without.working) == (1, 1, 1)


def test_a_higher_availability_never_needs_less() -> None:
    needed = []
    for share in (0.9, 0.99, 0.999, 0.9999, 0.999999):
        spec = replace(SPARED, targets=replace(SPARED.targets, availability=share))
        needed.append(search(spec).ranked[0].gpus)
    assert needed == [1, 1, 2, 2, 3]


def test_where_too_few_nodes_are_allowed_that_is_said_and_lifting_it_helps() -> None:
    found = search(replace(SPARED, limits=Limits(gpus=1)))
    assert not found.ranked
    assert found.miss is not None
    assert "0.999 of the time" in found.miss.reason
    lifted = {one.limit: one.best for one in found.miss.relaxed}
    assert lifted["availability"] is not None
    assert lifted["availability"].gpus == 1
    assert lifted["gpus"] is not None
    assert lifted["gpus"].gpus == 2
    assert lifted["ttft"] is None
