"""Two pools of every layout against the same GPUs doing both: the best of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from roofrack.catalog.calibration import shipped_calibration
from roofrack.disaggregation.results import Aggregated, Disaggregation, Load, PoolUse, Transfer
from roofrack.disaggregation.steady import (
    Pair,
    Placed,
    State,
    aimed,
    decode_rate,
    keeps,
    service_s_of,
    solve,
    strain,
    transfer_s,
)
from roofrack.domain.device import Rack
from roofrack.domain.scenario import ParallelSpec, Scenario, ScenarioSpec
from roofrack.domain.workload import Parallel, Targets
from roofrack.errors import InputError
from roofrack.memory.capacity import fit_memory
from roofrack.memory.kv import kv_bytes
from roofrack.results import Band, CurvePoint, MemoryPlan
from roofrack.search.layouts import LAYER_SPLITS, MOST_REPLICAS, Layout, layouts, lies_well, replicas_on
from roofrack.settle import settle
from roofrack.speed import curve
from roofrack.speed.constants import constants
from roofrack.speed.step import StepModel

if TYPE_CHECKING:
    from roofrack.catalog import Catalog

BULK_SHARE = 0.6
"""Share of a link's data-sheet rate that bulk copies of KV cache reach. Mooncake's transfer engine: 87 GB/s over 4 × 200 Gbit/s
(0.87) and 190 GB/s over 8 × 400 Gbit/s (0.48); the middle of both (kvcache-ai/Mooncake, README, 2024)."""

MOST_REQUESTS = 1_000_000
MOST_SPLITS = 32
"""Splits that are tried where none is chosen: each on small racks, in even steps on large ones."""


def disaggregate(
    spec: ScenarioSpec,
    catalog: Catalog | None = None,
    *,
    prefill_gpus: int | None = None,
    decode_gpus: int | None = None,
) -> Disaggregation:
    """Plan two pools.

    Args:
        spec: The scenario; its rack gives the device, the size of a node and, where no pool is given, the number of GPUs.
        catalog: Where ids are looked up; the shipped and the user's own presets by default.
        prefill_gpus: Devices of the prefill pool; None chooses the best split.
        decode_gpus: Devices of the decode pool; None takes the rest of the rack.

    Raises:
        InputError: Ids are unknown, the split is impossible, or the model fits in no pool.
    """
    if catalog is None:
        from roofrack.catalog import default_catalog

        catalog = default_catalog()
    if spec.parallel.dp is not None or spec.parallel.ep is not None:
        raise InputError(
            "dp, ep: pools choose their own replicas", "give --tp and --pp, which hold for both, or nothing"
        )
    # Settled on one device of the rack; pools are laid out here.
    alone = replace(spec, parallel=ParallelSpec(tp=1, pp=1, dp=1, ep=1), workload=replace(spec.workload, load="closed"))
    scenario = settle(alone, catalog)
    if spec.workload.load not in ("closed", "batch"):
        raise InputError(f"load: pools are planned for a closed load, not {spec.workload.load}")
    for field in ("percentile", "requests_per_s", "availability"):
        if getattr(spec.targets, field) is not None:
            raise InputError(f"{field}: pools are judged by mean TTFT, TPOT and tokens/s per user only")
    splits = _splits(scenario, prefill_gpus, decode_gpus)
    return _Pools(scenario, spec.parallel).best(splits)


def _splits(scenario: Scenario, prefill: int | None, decode: int | None) -> list[tuple[int, int]]:
    total = scenario.rack.device_count
    for name, gpus in (("prefill-gpus", prefill), ("decode-gpus", decode)):
        if gpus is not None and not 1 <= gpus <= MOST_REPLICAS:
            raise InputError(f"{name}: must be from 1 to {MOST_REPLICAS:,}, not {gpus}")
    if prefill is not None and decode is not None:
        if prefill + decode > MOST_REPLICAS:
            raise InputError(f"prefill-gpus, decode-gpus: together at most {MOST_REPLICAS:,}")
        return [(prefill, decode)]
    if total > MOST_REPLICAS:
        raise InputError(f"rack: pools are planned for up to {MOST_REPLICAS:,} GPUs", "give a smaller --rack")
    given = prefill or decode
    if given is not None and given >= total:
        name = "prefill-gpus" if prefill else "decode-gpus"
        raise InputError(
            f"{name}: {given} of {total} GPUs leave none for the other pool", "give both, or a larger --rack"
        )
    if total < 2:
        raise InputError(
            "rack: two pools need at least 2 GPUs", "give a larger --rack, or --prefill-gpus and --decode-gpus"
        )
    if prefill is not None:
        return [(prefill, total - prefill)]
    if decode is not None:
        return [(total - decode, decode)]
    step = ceil(total / MOST_SPLITS)
    return [(first, total - first) for first in range(step, total, step)]


class _Pools:
    """Everything about one scenario's pools, each layout of each size placed once."""

    def __init__(self, scenario: Scenario, asked: ParallelSpec) -> None:
        self.scenario = scenario
        self.asked = asked
        self.calibration = shipped_calibration()
        self._seen: dict[int, tuple[Placed, ...]] = {}

    def best(self, splits: list[tuple[int, int]]) -> Disaggregation:
        """The best split and layouts: most requests/s within the targets, else most at the load."""
        pairs = [pair for split in splits for pair in self._pairs(*split)]
        if not pairs:
            raise InputError(
                f"pools: {self.scenario.model.name} fits in no such pair of pools of {self.scenario.rack.device.name}",
                "give larger pools, or smaller weights",
            )
        load, targets = self.scenario.workload.concurrency, self.scenario.targets
        judged = aimed(targets)

        def merit(pair: Pair) -> tuple[float, float]:
            at = solve(pair, load)
            return (at.rate if not judged or keeps(at, targets) else -strain(at, targets), -at.ttft_s)

        ranked = sorted(pairs, key=merit, reverse=True)
        if judged:  # among those that do well at the load, the one that can take most
            ranked = sorted(ranked[:20], key=lambda pair: self._most_of(pair), reverse=True)
        return self._result(ranked[0])

    def _pairs(self, prefill: int, decode: int) -> Iterator[Pair]:
        for first in self._placed(prefill):
            for second in self._placed(decode):
                yield self._pair(first, second)

    def _placed(self, gpus: int) -> tuple[Placed, ...]:
        if gpus not in self._seen:
            self._seen[gpus] = tuple(self._layouts(gpus))
        return self._seen[gpus]

    def _layouts(self, gpus: int) -> Iterator[Placed]:
        scenario, size = self.scenario, self.scenario.rack.devices_per_node
        splits_layers = scenario.profile.batching.policy == "slots"
        for layout in layouts(scenario.model, gpus, splits_layers=splits_layers, depths=LAYER_SPLITS):
            wanted = self.asked.tp in (None, layout.tp) and self.asked.pp in (None, layout.pp)
            replicas = _replicas(gpus, size, layout)
            if not wanted or not replicas or layout.experts == "all":
                continue
            fitted, memory = fit_memory(_on(scenario, gpus, layout, 1), brief=True)
            if memory.fits:
                step = StepModel(fitted, constants(fitted, self.calibration))
                yield Placed(gpus, replicas, layout, fitted, memory, step)

    def _pair(self, prefill: Placed, decode: Placed) -> Pair:
        scenario, load = self.scenario, self.scenario.workload
        single = replace(prefill.scenario, workload=replace(load, load="single", concurrencies=(1,)))
        alone = curve(single, prefill.memory, self.calibration)[0]
        rack, size = scenario.rack, scenario.rack.devices_per_node
        link = rack.link if prefill.gpus + decode.gpus <= size else rack.network
        width = min(prefill.layout.devices, decode.layout.devices)
        lanes = 1 if link.shared_by_node else width
        pool = min(prefill.gpus, decode.gpus)
        all_lanes = ceil(pool / size) if link.shared_by_node else pool
        each = link.gb_s_per_direction * 1e9 * BULK_SHARE
        return Pair(
            prefill,
            decode,
            unloaded_s=alone.ttft_s.mid,
            service_s=service_s_of(prefill, alone),
            slots=min(decode.memory.workload_concurrency, scenario.max_num_seqs) * decode.replicas,
            link=link,
            cache_bytes=kv_bytes(scenario.model, scenario.kv, load.prompt_tokens),
            replica_bytes_s=each * lanes,
            all_bytes_s=each * max(lanes, all_lanes),
            latency_s=self.calibration.link(link.id, link.kind).latency_s,
        )

    def _most_of(self, pair: Pair) -> float:
        most = _most(pair, self.scenario.targets)
        return solve(pair, most).rate if most else 0.0

    def _result(self, pair: Pair) -> Disaggregation:
        scenario, targets = self.scenario, self.scenario.targets
        at = solve(pair, scenario.workload.concurrency)
        most = _most(pair, targets) if aimed(targets) else 0
        gpus = pair.prefill.gpus + pair.decode.gpus
        usd = None if scenario.usd_per_device_hour is None else scenario.usd_per_device_hour * gpus
        load = self._load(pair, at, scenario.workload.concurrency, usd)
        best = self._load(pair, solve(pair, most), most, usd) if most else None
        aggregated = self._aggregated(gpus, usd)
        pays, verdict = _verdict(load, best, aggregated, targets)
        return Disaggregation(
            scenario=scenario,
            prefill=_use(pair.prefill, pair.prefill.replicas / pair.service_s, at.rate, pair.prefill.memory),
            decode=_use(pair.decode, decode_rate(pair, pair.slots), at.rate, pair.decode.memory),
            transfer=Transfer(
                pair.link.id,
                pair.cache_bytes,
                pair.replica_bytes_s,
                transfer_s(pair),
                at.rate * pair.cache_bytes / pair.all_bytes_s,
            ),
            load=load,
            most=best,
            aggregated=aggregated,
            usd_per_hour=usd,
            pays=pays,
            verdict=verdict,
        )

    def _load(self, pair: Pair, at: State, concurrency: int, usd: float | None) -> Load:
        # Pools were not measured, so the band is that of a path with one unknown more.
        surprise = pair.decode.step.constants.surprise + 1
        ttft, tpot, rate = (
            self.calibration.band(metric, "closed", surprise) for metric in ("ttft", "tpot", "throughput")
        )
        tokens = at.rate * self.scenario.workload.output_tokens
        return Load(
            concurrency,
            _band(at.ttft_s, ttft),
            _band(at.tpot_s, tpot),
            _band(at.rate, rate),
            _band(tokens, rate),
            None if usd is None else usd / (tokens * 3600) * 1e6,
        )

    def _aggregated(self, gpus: int, usd: float | None) -> Aggregated | None:
        """The best layout of the same GPUs without pools, by the same measure."""
        load, targets = self.scenario.workload.concurrency, self.scenario.targets
        found: list[tuple[tuple[float, float], Placed, int]] = []
        for placed in self._placed(gpus):
            most = _most_together(placed, targets) if aimed(targets) else 0
            point = _together(placed, load)
            merit = _together(placed, most).requests_per_s.mid if most else 0.0
            found.append(((merit, point.requests_per_s.mid), placed, most))
        if not found:
            return None
        _, placed, most = max(found, key=lambda one: one[0])
        layout = placed.layout
        best = _as_load(_together(placed, most), usd) if most else None
        degrees = (layout.tp, layout.pp, placed.replicas, layout.ep(placed.replicas))
        return Aggregated(*degrees, _as_load(_together(placed, load), usd), best)


