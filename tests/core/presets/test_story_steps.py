"""Stories that change the plan: every step plans exactly as it is written, and what its caption says is so there."""

import itertools
from dataclasses import fields
from pathlib import Path

import pytest

from roofrack.catalog import Catalog
from roofrack.domain import AudienceSpec, ParallelSpec, RackSpec, ScenarioSpec, Step, WorkloadSpec
from roofrack.domain.scenario import RackChange, WorkloadChange
from roofrack.memory.kv import kv_parts
from roofrack.plan import plan
from roofrack.results import CurvePoint, Plan
from roofrack.story import told

CATALOG = Catalog(Path("/nowhere"))
WITH_STEPS = [name for name, spec in zip(CATALOG.scenario_ids(), CATALOG.scenarios(), strict=True) if spec.steps]


def plans(name: str) -> list[Plan]:
    spec = CATALOG.scenario(name)
    return [plan(told(spec, number), CATALOG) for number in range(len(spec.steps))]


def at(made: Plan) -> CurvePoint:
    assert made.at is not None
    return made.at


def test_some_ready_scenarios_have_steps() -> None:
    assert {"70b-precisions", "405b-two-nodes", "moe-against-dense", "long-context"} <= set(WITH_STEPS)


@pytest.mark.parametrize("name", WITH_STEPS)
def test_every_step_fits_and_shows_something_else_than_the_one_before(name: str) -> None:
    made = plans(name)
    assert all(one.memory.fits for one in made)
    assert all(one.scenario.spec != other.scenario.spec for one, other in itertools.pairwise(made))


def test_70b_at_four_precisions() -> None:
    wide, fp8, awq_alone, awq, both = plans("70b-precisions")
    assert fp8.memory.weights_bytes / wide.memory.weights_bytes == pytest.approx(0.5, abs=0.02)
    assert fp8.memory.max_concurrency > 1.3 * wide.memory.max_concurrency
    assert at(fp8).tpot_s.mid < 0.8 * at(wide).tpot_s.mid
    spec = CATALOG.scenario("70b-precisions")
    for weights in ("bf16", "fp8"):
        alone = told(ScenarioSpec(**{**_values(spec), "weights": weights, "steps": _alone(spec)}), 1)
        assert at(plan(alone, CATALOG)).tpot_s.mid > at(awq_alone).tpot_s.mid
    assert at(awq).bound == "compute"
    assert at(awq).tpot_s.mid > at(fp8).tpot_s.mid
    parts = kv_parts(CATALOG.model(spec.model), CATALOG.kv_format("16bit"))
    assert sum(part.bytes_per_token for part in parts) == 320 * 1024
    assert 2.7 < both.memory.max_concurrency / wide.memory.max_concurrency < 3


def _values(spec: ScenarioSpec) -> dict[str, object]:
    return {field.name: getattr(spec, field.name) for field in fields(spec)}  # type: ignore[arg-type]


def _alone(spec: ScenarioSpec) -> tuple[Step, ...]:
    return (spec.steps[0], Step(caption="alone", workload=WorkloadChange(concurrency=1)))


def test_405b_on_two_nodes() -> None:
    pipeline, across, one_node, replicas = plans("405b-two-nodes")
    assert pipeline.memory.weights_bytes / 2**30 == pytest.approx(756, abs=0.5)
    step = at(across).decode
    rest = step.weights_s + step.kv_s + step.compute_s + step.host_s
    assert step.communication_s > 2 * rest
    assert one_node.memory.weights_bytes / 2**30 == pytest.approx(382, abs=0.5)
    assert one_node.scenario.rack.device_count == 8
    assert replicas.memory.kv_capacity_tokens == 2 * one_node.memory.kv_capacity_tokens
    assert replicas.scenario.rack == pipeline.scenario.rack
    assert 1.6 < at(replicas).output_tokens_per_s.mid / at(pipeline).output_tokens_per_s.mid < 2.1


