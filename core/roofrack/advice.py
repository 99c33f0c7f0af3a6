"""What would help: changes that make a plan fit or raise its next limit, each checked by computing it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from roofrack.domain.scenario import ParallelSpec, RackSpec, Scenario, ScenarioSpec
from roofrack.errors import InputError
from roofrack.memory.capacity import fit_memory, longest_context
from roofrack.memory.weights import weights_parts
from roofrack.results import MemoryPlan, Remedy
from roofrack.runnable import runs, runs_kv
from roofrack.settle import settle

if TYPE_CHECKING:
    from roofrack.catalog import Catalog

MOST_REMEDIES = 5
"""Suggestions that a reader still weighs against each other."""

HIGHEST_FRACTION = 0.95
"""The largest memory fraction worth suggesting: engines fail at start or in the middle of a run above it."""

SEQUENCES = (256, 64, 16)
"""Batch limits to try: fewer sequences need less memory for sampling."""

GPU_COUNTS = (2, 4, 8)
"""Sizes that nodes are sold in."""

NODE_COUNTS = (2, 4, 8, 16)

_ROUND_CONTEXT = 1024
_NOTABLE = 1.1
_FINER = 1.05


class Limit(NamedTuple):
    """What keeps more requests from running at once.

    Args:
        kind: `kv`: the cache is full; `sequences`: the engine takes no more at once.
        concurrency: At how many requests, all replicas.
        message: The same in words.
    """

    kind: Literal["kv", "sequences"]
    concurrency: int
    message: str


class _Change(NamedTuple):
    label: str
    spec: ScenarioSpec


def remedies(scenario: Scenario, catalog: Catalog) -> tuple[Remedy, ...]:
    """What would make a plan fit, the smallest change first.

    Args:
        scenario: A scenario that does not fit.
        catalog: Where formats are looked up.
    """
    found: list[Remedy] = []
    for kind in (_arrangement, _engine_settings, _kv_formats, _contexts):
        found += _first_fitting(kind(scenario, catalog), catalog)
    wider = _first_fitting(_racks(scenario, catalog), catalog)
    finer = _first_fitting(_weights_formats(scenario, catalog), catalog)
    if not finer:
        both = _first_fitting(_formats_on_racks(scenario, catalog), catalog)
        finer = [one for one in both if not wider or _devices(one.spec) < _devices(wider[0].spec)]
    return tuple([*found, *finer, *wider][:MOST_REMEDIES])


def _devices(spec: ScenarioSpec) -> int:
    return spec.rack.gpus_per_node * spec.rack.nodes


def next_limit(scenario: Scenario, memory: MemoryPlan) -> Limit:
    """What a plan that fits runs into first when more requests come.

    Args:
        scenario: What is planned.
        memory: Its memory.
    """
    slots = scenario.max_num_seqs * scenario.parallel.dp
    if memory.workload_concurrency <= slots:
        fit = memory.workload_concurrency
        return Limit("kv", fit, f"the KV cache is full at {fit:,} requests")
    return Limit("sequences", slots, f"{scenario.engine.name} runs at most {slots:,} requests at once")


def raises(scenario: Scenario, memory: MemoryPlan, catalog: Catalog) -> tuple[Remedy, ...]:
    """What would raise the next limit of a plan that fits, the smallest change first.

    Args:
        scenario: What is planned.
        memory: Its memory.
        catalog: Where formats are looked up.
    """
    limit = next_limit(scenario, memory)
    if limit.kind == "sequences":
        more = 2 * scenario.max_num_seqs
        changes = [_Change(_at_most(more), replace(scenario.spec, max_num_seqs=more))]
    else:
        kinds = (_kv_formats, _weights_formats, _racks)
        changes = [change for kind in kinds for change in list(kind(scenario, catalog))[:1]]
    found = []
    for change in changes:
        computed = _computed(change, catalog)
        if computed and (then := next_limit(*computed).concurrency) >= _NOTABLE * limit.concurrency:
            found.append(Remedy(change.label, change.spec, then))
    return tuple(found)


def _first_fitting(changes: Iterator[_Change], catalog: Catalog) -> list[Remedy]:
    for change in changes:
        computed = _computed(change, catalog)
        if computed and computed[1].fits:
            return [Remedy(change.label, change.spec, next_limit(*computed).concurrency)]
    return []


def _computed(change: _Change, catalog: Catalog) -> tuple[Scenario, MemoryPlan] | None:
    try:
        return fit_memory(settle(change.spec, catalog))
    except InputError:  # the change contradicts another choice, so it is none
        return None


def _arrangement(scenario: Scenario, _: Catalog) -> Iterator[_Change]:
    """The same devices otherwise: as one replica instead of several, or all of them instead of some."""
    devices = scenario.rack.device_count
    if scenario.parallel.devices_per_replica == devices:
        return
    yield _Change(f"one replica on all {devices} devices", replace(scenario.spec, parallel=ParallelSpec(dp=1)))
    yield _Change(f"PP {devices}", replace(scenario.spec, parallel=ParallelSpec(pp=devices)))


def _engine_settings(scenario: Scenario, _: Catalog) -> Iterator[_Change]:
    """A larger share of the memory, a smaller batch, or both."""
    spec, fraction = scenario.spec, scenario.gpu_memory_fraction
    fewer = [sequences for sequences in SEQUENCES if sequences < scenario.max_num_seqs]
    if scenario.profile.memory.budget == "static":  # what sampling needs is set apart there
        fewer = []
    alone = [_Change(_at_most(sequences), replace(spec, max_num_seqs=sequences)) for sequences in fewer]
    if fraction is None or fraction >= HIGHEST_FRACTION:
        yield from alone
        return
    label = f"memory fraction {HIGHEST_FRACTION}"
    yield _Change(label, replace(spec, gpu_memory_fraction=HIGHEST_FRACTION))
    yield from alone
    for change in alone:
        yield _Change(f"{label} and {change.label}", replace(change.spec, gpu_memory_fraction=HIGHEST_FRACTION))


def _at_most(sequences: int) -> str:
    return f"at most {sequences:,} at once"


def _kv_formats(scenario: Scenario, catalog: Catalog) -> Iterator[_Change]:
    """Smaller cached elements, the largest of them first."""
    device, engine = scenario.rack.device, scenario.engine
    smaller = [
        one
        for one in catalog.kv_formats()
        if one.bits < scenario.kv.bits and runs_kv(one, engine, device, scenario.model) is None
    ]
    for one in sorted(smaller, key=lambda one: -one.bits):
        yield _Change(f"KV {one.id}", replace(scenario.spec, kv=one.id))


def _contexts(scenario: Scenario, _: Catalog) -> Iterator[_Change]:
    """The longest context that fits, in round numbers where they still hold the request."""
    asked = scenario.spec.workload
    if asked.context_tokens is None:
        return
    fitting = longest_context(scenario)
    rounded = fitting // _ROUND_CONTEXT * _ROUND_CONTEXT
    for context in (rounded, fitting):
        if context >= asked.prompt_tokens + asked.output_tokens:
            yield _Change(
                f"context {context:,}", replace(scenario.spec, workload=replace(asked, context_tokens=context))
            )


def _weights_formats(scenario: Scenario, catalog: Catalog) -> Iterator[_Change]:
    """Smaller weights, in the order of the slider."""
    device, engine, bits = scenario.rack.device, scenario.engine, scenario.weights.bits
    smaller = [
        one
        for one in catalog.weights_formats()
        if one.slider_rank is not None
        and one.bits * _FINER < bits
        and runs(one, engine, device, scenario.model) is None
    ]
    for one in sorted(smaller, key=lambda one: (-one.bits, one.slider_rank or 0)):
        yield _Change(f"weights {one.id}", replace(scenario.spec, weights=one.id))


def _racks(scenario: Scenario, _: Catalog) -> Iterator[_Change]:
    """More devices in the node, then more nodes; the degrees follow."""
    chosen = scenario.spec.rack
    for gpus in GPU_COUNTS:
        if gpus > chosen.gpus_per_node:
            yield _Change(_rack_label(gpus, chosen.nodes), _on_rack(scenario.spec, chosen, gpus, chosen.nodes))
    gpus = max(chosen.gpus_per_node, GPU_COUNTS[-1])
    for nodes in NODE_COUNTS:
        if nodes > chosen.nodes:
            yield _Change(_rack_label(gpus, nodes), _on_rack(scenario.spec, chosen, gpus, nodes))


def _on_rack(spec: ScenarioSpec, rack: RackSpec, gpus: int, nodes: int) -> ScenarioSpec:
    return replace(spec, rack=replace(rack, gpus_per_node=gpus, nodes=nodes), parallel=ParallelSpec())


def _rack_label(gpus: int, nodes: int) -> str:
    return f"{gpus} GPUs" if nodes == 1 else f"{nodes} nodes of {gpus} GPUs"


def _formats_on_racks(scenario: Scenario, catalog: Catalog) -> Iterator[_Change]:
    """Both at once, where neither is enough: the fewest devices first, the finest format that fits them."""
    formats = list(_weights_formats(scenario, catalog))
    sizes = [_weights_bytes(scenario, change, catalog) for change in formats]
    for rack in _racks(scenario, catalog):
        room = _devices(rack.spec) * scenario.rack.device.memory_bytes
        for change, size in zip(formats, sizes, strict=True):
            if size < room:
                both = replace(rack.spec, weights=change.spec.weights)
                yield _Change(f"{change.label} on {rack.label}", both)


def _weights_bytes(scenario: Scenario, change: _Change, catalog: Catalog) -> int:
    chosen = catalog.weights_format(change.spec.weights or scenario.weights.id)
    return sum(part.bytes for part in weights_parts(scenario.model, chosen))
