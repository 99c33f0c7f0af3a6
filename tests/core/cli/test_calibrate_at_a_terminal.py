"""`roofrack calibrate` on a real terminal: what no file stores is asked for."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

RESULT = {
    "backend": "vllm", "model_id": "meta-llama/Llama-3.1-8B-Instruct", "request_rate": "inf", "completed": 100, "num_prompts": 100,
    "total_input_tokens": 102_400, "total_output_tokens": 25_600, "max_concurrency": 8, "mean_ttft_ms": 200, "mean_tpot_ms": 30,
}  # fmt: skip


def test_gpus_format_and_tp_are_asked_for_and_the_profile_is_saved(tmp_path: Path) -> None:
    from scripts.ptyterminal import Terminal

    result = tmp_path / "8.json"
    result.write_text(json.dumps(RESULT), encoding="utf-8")
    env = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "HOME": str(tmp_path), "NO_COLOR": "1"}
    with Terminal([sys.executable, "-m", "roofrack", "calibrate", str(result)], (150, 40), env) as terminal:
        for question, answer in ((b"GPUs, such as", "2xl40s"), (b"weights format [", "fp8"), (b"(TP) [2]", "1")):
            terminal.read_until(question)
            for key in (*answer, "enter"):
                terminal.press(key)
        terminal.read_until(b"use it: ")
        terminal.read_until(b"--profile")
        shown = " ".join(terminal.screen())
    assert "--rack 2xl40s --weights fp8" in shown
    assert "--tp 1" in shown
    assert list((tmp_path / "config" / "roofrack" / "profiles").glob("*.toml"))