def _replicas(gpus: int, size: int, layout: Layout) -> int:
    """Replicas in a pool, whose last node may be shared with the other pool."""
    if layout.devices == gpus and size % layout.tp == 0:
        return 1
    if not lies_well(layout.tp, layout.pp, size):
        return 0
    nodes, rest = divmod(gpus, size)
    return replicas_on(nodes, size, layout.devices) + (rest // layout.devices if layout.devices <= size else 0)


def _on(scenario: Scenario, gpus: int, layout: Layout, replicas: int) -> Scenario:
    size = scenario.rack.devices_per_node
    group = replace(scenario.rack.groups[0], nodes=ceil(gpus / size))
    parallel = Parallel(tp=layout.tp, pp=layout.pp, dp=replicas, ep=layout.ep(replicas))
    return replace(scenario, rack=Rack(groups=(group,), network=scenario.rack.network), parallel=parallel)


def _together(placed: Placed, concurrency: int) -> CurvePoint:
    """The pool doing both prefill and decode."""
    layout, replicas = placed.layout, placed.replicas
    scenario = _on(placed.scenario, placed.gpus, layout, replicas)
    workload = replace(scenario.workload, concurrencies=(concurrency,))
    memory = placed.memory._replace(workload_concurrency=placed.memory.workload_concurrency * replicas)
    return curve(replace(scenario, workload=workload), memory, shipped_calibration())[0]


def _most(pair: Pair, targets: Targets) -> int:
    """The most requests in flight that keep the targets, by bisection; 0 when even one misses them."""
    return _largest(lambda n: keeps(solve(pair, n), targets), pair.slots + 8 * pair.prefill.replicas)


def _most_together(placed: Placed, targets: Targets) -> int:
    slots = min(placed.memory.workload_concurrency, placed.scenario.max_num_seqs) * placed.replicas

    def kept(concurrency: int) -> bool:
        point = _together(placed, concurrency)
        return keeps(State(0.0, point.ttft_s.mid, point.tpot_s.mid), targets)

    return _largest(kept, slots)


def _largest(kept: Callable[[int], bool], most: int) -> int:
    low, high = 0, min(max(most, 1), MOST_REQUESTS) + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if kept(middle) else (low, middle)
    return low


def _use(placed: Placed, capacity: float, rate: float, memory: MemoryPlan) -> PoolUse:
    layout = placed.layout
    return PoolUse(
        gpus=placed.gpus,
        replicas=placed.replicas,
        tp=layout.tp,
        pp=layout.pp,
        ep=layout.ep(placed.replicas),
        requests_per_s=capacity,
        busy=min(1.0, rate / capacity),
        room=min(memory.workload_concurrency, placed.scenario.max_num_seqs) * placed.replicas,
    )


def _as_load(point: CurvePoint, usd: float | None) -> Load:
    tokens = point.output_tokens_per_s
    return Load(
        point.concurrency,
        point.ttft_s,
        point.tpot_s,
        point.requests_per_s,
        tokens,
        None if usd is None else usd / (tokens.mid * 3600) * 1e6,
    )


def _band(mid: float, factor: float) -> Band:
    return Band(mid / factor, mid, mid * factor)


def _verdict(
    load: Load, most: Load | None, aggregated: Aggregated | None, targets: Targets
) -> tuple[bool, tuple[str, ...]]:
    """Whether two pools are better, and why."""
    if aggregated is None:
        return True, ("The same GPUs without pools do not hold the model.",)
    other = aggregated.load
    changes = (
        f"{_change(load.output_tokens_per_s, other.output_tokens_per_s)} tokens/s",
        f"{_change(load.tpot_s, other.tpot_s)} TPOT",
        f"{_change(load.ttft_s, other.ttft_s)} TTFT",
    )
    doing = "of the same GPUs doing both"
    said = [f"At {load.concurrency:,} requests in flight the pools give {', '.join(changes)} {doing}."]
    if not aimed(targets):
        pays = load.requests_per_s.mid > other.requests_per_s.mid
        said.append("Two pools pay." if pays else "Two pools do not pay at this load; with a TPOT target they may.")
        return pays, tuple(said)
    mine, theirs = (one.requests_per_s.mid if one else 0.0 for one in (most, aggregated.most))
    said.append(f"Within the targets: {mine:.3g} requests/s with pools, {theirs:.3g} without.")
    if not mine and not theirs:
        said.append("Neither keeps the targets.")
    else:
        said.append("Two pools pay." if mine > theirs else "Two pools do not pay.")
    return mine > theirs, tuple(said)


def _change(mine: Band, theirs: Band) -> str:
    return f"{mine.mid / theirs.mid:.2f}x the"
