"""How near a measurement is to a plan, told from the cells of its row: nothing is opened or parsed that is not needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import log2
from pathlib import Path
from typing import NamedTuple

from roofrack.domain.base import version_numbers
from roofrack.domain.scenario import Scenario
from roofrack.evidence.engines import engine_name, plain_version
from roofrack.evidence.shipped import SHIPPED
from roofrack.memory.weights import active_params, total_params

LIMIT = 2.0
"""Farther rows say nothing about a plan. About: another model of half the size, or another engine on another GPU of the same kind."""

_SERVERS = ("vllm", "sglang", "trtllm")
_OTHER_SERVER, _OTHER_ENGINE = 0.8, 2.5
_OTHER_VERSION = 0.1
_OTHER_MODEL, _OTHER_KIND = 0.3, 2.0
_OTHER_DEVICE, _OTHER_ARCHITECTURE = 0.4, 1.5
_OTHER_FORMAT, _SAME_BITS = 0.5, 0.05
_PER_DOUBLED_TOTAL = 0.3
_PER_DOUBLED_RACK = 0.4
_PER_DOUBLED_LENGTH = 0.15
_PER_DOUBLED_CONCURRENCY = 0.1
_OTHER_LOAD, _OPEN_OR_CLOSED = 0.4, 1.0
FAR = 99.0
"""The distance of what has nothing to do with a plan."""


COLUMNS = (
    "weights",
    "engine",
    "engine_version",
    "gpus",
    "prompt_tokens",
    "output_tokens",
    "load",
    "concurrency",
    "request_rate",
)
"""What the distance is told from, besides device and model."""


class Subject(NamedTuple):
    """What the distance needs to know of a plan.

    Args:
        model: Id.
        active, total: Parameters.
        moe: Whether it routes experts.
        device: Id.
        bandwidth: GB/s.
        kind: Architecture and compute capability: devices of one kind run the same kernels.
        devices: How many.
        engine: Id.
        version: As numbers, the first two.
        weights: Ids of the format, and of one whose values it holds.
        bits: Bits a weight.
        load: Load.
        prompt, output, concurrency: Of the workload.
        rate: Arrivals per second; 0 where requests do not arrive at random.
    """

    model: str
    active: int
    total: int
    moe: bool
    device: str
    bandwidth: float
    kind: tuple[str, str]
    devices: int
    engine: str
    version: tuple[int, ...]
    weights: tuple[str | None, ...]
    bits: float
    load: str
    prompt: int
    output: int
    concurrency: int
    rate: float


def subject_of(scenario: Scenario) -> Subject:
    """What the distance needs to know of a scenario.

    Args:
        scenario: What is planned.
    """
    device, workload = scenario.rack.device, scenario.workload
    return Subject(
        model=scenario.model.id,
        active=active_params(scenario.model),
        total=total_params(scenario.model),
        moe=scenario.model.is_moe,
        device=device.id,
        bandwidth=device.bandwidth_gb_s,
        kind=(device.architecture, _generation(device.compute_capability or "")),
        devices=scenario.parallel.devices,
        engine=scenario.engine.id,
        version=version_numbers(scenario.engine_version)[:2],
        weights=(scenario.weights.id, scenario.weights.holds),
        bits=scenario.weights.bits,
        load=workload.load,
        prompt=workload.prompt_tokens,
        output=workload.output_tokens,
        concurrency=workload.concurrency,
        rate=(workload.rate_per_s or 0.0) if workload.load == "poisson" else 0.0,
    )


class Distances:
    """Distances of rows to one plan; what rows share is worked out once.

    Args:
        subject: The plan.
        folder: Where `subjects.tsv` is.
    """

    def __init__(self, subject: Subject, folder: Path = SHIPPED) -> None:
        self.subject = subject
        self.models: dict[str, float] = {}
        self.devices: dict[str, float] = {}
        self.formats: dict[str, float] = {}
        of = {"model": self._model, "device": self._device, "format": self._format}
        for kind, name, facts in _subjects(folder):
            of[kind](name, facts)
        self._engines: dict[tuple[str, str], float] = {}

    def of(self, device: str, model: str, row: Sequence[str]) -> float:
        """The distance of a row; above LIMIT as soon as that is certain.

        Args:
            device: Its device.
            model: Its model.
            row: Its other cells in the order of `COLUMNS`.
        """
        weights, engine, version, gpus, prompt, output, load, concurrency, rate = row
        far = self.models.get(model, FAR) + self.devices.get(device, FAR)
        far += self.formats.get(weights, FAR) + self._engine(engine, version)
        if far > LIMIT:
            return far
        subject = self.subject
        far += _doublings(gpus, subject.devices) * _PER_DOUBLED_RACK
        far += (_doublings(prompt, subject.prompt) + _doublings(output, subject.output)) * _PER_DOUBLED_LENGTH
        return far + self._load(load, concurrency, rate)

    def _model(self, name: str, facts: list[str]) -> None:
        subject, total, active = self.subject, int(facts[0]), int(facts[1])
        if name == subject.model:
            self.models[name] = 0.0
            return
        sizes = abs(log2(active / subject.active)) + _PER_DOUBLED_TOTAL * abs(log2(total / subject.total))
        self.models[name] = _OTHER_MODEL + sizes + (_OTHER_KIND if (facts[2] == "moe") != subject.moe else 0.0)

    def _device(self, name: str, facts: list[str]) -> None:
        subject = self.subject
        if name == subject.device:
            self.devices[name] = 0.0
            return
        same = subject.kind == (facts[1], _generation(facts[2]))
        rate = abs(log2(float(facts[0]) / subject.bandwidth))
        self.devices[name] = rate + (_OTHER_DEVICE if same else _OTHER_ARCHITECTURE)

    def _format(self, name: str, facts: list[str]) -> None:
        subject = self.subject
        if name in subject.weights:
            self.formats[name] = 0.0
            return
        doublings = abs(log2(float(facts[0]) / subject.bits))
        same = {name, subject.weights[0]} == {"bf16", "fp16"}
        self.formats[name] = _SAME_BITS if same else _OTHER_FORMAT + doublings

    def _engine(self, written: str, version: str) -> float:
        key = (written, version)
        if key not in self._engines:
            self._engines[key] = self._engine_distance(engine_name(written), plain_version(version))
        return self._engines[key]

    def _engine_distance(self, name: str, version: str) -> float:
        subject = self.subject
        if name != subject.engine:
            return _OTHER_SERVER if name in _SERVERS and subject.engine in _SERVERS else _OTHER_ENGINE
        return 0.0 if version and version_numbers(version)[:2] == subject.version else _OTHER_VERSION

    def _load(self, load: str, concurrency: str, rate: str) -> float:
        subject = self.subject
        if not load:
            return 0.0
        if (load == "poisson") != (subject.load == "poisson"):
            return _OPEN_OR_CLOSED
        if subject.rate:
            return _doublings(rate, subject.rate) * _PER_DOUBLED_CONCURRENCY
        here = 1 if load == "single" else int(concurrency) if concurrency.isdigit() else 0
        if not here:
            return 0.0 if load == subject.load else _OTHER_LOAD
        alone = here == subject.concurrency == 1
        unlike = 0.0 if load == subject.load or alone else _OTHER_LOAD
        return unlike + abs(log2(here / subject.concurrency)) * _PER_DOUBLED_CONCURRENCY


def alike_engines(written: str, engine: str) -> bool:
    """Whether a measurement's engine is the plan's, or both are servers of the day, which differ less than anything else does.

    Args:
        written: As the measurement names it.
        engine: Id of the plan's.
    """
    name = engine_name(written)
    return name == engine or (name in _SERVERS and engine in _SERVERS)


@lru_cache(maxsize=1)
def format_bits() -> dict[str, float]:
    """Bits a weight of the formats that were measured, by id."""
    return {name: float(facts[0]) for kind, name, facts in _subjects(SHIPPED) if kind == "format"}


def _subjects(folder: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Lines of `subjects.tsv`: kind, id, facts."""
    for line in (folder / "subjects.tsv").read_text(encoding="utf-8").splitlines():
        if "\t" in line:
            kind, name, *facts = line.split("\t")
            yield kind, name, facts


def _generation(capability: str) -> str:
    """The whole part of a compute capability, where it says anything."""
    return capability.partition(".")[0]


def _doublings(cell: str, value: float) -> float:
    """How often one must be doubled to be the other; nothing where the source does not say."""
    try:
        there = float(cell or 0)
    except ValueError:
        return 0.0
    return abs(log2(there / value)) if there > 0 and value > 0 else 0.0
