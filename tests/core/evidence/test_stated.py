"""What notes say of a run: how many requests, how the engine was started, whether answers vary."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.catalog import default_catalog
from roofrack.evidence.case import LONGEST_RUN, USUAL_LIMIT, settle_measurement
from roofrack.evidence.measurement import Measurement, parse_measurements
from roofrack.evidence.predict import Predictor
from roofrack.evidence.ran import Ran
from roofrack.evidence.stated import stated

Row = Callable[..., Measurement]
ARRIVING = {"load": "poisson", "concurrency": None, "request_rate": 20.0}


@pytest.mark.parametrize(
    ("note", "found"),
    [
        ("suite C; 300 requests; mean lengths derived from totals", {"requests": "300", "lengths": "vary"}),
        (
            "ShareGPT 1000 prompts; chunked prefill true; tokens per step 512",
            {"requests": "1000", "max_num_batched_tokens": "512", "chunked_prefill": "true", "lengths": "chats"},
        ),
        (
            "300 ShareGPT requests (saturating burst); max sequences 128; mean lengths",
            {"requests": "300", "max_num_seqs": "128", "lengths": "chats"},
        ),
        ("Triton backend, 500 requests, arrivals taken as Poisson", {"requests": "500"}),
        ("tokens per step default; chunked prefill maybe", {}),
        ("all at once", {}),
        ("", {}),
    ],
)
def test_what_a_note_states(note: str, found: dict[str, str]) -> None:
    assert stated(note) == found


@given(st.text())
def test_any_note_is_read(note: str) -> None:
    assert set(stated(note)) <= {"requests", "max_num_seqs", "max_num_batched_tokens", "chunked_prefill", "lengths"}


def rows(columns: str, cells: str) -> Measurement:
    header = f"engine,model,gpu,metric,value,load,request_rate,{columns}"
    return next(iter(parse_measurements(f"{header}\nvllm,m,g,tpot,1,poisson,5,{cells}\n", "own.csv")))


def test_columns_go_before_the_note() -> None:
    found = rows(
        "requests,max_tokens,options,note", "70,512,max_num_seqs=8,300 requests; max sequences 128; mean lengths"
    )
    assert (found.requests, found.max_tokens, found.problem) == (70, 512, "")
    assert dict(found.options) == {"max_num_seqs": "8", "lengths": "vary"}
    assert rows("note", "300 requests").requests == 300


def test_a_log_of_a_start_has_no_run() -> None:
    text = "engine,model,gpu,metric,value,load,note\nvllm,m,g,kv_capacity_tokens,1,,tokens per step 2048\n"
    assert next(iter(parse_measurements(text, "own.csv"))).options == ()


def test_what_is_no_count_marks_the_row() -> None:
    assert rows("requests", "many").problem == "column requests is not a number"
    assert rows("max_tokens", "0").problem == "column max_tokens is not a count from 1 to 1,000,000"


@pytest.fixture(scope="module")
def catalog() -> Ran:
    return Ran(default_catalog())


def test_a_run_becomes_part_of_the_load(row: Row, catalog: Ran) -> None:
    def load(**changes: object) -> tuple[int | None, int | None]:
        workload = settle_measurement(row(**{**ARRIVING, **changes}), catalog)[0].workload
        return workload.requests, workload.max_tokens

    assert load() == (None, None)
    assert load(requests=300) == (300, None)
    assert load(requests=900_000) == (LONGEST_RUN, None)
    assert load(max_tokens=512) == (None, 512)
    assert load(max_tokens=20) == (None, 200)  # they cannot be shorter than their mean
    assert load(options=(("lengths", "vary"),)) == (None, round(USUAL_LIMIT * 200))
    assert load(options=(("lengths", "chats"),)) == (None, 2048 - 1000)
    assert load(load="closed", concurrency=4, requests=300) == (None, None)


def test_chunks_are_those_of_the_note(row: Row, catalog: Ran) -> None:
    old = {"engine_version": "0.6.3", "date": "2024-11"}
    assert settle_measurement(row(**old), catalog)[0].profile.batching.policy == "prefill-first"
    asked = row(**old, options=(("chunked_prefill", "true"), ("max_num_batched_tokens", "512")))
    scenario = settle_measurement(asked, catalog)[0]
    assert (scenario.profile.batching.policy, scenario.max_num_batched_tokens) == ("chunked", 512)


def test_the_length_of_a_run_decides_what_is_predicted(row: Row, predictor: Predictor) -> None:
    def wait(**changes: object) -> float:
        beyond = {**ARRIVING, "request_rate": 200.0, "metric": "ttft", **changes}
        return predictor.predict(row(**beyond)).mid

    assert wait(requests=50) < wait(requests=400) / 4
    assert wait(requests=400, options=(("lengths", "vary"),)) < wait(requests=400)


@pytest.mark.parametrize(("stat", "prompt"), [("mean", 200), ("p50", 168), ("p90", 386), ("p99", 490)])
def test_percentiles_of_a_first_token_alone_are_those_of_prompts(
    row: Row, catalog: Ran, predictor: Predictor, stat: str, prompt: int
) -> None:
    alone = {"load": "single", "concurrency": 1, "prompt_tokens": 200.0, "metric": "ttft", "stat": stat}
    varies = row(**alone, options=(("lengths", "vary"),))
    assert settle_measurement(varies, catalog)[0].workload.prompt_tokens == prompt
    as_long = row(**{**alone, "prompt_tokens": float(prompt), "stat": "mean"})
    assert predictor.predict(varies).mid == pytest.approx(predictor.predict(as_long).mid)
    for other in (row(**alone), varies._replace(metric="tpot"), varies._replace(load="closed")):
        assert settle_measurement(other, catalog)[0].workload.prompt_tokens == 200
