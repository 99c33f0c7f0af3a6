"""`roofrack calibrate`: from results of a benchmark, and what a person says of them, to a profile that changes plans."""

import io
import json
from pathlib import Path

import pytest

from roofrack.cli import main
from roofrack.evidence.fit import PRIOR

RESULT = {
    "backend": "vllm", "model_id": "meta-llama/Llama-3.1-8B-Instruct", "request_rate": "inf", "completed": 100, "num_prompts": 100,
    "total_input_tokens": 102_400, "total_output_tokens": 25_600,
}  # fmt: skip


def result(tmp_path: Path, concurrency: int, ttft_ms: float, tpot_ms: float) -> str:
    path = tmp_path / f"{concurrency}.json"
    times = {"max_concurrency": concurrency, "mean_ttft_ms": ttft_ms, "mean_tpot_ms": tpot_ms}
    path.write_text(json.dumps(RESULT | times), encoding="utf-8")
    return str(path)


def test_calibrate_from_files_to_a_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    rack = ["--rack", "1xl40s", "--weights", "bf16"]

    def point(*flags: str) -> dict[str, dict[str, float]]:
        assert main(["plan", "llama-3.1-8b", *rack, "--prompt", "1024", "--output", "256", "--json", *flags]) == 0
        curve = json.loads(capsys.readouterr().out)["curve"]
        return next(point for point in curve if str(point["concurrency"]) in flags)

    shipped = {n: point("--concurrency", str(n)) for n in (1, 8, 32, 64)}
    slower = {n: (shipped[n]["ttft_s"]["mid"] * 1500, shipped[n]["tpot_s"]["mid"] * 1500) for n in shipped}
    files = [result(tmp_path, n, *slower[n]) for n in (1, 8, 32)]
    assert main(["calibrate", *files, *rack, "--name", "box", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "roofrack.calibration/1"
    assert found["error_before"] == pytest.approx(1 / 3, abs=0.01)
    assert found["error_after"] < 0.1
    assert len(found["points"]) == 6
    assert set(found["adjustments"]) == set(PRIOR)
    # 64 at once was not measured.
    own = point("--concurrency", "64", "--profile", "box")
    assert own["tpot_s"]["mid"] * 1000 == pytest.approx(slower[64][1], rel=0.1)


def test_calibrate_says_what_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert main(["calibrate", result(tmp_path, 8, 200, 30), "--rack", "l40s"]) == 0
    said = capsys.readouterr().out
    assert "median error" in said
    assert "error before" in said
    assert "use it: roofrack plan meta-llama/Llama-3.1-8B-Instruct --rack 1xl40s" in said
    assert "--profile vllm-llama-3.1-8b-instruct-l40s" in said


@pytest.mark.parametrize(
    ("answers", "weights", "tp"),
    [
        ("2xl40s\n\n\n", None, 2),
        ("2xl40s\nfp8\n1\n", "fp8", 1),
        ("1xl40s\nawq-int4\n", "awq-int4", 1),
    ],
)
def test_a_person_says_format_and_tp_or_takes_the_usual(
    answers: str,
    weights: str | None,
    tp: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    typed = io.StringIO(answers)
    typed.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdin", typed)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert main(["calibrate", result(tmp_path, 8, 200, 30)]) == 0
    said = capsys.readouterr()
    assert "does not say: weights format [bf16]:" in said.err
    assert ("(TP) [2]:" in said.err) is answers.startswith("2x")
    assert typed.read() == ""
    assert f"--weights {weights or 'bf16'}" in said.out
    assert ("--tp 1" in said.out) is (tp == 1 and answers.startswith("2x"))


def test_an_answer_that_is_no_number_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    typed = io.StringIO("2xl40s\nbf16\nboth\n")
    typed.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdin", typed)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert main(["calibrate", result(tmp_path, 8, 200, 30)]) == 2
    assert "tp: 'both' is not a whole number" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ([], "give --rack"),
        (["--rack", "voodoo2"], "unknown GPU"),
        (["--rack", "rtx-4060"], "cannot have run"),
        (["--rack", "l40s", "--name", "../x"], "cannot be a name"),
    ],
)
def test_what_a_file_does_not_say_is_asked_for(
    flags: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert main(["calibrate", result(tmp_path, 8, 200, 30), *flags]) == 2
    assert says in capsys.readouterr().err


def test_results_of_several_models_are_not_mixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    other = tmp_path / "other.json"
    times = {"max_concurrency": 8, "mean_ttft_ms": 200, "mean_tpot_ms": 30, "model_id": "Qwen/Qwen3-8B"}
    other.write_text(json.dumps(RESULT | times), encoding="utf-8")
    assert main(["calibrate", str(other), result(tmp_path, 8, 200, 30), "--rack", "l40s"]) == 2
    assert "results of several models: Qwen/Qwen3-8B, meta-llama/Llama-3.1-8B-Instruct" in capsys.readouterr().err


def test_a_person_at_a_terminal_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for answer, code in (("1xl40s\n", 0), ("\n", 2), ("", 2)):
        typed = io.StringIO(answer)
        typed.isatty = lambda: True  # type: ignore[method-assign]
        monkeypatch.setattr("sys.stdin", typed)
        monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
        assert main(["calibrate", result(tmp_path, 8, 200, 30)]) == code
        assert "does not say: GPUs" in capsys.readouterr().err
