"""What a person did, as small messages; each knows the scenario that follows from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from textual.message import Message

from roofrack.domain import ParallelSpec, RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.domain.workload import Load


class Chosen(Message):
    """A choice that makes another scenario.

    `decides` names what the person chose, so that the store never takes back exactly that; `browses` marks choices made in
    passing (running through a list, moving the cursor), which are one step of the undo history together.
    """

    decides: ClassVar[str]
    browses: ClassVar[bool] = False

    def next(self, spec: ScenarioSpec) -> ScenarioSpec:
        """The scenario with this choice.

        Raises:
            ValueError: The value is out of its range; the message names the field.
        """
        raise NotImplementedError


@dataclass
class ModelChosen(Chosen):
    """A model was chosen, by id."""

    model: str
    decides: ClassVar[str] = "model"
    browses: ClassVar[bool] = True

    def next(self, spec: ScenarioSpec) -> ScenarioSpec:
        """The scenario with this model."""
        return replace(spec, model=self.model)


@dataclass
class WeightsChosen(Chosen):
    """A weights format was chosen, by id; None follows the model, engine and device."""

    weights: str | None
    decides: ClassVar[str] = "weights"

    def next(self, spec: ScenarioSpec) -> ScenarioSpec:
        """The scenario with this weights format."""
        return replace(spec, weights=self.weights)


@dataclass
class KvChosen(Chosen):
    """A KV format was chosen, by id; None follows the engine."""

    kv: str | None
    decides: ClassVar[str] = "kv"

    def next(self, spec: ScenarioSpec) -> ScenarioSpec:
        """The scenario with this KV format."""
        return replace(spec, kv=self.kv)


class RackChosen(Chosen):
    """Something about the rack was chosen."""

    def next_rack(self, rack: RackSpec) -> RackSpec:
        """The rack with this choice."""
        raise NotImplementedError

    def next(self, spec: ScenarioSpec) -> ScenarioSpec:
        """The scenario with the next rack."""
        return replace(spec, rack=self.next_rack(spec.rack))


@dataclass
class DeviceChosen(RackChosen):
    """A device was chosen, by id."""

    device: str
    decides: ClassVar[str] = "device"

    def next_rack(self, rack: RackSpec) -> RackSpec:
        """The rack with this device."""
        return replace(rack, device=self.device)


@dataclass
class GpusChosen(RackChosen):
    """The GPUs of one node were counted anew."""

    count: int
    decides: ClassVar[str] = "gpus"

    def next_rack(self, rack: RackSpec) -> RackSpec:
        """The rack with so many GPUs a node."""
        return replace(rack, gpus_per_node=self.count)


@dataclass
class NodesChosen(RackChosen):
    """The nodes were counted anew."""

    count: int
    decides: ClassVar[str] = "nodes"

    def next_rack(self, rack: RackSpec) -> RackSpec:
        """The rack with so many nodes."""
        return replace(rack, nodes=self.count)


@dataclass
class LinkChosen(RackChosen):
    """The link inside a node was chosen, by id; None takes the device's own."""

    link: str | None
    decides: ClassVar[str] = "link"

    def next_rack(self, rack: RackSpec) -> RackSpec:
        """The rack with this link."""
        return replace(rack, link=self.link)


@dataclass
class NetworkChosen(RackChosen):
    """The network between nodes was chosen, by id; None takes what is usual."""

    network: str | None
    decides: ClassVar[str] = "network"

    def next_rack(self, rack: RackSpec) -> RackSpec:
        """The rack with this network."""
        return replace(rack, network=self.network)


Axis = Literal["tp", "pp", "dp", "ep"]


@dataclass
class DegreeChosen(Chosen):
    """A degree of parallelism was chosen; None follows rack and model."""

    axis: Axis
    degree: int | None
    decides: ClassVar[str] = "parallel"

    def next(self, spec: ScenarioSpec) -> ScenarioSpec:
        """The scenario with this degree."""
        degrees: dict[str, int | None] = {**{name: getattr(spec.parallel, name) for name in ("tp", "pp", "dp", "ep")}}
        degrees[self.axis] = self.degree
        return replace(spec, parallel=ParallelSpec(**degrees))


