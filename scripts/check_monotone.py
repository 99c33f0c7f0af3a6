"""Sweep what must be monotone over the catalogue: every model on every device in every weights format that fits.

More concurrency never lowers TPOT, more bandwidth never slows decoding, a longer prompt never lowers TTFT, fewer bits never need
more memory. `python -m scripts.check_monotone [--every N]` prints what strays, and how far; 1 when something does.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, pairwise, product
from typing import NamedTuple

from roofrack.catalog import Catalog, default_catalog
from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain.formats import WeightsFormat
from roofrack.domain.scenario import RackSpec, Scenario, ScenarioSpec, WorkloadSpec
from roofrack.errors import InputError
from roofrack.memory.capacity import fit_memory
from roofrack.memory.kv import kv_bytes
from roofrack.memory.weights import weights_parts
from roofrack.report.table import table
from roofrack.results import CurvePoint
from roofrack.runnable import runs, runs_kv
from roofrack.settle import settle
from roofrack.speed import curve
from roofrack.speed.constants import constants
from roofrack.speed.step import StepModel

TOLERANCE = 1e-4
"""Steady states are solved to a few millionths."""

CONCURRENCIES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
PROMPTS = (16, 128, 512, 1024, 2048, 4096, 8192, 16_384)
BATCHES = (1, 8, 64, 512)
FASTER = 1.25
DEVICE_COUNTS = (1, 2, 4, 8)

_WORKLOADS = WorkloadSpec(prompt_tokens=1024, output_tokens=128), WorkloadSpec(prompt_tokens=128, output_tokens=2)
"""Decoding decides the one, prompts the other."""


class Stray(NamedTuple):
    """A value that goes the wrong way.

    Args:
        rule: Which property.
        where: Model, device, engine and format.
        between: The two inputs.
        by: How far, relative.
    """

    rule: str
    where: str
    between: str
    by: float


def settled(
    model: str, device: str, count: int, weights: str | None, engine: str, catalog: Catalog, workload: WorkloadSpec
) -> Scenario | None:
    """A scenario that fits; None where the choices contradict each other or do not fit.

    Args:
        model: Its id.
        device: Its id.
        count: Devices in one node.
        weights: Id of a format; None takes the default.
        engine: Its id.
        catalog: Where ids are looked up.
        workload: Lengths and load.
    """
    rack = RackSpec(device=device, gpus_per_node=count)
    try:
        spec = ScenarioSpec(model=model, rack=rack, weights=weights, engine=engine, workload=workload)
        scenario, memory = fit_memory(settle(spec, catalog))
    except InputError:
        return None
    return scenario if memory.fits else None


def speed_strays(scenario: Scenario) -> Iterator[Stray]:
    """Where a scenario's speed strays.

    Args:
        scenario: A closed load that fits.
    """
    where = " · ".join(
        (
            scenario.model.id,
            f"{scenario.rack.device_count}x {scenario.rack.device.id}",
            scenario.engine.id,
            scenario.weights.id,
        )
    )
    for rule, values in _speeds(scenario):
        for (one, before), (other, after) in pairwise(values):
            if after < before * (1 - TOLERANCE):
                yield Stray(rule, where, f"{one} to {other}", after / before - 1)


def _speeds(scenario: Scenario) -> Iterator[tuple[str, list[tuple[str, float]]]]:
    """Properties with values that may only rise, each with its input in words."""
    by_load = _points(scenario, CONCURRENCIES)
    if scenario.profile.batching.policy == "chunked":
        yield "more concurrency never lowers TPOT", [(f"{p.concurrency} requests", p.tpot_s.mid) for p in by_load]
    for concurrency in (1, 32):
        longer = [(prompt, _points(scenario, (concurrency,), prompt)) for prompt in PROMPTS]
        values = [(f"{prompt} tokens at {concurrency}", points[0].ttft_s.mid) for prompt, points in longer if points]
        yield "a longer prompt never lowers TTFT", values
    slower, faster = _step(scenario), _step(_quicker(scenario))
    context = scenario.workload.prompt_tokens
    for batch in BATCHES:
        times = [("more bandwidth", faster.time(batch, context).total_s), ("less", slower.time(batch, context).total_s)]
        yield f"more bandwidth never slows a decode step of {batch}", times
    quick = _points(_quicker(scenario), CONCURRENCIES)
    for one, other in zip(quick, by_load, strict=True):
        rates = [("less bandwidth", other.output_tokens_per_s.mid), ("more", one.output_tokens_per_s.mid)]
        yield f"more bandwidth never lowers throughput at {one.concurrency}", rates


def _points(
    scenario: Scenario, concurrencies: tuple[int, ...], prompt_tokens: int | None = None
) -> tuple[CurvePoint, ...]:
    workload = scenario.workload
    prompt = prompt_tokens or workload.prompt_tokens
    if prompt + workload.output_tokens > workload.context_tokens:
        return ()
    changed = replace(scenario, workload=replace(workload, prompt_tokens=prompt, concurrencies=concurrencies))
    _, memory = fit_memory(changed, brief=True)
    return curve(changed, memory, shipped_calibration())


def _step(scenario: Scenario) -> StepModel:
    return StepModel(scenario, constants(scenario, shipped_calibration()))


def _quicker(scenario: Scenario) -> Scenario:
    group = scenario.rack.groups[0]
    device = replace(group.device, bandwidth_gb_s=group.device.bandwidth_gb_s * FASTER)
    return replace(scenario, rack=replace(scenario.rack, groups=(replace(group, device=device),)))


def coarser(one: WeightsFormat, other: WeightsFormat) -> bool:
    """Whether a format takes no more bits than another of any part of a model."""
    return one.id != other.id and all(mine <= theirs for mine, theirs in zip(_bits(one), _bits(other), strict=True))


def _bits(weights: WeightsFormat) -> tuple[float, ...]:
    attention = weights.attention_bits or (16.0 if weights.experts_only else weights.bits)
    dense = attention if weights.experts_only else weights.bits
    return weights.bits, dense, attention, weights.embedding_bits, weights.head_bits, weights.other_bits


def memory_strays(scenario: Scenario, catalog: Catalog) -> Iterator[Stray]:
    """Where fewer bits need more memory: as stored, on a device, and in the cache.

    MXFP4 kernels pad shapes, so what they hold on a device is compared with nothing else.

    Args:
        scenario: Any.
        catalog: The formats.
    """
    model, device, engine = scenario.model, scenario.rack.device, scenario.engine
    formats = [row for row in catalog.weights_formats() if runs(row, engine, device, model) is None]
    held = {row.id: _held(replace(scenario, weights=row, own_weights=None)) for row in formats}
    for small, large in product(formats, formats):
        if not coarser(small, large):
            continue
        stored = [sum(part.bytes for part in weights_parts(model, row)) for row in (small, large)]
        if stored[0] > stored[1]:
            yield Stray(
                "fewer bits never store more", model.id, f"{small.id} and {large.id}", stored[0] / stored[1] - 1
            )
        if (small.kernel == "mxfp4") == (large.kernel == "mxfp4") and held[small.id] > held[large.id]:
            by = held[small.id] / held[large.id] - 1
            yield Stray("fewer bits never hold more on a device", model.id, f"{small.id} and {large.id}", by)
    caches = sorted(
        (row for row in catalog.kv_formats() if runs_kv(row, engine, device, model) is None), key=lambda row: row.bits
    )
    for few, many in pairwise(caches):
        if few.latent_bytes_per_token or many.latent_bytes_per_token:
            continue  # a layout of its own, not a number of bits
        kept = [kv_bytes(model, row, scenario.workload.context_tokens) for row in (few, many)]
        if kept[0] > kept[1]:
            yield Stray("fewer bits never cache more", model.id, f"{few.id} and {many.id}", kept[0] / kept[1] - 1)


def _held(scenario: Scenario) -> int:
    _, memory = fit_memory(scenario)
    return max(device.weights_bytes for device in memory.devices)


def sweep(catalog: Catalog, every: int) -> Iterator[list[Stray]]:
    """Every model on every device in every format on every engine, on the smallest node that holds it; what strays there.

    Args:
        catalog: The presets.
        every: Take each so many-th combination; 1 takes all, which is a matter of days.
    """
    formats = [row.id for row in catalog.weights_formats()]
    ids = [[row.id for row in rows] for rows in (catalog.models(), catalog.devices(), catalog.engines())]
    combinations = islice(product(_WORKLOADS, *ids, formats), 0, None, every)
    for workload, model, device, engine, weights in combinations:
        fitting = (settled(model, device, n, weights, engine, catalog, workload) for n in DEVICE_COUNTS)
        if scenario := next(filter(None, fitting), None):
            yield [*speed_strays(scenario), *memory_strays(scenario, catalog)]


def main() -> int:
    """Sweep and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=997, help="look at each so many-th combination")
    options = parser.parse_args()
    looked = 0
    counts: dict[str, int] = {}
    worst: dict[str, Stray] = {}
    for strays in sweep(default_catalog(), options.every):
        looked += 1
        for stray in strays:
            counts[stray.rule] = counts.get(stray.rule, 0) + 1
            worst[stray.rule] = max(worst.get(stray.rule, stray), stray, key=lambda one: abs(one.by))
    print(f"{looked:,} scenarios that fit")
    rows = [[rule, f"{counts[rule]:,}", f"{one.by:+.2%}", one.where, one.between] for rule, one in worst.items()]
    print(table(("property", "strays", "worst", "where", "between"), rows) if rows else "all monotone")
    return 1 if rows else 0


if __name__ == "__main__":
    sys.exit(main())
