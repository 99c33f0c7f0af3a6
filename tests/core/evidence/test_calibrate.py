"""Calibration by one's own results: known factors are found again, few points cannot break physics, profiles are kept safely."""

import io
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roofrack.catalog.calibration import shipped_calibration
from roofrack.catalog.profiles import (
    OWN_BAND_SHARE,
    Profile,
    load_profile,
    profile_directory,
    profile_names,
    save_profile,
)
from roofrack.cli import main
from roofrack.domain import RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.domain.calibration import Adjustments
from roofrack.errors import InputError, UnknownIdError
from roofrack.evidence.case import Case
from roofrack.evidence.fit import PRIOR, fit, solve
from roofrack.evidence.measurement import Measurement
from roofrack.evidence.predict import Predictor, metric_of, point_of
from roofrack.plan import plan

Row = Callable[..., Measurement]
CONCURRENCIES = (1, 4, 16, 64, 256)


def measured(
    row: Row, predictor: Predictor, truth: Adjustments, concurrencies: Sequence[int] = CONCURRENCIES
) -> list[Case]:
    """What a machine with these factors would measure."""
    found = []
    for concurrency in concurrencies:
        for metric in ("tpot", "ttft", "output_tokens_per_s"):
            case = predictor.case(row(concurrency=concurrency, metric=metric, note="own.json"))
            true = case._replace(scenario=replace(case.scenario, adjustments=truth))
            value = metric_of(true, point_of(true, predictor.calibration)).mid
            found.append(case._replace(measurement=case.measurement._replace(value=value)))
    return found


