"""What the launch files of public sweeps set, for measurements that say they are of such a sweep.

Source: https://github.com/SemiAnalysisAI/InferenceX, `benchmarks/` (from 2026-01 on `benchmarks/single_node/`), each file as it stood on the
day of the run. A user states the same through a row's options; what a row states itself is never replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

Options = dict[str, str]

SWEEP = "InferenceX"
_NOMINAL = re.compile(r"\bnominal (\d{2,6})/(\d{2,6})\b")
_UNSPLIT_UNTIL = "2026-01-21"
_DELAYED_SINCE = "2026-01-29"
_VLLM_FP8_CACHE_SINCE = "2025-12"


class Run(NamedTuple):
    """What a launch script is given.

    Args:
        date: Of the run.
        model: Part of the script's name: `70b`, `dsr1` or `gptoss`.
        weights: Weights format.
        gpu: Device id.
        tp: Tensor-parallel size.
        concurrency: `CONC`.
        prompt, output: Nominal lengths, `ISL` and `OSL`.
    """

    date: str
    model: str
    weights: str
    gpu: str
    tp: int
    concurrency: int
    prompt: int
    output: int

    @property
    def blackwell(self) -> bool:
        """Whether the script is one of those for B200 and B300."""
        return self.gpu.startswith(("b200", "b300"))


def launched(cells: dict[str, object]) -> Options:
    """The options that a row's launch file set; none where the row is of no known sweep.

    Args:
        cells: The row's cells by column, numbers as numbers.
    """
    note = str(cells["note"])
    nominal = _NOMINAL.search(note) if note.startswith(SWEEP) else None
    script = _SCRIPTS.get(str(cells["engine"]).lower())
    model = next((short for name, short in _MODELS.items() if name in str(cells["model"]).lower()), "")
    if nominal is None or script is None or not model or not cells["date"]:
        return {}
    return script(
        Run(
            date=str(cells["date"]),
            model=model,
            weights=str(cells["weights"]),
            gpu=str(cells["gpu"]),
            tp=int(cells["tp"] or 1),  # type: ignore[call-overload]
            concurrency=int(cells["concurrency"] or 1),  # type: ignore[call-overload]
            prompt=int(nominal[1]),
            output=int(nominal[2]),
        )
    )


def _vllm(run: Run) -> Options:
    """`*_h100*.sh`, `*_h200*.sh`, `*_b200*.sh`: steps of 8192 tokens, and as many sequences as requests or 512."""
    found = {"max_num_batched_tokens": "8192", "max_num_seqs": str(max(run.concurrency, 512 if run.blackwell else 1))}
    if run.model == "70b" or (run.blackwell and run.date >= _VLLM_FP8_CACHE_SINCE):
        found["kv"] = "fp8"
    return found


def _sglang(run: Run) -> Options:
    """`dsr1_fp8_*.sh`, `dsr1_fp4_*.sh`: on Blackwell requests are received every 10 steps, from 16 requests on every 30."""
    if run.model != "dsr1":
        return {}
    found = {"kv": "fp8"}
    if not run.blackwell:
        short = run.prompt < 8192 and run.output < 8192
        sequences = "512" if short else "256"
        return found | {"max_num_batched_tokens": "32768", "max_num_seqs": sequences, "gpu_memory_fraction": "0.82"}
    found["receive_interval"] = "30" if run.concurrency >= 16 else "10"
    if run.weights == "nvfp4":
        return found | {"max_num_batched_tokens": "16384", "max_num_seqs": "256", "gpu_memory_fraction": "0.85"}
    if run.tp == 4:
        found["receive_interval"] = "10"
        return found | {"max_num_batched_tokens": "8192", "max_num_seqs": "32", "gpu_memory_fraction": "0.95"}
    return found | {"max_num_batched_tokens": "32768", "max_num_seqs": "128", "gpu_memory_fraction": "0.82"}


def _trtllm(run: Run) -> Options:
    """`70b_*_trt*.sh`, `gptoss_fp4_*_trt*.sh`, `dsr1_*_trt*.sh`."""
    short = run.prompt == run.output == 1024
    if run.model == "70b":
        held = {"held_steps": "20"} if short and run.tp < 8 else {}
        return {"kv": "fp8", "max_num_batched_tokens": "16384"} | held
    if run.model == "gptoss":
        kv = "fp8" if run.blackwell else "bf16"
        sequences = max(run.concurrency, 512 if run.blackwell else 1)
        return {
            "kv": kv,
            "max_num_batched_tokens": "20000",
            "max_num_seqs": str(sequences),
            "gpu_memory_fraction": "0.85",
        }
    tokens = (run.concurrency + run.prompt + 127) // 64 * 64
    if run.date >= _UNSPLIT_UNTIL:
        tokens = max(tokens, 8192)
    found = {
        "kv": "fp8",
        "max_num_batched_tokens": str(tokens),
        "gpu_memory_fraction": "0.8" if run.blackwell else "0.75",
    }
    delayed = short and run.concurrency >= 64 and run.blackwell and run.weights != "nvfp4"
    return found | {"held_steps": "40"} if delayed and run.date >= _DELAYED_SINCE else found


_MODELS = {"llama-3.1-70b": "70b", "deepseek-r1": "dsr1", "gpt-oss-120b": "gptoss"}
_SCRIPTS: dict[str, Callable[[Run], Options]] = {"vllm": _vllm, "sglang": _sglang, "trtllm": _trtllm}
