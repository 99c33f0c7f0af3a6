"""What each benchmark tool writes, as runs.

Keys are those that the tools write (vLLM `benchmarks/serve.py`, `throughput.py`, `latency.py`; SGLang `bench_serving`; llama.cpp
`llama-bench`, `llama-batched-bench`; AIPerf and GenAI-Perf exports; GuideLLM `benchmarks.json`). Long per-request lists are ignored.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from roofrack.text import clean

Json = dict[str, Any]


class Run(NamedTuple):
    """One run of a benchmark tool.

    Args:
        tool: Which.
        where: File and place in it.
        model: Model as the tool names it; empty where it does not.
        engine: Engine id, where the tool says so.
        gpu: GPU as the tool names it.
        weights: Weights format as the tool names it.
        tp: Tensor-parallel degree.
        load: single, batch, closed or poisson.
        prompt_tokens: Mean prompt length; None must be asked for.
        output_tokens: Mean answer length; None must be asked for.
        concurrency: Requests in flight; None must be asked for where the load needs it.
        request_rate: Arrivals per second, for poisson.
        values: (metric, value) in the units of `measurement.UNITS`.
        requests: Requests of the whole run; None where the tool does not say.
    """

    tool: str
    where: str
    model: str
    engine: str
    gpu: str
    weights: str
    tp: int | None
    load: str
    prompt_tokens: float | None
    output_tokens: float | None
    concurrency: int | None
    request_rate: float | None
    values: tuple[tuple[str, float], ...]
    requests: int | None = None


class UnusableError(Exception):
    """A part of a file that cannot serve; the message says why."""


def _serve(document: Json, where: str) -> Iterator[Run]:
    """`vllm bench serve` and SGLang's `bench_serving`, which share most keys."""
    completed = _number(document, "completed")
    if not completed:
        raise UnusableError("no request completed")
    server = document.get("server_info")
    server = server if isinstance(server, dict) else {}
    sglang = document.get("backend") in ("sglang", "sglang-oai", "sglang-oai-chat") or bool(server)
    rate, most = _rate(document.get("request_rate")), _number(document, "max_concurrency")
    prompt = _number(document, "total_input_tokens")
    output = _number(document, "total_output_tokens")
    if rate is not None:
        load, concurrency = "poisson", None
    elif most:
        load, concurrency = "closed", round(most)
    else:
        load, concurrency = "batch", round(_number(document, "num_prompts") or completed)
    yield Run(
        tool="SGLang bench_serving" if sglang else "vllm bench serve",
        where=where,
        model=_text(document.get("model_id") or server.get("model_path")),
        engine="sglang" if sglang else "vllm" if document.get("backend") == "vllm" else "",
        gpu=_text(document.get("gpu")),
        weights=_text(document.get("quantization") or server.get("quantization")),
        tp=_count(server.get("tp_size") or document.get("tensor_parallel_size")),
        load=load,
        prompt_tokens=prompt / completed if prompt else None,
        output_tokens=output / completed if output else None,
        concurrency=concurrency,
        request_rate=rate,
        values=_values(
            ("ttft", _number(document, "mean_ttft_ms"), 1e-3),
            ("tpot", _number(document, "mean_tpot_ms"), 1e-3),
            ("e2e_latency", _number(document, "mean_e2el_ms") or _number(document, "mean_e2e_latency_ms"), 1e-3),
            ("output_tokens_per_s", _number(document, "output_throughput"), 1),
        ),
        requests=round(completed),
    )


def _throughput(document: Json, where: str) -> Iterator[Run]:
    requests, tokens = _number(document, "num_requests"), _number(document, "total_num_tokens")
    if not requests or not tokens:
        raise UnusableError("no request completed")
    yield _plain(
        "vllm bench throughput",
        where,
        document,
        load="batch",
        concurrency=round(requests),
        values=_values(("total_tokens_per_s", _number(document, "tokens_per_second"), 1)),
    )


def _latency(document: Json, where: str) -> Iterator[Run]:
    values = _values(("e2e_latency", _number(document, "avg_latency"), 1))
    yield _plain("vllm bench latency", where, document, load="batch", concurrency=None, values=values)


