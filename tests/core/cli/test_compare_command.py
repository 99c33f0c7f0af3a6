"""`roofrack compare` from outside."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import tomli

Run = Callable[..., subprocess.CompletedProcess[str]]
BF16 = "llama-3.1-8b --rack 1xh100-sxm5-80gb --weights bf16"
FP8 = "roofrack plan llama-3.1-8b --rack 1xh100-sxm5-80gb --weights fp8 --concurrency 9"
CARD = "llama-3.1-8b --rack 1xrtx-4090 --weights bf16"


def test_plans_in_json(roofrack: Run) -> None:
    done = roofrack("compare", BF16, FP8, CARD, "--concurrency", "16", "--json", "--check")
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    answer = json.loads(done.stdout)
    assert (answer["schema"], answer["yardstick"], answer["concurrency"]) == ("roofrack.compare/1", "cursor", 16)
    names = [one["name"] for one in answer["plans"]]
    assert names == ["H100 SXM5 · bf16", "H100 SXM5 · fp8", "GeForce RTX 4090 · bf16"]
    assert [one["concurrency"] for one in answer["plans"]] == [16, 16, 16]
    assert all(one["command"].startswith("roofrack plan ") and one["fits"] for one in answer["plans"])
    rows = {row["id"]: row for row in answer["rows"]}
    alone = json.loads(roofrack("plan", *BF16.split(), "--concurrency", "16", "--json").stdout)
    point = next(point for point in alone["curve"] if point["concurrency"] == 16)
    for row in ("ttft_s", "tpot_s", "output_tokens_per_s"):
        cell = rows[row]["cells"][0]
        assert {end: cell[end] for end in ("low", "mid", "high")} == point[row]
        assert (cell["ratio"], cell["verdict"]) == (1.0, "first")
    assert rows["weights_bytes"]["cells"][1]["verdict"] == "better"
    assert rows["weights_bytes"]["unit"] == "bytes"


def test_plans_in_words_and_markdown(roofrack: Run) -> None:
    text = roofrack("compare", BF16, FP8).stdout
    assert "Compared at 64 requests at once" in text
    assert "A bf16" in text
    assert "B fp8" in text
    assert "80 % bands:" in text
    assert max(map(len, text.splitlines())) <= 80
    by_flag = roofrack("compare", BF16, FP8, "--markdown").stdout
    assert by_flag == roofrack("compare", BF16, FP8, "--format", "markdown").stdout
    assert "| KV/token KiB | 128 | 128, same |" in by_flag
    assert "roofrack plan llama-3.1-8b --rack 1xh100-sxm5-80gb --weights fp8" in by_flag


def test_each_at_its_best(roofrack: Run) -> None:
    answer = json.loads(roofrack("compare", BF16, FP8, "--best", "--slo-tpot", "0.02", "--json").stdout)
    assert (answer["yardstick"], answer["targets"]["tpot_s"]) == ("best", 0.02)
    most = next(row for row in answer["rows"] if row["id"] == "requests_within_targets")
    assert [one["concurrency"] for one in answer["plans"]] == [cell["mid"] for cell in most["cells"]]
    assert all(one["note"] for one in answer["plans"])
    assert "within TPOT 20 ms" in roofrack("compare", BF16, FP8, "--best", "--slo-tpot", "0.02").stdout


def test_a_set_saved_is_a_set_compared(roofrack: Run, tmp_path: Path) -> None:
    path = tmp_path / "my set.toml"
    first = roofrack("compare", BF16, FP8, "--concurrency", "32", "--slo-ttft", "2", "--save", str(path), "--json")
    assert first.returncode == 0, first.stderr
    assert len(tomli.loads(path.read_text(encoding="utf-8"))["scenario"]) == 2
    assert json.loads(roofrack("compare", str(path), "--json").stdout) == json.loads(first.stdout)
    three = json.loads(roofrack("compare", str(path), "8b-one-card", "--json").stdout)
    assert len(three["plans"]) == 3


def test_exit_codes(roofrack: Run) -> None:
    too_big = "llama-3.1-405b --rack 1xh100-sxm5-80gb"
    done = roofrack("compare", BF16, too_big)
    assert done.returncode == 0
    assert "does not fit: " in done.stdout
    assert roofrack("compare", BF16, too_big, "--check").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((BF16,), "1 plan to compare: give two to 4"),
        ((BF16,) * 5, "5 plans to compare"),
        ((BF16, "nosuch-model-at-all"), "plan 2: no scenario and no model is called 'nosuch-model-at-all'"),
        ((BF16, "laptp"), "did you mean laptop"),
        ((BF16, "llama-3.1-8b --rack 4xnothing"), "plan 2: unknown GPU"),
        ((BF16, "llama-3.1-8b --colour red"), "plan 2: unrecognized arguments: --colour red"),
        ((BF16, FP8 + " --json"), "write --json outside the quotes"),
        ((BF16, "llama-3.1-8b --weights 'x"), "plan 2: No closing quotation"),
        ((BF16, ""), "plan 2: no model"),
        ((BF16, "/nowhere/at all.toml"), "/nowhere/at all.toml"),
        ((BF16, FP8, "--concurrency", "0"), "--concurrency: must be at least 1"),
        ((BF16, FP8, "--save", "/proc/nowhere/x.toml"), "choose another place"),
        ((BF16, "\x1b]52;c;eA==\x07evil"), "evil"),
    ],
)
def test_bad_input_is_two_lines_at_most(roofrack: Run, arguments: tuple[str, ...], says: str) -> None:
    done = roofrack("compare", *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert not done.stdout or "--save" in arguments
    assert len(done.stderr.splitlines()) <= 2
    assert "\x1b" not in done.stderr
    assert "Traceback" not in done.stderr


def test_it_never_imports_the_interface(roofrack: Run) -> None:
    import sys

    code = "import sys; from roofrack.cli import main; main(['compare', 'laptop', '8b-one-card']); sys.exit(any(m in sys.modules for m in ('textual', 'rich', 'roofrack_tui')))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60).returncode == 0
