"""Everything that a search may combine: nodes, formats, engines and layouts, settled once each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from roofrack.domain.device import Device
from roofrack.domain.engine import Engine
from roofrack.domain.model import Model
from roofrack.domain.money import AudienceSpec
from roofrack.domain.scenario import ParallelSpec, RackSpec, Scenario, ScenarioSpec
from roofrack.errors import InputError
from roofrack.memory.weights import weights_parts
from roofrack.resolve import resolve_model
from roofrack.search.choices import kv_choices, weights_choices
from roofrack.search.layouts import MOST_REPLICAS, Layout, Rung, ladder, layouts, lies_well
from roofrack.search.request import SearchSpec
from roofrack.settle import settle
from roofrack.users.availability import node_availability, spares, units_of

if TYPE_CHECKING:
    from roofrack.catalog import Catalog

NODE_SIZES = (1, 2, 4, 8)
LARGE_NODE_SIZES = (16, 32, 64, 72)
"""Sizes of nodes: those that servers come in, and those of a rack whose devices all hang on one link."""

ONE_NODE_EXPERTS = (
    "experts spread over replicas of several nodes: their traffic over the network is not in the speed model yet"
)

ONE_DEVICE = ParallelSpec(tp=1, pp=1, dp=1, ep=1)


class Family(NamedTuple):
    """Everything settled but the number of replicas.

    Args:
        scenario: Settled on one node and one device of it.
        layout: How a replica is spread.
        ladder: The racks that it may have, smallest first; the link between the devices of a replica is the same on all.
        unit: What one device adds to what is ranked: USD per hour, 1, or watts.
    """

    scenario: Scenario
    layout: Layout
    ladder: tuple[Rung, ...]
    unit: float

    @property
    def coupled(self) -> bool:
        """Whether replicas depend on each other, so that one of them does not stand for all."""
        return self.layout.experts == "all"

    @property
    def holds_weights(self) -> bool:
        """Whether all devices that share a copy of the model have the memory of its weights alone: cheap, and never wrong when False."""
        scenario, layout = self.scenario, self.layout
        sharing = self.ladder[-1].gpus if self.coupled else layout.devices
        parts = weights_parts(scenario.model, scenario.weights, scenario.own_weights)
        return sum(part.bytes for part in parts) < sharing * scenario.rack.device.memory_bytes

    @property
    def node_works(self) -> float:
        """Share of the time in which one node works."""
        return node_availability(self.scenario.spec.audience.node_availability)

    def value(self, rung: Rung) -> float:
        """What a rack comes to, in the unit that is ranked by.

        Args:
            rung: The rack.
        """
        return self.unit * rung.gpus

    def usd_per_hour(self, rung: Rung) -> float | None:
        """The rent of a rack; None where no price is known.

        Args:
            rung: The rack.
        """
        usd = self.scenario.usd_per_device_hour
        return None if usd is None else usd * rung.gpus


class Space(NamedTuple):
    """What is searched.

    Args:
        families: All combinations.
        left_out: What is not among them and why, one line each.
    """

    families: tuple[Family, ...]
    left_out: tuple[str, ...]


class _OnDevice(NamedTuple):
    """What is the same for all combinations of a model, an engine and a device."""

    reference: str
    model: Model
    engine: Engine
    version: str | None
    device: Device


def space(spec: SearchSpec, catalog: Catalog) -> Space:
    """Combine everything that a search may combine.

    Args:
        spec: What is asked.
        catalog: Where ids are looked up.

    Raises:
        InputError: An id is unknown, or nothing can be combined; it says why.
    """
    return _Builder(spec, catalog).build()


class _Builder:
    """Notes along the way what cannot be combined."""

    def __init__(self, spec: SearchSpec, catalog: Catalog) -> None:
        self.spec, self.catalog = spec, catalog
        alone = spec.targets.percentile is not None and spec.concurrency > 1
        self.workload = replace(spec.workload, concurrencies=(1, spec.concurrency) if alone else (spec.concurrency,))
        self.prices = {catalog.device(device).id: usd for device, usd in spec.prices}
        self.left_out: dict[str, None] = {}
        self.refused: dict[str, None] = {}
        self.beyond_limits = False

    def build(self) -> Space:
        models = [(reference, resolve_model(reference, self.catalog)[0]) for reference in self.spec.models]
        engines = [text.partition("@") for text in self.spec.engines]
        devices = self._devices()
        families = tuple(
            family
            for name, _, version in engines
            for reference, model in models
            for device in devices
            for family in self._families(
                _OnDevice(reference, model, self.catalog.engine(name), version.lstrip("v") or None, device)
            )
        )
        if not families and not self.beyond_limits:
            why = (*self.refused, *self.left_out, "no model, engine and device go together")
            raise InputError(f"nothing to search: {why[0]}")
        named = self.spec.devices or self.spec.weights or self.spec.kv
        return Space(families, (*self.left_out, *(self.refused if named else ())))

    def _refuse(self, problem: str) -> None:
        self.refused[problem] = None

    def _devices(self) -> list[Device]:
        """The named ones, or all; without those whose price or power is needed and not known."""
        named = [self.catalog.device(reference) for reference in self.spec.devices]
        devices = list({device.id: device for device in named or self.catalog.devices()}.values())
        if self.spec.sort == "cost" or self.spec.limits.usd_per_hour is not None:
            devices = self._known(devices, "rent", self._usd, "give --price GPU=USD or --sort gpus")
        if self.spec.sort == "power":
            devices = self._known(devices, "board power", lambda one: one.power_w, "add it in a preset of your own")
        return devices

    def _known(
        self, devices: list[Device], what: str, value: Callable[[Device], float | None], hint: str
    ) -> list[Device]:
        unknown = [one.id for one in devices if value(one) is None]
        if unknown:
            who = ", ".join(unknown) if self.spec.devices else f"{len(unknown)} devices"
            self.left_out[f"{who}: no {what} is known ({hint})"] = None
        return [one for one in devices if value(one) is not None]

    def _usd(self, device: Device) -> float | None:
        own = self.prices.get(device.id)
        return own if own is not None or device.rent is None else device.rent.usd

    def _unit(self, device: Device) -> float:
        if self.spec.sort == "cost":
            return self._usd(device) or 0.0
        return device.power_w or 0.0 if self.spec.sort == "power" else 1.0

    def _families(self, about: _OnDevice) -> Iterator[Family]:
        engine, device = about.engine, about.device
        if device.vendor not in engine.vendors:
            self._refuse(f"{engine.name} does not run on {device.name}")
            return
        most = self._most_gpus(device)
        splits_layers = engine.profiles[-1].batching.policy == "slots"
        arranged = layouts(about.model, most, splits_layers=splits_layers)
        for sizes in self._sizes_by_link(about, most):
            racked = [(layout, self._ladders(layout, sizes, most)) for layout in arranged]
            for scenario in self._settled(about, sizes[0]):
                for layout, racks in racked:
                    for rungs in racks:
                        yield Family(scenario, layout, rungs, self._unit(device))

    def _most_gpus(self, device: Device) -> int:
        limits, usd = self.spec.limits, self._usd(device)
        if limits.usd_per_hour is None or usd is None:
            return limits.gpus
        return min(limits.gpus, int(limits.usd_per_hour / usd + 1e-9))

    def _sizes_by_link(self, about: _OnDevice, most: int) -> list[tuple[int, ...]]:
        """Sizes of nodes, those together whose devices hang on the same link."""
        joined = about.device.link.max_devices if about.device.link else 1
        usual = (*NODE_SIZES, *(size for size in LARGE_NODE_SIZES if size <= joined))
        sizes = [size for size in sorted(set(self.spec.gpus_per_node or usual)) if size <= most]
        self.beyond_limits |= not sizes
        found: dict[str, tuple[int, ...]] = {}
        for size in sizes:
            scenario = next(self._settled(about, size), None)
            if scenario is not None:
                link = scenario.rack.link.id
                found[link] = (*found.get(link, ()), size)
        return list(found.values())

    def _ladders(self, layout: Layout, sizes: tuple[int, ...], most: int) -> list[tuple[Rung, ...]]:
        """Racks by what a replica crosses: no node, nodes between stages, or nodes inside its TP groups."""
        able = [size for size in sizes if lies_well(layout.tp, layout.pp, size)]
        crossed: dict[tuple[bool, bool], tuple[int, ...]] = {}
        for size in able:
            kind = (layout.devices > size, layout.tp > size)
            crossed[kind] = (*crossed.get(kind, ()), size)
        if layout.experts == "all":
            return self._spread(layout, able, most)
        if self.spec.targets.availability is not None:
            racks = [self._spared(layout, size, most, self.spec.targets.availability) for size in able]
        else:
            racks = [
                ladder(same, layout.devices, most, self.spec.concurrency, every=False) for same in crossed.values()
            ]
        return [rungs for rungs in racks if rungs]

    def _spared(self, layout: Layout, size: int, most: int, target: float) -> tuple[Rung, ...]:
        """Racks of one size of node, spare ones too: larger nodes lose more replicas at once, so sizes do not share a ladder."""
        node = node_availability(self.spec.node_availability)
        one = units_of(size, layout.devices, MOST_REPLICAS, node)
        needed = -(-self.spec.concurrency // one.replicas)
        spare = spares(needed, one.works, target)
        replicas = MOST_REPLICAS if spare is None else (needed + spare) * one.replicas
        return ladder((size,), layout.devices, most, replicas, every=False)

    def _spread(self, layout: Layout, sizes: list[int], most: int) -> list[tuple[Rung, ...]]:
        """Racks of one node: the speed model does not charge experts' traffic for the network between nodes."""
        found: list[tuple[Rung, ...]] = []
        if sizes and most > max(sizes):
            self.left_out[ONE_NODE_EXPERTS] = None
        for size in sizes:
            replicas = min(self.spec.concurrency, layout.most_ep // layout.tp, size // layout.tp)
            rungs = ladder((size,), layout.devices, min(size, most), replicas, every=True)
            found.append(rungs[1:])  # experts over all of one replica are those of a group
        return [rungs for rungs in found if rungs]

    def _settled(self, about: _OnDevice, size: int) -> Iterator[Scenario]:
        spec, of = self.spec, (self.spec.quality, about.model, about.engine, about.device, self.catalog, self._refuse)
        for weights in weights_choices(spec.weights, *of):
            for kv in kv_choices(spec.kv, *of):
                try:
                    yield settle(self._spec(about, size, weights.id, kv.id), self.catalog)
                except InputError as error:
                    self._refuse(str(error))

    def _spec(self, about: _OnDevice, size: int, weights: str, kv: str) -> ScenarioSpec:
        try:
            return ScenarioSpec(
                model=about.reference,
                weights=weights,
                kv=kv,
                rack=RackSpec(device=about.device.id, gpus_per_node=size),
                parallel=ONE_DEVICE,
                engine=about.engine.id,
                engine_version=about.version,
                workload=self.workload,
                targets=self.spec.targets,
                usd_per_gpu_hour=self.prices.get(about.device.id),
                audience=AudienceSpec(node_availability=self.spec.node_availability),
            )
        except ValueError as error:
            raise InputError(str(error)) from None
