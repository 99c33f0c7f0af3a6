"""What the launch files of public sweeps set: only where a row says that it is of one, and never against what the row states."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.catalog import default_catalog
from roofrack.domain import Scenario
from roofrack.evidence.case import settle_measurement
from roofrack.evidence.launched import launched
from roofrack.evidence.measurement import Measurement, parse_measurements
from roofrack.evidence.ran import Ran

NOTE = "InferenceX; lengths uniform in 0.8-1.0 of nominal, mean 0.9 used; nominal 1024/1024"
LONG = NOTE.replace("1024/1024", "8192/1024")
ROW: dict[str, Any] = {
    "date": "2025-10-29",
    "engine": "trtllm",
    "model": "meta-llama/Llama-3.1-70B-Instruct",
    "weights": "fp8",
    "gpu": "h200-sxm-141gb",
    "tp": 4,
    "concurrency": 16,
    "note": NOTE,
}
DEEPSEEK = {"model": "deepseek-ai/DeepSeek-R1-0528", "weights": "fp8-block"}
GPT = {"model": "openai/gpt-oss-120b", "weights": "mxfp4"}


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({}, {"max_num_batched_tokens": "16384", "held_steps": "20", "kv": "fp8"}),
        ({"tp": 8}, {"max_num_batched_tokens": "16384", "kv": "fp8"}),
        ({"note": LONG}, {"max_num_batched_tokens": "16384", "kv": "fp8"}),
        (
            DEEPSEEK | {"date": "2025-12-15", "note": LONG},  # (16 + 8192 + 127) // 64 × 64
            {"max_num_batched_tokens": "8320", "gpu_memory_fraction": "0.75", "kv": "fp8"},
        ),
        (
            DEEPSEEK | {"date": "2025-12-15", "gpu": "b200-sxm-180gb", "concurrency": 64},
            {"max_num_batched_tokens": "1152", "gpu_memory_fraction": "0.8", "kv": "fp8"},
        ),
        (
            DEEPSEEK | {"date": "2026-01-29", "gpu": "b200-sxm-180gb", "concurrency": 64},
            {"max_num_batched_tokens": "8192", "gpu_memory_fraction": "0.8", "kv": "fp8", "held_steps": "40"},
        ),
        (
            GPT | {"date": "2025-12-15"},
            {"max_num_batched_tokens": "20000", "max_num_seqs": "16", "gpu_memory_fraction": "0.85", "kv": "bf16"},
        ),
        (
            DEEPSEEK | {"engine": "sglang", "date": "2026-03-25"},
            {"max_num_batched_tokens": "32768", "max_num_seqs": "512", "gpu_memory_fraction": "0.82", "kv": "fp8"},
        ),
        (
            DEEPSEEK | {"engine": "sglang", "date": "2026-03-25", "gpu": "b200-sxm-180gb", "tp": 8},
            {
                "max_num_batched_tokens": "32768",
                "max_num_seqs": "128",
                "gpu_memory_fraction": "0.82",
                "kv": "fp8",
                "receive_interval": "30",
            },
        ),
        ({"engine": "vllm"}, {"max_num_batched_tokens": "8192", "max_num_seqs": "16", "kv": "fp8"}),
        (
            GPT | {"engine": "vllm", "gpu": "b200-sxm-180gb"},
            {"max_num_batched_tokens": "8192", "max_num_seqs": "512"},
        ),
    ],
)
def test_what_each_launch_file_sets(cells: dict[str, Any], found: dict[str, str]) -> None:
    assert launched(ROW | cells) == found


@pytest.mark.parametrize(("concurrency", "interval"), [(4, "10"), (15, "10"), (16, "30"), (64, "30")])
def test_sglang_looks_less_often_where_more_requests_are(concurrency: int, interval: str) -> None:
    cells = ROW | {
        "engine": "sglang",
        "model": "DeepSeek-R1",
        "weights": "nvfp4",
        "gpu": "b200",
        "concurrency": concurrency,
    }
    assert launched(cells)["receive_interval"] == interval


@pytest.mark.parametrize(
    "cells",
    [
        {"note": "NVIDIA gap-analysis run; nominal 1024/1024"},
        {"note": "like InferenceX; nominal 1024/1024"},
        {"note": "InferenceX"},
        {"note": ""},
        {"date": ""},
        {"engine": "llama.cpp"},
        {"model": "Qwen/Qwen3-8B"},
        {"engine": "sglang"},  # the sweep ran no such model there
    ],
)
def test_other_rows_are_not_touched(cells: dict[str, Any]) -> None:
    assert launched(ROW | cells) == {}


@given(st.dictionaries(st.sampled_from(sorted(ROW)), st.text(max_size=20).map(lambda text: f"InferenceX {text}")))
def test_any_text_is_read(cells: dict[str, str]) -> None:
    assert isinstance(launched(ROW | {k: v for k, v in cells.items() if k not in ("tp", "concurrency")}), dict)


def measured(options: str = "", **cells: Any) -> Measurement:
    row = (
        ROW
        | {"gpus": 4, "load": "closed", "prompt_tokens": 922, "output_tokens": 922, "metric": "ttft", "value": 1.0}
        | cells
    )
    header, values = ",".join([*row, "options"]), ",".join(f'"{value}"' for value in [*row.values(), options])
    return next(iter(parse_measurements(f"{header}\n{values}\n", "own.csv")))


def settled(row: Measurement) -> Scenario:
    assert row.problem == ""
    return settle_measurement(row, Ran(default_catalog()))[0]


def test_a_row_of_a_sweep_is_settled_as_it_was_launched() -> None:
    found = settled(measured())
    assert (found.max_num_batched_tokens, found.profile.batching.held_steps, found.kv.id) == (16384, 20, "fp8")
    sglang = settled(measured(engine="sglang", date="2026-03-25", gpu="b200-sxm-180gb", gpus=8, tp=8, **DEEPSEEK))
    assert (sglang.max_num_seqs, sglang.profile.batching.receive_interval) == (128, 30)


def test_what_a_row_states_goes_before_its_launch_file() -> None:
    found = settled(measured("held_steps=5;max_num_batched_tokens=4096"))
    assert (found.max_num_batched_tokens, found.profile.batching.held_steps) == (4096, 5)
    told = settled(measured(note=f"{NOTE}; tokens per step 2048"))
    assert (told.max_num_batched_tokens, told.profile.batching.held_steps) == (2048, 20)


def test_engines_wait_for_nobody_unless_asked() -> None:
    batching = settled(measured(note="own run")).profile.batching
    assert (batching.receive_interval, batching.held_steps) == (1, 0)
