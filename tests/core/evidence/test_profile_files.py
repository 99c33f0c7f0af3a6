"""Profiles of one's own measurements: kept by name, checked when read, and what they change."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from roofrack.catalog.profiles import (
    OWN_BAND_SHARE,
    Profile,
    load_profile,
    profile_directory,
    profile_names,
    save_profile,
)
from roofrack.domain import RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.domain.calibration import Adjustments
from roofrack.errors import InputError, UnknownIdError
from roofrack.plan import plan


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
    said = next(notice.message for notice in elsewhere.warnings if notice.code == "profile-of-another-machine")
    assert said == "profile slow was made with vLLM on NVIDIA L40S: here it is a guess"


def test_a_profile_that_changes_nothing_can_be_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    save_profile("just-so", profile())
    assert load_profile("just-so") == profile()
