"""`roofrack search` and `roofrack box` from outside."""

import csv
import io
import json
import subprocess
from collections.abc import Callable

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
SEARCH = ("search", "llama-3.1-8b", "--gpus", "h100-sxm5-80gb,l4", "--max-gpus", "4", "--concurrency", "16")


def test_the_command_answers_in_json(roofrack: Run) -> None:
    done = roofrack(*SEARCH, "--slo-tpot", "0.03", "--json")
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    answer = json.loads(done.stdout)
    assert answer["schema"] == "roofrack.search/1"
    assert answer["complete"] is True
    assert answer["miss"] is None
    assert answer["ranked"][0]["usd_per_hour"] <= answer["ranked"][-1]["usd_per_hour"]
    assert all(one["meets"] for one in answer["ranked"] + answer["front"])
    boxed = json.loads(roofrack("box", "1xl4", "llama-3.1-8b", "gpt-oss-120b", "--json").stdout)
    assert boxed["schema"] == "roofrack.box/1"
    assert boxed["models"][0]["model"] == "meta-llama/Llama-3.1-8B-Instruct"
    assert boxed["too_large"] == ["openai/gpt-oss-120b"]


def test_the_command_answers_in_words(roofrack: Run) -> None:
    done = roofrack(*SEARCH, "--users", "1000")
    assert (done.returncode, done.stdout) == (2, "")
    assert "concurrency" in done.stderr
    text = roofrack(*SEARCH[:-2], "--users", "100000", "--slo-ttft", "0.001").stdout
    assert "100,000 users" in text
    assert "Without the TTFT limit: " in text


def test_the_command_answers_in_markdown_and_csv(roofrack: Run) -> None:
    in_json = json.loads(roofrack(*SEARCH, "--json").stdout)
    markdown = roofrack(*SEARCH, "--markdown").stdout
    assert "| rack | weights | KV |" in markdown
    assert markdown.count("\n| ---") == 1 + (len(in_json["front"]) > 1)
    (first, *_) = rows = list(csv.DictReader(io.StringIO(roofrack(*SEARCH, "--csv").stdout)))
    best = in_json["ranked"][0]
    assert (first["device"], int(first["gpus"]), first["tightest"]) == (best["device"], best["gpus"], best["tightest"])
    assert float(first["ttft_s_high"]) == best["ttft_s"]["high"]
    assert len(rows) >= len(in_json["ranked"])
    boxed = roofrack("box", "1xl4", "llama-3.1-8b", "gpt-oss-120b", "--markdown").stdout
    assert "| model | params | weights |" in boxed
    (only,) = csv.DictReader(io.StringIO(roofrack("box", "1xl4", "llama-3.1-8b", "gpt-oss-120b", "--csv").stdout))
    assert only["model"] == "meta-llama/Llama-3.1-8B-Instruct"
    nothing = roofrack(*SEARCH, "--slo-ttft", "0.000001", "--csv")
    assert nothing.returncode == 0, nothing.stderr
    assert roofrack(*SEARCH, "--csv", "--json").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("search", "llama-3.1-8b"), "--concurrency"),
        (("search", "no-such-model", "--concurrency", "1"), "no-such-model"),
        ((*SEARCH, "--slo-ttft", "0"), "--slo-ttft"),
        ((*SEARCH, "--slo-percentile", "3"), "--slo-percentile"),
        ((*SEARCH, "--budget", "-4"), "--budget"),
        ((*SEARCH, "--max-gpus", "1000000000000"), "--max-gpus"),
        ((*SEARCH, "--price", "l4"), "--price"),
        ((*SEARCH, "--price", "l5=1"), "l5"),
        ((*SEARCH, "--gpus-per-node", "0"), "--gpus-per-node"),
        ((*SEARCH[:-2], "--users", "1000000000000"), "users"),
        ((*SEARCH[:-2], "--concurrency", "1000000000000"), "--concurrency"),
        ((*SEARCH[:-2], "--sessions", "5"), "--slo-ttft"),
        ((*SEARCH, "--weights", "q4_k_m"), "q4_k_m"),
        (("box", "4xnothing"), "nothing"),
        (("box", "16xrtx-3090", "--link", "nvlink"), "link"),
    ],
)
def test_absurd_commands_are_refused_by_name(roofrack: Run, arguments: tuple[str, ...], names: str) -> None:
    done = roofrack(*arguments)
    assert done.returncode == 2, done.stdout
    assert names.lower() in done.stderr.lower()
    assert len(done.stderr.strip().splitlines()) <= 2
    assert "Traceback" not in done.stderr
