"""R7, three ways to use several GPUs."""

from __future__ import annotations

from dataclasses import replace

from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain.scenario import Scenario
from roofrack.domain.workload import Parallel
from roofrack.errors import InputError
from roofrack.memory.capacity import fit_memory
from roofrack.parallelism import check_placement
from roofrack.results import Plan, StepTime
from roofrack.rules import formulas
from roofrack.rules.rule import Rule, rule
from roofrack.speed import curve
from roofrack.speed.constants import constants
from roofrack.speed.step import StepModel

_REQUESTS_A_REPLICA = 8
_R7 = "a comparison of three ways to use several GPUs"


def rules(plan: Plan) -> tuple[Rule, ...]:
    """R7 for a plan, with all devices of its rack; empty for one device."""
    gpus = plan.scenario.rack.device_count
    if gpus < 2:
        return ()
    single = _step(plan.scenario, Parallel())
    tensor = _step(plan.scenario, Parallel(tp=gpus))
    pipeline = _step(plan.scenario, Parallel(pp=gpus))
    beyond = "Communication depends on link, model and batch: measured shares run from 5 % of a step over NVLink to 75 % across nodes"
    return (
        rule(
            "R7",
            f"tensor parallelism over {gpus}: speed-up of one sequence",
            _R7,
            "n × (1 − (15 + 2n) %)",
            formulas.tensor_speed_up(gpus),
            "times",
            _speed_up(single, tensor),
            f"{beyond}, and the host's time does not shrink.",
            gpus=gpus,
        ),
        rule(
            "R7.tensor",
            f"tensor parallelism over {gpus}: communication",
            _R7,
            "15 + 2n %",
            formulas.tensor_overhead(gpus),
            "share of a step",
            _communication(tensor),
            f"{beyond}.",
            gpus=gpus,
        ),
        rule(
            "R7.pipeline",
            f"pipeline over {gpus}: speed-up of one sequence",
            _R7,
            "1 × (1 − (5 + 0.5n) %)",
            formulas.pipeline_speed_up(gpus),
            "times",
            _speed_up(single, pipeline),
            "A stage hands over one small message; a fast link hides nearly all of it, a network does not.",
            gpus=gpus,
        ),
        rule(
            "R7.pipeline_communication",
            f"pipeline over {gpus}: communication",
            _R7,
            "5 + 0.5n %",
            formulas.pipeline_overhead(gpus),
            "share of a step",
            _communication(pipeline),
            f"{beyond}.",
            gpus=gpus,
        ),
        rule(
            "R7.replicas",
            f"replicas on {gpus} (the text says 'sequence parallelism'): speed-up in total",
            _R7,
            "n in throughput, 1 in latency, everything on each",
            gpus,
            "times",
            _replicas(plan.scenario),
            "Right where every device holds the whole model, which many models do not let it; the name is the field's for something else.",
            gpus=gpus,
        ),
    )


def _replicas(scenario: Scenario) -> float | None:
    """Throughput of a replica on every device against one device with its share of the load; None where none holds the model."""
    rates = []
    for replicas in (1, scenario.rack.device_count):
        asked = _REQUESTS_A_REPLICA * replicas
        load = replace(scenario.workload, load="closed", concurrency=asked, concurrencies=(asked,))
        changed, memory = fit_memory(replace(scenario, parallel=Parallel(dp=replicas), workload=load))
        if not memory.fits:
            return None
        rates.append(curve(changed, memory, shipped_calibration())[0].output_tokens_per_s.mid)
    return rates[1] / rates[0]


def _step(scenario: Scenario, parallel: Parallel) -> StepTime | None:
    """A decode step of one sequence under another layout, whether or not it fits in memory; None where it cannot run."""
    changed = replace(scenario, parallel=parallel)
    try:
        check_placement(scenario.model, scenario.rack, parallel)
    except InputError:
        return None
    load = scenario.workload
    model = StepModel(changed, constants(changed, shipped_calibration()))
    return model.time(1, load.prompt_tokens + load.output_tokens / 2)


def _speed_up(single: StepTime | None, several: StepTime | None) -> float | None:
    return single.total_s / several.total_s if single and several else None


def _communication(step: StepTime | None) -> float | None:
    return step.communication_s / step.total_s if step else None
