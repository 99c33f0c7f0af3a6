"""The search against trying everything, on small random spaces: every rack, format, layout and number of replicas."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest

from roofrack.catalog import default_catalog
from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain.scenario import ParallelSpec, RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.domain.workload import Targets
from roofrack.errors import InputError
from roofrack.memory.capacity import fit_memory
from roofrack.search import Limits, SearchSpec, search
from roofrack.search.find import UNEVEN
from roofrack.search.layouts import PIPELINE_DEPTHS, WIDEST_TP
from roofrack.settle import settle
from roofrack.speed import curve

SPACES = 200
CHUNK = 20
MODELS = (
    "llama-3.1-8b",
    "llama-3.1-70b",
    "gpt-oss-20b",
    "gpt-oss-120b",
    "mixtral-8x7b",
    "deepseek-v2-lite",
    "gemma-2-9b",
)
DEVICES = ("h100-sxm5-80gb", "h100-pcie-80gb", "a100-sxm4-40gb", "l40s", "rtx-4090", "mi300x", "rtx-5090")


class Tried(NamedTuple):
    """One plan that meets the targets."""

    usd: float
    gpus: int
    watts: float
    strain: float
    tokens_per_s: float


def random_space(seed: int) -> SearchSpec:
    """A small search with targets that bind now and then."""
    pick = random.Random(seed)  # noqa: S311 - not for secrets
    return SearchSpec(
        models=(pick.choice(MODELS),),
        workload=WorkloadSpec(
            prompt_tokens=pick.choice((64, 700, 1024, 6000)),
            output_tokens=pick.choice((16, 256, 800)),
            concurrency=pick.choice((1, 3, 16, 40, 64, 300)),
        ),
        targets=Targets(
            ttft_s=pick.choice((None, 0.2, 1.0, 4.0, 30.0)),
            tpot_s=pick.choice((None, 0.012, 0.025, 0.05, 0.2)),
            percentile=pick.choice((None, None, 95)),
        ),
        limits=Limits(gpus=pick.choice((2, 4, 6, 8)), usd_per_hour=pick.choice((None, None, None, 15.0))),
        sort=pick.choice(("cost", "gpus", "power", "headroom")),
        devices=(pick.choice(DEVICES),),
        gpus_per_node=tuple(sorted(pick.sample((1, 2, 4, 8), k=pick.choice((1, 2))))),
        weights=(pick.choice(("bf16", "fp8", "awq-int4")),),
        kv=pick.choice((("16bit",), ("16bit", "fp8"))),
        sure=pick.random() < 0.3,
    )


def layouts(spec: SearchSpec, size: int, nodes: int) -> Iterator[tuple[int, int, int, int]]:
    """TP, PP, DP and EP of everything that lies inside a node or on whole ones; placement is settled elsewhere."""
    for tp in range(1, WIDEST_TP + 1):
        for pp in PIPELINE_DEPTHS:
            one = tp * pp
            inside = one <= size
            whole = one % size == 0 and (size % tp == 0 or tp % size == 0)
            room = nodes * (size // one) if inside else nodes * size // one if whole else 0
            for dp in range(1, min(room, spec.concurrency) + 1):
                yield from ((tp, pp, dp, ep) for ep in {1, tp, tp * dp if pp == 1 and nodes == 1 else 1})


def everything(spec: SearchSpec) -> Iterator[Tried]:
    """All plans of a space that meet its targets, computed one by one."""
    catalog, load = default_catalog(), spec.workload
    device = catalog.device(spec.devices[0])
    assert device.rent is not None
    assert device.power_w is not None
    for size in spec.gpus_per_node:
        for nodes in range(1, spec.limits.gpus // size + 1):
            usd = device.rent.usd * size * nodes
            if spec.limits.usd_per_hour is not None and usd > spec.limits.usd_per_hour:
                continue
            for tp, pp, dp, ep in layouts(spec, size, nodes):
                for kv in spec.kv:
                    chosen = ScenarioSpec(
                        model=spec.models[0],
                        weights=spec.weights[0],
                        kv=kv,
                        rack=RackSpec(device=device.id, gpus_per_node=size, nodes=nodes),
                        parallel=ParallelSpec(tp=tp, pp=pp, dp=dp, ep=ep),
                        workload=replace(load, concurrencies=(1, spec.concurrency)),
                        targets=spec.targets,
                    )
                    judged = judged_alone(chosen, spec)
                    if judged is not None and judged[0] <= 1:
                        yield Tried(usd, size * nodes, device.power_w * size * nodes, *judged)


def judged_alone(chosen: ScenarioSpec, spec: SearchSpec) -> tuple[float, float] | None:
    """Strain and speed of one plan; None where it does not fit."""
    try:
        scenario, memory = fit_memory(settle(chosen, default_catalog()))
    except InputError:
        return None
    if not memory.fits:
        return None
    one, point = curve(scenario, memory, shipped_calibration())
    targets, strain = spec.targets, 0.0
    ttft, alone = (point.ttft_s.high, one.ttft_s.high) if spec.sure else (point.ttft_s.mid, one.ttft_s.mid)
    if targets.percentile is not None:
        ttft += max(0.0, ttft - alone) * (2.995732273553991 - 1)  # ln 20: the 95th percentile of an exponential wait
    if targets.ttft_s is not None:
        strain = ttft / targets.ttft_s
    else:
        slots = scenario.parallel.dp * scenario.max_num_seqs
        strain = spec.concurrency / max(1e-12, min(memory.workload_concurrency, slots))
    if targets.tpot_s is not None:
        strain = max(strain, (point.tpot_s.high if spec.sure else point.tpot_s.mid) / targets.tpot_s)
    return strain, point.tokens_per_s_per_user.mid


@pytest.mark.parametrize("first", range(0, SPACES, CHUNK))
def test_finds_what_trying_everything_finds(first: int) -> None:
    for seed in range(first, first + CHUNK):
        spec = random_space(seed)
        tried = list(everything(spec))
        try:
            found = search(spec)
        except InputError:
            assert not tried, seed
            continue
        if not tried:
            assert not found.ranked, seed
            assert found.miss is not None, seed
            continue
        best = found.ranked[0]
        assert best.strain <= 1
        if spec.sort == "cost":
            assert best.usd_per_hour == pytest.approx(min(one.usd for one in tried)), seed
        elif spec.sort == "gpus":
            assert best.gpus == min(one.gpus for one in tried), seed
        elif spec.sort == "power":
            assert best.power_w == pytest.approx(min(one.watts for one in tried)), seed
        else:
            assert best.strain <= min(one.strain for one in tried) * (1 + UNEVEN), seed
        assert_same_front(found.front, tried, seed)


def assert_same_front(front: tuple, tried: list[Tried], seed: int) -> None:  # type: ignore[type-arg]
    """Nothing tried beats the front, and the front beats itself nowhere."""
    points = [(one.usd_per_hour, one.point.tokens_per_s_per_user.mid) for one in front]
    for usd, speed in {(one.usd, one.tokens_per_s) for one in tried}:
        assert any(p <= usd * (1 + 1e-9) and s >= speed * (1 - 1e-9) for p, s in points), (seed, usd, speed)
    assert points == sorted(points)
    assert [speed for _, speed in points] == sorted(speed for _, speed in points)