@pytest.mark.parametrize(
    "truth",
    [
        Adjustments(),
        Adjustments(stream=0.8),
        Adjustments(compute=0.7, host=1.5),
        Adjustments(compute=0.8, request=2),
    ],
)
def test_known_factors_are_found_again(
    row: Row, predictor: Predictor, truth: Adjustments, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = fit(measured(row, predictor, truth), shipped_calibration())
    assert found.error_after <= 0.01
    assert found.error_after <= found.error_before
    # What was not measured follows too: other concurrencies, and each factor once the prior counts for little.
    for case in measured(row, predictor, truth, (2, 32, 128)):
        own = case._replace(scenario=replace(case.scenario, adjustments=found.adjustments))
        # TTFT under load counts for little, since it says more about the client than about the machine.
        within = 0.1 if case.measurement.metric == "ttft" else 0.05
        assert metric_of(own, point_of(own, predictor.calibration)).mid == pytest.approx(
            case.measurement.value, rel=within
        )
    for name, width in tuple(PRIOR.items()):
        monkeypatch.setitem(PRIOR, name, 20 * width)
    sure = fit(measured(row, predictor, truth), shipped_calibration()).adjustments
    for name in PRIOR:
        assert getattr(sure, name) == pytest.approx(getattr(truth, name), rel=0.1), name


def test_measurements_that_agree_change_nothing(row: Row, predictor: Predictor) -> None:
    found = fit(measured(row, predictor, Adjustments()), shipped_calibration())
    assert found.adjustments == Adjustments()
    assert found.error_before == pytest.approx(0)


@settings(max_examples=15)
@given(st.lists(st.floats(0.2, 5), min_size=3, max_size=3))
def test_three_points_cannot_break_physics(factors: list[float]) -> None:
    from tests.core.evidence.conftest import ROW

    predictor = _PREDICTOR
    cases = []
    for factor, concurrency in zip(factors, (1, 16, 64), strict=True):
        case = predictor.case(ROW._replace(concurrency=concurrency))
        value = metric_of(case, point_of(case, predictor.calibration)).mid * factor
        cases.append(case._replace(measurement=case.measurement._replace(value=value)))
    found = fit(cases, predictor.calibration)
    assert all(0.2 <= getattr(found.adjustments, name) <= 5 for name in PRIOR)
    single = predictor.case(ROW._replace(load="single", metric="tpot"))
    point = point_of(
        single._replace(scenario=replace(single.scenario, adjustments=found.adjustments)), predictor.calibration
    )
    assert point.tpot_s.mid > 8.03e9 * 2 / 3.35e12, "faster than the memory's bandwidth allows"


_PREDICTOR = Predictor()


def test_a_queue_that_clients_make_says_little_about_the_machine(row: Row, predictor: Predictor) -> None:
    right = measured(row, predictor, Adjustments())
    late = [
        case._replace(measurement=case.measurement._replace(value=2 * (case.measurement.value or 0)))
        if case.measurement.metric == "ttft" and (case.measurement.concurrency or 1) > 1
        else case
        for case in right
    ]
    moved = fit(late, shipped_calibration()).adjustments
    assert moved.stream == pytest.approx(1, abs=0.05)
    assert moved.compute == pytest.approx(1, abs=0.2)


def test_runs_that_contradict_each_other_change_little(row: Row, predictor: Predictor) -> None:
    agreeing, torn = [], []
    for factor, concurrency in ((1.4, 4), (0.7, 16), (1.4, 64)):
        for case in measured(row, predictor, Adjustments(), (concurrency,)):
            if case.measurement.metric == "tpot":
                value = case.measurement.value or 0
                agreeing.append(case._replace(measurement=case.measurement._replace(value=value * 1.4)))
                torn.append(case._replace(measurement=case.measurement._replace(value=value * factor)))
    moved, held = (fit(cases, shipped_calibration()).adjustments for cases in (agreeing, torn))
    assert min(getattr(moved, name) for name in ("stream", "compute")) < 0.85
    assert all(0.9 < getattr(held, name) < 1.1 for name in PRIOR)


def test_one_point_moves_less_than_the_same_point_often(row: Row, predictor: Predictor) -> None:
    slow = [c for c in measured(row, predictor, Adjustments(stream=0.6), (16,)) if c.measurement.metric == "tpot"]
    once, often = (fit(slow * n, shipped_calibration()).error_after for n in (1, 20))
    assert often < once < 0.5


def test_what_cannot_be_of_this_machine_is_refused(row: Row, predictor: Predictor) -> None:
    case = predictor.case(row(value=5.0, note="own.json"))
    with pytest.raises(InputError, match=r"own\.json: tpot 5 is .* times what Llama 3\.1 8B on NVIDIA H100"):
        fit([case], shipped_calibration())
    with pytest.raises(InputError, match="nothing to calibrate with"):
        fit([], shipped_calibration())


def test_elimination_solves() -> None:
    assert solve([[0.0, 2.0], [1.0, 1.0]], [4.0, 5.0]) == pytest.approx([3.0, 2.0])


def profile(**changes: float) -> Profile:
    return Profile(
        adjustments=Adjustments(**changes),
        engine="vllm",
        device="l40s",
        model="m",
        weights="bf16",
        measurements=3,
        error_before=0.3,
        error_after=0.02,
    )


def test_profiles_are_kept_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert profile_names() == ()
    path = save_profile("my-box", profile(stream=0.8))
    assert path == tmp_path / "roofrack" / "profiles" / "my-box.toml"
    assert load_profile("my-box") == profile(stream=0.8)
    save_profile("my-box", profile(host=2))
    assert load_profile("my-box").adjustments == Adjustments(host=2)
    assert [one.name for one in path.parent.iterdir()] == ["my-box.toml"]
    assert profile_names() == ("my-box",)


@pytest.mark.parametrize("name", ["../evil", "", ".hidden", "a/b", "x" * 65, "a\n"])
def test_a_name_that_is_no_file_name_is_refused(name: str) -> None:
    for use in (load_profile, lambda name: save_profile(name, profile())):
        with pytest.raises(InputError, match="cannot be a name"):
            use(name)


def test_an_unknown_profile_names_the_known_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    save_profile("my-box", profile())
    with pytest.raises(UnknownIdError, match="my-box"):
        load_profile("other")


@pytest.mark.parametrize(
    ("text", "says"),
    [("stream = 2", "missing"), ("x", "profiles/bad.toml"), ("[adjustments]\nstream = 1000.0\n", "stream")],
)
def test_a_broken_profile_is_named(text: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    profile_directory().mkdir(parents=True)
    (profile_directory() / "bad.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_profile("bad")
    assert says in str(refused.value)
    assert "bad.toml" in str(refused.value)


def test_a_profile_changes_a_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    save_profile("slow", profile(stream=0.5))
    spec = ScenarioSpec(model="llama-3.1-8b", rack=RackSpec(device="l40s"), workload=WorkloadSpec(concurrency=4))
    shipped, own = plan(spec), plan(replace(spec, profile="slow"))
    assert shipped.at
    assert own.at
    assert own.at.tpot_s.mid > 1.4 * shipped.at.tpot_s.mid
    assert own.memory == shipped.memory
    save_profile("close", replace(profile(stream=0.5), model="meta-llama/Llama-3.1-8B-Instruct"))
    close = plan(replace(spec, profile="close"))
    assert close.at
    assert close.at.tpot_s.mid == own.at.tpot_s.mid
    assert math.log(close.at.tpot_s.high / close.at.tpot_s.mid) == pytest.approx(
        OWN_BAND_SHARE * math.log(own.at.tpot_s.high / own.at.tpot_s.mid)
    )
    assert [notice.code for notice in own.warnings if "profile" in notice.code] == ["own-profile"]
    elsewhere = plan(replace(spec, profile="slow", rack=RackSpec(device="l4")))
    assert "profile-of-another-machine" in [notice.code for notice in elsewhere.warnings]


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


def test_after_three_points_the_rest_of_a_configuration_is_within_five_percent(predictor: Predictor) -> None:
    """The goal of the calibration, on published series that have six or more points of TPOT."""
    from statistics import median

    from roofrack.evidence.predict import with_constants
    from roofrack.evidence.shipped import shipped

    series: dict[tuple[object, ...], list[Case]] = {}
    for row in shipped("inferencex_aic"):
        if row.metric == "tpot" and row.gpu in ("h200-sxm-141gb", "h100-sxm5-80gb") and row.weights in ("fp8", "mxfp4"):
            key = (
                row.model,
                row.gpu,
                row.tp,
                row.dp,
                row.ep,
                row.engine,
                row.engine_version,
                row.date,
                row.prompt_tokens,
            )
            case = predictor.case(row)
            series.setdefault(key, []).append(case._replace(scenario=with_constants(case, predictor.calibration)))
    before, after, held = [], [], []
    for cases in (found for found in series.values() if len(found) >= 5):
        cases.sort(key=lambda case: case.measurement.concurrency or 1)
        picked = (0, len(cases) // 2, len(cases) - 1)
        adjustments = fit([cases[i] for i in picked], predictor.calibration).adjustments
        for case in (case for i, case in enumerate(cases) if i not in picked):
            own = case._replace(scenario=replace(case.scenario, adjustments=adjustments))
            value = case.measurement.value or math.nan
            before.append(abs(point_of(case, predictor.calibration).tpot_s.mid / value - 1))
            narrow = point_of(
                own._replace(scenario=replace(own.scenario, band_share=OWN_BAND_SHARE)), predictor.calibration
            )
            after.append(abs(narrow.tpot_s.mid / value - 1))
            held.append(narrow.tpot_s.low <= value <= narrow.tpot_s.high)
    assert len(after) > 20
    assert median(after) < 0.05
    assert median(after) < median(before)
    assert 0.7 < sum(held) / len(held) < 0.97


def test_a_profile_that_changes_nothing_can_be_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    save_profile("just-so", profile())
    assert load_profile("just-so") == profile()
