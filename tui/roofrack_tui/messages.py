"""What a person did, as small messages; each knows the scenario that follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal, TypeAlias

from textual.message import Message

from roofrack.domain import ParallelSpec, ScenarioSpec
from roofrack.domain.workload import Load

# Plain classes, not dataclasses: making two dozen of those takes four milliseconds of every start.


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


class FieldChosen(Chosen):
    """A value for one field of the scenario, or of its rack or workload; None goes back to automatic."""

    part: ClassVar[Literal["", "rack", "workload"]] = ""
    field: ClassVar[str]

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value

    def next(self, spec: ScenarioSpec) -> ScenarioSpec:
        """The scenario with this value."""
        if not self.part:
            return replace(spec, **{self.field: self.value})
        part = replace(getattr(spec, self.part), **{self.field: self.value})
        changed: dict[str, Any] = {self.part: part}
        return replace(spec, **changed)


class ModelChosen(FieldChosen):
    """A model was chosen, by id."""

    decides = "model"
    browses = True
    field = "model"

    def __init__(self, model: str) -> None:
        super().__init__(model)


class WeightsChosen(FieldChosen):
    """A weights format was chosen, by id; None follows the model, engine and device."""

    decides = "weights"
    field = "weights"

    def __init__(self, weights: str | None) -> None:
        super().__init__(weights)


class KvChosen(FieldChosen):
    """A KV format was chosen, by id; None follows the engine."""

    decides = "kv"
    field = "kv"

    def __init__(self, kv: str | None) -> None:
        super().__init__(kv)


class VersionChosen(FieldChosen):
    """A version of the engine was chosen; None takes the newest that is modelled."""

    decides = "version"
    field = "engine_version"

    def __init__(self, version: str | None) -> None:
        super().__init__(version)


class ProfileChosen(FieldChosen):
    """A profile of the person's own measurements was chosen, by name; None takes the shipped constants alone."""

    decides = "profile"
    field = "profile"

    def __init__(self, profile: str | None) -> None:
        super().__init__(profile)


class FractionChosen(FieldChosen):
    """The engine's share of device memory was chosen; None takes its default."""

    decides = "fraction"
    field = "gpu_memory_fraction"

    def __init__(self, fraction: float | None) -> None:
        super().__init__(fraction)


class DeviceChosen(FieldChosen):
    """A device was chosen, by id."""

    decides = "device"
    part = "rack"
    field = "device"

    def __init__(self, device: str) -> None:
        super().__init__(device)


class GpusChosen(FieldChosen):
    """The GPUs of one node were counted anew."""

    decides = "gpus"
    part = "rack"
    field = "gpus_per_node"

    def __init__(self, count: int) -> None:
        super().__init__(count)


class NodesChosen(FieldChosen):
    """The nodes were counted anew."""

    decides = "nodes"
    part = "rack"
    field = "nodes"

    def __init__(self, count: int) -> None:
        super().__init__(count)


class LinkChosen(FieldChosen):
    """The link inside a node was chosen, by id; None takes the device's own."""

    decides = "link"
    part = "rack"
    field = "link"

    def __init__(self, link: str | None) -> None:
        super().__init__(link)


class NetworkChosen(FieldChosen):
    """The network between nodes was chosen, by id; None takes what is usual."""

    decides = "network"
    part = "rack"
    field = "network"

    def __init__(self, network: str | None) -> None:
        super().__init__(network)


class PromptChosen(FieldChosen):
    """Another prompt length, in tokens."""

    decides = "prompt"
    part = "workload"
    field = "prompt_tokens"

    def __init__(self, tokens: int) -> None:
        super().__init__(tokens)


class OutputChosen(FieldChosen):
    """Another answer length, in tokens."""

    decides = "output"
    part = "workload"
    field = "output_tokens"

    def __init__(self, tokens: int) -> None:
        super().__init__(tokens)


class ContextChosen(FieldChosen):
    """Another longest sequence, in tokens; None takes the model's own, or what fits."""

    decides = "context"
    part = "workload"
    field = "context_tokens"

    def __init__(self, tokens: int | None) -> None:
        super().__init__(tokens)


class LoadChosen(FieldChosen):
    """Another way in which requests arrive."""

    decides = "load"
    part = "workload"
    field = "load"

    def __init__(self, load: Load) -> None:
        super().__init__(load)


class ConcurrencyChosen(FieldChosen):
    """The cursor of all charts was moved: requests in the engine at once."""

    decides = "concurrency"
    browses = True
    part = "workload"
    field = "concurrency"

    def __init__(self, concurrency: int) -> None:
        super().__init__(concurrency)


Axis = Literal["tp", "pp", "dp", "ep"]


class DegreeChosen(Chosen):
    """A degree of parallelism was chosen; None follows rack and model."""

    decides = "parallel"

    def __init__(self, axis: Axis, degree: int | None) -> None:
        super().__init__()
        self.axis = axis
        self.degree = degree

    def next(self, spec: ScenarioSpec) -> ScenarioSpec:
        """The scenario with this degree."""
        degrees: dict[str, int | None] = {name: getattr(spec.parallel, name) for name in ("tp", "pp", "dp", "ep")}
        degrees[self.axis] = self.degree
        return replace(spec, parallel=ParallelSpec(**degrees))


class EngineChosen(Chosen):
    """An engine was chosen, by id; its newest version comes with it."""

    decides = "engine"

    def __init__(self, engine: str) -> None:
        super().__init__()
        self.engine = engine

    def next(self, spec: ScenarioSpec) -> ScenarioSpec:
        """The scenario with this engine."""
        return replace(spec, engine=self.engine, engine_version=None)


class ScenarioChosen(Chosen):
    """A whole scenario was opened, or a remedy taken."""

    decides = "scenario"

    def __init__(self, spec: ScenarioSpec) -> None:
        super().__init__()
        self.spec = spec

    def next(self, spec: ScenarioSpec) -> ScenarioSpec:  # noqa: ARG002 (nothing of the old one stays)
        """The opened scenario."""
        return self.spec


ListName = Literal["devices", "links", "networks", "engines", "versions"]
"""Lists that fields of the main screen open."""


class ListOpened(Message):
    """A person wants to choose from a list of its own screen.

    Args:
        list: Which.
    """

    def __init__(self, list: ListName) -> None:
        super().__init__()
        self.list = list


class ModelsSeen(Message):
    """Rows of the model list came into sight, by id: the store is to say whether they fit."""

    def __init__(self, models: tuple[str, ...]) -> None:
        super().__init__()
        self.models = models


class ChoiceRefused(Message):
    """Something was asked for that cannot be; `why` says so in words."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


XRange: TypeAlias = "tuple[float, float] | None"
"""Concurrencies at the edges of a chart; None for all data."""


class ChartZoomed(Message):
    """Another range of concurrency is to be shown by all charts; None shows all."""

    def __init__(self, x_range: XRange) -> None:
        super().__init__()
        self.x_range = x_range