def _plain(
    tool: str,
    where: str,
    document: Json,
    *,
    load: str,
    concurrency: int | None,
    values: tuple[tuple[str, float], ...],
    prompt: float | None = None,
    output: float | None = None,
    engine: str = "vllm",
    rate: float | None = None,
    model: str = "",
) -> Run:
    return Run(
        tool=tool,
        where=where,
        model=model or _text(document.get("model_id")),
        engine=engine,
        gpu="",
        weights="",
        tp=None,
        load=load,
        prompt_tokens=prompt,
        output_tokens=output,
        concurrency=concurrency,
        request_rate=rate,
        values=values,
    )


def _llama_bench(document: Json, where: str) -> Iterator[Run]:
    prompt, output, depth = (_number(document, key) or 0 for key in ("n_prompt", "n_gen", "n_depth"))
    speed = _number(document, "avg_ts")
    if prompt and output:
        raise UnusableError("mixes prompt and generation (-pg): neither speed can be told from it")
    if not prompt and not output:
        raise UnusableError("neither prompt nor generation was tested")
    if _number(document, "n_gpu_layers") == 0:
        raise UnusableError("no layer ran on the GPU (n_gpu_layers 0)")
    metric = "prefill_tokens_per_s" if prompt else "decode_tokens_per_s"
    if prompt and depth:
        raise UnusableError("a prompt at depth is not modelled")
    run = _plain(
        "llama-bench",
        where,
        document,
        load="single",
        concurrency=1,
        values=_values((metric, speed, 1)),
        prompt=prompt or max(depth, 1),
        output=output or 1,
        engine="llama.cpp",
        model=Path(_text(document.get("model_filename"))).stem,
    )
    yield run._replace(gpu=_text(document.get("gpu_info")), weights=_gguf_type(_text(document.get("model_type"))))


def _batched_bench(document: Json, where: str) -> Iterator[Run]:
    streams, prompt, output = (_number(document, key) for key in ("pl", "pp", "tg"))
    seconds = _number(document, "t_tg")
    if not streams or not prompt or not output or not seconds:
        raise UnusableError("nothing was generated")
    yield _plain(
        "llama-batched-bench",
        where,
        document,
        load="batch",
        concurrency=round(streams),
        values=(("tpot", seconds / output),),
        prompt=prompt,
        output=output,
        engine="llama.cpp",
    )


def _perf(document: Json, where: str) -> Iterator[Run]:
    """AIPerf and GenAI-Perf exports."""
    loadgen = document.get("input_config")
    concurrency, rate = _deep(loadgen, "concurrency"), _deep(loadgen, "request_rate")
    names = _deep_value(loadgen, "model_names") or _deep_value(loadgen, "model")
    if isinstance(names, list):
        names = names[0] if names else ""
    load = "poisson" if rate and not concurrency else "closed"
    tpot = _average(document, "inter_token_latency")
    yield _plain(
        "AIPerf" if "aiperf_version" in document else "GenAI-Perf",
        where,
        document,
        load="single" if concurrency == 1 else load,
        concurrency=round(concurrency) if concurrency else None,
        rate=None if concurrency else rate,
        values=_values(
            ("ttft", _average(document, "time_to_first_token"), 1),
            ("tpot", tpot, 1),
            ("e2e_latency", _average(document, "request_latency"), 1),
            ("output_tokens_per_s", _average(document, "output_token_throughput"), 1),
        ),
        prompt=_average(document, "input_sequence_length"),
        output=_average(document, "output_sequence_length"),
        engine="",
        model=_text(names),
    )


def _guidellm(document: Json, where: str) -> Iterator[Run]:
    if not document["benchmarks"]:
        raise UnusableError("holds no benchmark")
    found = [one for one in document["benchmarks"] if isinstance(one, dict)]
    runs = [run for number, one in enumerate(found, 1) for run in _guidellm_run(one, f"{where}, benchmark {number}")]
    if not runs:
        raise UnusableError("none of its benchmarks has a constant concurrency or rate and a finished request")
    yield from runs


