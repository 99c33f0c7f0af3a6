"""A person's own runs: what a run says goes before what the plan says, and what cannot have run is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roofrack.catalog import default_catalog
from roofrack.domain import RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.errors import InputError
from roofrack.evidence.case import Case
from roofrack.evidence.own import cases_of
from roofrack.evidence.tools import Run

CATALOG = default_catalog()
SPEC = ScenarioSpec(
    model="llama-3.1-8b",
    rack=RackSpec(device="h100-sxm5-80gb"),
    profile="box",
    workload=WorkloadSpec(prompt_tokens=700, output_tokens=70, concurrency=7),
)
RUN = Run("a tool", "a.json", "llama", "vllm", "H100", "", None, "closed", 512.4, 128.6, 16, None, (("tpot", 0.01),))


def case(run: Run = RUN, spec: ScenarioSpec = SPEC) -> Case:
    (found,) = cases_of([run], spec, CATALOG)
    return found


def test_lengths_and_concurrency_are_the_runs() -> None:
    load = case().scenario.workload
    assert (load.prompt_tokens, load.output_tokens, load.concurrency, load.concurrencies) == (512, 129, 16, (16,))
    assert (case().measurement.prompt_tokens, case().measurement.output_tokens) == (512, 129)
    shortest = case(RUN._replace(prompt_tokens=0.2, output_tokens=0.4)).scenario.workload
    assert (shortest.prompt_tokens, shortest.output_tokens) == (1, 1)


def test_what_a_run_does_not_say_is_the_plans() -> None:
    silent = RUN._replace(prompt_tokens=None, output_tokens=None, concurrency=None)
    load = case(silent).scenario.workload
    assert (load.prompt_tokens, load.output_tokens, load.concurrency) == (700, 70, 7)
    nowhere = replace(SPEC, workload=replace(SPEC.workload, concurrency=None))
    assert case(silent, nowhere).scenario.workload.concurrency == 1


def test_a_persons_profile_is_not_judged_by_itself() -> None:
    assert case().scenario.spec.profile is None


def test_engines_of_slots_have_as_many_as_requests_ran() -> None:
    slots = replace(SPEC, engine="llama.cpp")
    assert case(spec=slots).scenario.max_num_seqs == 16
    assert case(spec=replace(slots, max_num_seqs=4)).scenario.max_num_seqs == 4
    assert case(spec=replace(SPEC, max_num_seqs=300)).scenario.max_num_seqs == 300
    assert case().scenario.max_num_seqs > 16


def test_memory_holds_the_request_or_the_context_asked() -> None:
    blocks = 41  # of 16 tokens, which hold 512 + 129
    assert case().memory.max_concurrency == case().memory.kv_capacity_tokens // (blocks * 16)
    long = replace(SPEC, workload=replace(SPEC.workload, context_tokens=8192))
    assert case(spec=long).memory.max_concurrency == case().memory.kv_capacity_tokens // 8192


@pytest.mark.parametrize(
    ("load", "metric", "stat"),
    [("batch", "e2e_latency", "max"), ("batch", "tpot", "mean"), ("closed", "e2e_latency", "mean")],
)
def test_the_latency_of_a_batch_is_its_last_request(load: str, metric: str, stat: str) -> None:
    assert case(RUN._replace(load=load, values=((metric, 1.0),))).measurement.stat == stat


def test_every_value_of_a_run_is_a_case() -> None:
    found = cases_of([RUN._replace(values=(("tpot", 0.01), ("ttft", 0.2))), RUN], SPEC, CATALOG)
    assert [(one.measurement.metric, one.measurement.value) for one in found] == [
        ("tpot", 0.01),
        ("ttft", 0.2),
        ("tpot", 0.01),
    ]
    assert {(one.measurement.source, one.measurement.note) for one in found} == {("a tool", "a.json")}


def test_what_cannot_have_run_is_refused() -> None:
    with pytest.raises(InputError, match=r"a\.json: what was named cannot have run"):
        case(spec=replace(SPEC, model="llama-3.1-405b"))
