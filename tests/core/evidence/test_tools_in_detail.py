"""What every field of a benchmark tool's result becomes, and what is refused rather than misread."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.core.evidence.test_results import AIPERF, BATCHED, LLAMA, SERVE, SGLANG, guidellm

from roofrack.errors import InputError
from roofrack.evidence import results
from roofrack.evidence.results import read_results
from roofrack.evidence.tools import Run

Read = Callable[[Any], tuple[Run, ...]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reader(content: Any) -> tuple[Run, ...]:
        path = tmp_path / "result.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return read_results(path)

    return reader


def without(table: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key not in keys}


@pytest.mark.parametrize(
    ("content", "field", "value"),
    [
        (SERVE | {"backend": "vllm"}, "engine", "vllm"),
        (SERVE, "engine", ""),
        (SERVE | {"backend": "sglang"}, "tool", "SGLang bench_serving"),
        (SERVE | {"backend": "openai", "server_info": {"tp_size": 4}}, "engine", "sglang"),
        (SERVE | {"tensor_parallel_size": 8}, "tp", 8),
        (SERVE | {"tensor_parallel_size": 1}, "tp", 1),
        (SERVE | {"tensor_parallel_size": 4096}, "tp", 4096),
        (SERVE | {"tensor_parallel_size": 0}, "tp", None),
        (SERVE | {"tensor_parallel_size": 5000}, "tp", None),
        (SERVE | {"max_concurrency": None, "num_prompts": 240}, "concurrency", 240),
        (without(SERVE, "max_concurrency", "num_prompts"), "concurrency", 200),
        (SERVE | {"total_input_tokens": None}, "prompt_tokens", None),
        (SERVE | {"total_output_tokens": None}, "output_tokens", None),
        (SERVE | {"request_rate": 0.5}, "request_rate", 0.5),
        (SERVE | {"request_rate": 0}, "load", "closed"),
        (SERVE | {"request_rate": -1}, "load", "closed"),
        (SGLANG, "requests", 200),
        (LLAMA | {"n_gpu_layers": None}, "prompt_tokens", 512),
        (LLAMA | {"n_prompt": 0, "n_gen": 64}, "prompt_tokens", 1),
        (LLAMA, "output_tokens", 1),
        (LLAMA, "concurrency", 1),
        (LLAMA | {"model_type": "llama 8B F16"}, "weights", "fp16"),
        (LLAMA | {"model_type": "llama 8B BF16"}, "weights", "bf16"),
        (LLAMA | {"model_type": "qwen3 8B Q4_0"}, "weights", "q4_0"),
        (LLAMA | {"model_type": "gpt-oss 20B MXFP4 MoE"}, "weights", "mxfp4"),
        (LLAMA | {"model_type": "qwen3 8B Q5_K - Small"}, "weights", "q5_k_s"),
        (LLAMA | {"model_type": "qwen3 8B Q5_K -"}, "weights", "q5_k"),
        (BATCHED, "prompt_tokens", 512),
        (BATCHED, "output_tokens", 128),
        (AIPERF | {"input_config": {"model": "one"}}, "model", "one"),
        (AIPERF | {"input_config": {"model_names": []}}, "model", ""),
        (AIPERF | {"input_config": {"loadgen": {"request_rate": [3.5]}}}, "load", "poisson"),
        (AIPERF | {"input_config": {"loadgen": {"request_rate": [3.5]}}}, "request_rate", 3.5),
        (AIPERF | {"input_config": {"loadgen": {"request_rate": 3.5, "concurrency": 32}}}, "load", "closed"),
        (AIPERF | {"input_config": {"loadgen": {"request_rate": 3.5, "concurrency": 32}}}, "request_rate", None),
        (AIPERF | {"input_config": {}}, "load", "closed"),
        (AIPERF | {"input_config": {}}, "concurrency", None),
        (AIPERF | {"input_config": {"loadgen": {"concurrency": [32, 64]}}}, "concurrency", None),
        (guidellm({"type": "concurrent", "streams": 32}), "concurrency", 32),
        (guidellm({"type_": "concurrent"}), "concurrency", None),
        (guidellm({"type_": "constant", "rate": 3.0}), "request_rate", 3.0),
        (guidellm({"type_": "async", "rate": 3.0}), "load", "poisson"),
        (guidellm({"type_": "concurrent", "streams": 32, "rate": 3.0}), "request_rate", None),
        (guidellm({"type_": "concurrent", "streams": 32}), "where", "result.json, benchmark 1"),
        (SERVE, "where", "result.json"),
    ],
)  # fmt: skip
def test_a_field(read: Read, content: Any, field: str, value: object) -> None:
    (run,) = read(content)
    assert getattr(run, field) == value


@pytest.mark.parametrize(("unit", "seconds"), [("ms", 0.21), ("us", 0.00021), ("ns", 2.1e-7), ("s", 210), ("sec", 210)])
def test_times_of_aiperf_have_units(read: Read, unit: str, seconds: float) -> None:
    (run,) = read(without(AIPERF, "request_latency") | {"request_latency": {"unit": "s", "avg": 10_000.0}} | {
        "time_to_first_token": {"unit": unit, "avg": 210.0}, "inter_token_latency": {}, "output_token_throughput": 5,
    })  # fmt: skip
    assert dict(run.values) == pytest.approx({"ttft": seconds, "e2e_latency": 10_000})


def test_guidellm_leaves_out_what_has_no_mean(read: Read) -> None:
    content = guidellm({"type_": "concurrent", "streams": 32})
    metrics = content["benchmarks"][0]["metrics"]
    metrics["time_to_first_token_ms"] = None
    metrics["inter_token_latency_ms"] = {"successful": 19}
    (run,) = read({"benchmarks": ["not a benchmark", *content["benchmarks"]]})
    assert dict(run.values) == pytest.approx({"e2e_latency": 5.05, "output_tokens_per_s": 1590})
    metrics["request_latency"]["successful"]["mean"] = 0
    with pytest.raises(InputError, match="a finished request"):
        read(content)


def test_old_guidellm_files_call_their_configuration_arguments(read: Read) -> None:
    content = guidellm({})
    one = content["benchmarks"][0]
    del one["config"]
    (run,) = read({"benchmarks": [one | {"args": {"profile": {"strategy": {"type_": "synchronous"}}}, "metrics": one["metrics"] | {
        "output_tokens_per_second": {}}}]})  # fmt: skip
    assert (run.load, run.concurrency) == ("single", 1)


def test_nothing_is_looked_for_at_any_depth(read: Read) -> None:
    """Six tables deep is found, a hundred are not walked."""
    deep: dict[str, Any] = {"model": "deep"}
    for _ in range(4):
        deep = {"in": deep}
    (run,) = read(AIPERF | {"input_config": deep})
    assert run.model == "deep"
    for _ in range(4):
        deep = {"in": deep}
    (run,) = read(AIPERF | {"input_config": deep})
    assert run.model == ""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"num_requests": 0, "total_num_tokens": 5, "tokens_per_second": 1.0}, "no request completed"),
        ({"num_requests": 5, "total_num_tokens": 0, "tokens_per_second": 1.0}, "no request completed"),
        (LLAMA | {"n_depth": 4096}, "a prompt at depth is not modelled"),
        (LLAMA | {"n_prompt": 0}, "neither prompt nor generation"),
        (BATCHED | {"pl": 0}, "nothing was generated"),
        (BATCHED | {"pp": 0}, "nothing was generated"),
        (BATCHED | {"tg": 0}, "nothing was generated"),
        (SERVE | {"mean_ttft_ms": 1e9}, "contradict each other"),
        (SERVE | {"output_throughput": 1.6 * 32 / 0.019}, "are more than 32 requests"),
    ],
)
def test_what_cannot_be_is_refused(read: Read, content: Any, says: str) -> None:
    with pytest.raises(InputError) as refused:
        read(content)
    assert says in str(refused.value)
    assert "result 1" not in str(refused.value)


def test_more_tokens_than_the_mean_pace_makes_are_believed_up_to_half_more(read: Read) -> None:
    """Means over requests and over tokens differ; and an open load has no number of requests to hold them against."""
    assert read(SERVE | {"output_throughput": 1.4 * 32 / 0.019})
    assert read(SERVE | {"output_throughput": 9e4, "request_rate": 4.0})
    assert read(without(SERVE, "mean_tpot_ms") | {"output_throughput": 9e4})


def test_the_first_of_several_problems_is_named_with_its_place(read: Read) -> None:
    with pytest.raises(InputError, match="result 1: no request completed"):
        read([SERVE | {"completed": 0}, LLAMA | {"n_gen": 5}])


def test_blank_lines_between_results_are_none(read: Read) -> None:
    assert len(read(f"{json.dumps(SERVE)}\n\n{json.dumps(SERVE)}\n")) == 2


def test_llama_bench_csv_by_either_of_its_heads(read: Read) -> None:
    rows = '"0c1e570","NVIDIA L4","llama 8B Q8_0","0","128","45.5"\n'
    for head in (
        "build_commit,gpu_info,model_type,n_prompt,n_gen,avg_ts",
        "commit,gpu_info,model_type,n_prompt,n_gen,avg_ts",
    ):
        assert read(f"{head}\n{rows}")[0].values == (("decode_tokens_per_s", 45.5),)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_results(tmp_path / "missing.json")
    path = tmp_path / "bytes.json"
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(InputError, match="not UTF-8"):
        read_results(path)
    path.write_text("\n".join([json.dumps(SERVE)] * 3), encoding="utf-8")
    monkeypatch.setattr(results, "MOST_RUNS", 2)
    with pytest.raises(InputError, match="more than 2 results"):
        read_results(path)
    monkeypatch.setattr(results, "MOST_RUNS", 3)
    assert len(read_results(path)) == 3
    monkeypatch.setattr(results, "MOST_BYTES", path.stat().st_size)
    assert len(read_results(path)) == 3
    monkeypatch.setattr(results, "MOST_BYTES", path.stat().st_size - 1)
    with pytest.raises(InputError, match="larger than"):
        read_results(path)
