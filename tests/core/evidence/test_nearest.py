"""The nearest measurements: what is nearer comes first, what is far is not shown, and the search needs no preset."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from scripts.list_subjects import lines

from roofrack.catalog import load_catalog
from roofrack.domain import RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.evidence.charted import chart_points, charted, of_its_lengths
from roofrack.evidence.near import COLUMNS, LIMIT, Distances, subject_of
from roofrack.evidence.nearest import differences, evidence_for, nearest_rows, nothing_near
from roofrack.evidence.predict import Predictor
from roofrack.evidence.shipped import SHIPPED, all_shipped, shipped, sources
from roofrack.plan import plan
from roofrack.results import Plan

GPT_OSS = ScenarioSpec(
    model="openai/gpt-oss-120b",
    rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=2),
    workload=WorkloadSpec(prompt_tokens=1024, output_tokens=1024, concurrency=64),
)


@pytest.fixture(scope="module")
def gpt_oss() -> Plan:
    return plan(GPT_OSS)


def test_the_nearest_come_first_and_none_is_beyond_the_limit(gpt_oss: Plan, predictor: Predictor) -> None:
    found = evidence_for(gpt_oss, predictor=predictor)
    distances = [one.distance for one in found]
    assert distances == sorted(distances)
    assert distances[-1] <= LIMIT
    nearest = found[0].measurement
    assert (nearest.model, nearest.gpu, nearest.engine) == ("openai/gpt-oss-120b", "h100-sxm5-80gb", "vllm")
    assert found[0].error == pytest.approx(found[0].predicted.mid / nearest.value - 1)  # type: ignore[union-attr,operator]


def test_only_the_metrics_asked_for(gpt_oss: Plan, predictor: Predictor) -> None:
    found = evidence_for(gpt_oss, metrics=("ttft",), most=3, predictor=predictor)
    assert {one.measurement.metric for one in found} == {"ttft"}
    assert len(found) == 3


def test_a_format_that_holds_the_measured_one_is_the_same(predictor: Predictor) -> None:
    chosen = replace(
        GPT_OSS, engine="llama.cpp", rack=RackSpec(device="strix-halo-128gb"), workload=WorkloadSpec(load="single")
    )
    nearest = evidence_for(plan(chosen), metrics=("decode_tokens_per_s",), most=1, predictor=predictor)[0]
    assert (nearest.measurement.model, nearest.measurement.weights) == ("openai/gpt-oss-120b", "mxfp4")
    assert "mxfp4" not in nearest.differs
    assert predictor.case(nearest.measurement).scenario.weights.id == "mxfp4_moe"


def test_no_measurement_is_said(predictor: Predictor) -> None:
    far = plan(replace(GPT_OSS, model="meta-llama/Llama-3.1-8B-Instruct", rack=RackSpec(device="gaudi3")))
    assert evidence_for(far, predictor=predictor) == ()
    assert nothing_near(far).startswith(
        "no measurement within reach: none of a dense model within about 2x of Llama 3.1 8B"
    )
    assert nothing_near(far, ("ttft", "tpot")).startswith("no measurement of ttft or tpot within reach")


def test_each_difference_makes_a_row_farther(gpt_oss: Plan) -> None:
    distances = Distances(subject_of(gpt_oss.scenario))
    same = dict.fromkeys(COLUMNS, "") | {
        "weights": "mxfp4",
        "engine": "vllm",
        "engine_version": gpt_oss.scenario.engine_version,
        "gpus": "2",
        "prompt_tokens": "1024",
        "output_tokens": "1024",
        "load": "closed",
        "concurrency": "64",
    }

    def far(model: str = "openai/gpt-oss-120b", gpu: str = "h100-sxm5-80gb", **changes: str) -> float:
        return distances.of(gpu, model, [(same | changes)[name] for name in COLUMNS])

    assert far() == 0
    assert 0 < far(gpu="h200-sxm-141gb") < far(gpu="b200-sxm-180gb")
    assert 0 < far(model="openai/gpt-oss-20b") < far(model="meta-llama/Llama-3.1-8B-Instruct")
    assert far(model="nobody/nothing") > LIMIT
    assert 0 < far(engine_version="0.5") < far(engine="sglang") < far(engine="llama.cpp")
    assert 0 < far(weights="nvfp4") < far(weights="bf16")
    assert 0 < far(gpus="4") < far(gpus="8")
    assert 0 < far(concurrency="32") < far(concurrency="1")
    assert 0 < far(load="batch") < far(load="poisson", concurrency="")
    assert 0 < far(prompt_tokens="2048") < far(prompt_tokens="100000")
    assert far(prompt_tokens="") == 0


def test_differences_are_said_in_words(gpt_oss: Plan) -> None:
    row = shipped("vllm_blog")[0]
    said = differences(row, gpt_oss.scenario)
    assert "arc-pro-b60" in said
    assert any(word.startswith("load batch") for word in said)


def test_a_run_that_ends_differs_from_a_service_that_goes_on(gpt_oss: Plan) -> None:
    row = shipped("vllm_blog")[0]._replace(load="poisson", request_rate=5.0, requests=300)
    workload = replace(gpt_oss.scenario.workload, load="poisson", rate_per_s=5.0)
    assert "a run of 300 requests" in differences(row, replace(gpt_oss.scenario, workload=workload))
    same = replace(gpt_oss.scenario, workload=replace(workload, requests=300))
    assert not any("run of" in word for word in differences(row, same))


def test_points_for_a_chart_are_in_its_unit(gpt_oss: Plan) -> None:
    row = all_shipped()[0]._replace(load="closed", concurrency=8, metric="tpot", value=0.02)
    found = [
        row,
        row._replace(load="single", concurrency=None, metric="decode_tokens_per_s", value=100),
        row._replace(load="single", concurrency=None, metric="prefill_tokens_per_s", value=4000, prompt_tokens=1000),
        row._replace(load="poisson", concurrency=None),
        row._replace(metric="ttft", value=0.5),
    ]
    assert chart_points(found, "tpot_s") == ((1, pytest.approx(0.01)), (8, 0.02))
    assert chart_points(found, "tokens_per_s_per_user") == ((1, 100), (8, pytest.approx(50)))
    assert chart_points(found, "ttft_s") == ((1, pytest.approx(0.25)), (8, 0.5))
    assert chart_points(found, "output_tokens_per_s") == ()


def test_charts_show_what_was_measured_of_this_very_thing_wherever_the_cursor_is(gpt_oss: Plan) -> None:
    scenario = gpt_oss.scenario
    rows = charted(scenario)
    assert rows
    for row in rows:
        assert row.model == scenario.model.id
        assert (row.gpus or 1) == scenario.parallel.devices
        assert scenario.workload.prompt_tokens / 2.5 <= row.prompt_tokens <= scenario.workload.prompt_tokens * 2.5
    elsewhere = replace(scenario, workload=replace(scenario.workload, concurrency=1))
    assert charted(elsewhere) == rows
    assert charted(replace(scenario, workload=replace(scenario.workload, prompt_tokens=100_000))) == ()
    assert charted(replace(scenario, workload=replace(scenario.workload, load="poisson", rate_per_s=1.0))) == ()


def test_charts_prefer_the_plans_own_lengths_and_take_no_other_format() -> None:
    rack = RackSpec(device="h100-sxm5-80gb", gpus_per_node=4)
    spec = ScenarioSpec(model="llama-3.1-70b", weights="fp8", rack=rack)
    other = plan(spec).scenario
    rows = charted(other)
    assert {(row.prompt_tokens, row.output_tokens) for row in rows} == {(921.6, 921.6)}
    assert not any(of_its_lengths(row, other) for row in rows)
    own = plan(replace(spec, workload=WorkloadSpec(prompt_tokens=1000, output_tokens=1000))).scenario
    assert charted(own) == rows
    assert all(of_its_lengths(row, own) for row in rows)
    mixed = [row._replace(prompt_tokens=1000 if n % 2 else 700) for n, row in enumerate(rows)]
    assert charted(own, mixed) == tuple(row for row in mixed if row.prompt_tokens == 1000)
    assert charted(plan(replace(spec, weights="fp8-block")).scenario) == ()
    assert charted(other, [row._replace(weights="fp16") for row in rows]) == ()
    sixteen = plan(replace(spec, weights="bf16")).scenario
    assert len(charted(sixteen, [row._replace(weights="fp16") for row in rows])) == len(rows)


def test_the_list_of_subjects_is_that_of_the_presets() -> None:
    text = (SHIPPED / "subjects.tsv").read_text(encoding="utf-8")
    assert text.splitlines() == lines(load_catalog(Path("/nonexistent"))), "run python -m scripts.list_subjects"


def test_every_source_ships_with_its_address_and_is_described() -> None:
    described = (SHIPPED / "README.md").read_text(encoding="utf-8")
    for source in sources():
        assert f"| {source} |" in described
        assert all(
            row.source == source and row.source_url.startswith("https://") and not row.problem
            for row in shipped(source)
        )
    assert len(all_shipped()) > 7000
    assert sum(path.stat().st_size for path in SHIPPED.glob("*.csv")) < 700_000


def test_the_search_reads_only_what_is_near(gpt_oss: Plan) -> None:
    """A plan is answered in a few times its own computation, far from reading 7,000 rows in full."""
    nearest_rows(gpt_oss.scenario, ("tpot",), 3)
    start = time.perf_counter()
    nearest_rows(gpt_oss.scenario, ("tpot",), 3)
    search = time.perf_counter() - start
    start = time.perf_counter()
    for source in sources():
        shipped.__wrapped__(source)
    assert search < (time.perf_counter() - start) / 5
