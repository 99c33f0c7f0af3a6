"""The store: choices in, plans out, and every step can be taken back."""

from dataclasses import replace

import pytest
from app_tools import LLAMA_70B, TOO_BIG

from roofrack.catalog import Catalog
from roofrack.domain import ParallelSpec, RackSpec, ScenarioSpec
from roofrack.errors import InputError
from roofrack.plan import plan
from roofrack_tui.messages import (
    Chosen,
    ConcurrencyChosen,
    ContextChosen,
    DegreeChosen,
    DeviceChosen,
    EngineChosen,
    FractionChosen,
    GpusChosen,
    KvChosen,
    LinkChosen,
    LoadChosen,
    ModelChosen,
    NetworkChosen,
    NodesChosen,
    OutputChosen,
    PromptChosen,
    ScenarioChosen,
    VersionChosen,
    WeightsChosen,
)
from roofrack_tui.store import Store

CHOICES: list[tuple[Chosen, str, object]] = [
    (ModelChosen("openai/gpt-oss-120b"), "model", "openai/gpt-oss-120b"),
    (WeightsChosen("awq-int4"), "weights", "awq-int4"),
    (WeightsChosen(None), "weights", None),
    (KvChosen("fp8"), "kv", "fp8"),
    (DeviceChosen("h200-sxm-141gb"), "rack.device", "h200-sxm-141gb"),
    (GpusChosen(8), "rack.gpus_per_node", 8),
    (NodesChosen(2), "rack.nodes", 2),
    (LinkChosen("pcie"), "rack.link", "pcie"),
    (NetworkChosen("ethernet-25g"), "rack.network", "ethernet-25g"),
    (DegreeChosen("tp", 2), "parallel.tp", 2),
    (DegreeChosen("dp", 2), "parallel.dp", 2),
    (EngineChosen("sglang"), "engine", "sglang"),
    (VersionChosen("0.10"), "engine_version", "0.10"),
    (FractionChosen(0.8), "gpu_memory_fraction", 0.8),
    (PromptChosen(2048), "workload.prompt_tokens", 2048),
    (OutputChosen(512), "workload.output_tokens", 512),
    (ContextChosen(8192), "workload.context_tokens", 8192),
    (LoadChosen("batch"), "workload.load", "batch"),
    (ConcurrencyChosen(128), "workload.concurrency", 128),
]


def field_of(spec: ScenarioSpec, path: str) -> object:
    value: object = spec
    for name in path.split("."):
        value = getattr(value, name)
    return value


@pytest.mark.parametrize(("choice", "path", "value"), CHOICES, ids=[f"{path}={value}" for _, path, value in CHOICES])
def test_a_choice_changes_its_field_alone_and_plans_it(
    catalog: Catalog, choice: Chosen, path: str, value: object
) -> None:
    store = Store(LLAMA_70B, catalog)
    assert store.choose(choice) == ""
    assert field_of(store.spec, path) == value
    assert choice.next(LLAMA_70B) == store.spec
    assert store.plan == plan(store.spec, catalog)


@pytest.mark.parametrize(("choice", "path", "value"), CHOICES, ids=[f"{path}={value}" for _, path, value in CHOICES])
def test_every_choice_can_be_undone_and_made_again(catalog: Catalog, choice: Chosen, path: str, value: object) -> None:
    store = Store(LLAMA_70B, catalog)
    before = store.plan
    store.choose(choice)
    after = store.plan
    assert store.undo()
    assert (store.spec, store.plan) == (LLAMA_70B, before)
    assert store.redo()
    assert store.plan == after
    assert not store.redo()


def test_nothing_can_be_undone_at_the_start(catalog: Catalog) -> None:
    store = Store(LLAMA_70B, catalog)
    assert not store.undo()
    assert not store.redo()


def test_a_new_choice_forgets_what_was_undone(catalog: Catalog) -> None:
    store = Store(LLAMA_70B, catalog)
    store.choose(GpusChosen(8))
    store.undo()
    store.choose(GpusChosen(2))
    assert not store.redo()
    assert store.spec.rack.gpus_per_node == 2


def test_the_same_choice_again_is_no_step(catalog: Catalog) -> None:
    store = Store(LLAMA_70B, catalog)
    store.choose(GpusChosen(4))
    assert store.history.step == 0


def test_running_the_cursor_along_is_one_step(catalog: Catalog) -> None:
    store = Store(LLAMA_70B, catalog)
    for users in (96, 128, 192, 256):
        store.choose(ConcurrencyChosen(users))
    assert store.spec.workload.concurrency == 256
    store.undo()
    assert store.spec == LLAMA_70B