def _guidellm_run(one: Json, where: str) -> Iterator[Run]:
    strategy = _deep_value(one.get("config") or one.get("args"), "strategy")
    strategy = strategy if isinstance(strategy, dict) else {}
    kind = _text(strategy.get("type_") or strategy.get("type"))
    streams, rate = _number(strategy, "streams"), _number(strategy, "rate")
    loads: dict[str, tuple[str, int | None]] = {
        "synchronous": ("single", 1),
        "concurrent": ("closed", round(streams) if streams else None),
        "constant": ("poisson", None),
        "poisson": ("poisson", None),
        "async": ("poisson", None),
    }
    metrics = one.get("metrics")
    if kind not in loads or not isinstance(metrics, dict) or not _mean(metrics, "request_latency"):
        return
    load, concurrency = loads[kind]
    yield _plain(
        "GuideLLM",
        where,
        one,
        load=load,
        concurrency=concurrency,
        rate=rate if load == "poisson" else None,
        values=_values(
            ("ttft", _mean(metrics, "time_to_first_token_ms"), 1e-3),
            ("tpot", _mean(metrics, "inter_token_latency_ms"), 1e-3),
            ("e2e_latency", _mean(metrics, "request_latency"), 1),
            ("output_tokens_per_s", _mean(metrics, "output_tokens_per_second"), 1),
        ),
        prompt=_mean(metrics, "prompt_token_count"),
        output=_mean(metrics, "output_token_count"),
        engine="",
        model=_text(_deep_value(one, "model")),
    )


READERS: tuple[tuple[Callable[[Json], bool], Callable[[Json, str], Iterator[Run]]], ...] = (
    (lambda d: "mean_ttft_ms" in d and "completed" in d, _serve),
    (lambda d: "tokens_per_second" in d and "num_requests" in d, _throughput),
    (lambda d: "avg_latency" in d, _latency),
    (lambda d: "avg_ts" in d and "n_gen" in d, _llama_bench),
    (lambda d: "speed_tg" in d and "pl" in d, _batched_bench),
    (lambda d: isinstance(d.get("benchmarks"), list), _guidellm),
    (lambda d: isinstance(d.get("request_latency"), dict), _perf),
)


def _values(*given: tuple[str, float | None, float]) -> tuple[tuple[str, float], ...]:
    return tuple((metric, value * factor) for metric, value, factor in given if value is not None)


def _number(table: Json, key: str) -> float | None:
    """A number, also one in quotes as llama-bench's CSV has it; None where there is none."""
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _rate(value: object) -> float | None:
    """A finite request rate; None for `inf`."""
    number = _number({"rate": value}, "rate")
    return number if number and number > 0 else None


def _count(value: object) -> int | None:
    number = _number({"count": value}, "count")
    return round(number) if number and 1 <= number <= 4096 else None


def _text(value: object) -> str:
    return clean(value, limit=200) if isinstance(value, str) else ""


_TO_SECONDS = {"ms": 1e-3, "sec": 1.0, "s": 1.0, "us": 1e-6, "ns": 1e-9}


def _average(document: Json, key: str) -> float | None:
    """The mean of one of AIPerf's metrics, in seconds where it is a time."""
    metric = document.get(key)
    if not isinstance(metric, dict):
        return None
    value = _number(metric, "avg")
    return None if value is None else value * _TO_SECONDS.get(_text(metric.get("unit")).lower(), 1.0)


def _mean(metrics: Json, key: str) -> float | None:
    """The mean over successful requests of one of GuideLLM's metrics."""
    metric = metrics.get(key)
    successful = metric.get("successful") if isinstance(metric, dict) else None
    return _number(successful, "mean") if isinstance(successful, dict) else None


def _deep(value: object, key: str) -> float | None:
    found = _deep_value(value, key)
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    return _number({key: found}, key)


def _deep_value(value: object, key: str, depth: int = 6) -> object:
    """The first value of a key anywhere in nested tables."""
    if not isinstance(value, dict) or depth == 0:
        return None
    if value.get(key) is not None:
        return value[key]
    for inner in value.values():
        found = _deep_value(inner, key, depth - 1)
        if found is not None:
            return found
    return None


def _gguf_type(model_type: str) -> str:
    """The file type in llama-bench's words as an id: `qwen3 8B Q4_K - Medium` → `q4_k_m`."""
    sizes = {"small": "_s", "medium": "_m", "large": "_l"}
    words = model_type.replace("(guessed)", "").lower().split()
    for index, word in enumerate(words):
        if word in ("f16", "bf16", "f32"):
            return {"f16": "fp16", "f32": "fp32"}.get(word, word)
        if word[:1] in ("q", "i", "m") and any(c.isdigit() for c in word) and ("_" in word or word.startswith("mxfp")):
            tail = words[index + 2] if words[index + 1 : index + 2] == ["-"] and len(words) > index + 2 else ""
            return word + sizes.get(tail, "")
    return ""
