"""A person's own runs as settled measurements: the plan that was named, with each run's lengths and load."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from roofrack.catalog import Catalog
from roofrack.catalog.profiles import Profile
from roofrack.domain.scenario import ScenarioSpec, WorkloadSpec
from roofrack.errors import InputError
from roofrack.evidence.case import LONGEST_RUN, Case
from roofrack.evidence.fit import Fit
from roofrack.evidence.measurement import Measurement
from roofrack.evidence.tools import Run
from roofrack.memory.capacity import plan_memory
from roofrack.settle import settle


def cases_of(runs: Sequence[Run], spec: ScenarioSpec, catalog: Catalog) -> list[Case]:
    """Runs as settled measurements.

    Args:
        runs: What tools have written.
        spec: What was running: model, rack, formats, degrees, engine; its lengths and concurrency stand for what runs do not say.
        catalog: Where ids are looked up.

    Raises:
        InputError: The plan is impossible or does not fit, or the runs have an arrival rate that is not modelled.
    """
    return [case for run in runs for case in _cases(run, spec, catalog)]


def _cases(run: Run, spec: ScenarioSpec, catalog: Catalog) -> list[Case]:
    asked = spec.workload
    prompt = asked.prompt_tokens if run.prompt_tokens is None else max(1, round(run.prompt_tokens))
    output = asked.output_tokens if run.output_tokens is None else max(1, round(run.output_tokens))
    concurrency = run.concurrency or asked.concurrency or 1
    workload = WorkloadSpec(
        prompt_tokens=prompt,
        output_tokens=output,
        context_tokens=asked.context_tokens,
        load=run.load,  # type: ignore[arg-type]
        concurrency=concurrency,
        concurrencies=(concurrency,),
        rate_per_s=run.request_rate,
        requests=min(run.requests, LONGEST_RUN) if run.requests and run.load == "poisson" else None,
        max_tokens=asked.max_tokens,
    )
    slots = concurrency if catalog.engine(spec.engine).profiles[-1].batching.policy == "slots" else None
    scenario = settle(replace(spec, workload=workload, profile=None, max_num_seqs=spec.max_num_seqs or slots), catalog)
    workload_only = replace(scenario.workload, context_tokens=asked.context_tokens or prompt + output)
    memory = plan_memory(replace(scenario, workload=workload_only))
    if not memory.fits:
        raise InputError(
            f"{run.where}: what was named cannot have run: {memory.reason}", "check --rack, --weights and --tp"
        )
    return [
        Case(_measurement(run, metric, value, prompt, output, concurrency), scenario, memory, (scenario.engine.id,))
        for metric, value in run.values
    ]


def _measurement(run: Run, metric: str, value: float, prompt: int, output: int, concurrency: int) -> Measurement:
    whole_batch = run.load == "batch" and metric == "e2e_latency"
    return Measurement(
        row=0,
        source=run.tool,
        engine=run.engine,
        model=run.model,
        gpu=run.gpu,
        load=run.load,
        prompt_tokens=prompt,
        output_tokens=output,
        concurrency=concurrency,
        metric=metric,
        stat="max" if whole_batch else "mean",
        value=value,
        note=run.where,
    )


def profile_of(cases: Sequence[Case], found: Fit) -> Profile:
    """What a calibration has found, to be saved.

    Args:
        cases: What it was made from; at least one.
        found: Its result.
    """
    scenario = cases[0].scenario
    return Profile(
        adjustments=found.adjustments,
        engine=scenario.engine.id,
        device=scenario.rack.device.id,
        model=scenario.model.id,
        weights=scenario.weights.id,
        measurements=len(cases),
        error_before=round(found.error_before, 4),
        error_after=round(found.error_after, 4),
        date=time.strftime("%Y-%m-%d"),
    )
