"""Results of benchmark tools: every format in short, and everything that cannot be a result."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.errors import InputError
from roofrack.evidence.results import read_results
from roofrack.evidence.tools import Run

SERVE = {
    "backend": "openai", "model_id": "Qwen/Qwen3-8B", "num_prompts": 200, "request_rate": "inf", "max_concurrency": 32,
    "completed": 200, "failed": 0, "total_input_tokens": 204_800, "total_output_tokens": 51_200, "output_throughput": 1600.0,
    "mean_ttft_ms": 212.0, "median_ttft_ms": 188.0, "mean_tpot_ms": 19.0, "mean_itl_ms": 18.9, "gpu": "H100",
}  # fmt: skip
SGLANG = SERVE | {
    "backend": "sglang", "model_id": None, "server_info": {"model_path": "Qwen/Qwen3-8B", "tp_size": 2, "quantization": "fp8"},
    "mean_e2e_latency_ms": 5000.0,
}  # fmt: skip
LLAMA = {
    "build_number": 9100, "gpu_info": "NVIDIA GeForce RTX 4090", "model_filename": "models/qwen3-8b-q4_k_m.gguf",
    "model_type": "qwen3 8B Q4_K - Medium", "n_gpu_layers": 99, "n_prompt": 512, "n_gen": 0, "n_depth": 0, "avg_ts": 11130.4,
}  # fmt: skip
BATCHED = {"pp": 512, "tg": 128, "pl": 8, "t_pp": 0.5, "speed_pp": 8192, "t_tg": 2.56, "speed_tg": 400}
AIPERF = {
    "schema_version": "1.4", "aiperf_version": "0.13.0", "request_latency": {"unit": "ms", "avg": 5050.0},
    "time_to_first_token": {"unit": "ms", "avg": 210.0}, "inter_token_latency": {"unit": "ms", "avg": 19.0},
    "output_token_throughput": {"unit": "tokens/sec", "avg": 1590.0}, "output_sequence_length": {"unit": "tokens", "avg": 256.0},
    "input_sequence_length": {"unit": "tokens", "avg": 1024.0},
    "input_config": {"endpoint": {"model_names": ["Qwen/Qwen3-8B"]}, "loadgen": {"concurrency": 32}},
}  # fmt: skip


def guidellm(strategy: dict[str, Any]) -> dict[str, Any]:
    def mean(value: float) -> dict[str, Any]:
        return {"successful": {"mean": value, "median": value}, "total": {"mean": -1}}

    metrics = {
        "time_to_first_token_ms": mean(210), "inter_token_latency_ms": mean(19), "request_latency": mean(5.05),
        "output_tokens_per_second": mean(1590), "prompt_token_count": mean(1024), "output_token_count": mean(256),
    }  # fmt: skip
    return {"benchmarks": [{"config": {"strategy": strategy}, "metrics": metrics, "requests": {"successful": []}}]}


@pytest.fixture
def read(tmp_path: Path) -> Callable[[Any], tuple[Run, ...]]:
    def reader(content: Any) -> tuple[Run, ...]:
        path = tmp_path / "result.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return read_results(path)

    return reader


Read = Callable[[Any], tuple[Run, ...]]


def test_vllm_bench_serve(read: Read) -> None:
    (run,) = read(SERVE)
    assert (run.tool, run.model, run.gpu, run.load, run.concurrency) == (
        "vllm bench serve",
        "Qwen/Qwen3-8B",
        "H100",
        "closed",
        32,
    )
    assert (run.prompt_tokens, run.output_tokens) == (1024, 256)
    assert dict(run.values) == pytest.approx({"ttft": 0.212, "tpot": 0.019, "output_tokens_per_s": 1600})


@pytest.mark.parametrize(
    ("changes", "load", "concurrency", "rate"),
    [
        ({"max_concurrency": None}, "batch", 200, None),
        ({"request_rate": 4.0}, "poisson", None, 4.0),
        ({"request_rate": "4.0", "max_concurrency": None}, "poisson", None, 4.0),
    ],
)
def test_the_load_of_a_serving_benchmark(
    read: Read, changes: dict[str, Any], load: str, concurrency: int, rate: float
) -> None:
    (run,) = read(SERVE | changes)
    assert (run.load, run.concurrency, run.request_rate) == (load, concurrency, rate)
    assert run.requests == 200


def test_appended_results_are_one_run_each(read: Read) -> None:
    runs = read("\n".join(json.dumps(SERVE | {"max_concurrency": n}) for n in (32, 64, 128)))
    assert [run.concurrency for run in runs] == [32, 64, 128]
    assert runs[1].where == "result.json, result 2"


def test_old_sglang_files_hold_infinity(read: Read) -> None:
    (run,) = read(json.dumps(SGLANG).replace('"inf"', "Infinity"))
    assert (run.tool, run.engine, run.model, run.tp, run.weights, run.load) == (
        "SGLang bench_serving", "sglang", "Qwen/Qwen3-8B", 2, "fp8", "closed",
    )  # fmt: skip
    assert dict(run.values)["e2e_latency"] == 5


def test_vllm_throughput_and_latency_leave_lengths_open(read: Read) -> None:
    (throughput,) = read(
        {
            "elapsed_time": 60.1,
            "num_requests": 1000,
            "total_num_tokens": 1_152_000,
            "requests_per_second": 16.6,
            "tokens_per_second": 19168.0,
        }
    )
    assert (throughput.load, throughput.concurrency, throughput.prompt_tokens) == ("batch", 1000, None)
    assert throughput.values == (("total_tokens_per_s", 19168.0),)
    (latency,) = read({"avg_latency": 1.91, "latencies": [1.9, 1.92], "percentiles": {"50": 1.91}})
    assert (latency.load, latency.concurrency, latency.values) == ("batch", None, (("e2e_latency", 1.91),))


def test_llama_bench(read: Read) -> None:
    prompt, decode = read([LLAMA, LLAMA | {"n_prompt": 0, "n_gen": 128, "n_depth": 4096, "avg_ts": 130.0}])
    assert (prompt.engine, prompt.gpu, prompt.weights, prompt.model) == (
        "llama.cpp",
        "NVIDIA GeForce RTX 4090",
        "q4_k_m",
        "qwen3-8b-q4_k_m",
    )
    assert (prompt.prompt_tokens, prompt.values) == (512, (("prefill_tokens_per_s", 11130.4),))
    assert (decode.prompt_tokens, decode.output_tokens, decode.values) == (4096, 128, (("decode_tokens_per_s", 130.0),))


def test_llama_bench_as_csv(read: Read) -> None:
    keys = ("build_commit", "gpu_info", "model_type", "n_prompt", "n_gen", "avg_ts")
    (run,) = read(",".join(keys) + '\n"0c1e570","NVIDIA L4","llama 8B Q8_0","0","128","45.5"\n')
    assert (run.weights, run.values) == ("q8_0", (("decode_tokens_per_s", 45.5),))


def test_llama_batched_bench(read: Read) -> None:
    (run,) = read(BATCHED)
    assert (run.load, run.concurrency, run.values) == ("batch", 8, (("tpot", 0.02),))


def test_aiperf_and_genai_perf(read: Read) -> None:
    (run,) = read(AIPERF)
    assert (run.tool, run.model, run.load, run.concurrency) == ("AIPerf", "Qwen/Qwen3-8B", "closed", 32)
    assert dict(run.values) == pytest.approx(
        {"ttft": 0.21, "tpot": 0.019, "e2e_latency": 5.05, "output_tokens_per_s": 1590}
    )
    old = {key: value for key, value in AIPERF.items() if key not in ("aiperf_version", "schema_version")}
    old["output_token_throughput"] = {"unit": "tokens/sec", "avg": 50.7}
    (run,) = read(old | {"input_config": {"model": ["m"], "perf_analyzer": {"stimulus": {"concurrency": 1}}}})
    assert (run.tool, run.load, run.model) == ("GenAI-Perf", "single", "m")


@pytest.mark.parametrize(
    ("strategy", "load", "concurrency"),
    [
        ({"type_": "concurrent", "streams": 32}, "closed", 32),
        ({"type_": "poisson", "rate": 3.0}, "poisson", None),
        ({"type_": "synchronous"}, "single", 1),
    ],
)
def test_guidellm(read: Read, strategy: dict[str, Any], load: str, concurrency: int) -> None:
    strategies = guidellm(strategy)
    if load == "single":  # one request at a time makes 256 / 5.05 tokens/s
        strategies["benchmarks"][0]["metrics"]["output_tokens_per_second"]["successful"]["mean"] = 50.7
    (run,) = read(strategies)
    assert (run.load, run.concurrency, run.prompt_tokens, run.output_tokens) == (load, concurrency, 1024, 256)
    assert (dict(run.values)["ttft"], dict(run.values)["tpot"]) == (pytest.approx(0.21), pytest.approx(0.019))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        ("[]", "holds no result"),
        ("{}", "is no result that roofrack knows"),
        ("[1, 2]", "its entries are not objects"),
        ("hello", "is neither JSON"),
        ("[" * 100_000, "is nested too deeply"),
        (SERVE | {"completed": 0}, "no request completed"),
        (SERVE | {"mean_tpot_ms": 0.0}, "tpot is 0: nothing was measured"),
        (SERVE | {"mean_ttft_ms": -1.0}, "ttft is -0.001: nothing was measured"),
        (SERVE | {"output_throughput": 90_000.0}, "are more than 32 requests"),
        (SERVE | {"mean_e2el_ms": 1.0}, "contradict each other"),
        (LLAMA | {"n_gen": 128}, "mixes prompt and generation"),
        (LLAMA | {"n_gpu_layers": 0}, "no layer ran on the GPU"),
        (LLAMA | {"avg_ts": None}, "holds no time and no rate"),
        (BATCHED | {"t_tg": 0}, "nothing was generated"),
        ({"benchmarks": []}, "holds no benchmark"),
        (guidellm({"type_": "throughput"}), "none of its benchmarks has a constant concurrency"),
    ],
)  # fmt: skip
def test_what_is_no_result_is_refused_with_the_reason(read: Read, content: Any, says: str) -> None:
    with pytest.raises(InputError, match=r"result\.json") as refused:
        read(content)
    assert says in str(refused.value)


def test_one_bad_result_among_good_ones_is_left_out(read: Read) -> None:
    assert len(read([SERVE, SERVE | {"completed": 0}])) == 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*SERVE, *LLAMA, *AIPERF, *BATCHED, "benchmarks"]), inner, max_size=8)
    ),
    max_leaves=30,
)


@given(_JSON)
def test_any_json_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: Any) -> None:
    path = tmp_path_factory.mktemp("any") / "x.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with suppress(InputError):
        for run in read_results(path):
            assert run.values
            assert all(value > 0 for _, value in run.values)
