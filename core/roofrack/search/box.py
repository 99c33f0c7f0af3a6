"""The search the other way round: this rack, so which models, at which format, how fast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from roofrack.domain.base import Frozen, Positive, Text
from roofrack.domain.model import Model
from roofrack.domain.scenario import RackSpec, Scenario, ScenarioSpec, WorkloadSpec
from roofrack.domain.workload import Targets
from roofrack.errors import InputError
from roofrack.memory.weights import total_params
from roofrack.resolve import resolve_model
from roofrack.results import CurvePoint
from roofrack.search.choices import kv_choices, weights_choices
from roofrack.search.evaluate import Evaluated, Evaluator, candidate
from roofrack.search.layouts import MOST_REPLICAS, Rung, layouts, lies_well, replicas_on
from roofrack.search.request import Verdict
from roofrack.search.results import Candidate
from roofrack.search.space import ONE_DEVICE, Family
from roofrack.settle import settle

if TYPE_CHECKING:
    from roofrack.catalog import Catalog

ENGINES = ("vllm", "llama.cpp")
"""Tried in this order where no engine is named: the first that runs on the device."""


class BoxSpec(Frozen):
    """A rack, and what it should do.

    Args:
        rack: The rack.
        models: Ids, aliases or paths; empty: every preset.
        workload: Lengths and `concurrency`.
        targets: What to keep.
        engines: Engine ids; empty: vLLM, or llama.cpp where that does not run.
        weights: Weights formats; empty: the slider's.
        kv: KV formats; empty: the engine's default, and eight bits where that does not do.
        quality: The most quality that a format may cost, of formats that nobody named.
        usd_per_gpu_hour: Price of one device and hour; None takes the preset's.
    """

    rack: RackSpec
    models: tuple[Text, ...] = ()
    workload: WorkloadSpec = WorkloadSpec(concurrency=1)
    targets: Targets = Targets()
    engines: tuple[Text, ...] = ()
    weights: tuple[Text, ...] = ()
    kv: tuple[Text, ...] = ()
    quality: Verdict = "acceptable"
    usd_per_gpu_hour: Positive | None = None


class BoxRow(NamedTuple):
    """A model on the rack, at the finest format that keeps the targets, or the one that comes nearest.

    Args:
        model: The model.
        params: Its parameters.
        best: The plan.
        alone: The rack with a single request.
        at_once: Requests of this length that run at once.
    """

    model: Model
    params: int
    best: Candidate
    alone: CurvePoint
    at_once: int


class Box(NamedTuple):
    """What a rack serves.

    Args:
        rows: Models that fit, the largest first.
        too_large: Ids of models that fit in no format.
        evaluated: Plans computed.
        complete: False when it was cancelled.
    """

    rows: tuple[BoxRow, ...]
    too_large: tuple[str, ...]
    evaluated: int
    complete: bool


def box(
    spec: BoxSpec,
    catalog: Catalog | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Box:
    """Which models a rack serves, at which format and how fast.

    Args:
        spec: The rack and the load.
        catalog: Where ids are looked up; the shipped and the user's own presets by default.
        progress: Told models done and models in all.
        cancelled: Asked before each model.

    Raises:
        InputError: The rack is unknown or cannot be built, or no engine runs on it.
    """
    if catalog is None:
        from roofrack.catalog import default_catalog

        catalog = default_catalog()
    engines = _engines(spec, catalog)
    references = spec.models or tuple(model.id for model in catalog.models())
    rows, too_large, evaluated, complete = [], [], 0, True
    for done, reference in enumerate(references):
        if cancelled is not None and cancelled():
            complete = False
            break
        model = resolve_model(reference, catalog)[0]
        tried = _Tried(spec, catalog, reference, model)
        row = tried.best(engines)
        evaluated += tried.evaluated
        if row is None:
            too_large.append(model.id)
        else:
            rows.append(row)
        if progress is not None:
            progress(done + 1, len(references))
    rows.sort(key=lambda row: (-row.params, row.model.id))
    return Box(tuple(rows), tuple(too_large), evaluated, complete)


def _engines(spec: BoxSpec, catalog: Catalog) -> tuple[str, ...]:
    """The engines to try; settling one plan on the rack checks rack, link and engine."""
    device = catalog.device(spec.rack.device)
    named = spec.engines or tuple(
        one
        for one in ENGINES
        if device.vendor in catalog.engine(one).vendors
        and (device.cuda_capability or 1e9) >= (catalog.engine(one).min_compute_capability or 0)
    )
    if not named:
        raise InputError(f"engine: none that is modelled runs on {device.name}", "name one with --engine")
    for text in named:
        engine, _, version = text.partition("@")
        probe = ScenarioSpec(
            model=catalog.models()[0].id,
            rack=spec.rack,
            parallel=ONE_DEVICE,
            engine=engine,
            engine_version=version or None,
        )
        settle(probe, catalog)
    return named if spec.engines else named[:1]


class _Tried:
    """One model on the rack."""

    def __init__(self, spec: BoxSpec, catalog: Catalog, reference: str, model: Model) -> None:
        self.spec, self.catalog, self.reference, self.model = spec, catalog, reference, model
        self.evaluated = 0

    def best(self, engines: tuple[str, ...]) -> BoxRow | None:
        """The finest format that keeps the targets; where none does, the plan that misses them least."""
        nearest: tuple[float, BoxRow] | None = None
        for engine in engines:
            for scenario in self._formats(engine):
                row = self._fastest(scenario)
                if row is not None and row.best.strain <= 1:
                    return row
                if row is not None and (nearest is None or row.best.strain < nearest[0]):
                    nearest = (row.best.strain, row)
        return None if nearest is None else nearest[1]

    def _formats(self, text: str) -> Iterator[Scenario]:
        name, _, version = text.partition("@")
        spec, catalog = self.spec, self.catalog
        engine, device = catalog.engine(name), catalog.device(spec.rack.device)
        about = (spec.quality, self.model, engine, device, catalog, _ignore)
        workload = spec.workload
        load = min(workload.concurrency or 1, 1_000_000)
        for weights in weights_choices(spec.weights, *about):
            for kv in kv_choices(spec.kv, *about):
                chosen = ScenarioSpec(
                    model=self.reference,
                    weights=weights.id,
                    kv=kv.id,
                    rack=spec.rack,
                    parallel=ONE_DEVICE,
                    engine=engine.id,
                    engine_version=version or None,
                    workload=replace(workload, concurrency=load, concurrencies=(1, load)),
                    targets=spec.targets,
                    usd_per_gpu_hour=spec.usd_per_gpu_hour,
                )
                try:
                    yield settle(chosen, catalog)
                except InputError:  # the lengths exceed this model's context
                    return

    def _fastest(self, scenario: Scenario) -> BoxRow | None:
        """Of the layouts that keep the targets the one with most tokens/s, else the one that misses least."""
        found: list[tuple[tuple[bool, float], Evaluator, Evaluated]] = []
        for family in self._families(scenario):
            evaluator = Evaluator(family, sure=False)
            evaluated = evaluator.at(0)
            self.evaluated += evaluator.evaluated
            if evaluated is not None:
                merit = evaluated.point.output_tokens_per_s.mid if evaluated.meets else -evaluated.judgement.strain
                found.append(((evaluated.meets, merit), evaluator, evaluated))
        if not found:
            return None
        _, evaluator, evaluated = max(found, key=lambda one: one[0])
        best = candidate(evaluator.family, evaluated)
        return BoxRow(self.model, total_params(self.model), best, evaluated.alone, evaluated.room)

    def _families(self, scenario: Scenario) -> Iterator[Family]:
        rack, load = scenario.rack, scenario.workload.concurrency
        splits_layers = scenario.profile.batching.policy == "slots"
        for layout in layouts(self.model, rack.device_count, splits_layers=splits_layers):
            if not lies_well(layout.tp, layout.pp, rack.devices_per_node):
                continue
            room = replicas_on(rack.nodes, rack.devices_per_node, layout.devices)
            coupled = layout.experts == "all"
            replicas = min(room, load, layout.most_ep // layout.tp if coupled else MOST_REPLICAS)
            if replicas >= (2 if coupled else 1):
                rung = Rung(rack.device_count, rack.nodes, rack.devices_per_node, replicas)
                yield Family(scenario, layout, (rung,), 1.0)


def _ignore(_: str) -> None:
    """A format that does not run here is simply not tried."""