def test_browsing_starts_anew_after_another_choice_and_after_an_undo(catalog: Catalog) -> None:
    store = Store(LLAMA_70B, catalog)
    store.choose(ConcurrencyChosen(128))
    store.choose(GpusChosen(8))
    store.choose(ConcurrencyChosen(256))
    store.undo()
    assert (store.spec.workload.concurrency, store.spec.rack.gpus_per_node) == (128, 8)
    store.choose(ConcurrencyChosen(512))
    store.undo()
    assert store.spec.workload.concurrency == 128


def test_passing_a_model_that_needs_other_choices_does_not_change_them_for_good(catalog: Catalog) -> None:
    chosen = replace(LLAMA_70B, workload=replace(LLAMA_70B.workload, context_tokens=100_000))
    store = Store(chosen, catalog)
    store.choose(ModelChosen("mistralai/Mixtral-8x7B-Instruct-v0.1"))
    store.choose(ModelChosen("meta-llama/Llama-3.1-8B-Instruct"))
    assert store.spec == replace(chosen, model="meta-llama/Llama-3.1-8B-Instruct")


def test_what_contradicts_a_new_device_goes_back_to_automatic_and_says_so(catalog: Catalog) -> None:
    store = Store(replace(LLAMA_70B, kv="fp8"), catalog)
    note = store.choose(DeviceChosen("v100-sxm2-32gb"))
    assert store.spec.rack.device == "v100-sxm2-32gb"
    assert store.spec.weights is None
    assert "weights" in note
    assert "automatic" in note


def test_a_degree_that_does_not_divide_the_next_model_gives_way(catalog: Catalog) -> None:
    spec = replace(LLAMA_70B, parallel=ParallelSpec(tp=4, pp=1))
    store = Store(spec, catalog)
    note = store.choose(GpusChosen(2))
    assert store.spec.parallel == ParallelSpec()
    assert "parallel" in note


def test_an_engine_that_does_not_run_on_the_new_device_is_replaced(catalog: Catalog) -> None:
    store = Store(replace(LLAMA_70B, engine="trtllm"), catalog)
    note = store.choose(DeviceChosen("mi300x"))
    assert store.plan.scenario.engine.id != "trtllm"
    assert "engine" in note


def test_a_choice_that_cannot_be_is_refused_and_changes_nothing(catalog: Catalog) -> None:
    store = Store(LLAMA_70B, catalog)
    before = store.plan
    with pytest.raises(InputError, match="3"):
        store.choose(DegreeChosen("tp", 3))
    with pytest.raises(InputError):
        store.choose(PromptChosen(0))
    with pytest.raises(InputError):
        store.choose(ScenarioChosen(replace(LLAMA_70B, model="no such model")))
    assert store.plan is before
    assert store.history.step == 0


def test_a_longer_prompt_than_the_chosen_context_lifts_the_context(catalog: Catalog) -> None:
    store = Store(replace(LLAMA_70B, workload=replace(LLAMA_70B.workload, context_tokens=2048)), catalog)
    note = store.choose(PromptChosen(8192))
    assert store.spec.workload.context_tokens is None
    assert "context" in note


def test_marks_say_what_the_plan_would_say(catalog: Catalog) -> None:
    store = Store(LLAMA_70B, catalog)
    models = [model.id for model in catalog.models()]
    marks = store.fits(models)
    for model in models:
        assert marks[model] is plan(replace(LLAMA_70B, model=model), catalog).memory.fits, model
    assert {True, False} <= set(marks.values())


def test_a_model_that_does_not_go_with_the_choices_is_marked_neither_way(catalog: Catalog) -> None:
    store = Store(replace(LLAMA_70B, parallel=ParallelSpec(tp=4, pp=1, dp=1)), catalog)
    store.choose(ContextChosen(1280))
    assert store.fits(["no such model"]) == {"no such model": None}


def test_remedies_are_offered_where_it_does_not_fit_and_each_makes_it_fit(catalog: Catalog) -> None:
    store = Store(TOO_BIG, catalog)
    assert not store.plan.memory.fits
    assert store.helps
    for remedy in store.helps:
        assert plan(remedy.spec, catalog).memory.fits


def test_where_it_fits_the_next_limit_is_raised(catalog: Catalog) -> None:
    store = Store(LLAMA_70B, catalog)
    now = store.plan.memory.workload_concurrency
    assert store.helps
    for remedy in store.helps:
        assert plan(remedy.spec, catalog).memory.workload_concurrency > now


def test_a_scenario_that_cannot_be_planned_is_refused_at_the_start(catalog: Catalog) -> None:
    with pytest.raises(InputError, match="unknown model"):
        Store(ScenarioSpec(model="nobody/nothing", rack=RackSpec(device="h100-sxm5-80gb")), catalog)