@dataclass
class EngineChosen(Chosen):
    """An engine was chosen, by id; its newest version comes with it."""

    engine: str
    decides: ClassVar[str] = "engine"

    def next(self, spec: ScenarioSpec) -> ScenarioSpec:
        """The scenario with this engine."""
        return replace(spec, engine=self.engine, engine_version=None)


@dataclass
class VersionChosen(Chosen):
    """A version of the engine was chosen; None takes the newest that is modelled."""

    version: str | None
    decides: ClassVar[str] = "version"

    def next(self, spec: ScenarioSpec) -> ScenarioSpec:
        """The scenario with this version."""
        return replace(spec, engine_version=self.version)


@dataclass
class FractionChosen(Chosen):
    """The engine's share of device memory was chosen; None takes its default."""

    fraction: float | None
    decides: ClassVar[str] = "fraction"

    def next(self, spec: ScenarioSpec) -> ScenarioSpec:
        """The scenario with this memory fraction."""
        return replace(spec, gpu_memory_fraction=self.fraction)


class WorkloadChosen(Chosen):
    """Something about the requests was chosen."""

    def next_workload(self, workload: WorkloadSpec) -> WorkloadSpec:
        """The workload with this choice."""
        raise NotImplementedError

    def next(self, spec: ScenarioSpec) -> ScenarioSpec:
        """The scenario with the next workload."""
        return replace(spec, workload=self.next_workload(spec.workload))


@dataclass
class PromptChosen(WorkloadChosen):
    """Another prompt length, in tokens."""

    tokens: int
    decides: ClassVar[str] = "prompt"

    def next_workload(self, workload: WorkloadSpec) -> WorkloadSpec:
        """The workload with this prompt length."""
        return replace(workload, prompt_tokens=self.tokens)


@dataclass
class OutputChosen(WorkloadChosen):
    """Another answer length, in tokens."""

    tokens: int
    decides: ClassVar[str] = "output"

    def next_workload(self, workload: WorkloadSpec) -> WorkloadSpec:
        """The workload with this answer length."""
        return replace(workload, output_tokens=self.tokens)


@dataclass
class ContextChosen(WorkloadChosen):
    """Another longest sequence, in tokens; None takes the model's own, or what fits."""

    tokens: int | None
    decides: ClassVar[str] = "context"

    def next_workload(self, workload: WorkloadSpec) -> WorkloadSpec:
        """The workload with this context."""
        return replace(workload, context_tokens=self.tokens)


@dataclass
class LoadChosen(WorkloadChosen):
    """Another way in which requests arrive."""

    load: Load
    decides: ClassVar[str] = "load"

    def next_workload(self, workload: WorkloadSpec) -> WorkloadSpec:
        """The workload with this load."""
        return replace(workload, load=self.load)


@dataclass
class ConcurrencyChosen(WorkloadChosen):
    """The cursor of all charts was moved: requests in the engine at once."""

    concurrency: int
    decides: ClassVar[str] = "concurrency"
    browses: ClassVar[bool] = True

    def next_workload(self, workload: WorkloadSpec) -> WorkloadSpec:
        """The workload with this concurrency."""
        return replace(workload, concurrency=self.concurrency)


@dataclass
class ScenarioChosen(Chosen):
    """A whole scenario was opened, or a remedy taken."""

    spec: ScenarioSpec
    decides: ClassVar[str] = "scenario"

    def next(self, spec: ScenarioSpec) -> ScenarioSpec:  # noqa: ARG002 (nothing of the old one stays)
        """The opened scenario."""
        return self.spec


@dataclass
class ListOpened(Message):
    """A person wants to choose from a list of its own screen.

    Args:
        list: Which: `devices`, `links`, `networks`, `engines`, `versions`.
    """

    list: str


@dataclass
class ModelsSeen(Message):
    """Rows of the model list came into sight, by id: the store is to say whether they fit."""

    models: tuple[str, ...]


@dataclass
class ChoiceRefused(Message):
    """Something was asked for that cannot be; `why` says so in words."""

    why: str


@dataclass
class ChartZoomed(Message):
    """Another range of concurrency is to be shown by all charts; None shows all."""

    x_range: tuple[float, float] | None
