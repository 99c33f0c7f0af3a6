"""Sets of scenarios as files: what is written comes back, and broken files are named with their key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from roofrack.compare import Member, ScenarioSet
from roofrack.domain import MoneySpec, ParallelSpec, RackSpec, ScenarioSpec, Targets, WorkloadSpec
from roofrack.domain.scenario import RackChange, Step
from roofrack.errors import InputError
from roofrack.report.compare_toml import dump_set, load_set, save_set
from roofrack.report.scenario_toml import load_scenario_file, save_scenario_file

BASE = ScenarioSpec(model="m", rack=RackSpec(device="d"))
WHOLE = ScenarioSpec(
    title='A "title"',
    story=("one", "two"),
    model="m",
    weights="fp8",
    kv="fp8",
    rack=RackSpec(device="d", gpus_per_node=8, nodes=2, link="nvlink", network="ib"),
    parallel=ParallelSpec(tp=8, pp=2),
    engine="sglang",
    engine_version="0.5.1",
    workload=WorkloadSpec(prompt_tokens=5, concurrencies=(1, 2, 3), load="batch"),
    targets=Targets(ttft_s=0.5, percentile=99.0),
    money=MoneySpec(pue=1.3),
    usd_per_gpu_hour=2.5,
)
TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=40)
SPECS = st.builds(
    lambda spec, title, prompt, price: replace(
        spec, title=title, workload=replace(spec.workload, prompt_tokens=prompt), usd_per_gpu_hour=price
    ),
    st.sampled_from([BASE, WHOLE]),
    TEXT,
    st.integers(1, 100_000),
    st.none() | st.floats(0.01, 1e6),
)


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "set.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_set_is_a_file_that_people_can_read() -> None:
    written = dump_set(ScenarioSet((Member(BASE, "small"), Member(replace(BASE, weights="fp8"))), "Two"))
    assert written.splitlines()[1:] == [
        "",
        'title = "Two"',
        "",
        "[[scenario]]",
        'name = "small"',
        'model = "m"',
        "",
        "[scenario.rack]",
        'device = "d"',
        "",
        "[[scenario]]",
        'model = "m"',
        'weights = "fp8"',
        "",
        "[scenario.rack]",
        'device = "d"',
    ]


@given(specs=st.lists(SPECS, min_size=1, max_size=4), names=st.lists(TEXT, min_size=4, max_size=4), title=TEXT)
def test_what_is_saved_comes_back(
    tmp_path_factory: pytest.TempPathFactory, specs: list[ScenarioSpec], names: list[str], title: str
) -> None:
    path = tmp_path_factory.mktemp("sets") / "set.toml"
    members = tuple(Member(spec, f"{n}{name}") for n, (spec, name) in enumerate(zip(specs, names, strict=False)))
    save_set(ScenarioSet(members, title), path)
    found = load_set(path)
    assert [member.spec for member in found.members] == specs
    # Names are cleaned and cut as they are read; what is saved again is stable.
    save_set(found, path)
    assert load_set(path) == found
    assert all(member.name.isprintable() and len(member.name) <= 40 for member in found.members)


def test_one_scenario_is_a_set_of_one(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    save_scenario_file(WHOLE, path)
    assert load_set(path) == ScenarioSet((Member(WHOLE),))


ONE = "[[scenario]]\nmodel = 'm'\n[scenario.rack]\ndevice = 'd'\n"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("scenario = 3", "scenario: must be a list of tables"),
        ("scenario = []", "scenario: must be a list of tables"),
        ("[scenario]\nmodel = 'm'", "scenario: must be a list of tables"),
        ("scenario = [1, 2]", "scenario 1: must be a table"),
        (ONE * 5, "5 scenarios: a set has at most 4"),
        ("colour = 1\n" + ONE, "colour: unknown key"),
        ("title = 7\n" + ONE, "title: must be a text"),
        (ONE + "[[scenario]]\nname = 3\n", "scenario 2: name: must be a text"),
        (ONE + "[[scenario]]\nmodel = 'm'\n", "scenario 2: rack: missing"),
        (ONE + "[[scenario]]\nmodel = 'm'\nrack = {device = 'd', gpus_per_node = 0}", "scenario 2: rack.gpus_per_node"),
        (ONE + "[[scenario]]\nmodel = 'm'\nmodle = 'x'\nrack = {device = 'd'}", "scenario 2: modle: unknown key"),
        (ONE.replace("model", "name = 'a'\nmodel") * 2, "scenario 2: name: 'a' is taken"),
        ("[[scenario]\n", "not TOML"),
        (b"\xff\xfe", "not UTF-8"),
        ("[[scenario]]\nmodel = " + "[" * 3000, "not TOML"),
        ("\x1b]0;x\x07 = 1\n" + ONE, "not TOML"),
        ('"\\u001b]0;x\\u0007" = 1\n' + ONE, "unknown key"),
    ],
)
def test_broken_files_are_named_with_scenario_and_key(tmp_path: Path, content: str | bytes, complaint: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(InputError) as error:
        load_set(path)
    assert complaint in str(error.value)
    assert "set.toml" in str(error.value)
    assert str(error.value).isprintable()


def test_a_set_is_no_scenario(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"set\.toml: several scenarios: roofrack compare"):
        load_scenario_file(write(tmp_path, ONE * 2))


def test_steps_of_a_story_stay(tmp_path: Path) -> None:
    told = replace(BASE, steps=(Step(caption="one"), Step(caption="two", weights="fp8", rack=RackChange(nodes=2))))
    save_set(ScenarioSet((Member(told, "a"), Member(told, "b"))), tmp_path / "x.toml")
    assert [member.spec for member in load_set(tmp_path / "x.toml").members] == [told, told]


def test_places_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.toml"):
        load_set(tmp_path / "nothing.toml")
    with pytest.raises(InputError, match="not a regular file"):
        load_set(tmp_path)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="choose another place"):
        save_set(ScenarioSet((Member(BASE),)), tmp_path / "file" / "x.toml")


def test_a_failed_save_keeps_the_old_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept.toml"
    save_set(ScenarioSet((Member(BASE, "old"),)), path)

    def interrupted(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", interrupted)
    with pytest.raises(InputError, match="No space left"):
        save_set(ScenarioSet((Member(BASE, "new"),)), path)
    assert load_set(path).members[0].name == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["kept.toml"]


def test_names_may_hold_whatever_toml_can(tmp_path: Path) -> None:
    nasty = ScenarioSet((Member(BASE, 'a "b" \\ [c] # d'), Member(WHOLE, "ü 日本")))
    save_set(nasty, tmp_path / "x.toml")
    assert load_set(tmp_path / "x.toml") == nasty
    assert tomli.loads(dump_set(nasty))["scenario"][0]["name"] == 'a "b" \\ [c] # d'