def test_a_mixture_against_a_dense_model() -> None:
    mixture, alone, dense_alone, dense, again = plans("moe-against-dense")
    assert mixture.scenario.model.name != dense.scenario.model.name
    ahead_alone = at(dense_alone).tpot_s.mid / at(alone).tpot_s.mid
    ahead = at(dense).tpot_s.mid / at(again).tpot_s.mid
    assert ahead_alone > 3
    assert 1 < ahead < ahead_alone
    assert at(mixture).decode.weights_s > 2 * at(alone).decode.weights_s
    assert at(dense).decode.weights_s == pytest.approx(at(dense_alone).decode.weights_s, rel=0.1)


def test_a_long_context() -> None:
    whole, half, short, window = plans("long-context")
    assert half.memory.max_concurrency >= 2 * whole.memory.max_concurrency
    assert short.memory.max_concurrency == pytest.approx(4 * half.memory.max_concurrency, rel=0.1)
    assert at(half).ttft_s.mid / at(short).ttft_s.mid > 100_000 / 25_000
    assert window.scenario.workload.context_tokens == 131_072
    assert window.memory.max_concurrency > 4 * half.memory.max_concurrency


BASE = ScenarioSpec(
    model="some/model",
    rack=RackSpec(device="one", gpus_per_node=4, link="nvlink4"),
    parallel=ParallelSpec(tp=4),
    engine_version="0.11.0",
    workload=WorkloadSpec(prompt_tokens=100, concurrency=7),
    audience=AudienceSpec(users=1000),
    steps=(
        Step(caption="as it is"),
        Step(caption="two", rack=RackChange(gpus_per_node=2), workload=WorkloadChange(concurrency=9)),
        Step(caption="another device", rack=RackChange(device="two"), audience=AudienceSpec(sessions=3)),
        Step(caption="another engine", engine="sglang"),
    ),
)


def test_a_step_changes_what_it_names_and_leaves_the_rest() -> None:
    assert told(BASE, 0) == BASE
    two = told(BASE, 1)
    assert two.rack == RackSpec(device="one", gpus_per_node=2, link="nvlink4")
    assert two.workload == WorkloadSpec(prompt_tokens=100, concurrency=9)
    assert (two.parallel, two.engine_version, two.audience) == (BASE.parallel, "0.11.0", BASE.audience)


def test_another_device_or_engine_takes_its_own_link_or_version() -> None:
    assert told(BASE, 2).rack == RackSpec(device="two", gpus_per_node=4)
    assert told(BASE, 2).audience == AudienceSpec(sessions=3)
    assert told(BASE, 3).engine_version is None


def test_steps_start_from_the_scenario_and_not_from_each_other() -> None:
    assert told(BASE, 3).rack == BASE.rack


def test_a_plain_story_changes_nothing() -> None:
    spec = ScenarioSpec(model="m", rack=RackSpec(device="d"), story=("one", "two"))
    assert told(spec, 1) == spec
    assert spec.captions == ("one", "two")


def test_a_story_is_told_one_way() -> None:
    rack = RackSpec(device="d")
    with pytest.raises(ValueError, match="story: cannot be combined with steps"):
        ScenarioSpec(model="m", rack=rack, story=("one",), steps=(Step(caption="one"),))
    with pytest.raises(ValueError, match="steps: the first says something of the scenario itself"):
        ScenarioSpec(model="m", rack=rack, steps=(Step(caption="one", weights="fp8"),))


@pytest.mark.parametrize(("change", "whole"), [(RackChange, RackSpec), (WorkloadChange, WorkloadSpec)])
def test_a_change_has_every_field_of_what_it_changes(change: type, whole: type) -> None:
    assert [field.name for field in fields(change)] == [field.name for field in fields(whole)]
    assert all(field.default is None for field in fields(change))


def test_a_step_has_every_field_of_a_scenario_but_those_of_its_telling_and_of_money() -> None:
    step, spec = ({field.name for field in fields(cls)} for cls in (Step, ScenarioSpec))  # type: ignore[arg-type]
    assert spec - step == {"title", "story", "steps", "profile", "money"}
    assert step - spec == {"caption"}
