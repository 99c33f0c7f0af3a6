"""A name for each of several plans that says what tells it from the others, and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from roofrack.domain.device import Device
from roofrack.domain.scenario import Scenario, ScenarioSpec
from roofrack.report.units import whole_percent
from roofrack.results import Plan
from roofrack.text import clean

LONGEST_NAME = 40
"""Characters of a name that a person gives."""

_SEPARATOR = " · "
_SIZE = re.compile(r"\d+ ?GB")


class _Facet(NamedTuple):
    """Something in which plans may differ: a short word for each of them, and whether a person chose it."""

    words: Callable[[Sequence[Scenario]], list[str]]
    chosen: Callable[[ScenarioSpec], bool]


def names(plans: Sequence[Plan], given: Sequence[str] = ()) -> tuple[str, ...]:
    """Name plans by what differs among them; no two names are equal.

    A choice that everybody left open is not named as long as it follows from one that is: the tensor parallelism of another rack.

    Args:
        plans: The plans.
        given: For each plan the name that a person gave, or an empty one; it is taken as it is.
    """
    scenarios = [plan.scenario for plan in plans]
    found = [facet.words(scenarios) for facet in _FACETS]
    differ = [n for n, words in enumerate(found) if len(set(words)) > 1]
    spoken = [n for n in differ if any(_FACETS[n].chosen(one.spec) for one in scenarios)] or differ
    made = _joined(found, spoken, len(plans))
    if len(set(made)) < len(made):
        made = _joined(found, differ, len(plans))
    if not differ:
        made = [full_name(plan) for plan in plans]
    kept = [clean(name, limit=LONGEST_NAME) for name in given] or [""] * len(plans)
    return _unique([mine or own for mine, own in zip(kept, made, strict=True)])


def full_name(plan: Plan) -> str:
    """What names a plan that stands alone: model, rack and weights.

    Args:
        plan: The plan.
    """
    scenario = plan.scenario
    return _SEPARATOR.join((scenario.model.name, _whole_rack(scenario), scenario.weights.id))


def same_plan(one: Plan, other: Plan) -> bool:
    """Whether two plans are the same but for cursor, targets and whatever changes no number of a comparison.

    Args:
        one: A plan.
        other: Another.
    """
    return _bare(one.scenario) == _bare(other.scenario)


def _bare(scenario: Scenario) -> Scenario:
    workload = replace(scenario.workload, concurrency=1, concurrencies=(1,))
    common = ScenarioSpec(model="", rack=scenario.spec.rack)
    spec = replace(common, rack=replace(common.rack, device="", link=None, network=None, gpus_per_node=1, nodes=1))
    return replace(scenario, spec=spec, workload=workload, targets=type(scenario.targets)(), defaults=())


def _joined(found: Sequence[Sequence[str]], facets: Sequence[int], count: int) -> list[str]:
    return [_SEPARATOR.join(found[facet][n] for facet in facets) for n in range(count)]


def _unique(wanted: Sequence[str]) -> tuple[str, ...]:
    """Number names that come more than once, without making a new pair of equals."""
    times, taken = Counter(wanted), set(wanted)
    made: list[str] = []
    for name in wanted:
        number, candidate = 1, name
        while candidate in made or (times[name] > 1 and candidate != name and candidate in taken):
            number += 1
            candidate = f"{name} ({number})"
        made.append(candidate)
    return tuple(made)


def _count(scenario: Scenario) -> str:
    rack = scenario.rack
    return f"{rack.nodes}x{rack.devices_per_node}" if rack.nodes > 1 else f"{rack.devices_per_node}"


def _whole_rack(scenario: Scenario) -> str:
    return f"{_count(scenario)}x {_without_vendor(scenario.rack.device)}"


def _racks(scenarios: Sequence[Scenario]) -> list[str]:
    """Devices alone where counts are equal, counts alone where devices are."""
    if len({one.rack.device.id for one in scenarios}) == 1:
        return [f"{_count(one)} GPU{'' if one.rack.device_count == 1 else 's'}" for one in scenarios]
    called = _devices([one.rack.device for one in scenarios])
    counts = [_count(one) for one in scenarios]
    return called if len(set(counts)) == 1 else [f"{n}x {name}" for n, name in zip(counts, called, strict=True)]


def _devices(devices: Sequence[Device]) -> list[str]:
    """The shortest names that tell devices apart: without vendor and size of memory, or else the ids."""
    kinds = len({device.id for device in devices})
    full = [_without_vendor(device) for device in devices]
    short = [" ".join(word for word in name.split() if not _SIZE.fullmatch(word)) for name in full]
    for called in (short, full):
        if len(set(called)) == kinds and all(called):
            return called
    return [device.id for device in devices]


def _without_vendor(device: Device) -> str:
    vendor, _, rest = device.name.partition(" ")
    return rest if rest and vendor.lower() == device.vendor else device.name


def _models(scenarios: Sequence[Scenario]) -> list[str]:
    called = [one.model.name for one in scenarios]
    ids = [one.model.id for one in scenarios]
    return called if len(set(called)) == len(set(ids)) else ids


def _engines(scenarios: Sequence[Scenario]) -> list[str]:
    """Versions are named where one engine is there in several of them."""
    called = [one.engine.name for one in scenarios]
    full = [f"{one.engine.name} {one.engine_version}" for one in scenarios]
    return called if len(set(called)) == len(set(full)) else full


def _parallel(scenarios: Sequence[Scenario]) -> list[str]:
    """Degrees that differ, as `TP 4 PP 2`."""
    degrees = [name for name in ("tp", "pp", "dp", "ep") if len({getattr(one.parallel, name) for one in scenarios}) > 1]
    return [" ".join(f"{name.upper()} {getattr(one.parallel, name)}" for name in degrees) for one in scenarios]


def _rates(scenarios: Sequence[Scenario]) -> list[str]:
    return [f"{one.workload.load} {one.workload.rate_per_s or 0:g}/s" for one in scenarios]


def _each(word: Callable[[Scenario], str]) -> Callable[[Sequence[Scenario]], list[str]]:
    return lambda scenarios: [word(one) for one in scenarios]


def _loads(scenarios: Sequence[Scenario]) -> list[str]:
    rates = any(one.workload.rate_per_s is not None for one in scenarios)
    return _rates(scenarios) if rates else [one.workload.load for one in scenarios]


_ALWAYS: Callable[[ScenarioSpec], bool] = lambda _: True  # noqa: E731 (one of a column of them)

_FACETS = (
    _Facet(_models, _ALWAYS),
    _Facet(_racks, _ALWAYS),
    _Facet(_each(lambda one: one.rack.link.name), lambda spec: spec.rack.link is not None),
    _Facet(_each(lambda one: one.rack.network.name), lambda spec: spec.rack.network is not None),
    _Facet(_parallel, lambda spec: any(getattr(spec.parallel, name) is not None for name in ("tp", "pp", "dp", "ep"))),
    _Facet(_each(lambda one: one.weights.id), lambda spec: spec.weights is not None),
    _Facet(_each(lambda one: f"KV {one.kv.id}"), lambda spec: spec.kv is not None),
    _Facet(_engines, _ALWAYS),
    _Facet(
        _each(
            lambda one: f"memory {whole_percent(one.gpu_memory_fraction)}" if one.gpu_memory_fraction else "all memory"
        ),
        lambda spec: spec.gpu_memory_fraction is not None,
    ),
    _Facet(
        _each(lambda one: f"{one.max_num_batched_tokens:,} batched tokens"),
        lambda spec: spec.max_num_batched_tokens is not None,
    ),
    _Facet(_each(lambda one: f"{one.max_num_seqs:,} sequences"), lambda spec: spec.max_num_seqs is not None),
    _Facet(_each(lambda one: f"{one.workload.prompt_tokens}->{one.workload.output_tokens}"), _ALWAYS),
    _Facet(
        _each(lambda one: f"context {one.workload.context_tokens}"),
        lambda spec: spec.workload.context_tokens is not None,
    ),
    _Facet(_loads, _ALWAYS),
    _Facet(
        _each(lambda one: f"${one.usd_per_device_hour:g}/GPU-h" if one.usd_per_device_hour else "no price"),
        lambda spec: spec.usd_per_gpu_hour is not None,
    ),
    _Facet(
        _each(lambda one: f"profile {one.spec.profile}" if one.spec.profile else "no profile"),
        lambda spec: spec.profile is not None,
    ),
)
"""What people speak of first stands first."""
