"""`--requests` and `--max-tokens`: a load that ends, answers that end on their own."""

import json
import subprocess
from collections.abc import Callable

import pytest

from roofrack.cli.main import main

Run = Callable[..., subprocess.CompletedProcess[str]]

PLAN = ["plan", "llama-3.1-8b", "--rack", "1xa100-sxm4-80gb", "--load", "poisson", "--rate", "40"]


def planned(capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, object]:
    assert main([*PLAN, *more, "--json"]) == 0
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def test_json_says_them_only_when_given(capsys: pytest.CaptureFixture[str]) -> None:
    workload = planned(capsys)["scenario"]["workload"]  # type: ignore[index]
    assert set(workload) == {"prompt_tokens", "output_tokens", "context_tokens", "load"}
    workload = planned(capsys, "--requests", "50", "--max-tokens", "512")["scenario"]["workload"]  # type: ignore[index]
    assert (workload["requests"], workload["max_tokens"]) == (50, 512)


def test_a_short_run_ends_before_its_queue_is_long(capsys: pytest.CaptureFixture[str]) -> None:
    endless, short = planned(capsys), planned(capsys, "--requests", "50")
    assert [notice["code"] for notice in short["warnings"] if "run" in notice["code"]] == ["finite-run"]  # type: ignore[attr-defined]
    assert [notice["code"] for notice in endless["warnings"] if "rate" in notice["code"]] == ["rate-beyond-capacity"]  # type: ignore[attr-defined]
    first = [plan["curve"][0]["ttft_s"]["mid"] for plan in (endless, short)]  # type: ignore[index]
    assert first[1] < first[0] / 3


def test_explain_names_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *PLAN[1:], "--requests", "50", "--max-tokens", "512"]) == 0
    shown = capsys.readouterr().out
    assert "the run " in shown
    assert "longest answer" in shown
    assert "512 tokens" in shown


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--max-tokens", "100"), "max-tokens: answers of at most 100 tokens cannot be 256 long on average"),
        (("--requests", "0"), "--requests: must be at least 1"),
        (("--requests", "1000000"), "--requests: must be at least 1 and at most 100,000"),
    ],
)
def test_what_cannot_be_is_refused(roofrack: Run, more: tuple[str, ...], says: str) -> None:
    done = roofrack(*PLAN, *more)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
