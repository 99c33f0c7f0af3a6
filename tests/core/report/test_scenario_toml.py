"""Scenario files: what is written is read back, and nobody's file makes a traceback."""

from pathlib import Path

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from roofrack.catalog import load_catalog
from roofrack.domain import AudienceSpec, ParallelSpec, RackSpec, ScenarioSpec, Step, Targets, WorkloadSpec
from roofrack.domain.scenario import RackChange, WorkloadChange
from roofrack.errors import InputError
from roofrack.places import config_directory
from roofrack.report.scenario_toml import dump, load_scenario_file, save_scenario_file

texts = st.text(max_size=60)
counts = st.integers(1, 1000)
steps = st.builds(
    Step,
    caption=texts,
    weights=st.none() | texts,
    rack=st.builds(RackChange, device=st.none() | texts, gpus_per_node=st.none() | counts),
    workload=st.builds(WorkloadChange, concurrency=st.none() | counts, requests=st.none() | counts),
    audience=st.builds(AudienceSpec, sessions=st.none() | counts),
)
stories = st.lists(texts, max_size=3).map(lambda captions: {"story": tuple(captions)}) | st.lists(
    steps, max_size=3
).map(lambda found: {"steps": (Step(caption="first"), *found)})
scenarios = st.builds(
    lambda told, **values: ScenarioSpec(**values, **told),
    told=stories,
    title=texts,
    model=texts.filter(bool),
    weights=st.none() | texts,
    kv=st.none() | texts,
    rack=st.builds(RackSpec, device=texts.filter(bool), gpus_per_node=counts, nodes=counts, link=st.none() | texts),
    parallel=st.builds(ParallelSpec, tp=st.none() | counts, ep=st.none() | counts),
    engine=st.sampled_from(["vllm", "llama.cpp"]),
    engine_version=st.none() | st.just("0.11.0"),
    gpu_memory_fraction=st.none() | st.floats(0.01, 1),
    max_num_seqs=st.none() | counts,
    workload=st.builds(
        WorkloadSpec,
        prompt_tokens=counts,
        context_tokens=st.none() | counts,
        concurrencies=st.none() | st.lists(counts, min_size=1, max_size=4).map(tuple),
        rate_per_s=st.none() | st.floats(1e-6, 1e6),
        requests=st.none() | counts,
        max_tokens=st.none() | counts,
    ),
    targets=st.builds(Targets, ttft_s=st.none() | st.floats(1e-6, 1e6)),
    usd_per_gpu_hour=st.none() | st.floats(1e-6, 1e6),
)


@given(scenarios)
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, spec: ScenarioSpec) -> None:
    path = tmp_path_factory.mktemp("scenarios") / "one.toml"
    save_scenario_file(spec, path)
    assert load_scenario_file(path) == spec


@pytest.mark.parametrize("name", load_catalog(Path("/nowhere")).scenario_ids())
def test_every_ready_scenario_survives_a_round_trip(name: str, tmp_path: Path) -> None:
    spec = load_catalog(tmp_path).scenario(name)
    save_scenario_file(spec, tmp_path / "copy.toml")
    assert load_scenario_file(tmp_path / "copy.toml") == spec


def test_a_file_is_for_people_to_read() -> None:
    spec = ScenarioSpec(
        title='A "quoted" name',
        model="meta-llama/Llama-3.1-8B-Instruct",
        weights="fp8",
        rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=2),
        workload=WorkloadSpec(concurrencies=(1, 2, 4)),
    )
    assert dump(spec).splitlines()[1:] == [
        "",
        'title = "A \\"quoted\\" name"',
        'model = "meta-llama/Llama-3.1-8B-Instruct"',
        'weights = "fp8"',
        "",
        "[rack]",
        'device = "h100-sxm5-80gb"',
        "gpus_per_node = 2",
        "",
        "[workload]",
        "concurrencies = [1, 2, 4]",
    ]


def test_only_what_was_chosen_is_written() -> None:
    written = tomli.loads(dump(ScenarioSpec(model="m", rack=RackSpec(device="d"))))
    assert written == {"model": "m", "rack": {"device": "d"}}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("model = ", "not TOML"),
        ("[rack]\ndevice = 'd'", "model: missing"),
        ("model = 'm'\nmodle = 'x'\n[rack]\ndevice = 'd'", "modle: unknown key"),
        ("model = 'm'\n[rack]\ndevice = 'd'\ngpus_per_node = 0", "gpus_per_node"),
        ("model = 'm'\n[rack]\ndevice = 'd'\ngpus_per_node = 'four'", "gpus_per_node"),
        ("model = 'm'\n[rack]\ndevice = 'd'\n[workload]\nconcurrency = 1000000000", "concurrency"),
    ],
)
def test_a_broken_file_is_named_with_its_key(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=complaint) as error:
        load_scenario_file(path)
    assert "broken.toml" in str(error.value)


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.toml"):
        load_scenario_file(tmp_path / "nothing.toml")


def test_saving_makes_its_own_folders_and_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        save_scenario_file(ScenarioSpec(model="m", rack=RackSpec(device="d")), tmp_path / "a" / "c.toml")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = config_directory() / "b" / "c.toml"
    save_scenario_file(ScenarioSpec(model="m", rack=RackSpec(device="d")), path)
    assert [file.name for file in path.parent.iterdir()] == ["c.toml"]


def test_a_failed_save_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept.toml"
    save_scenario_file(ScenarioSpec(model="old", rack=RackSpec(device="d")), path)

    def interrupted(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", interrupted)
    with pytest.raises(InputError, match="No space left"):
        save_scenario_file(ScenarioSpec(model="new", rack=RackSpec(device="d")), path)
    assert load_scenario_file(path).model == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["kept.toml"]


def test_a_place_that_cannot_be_written_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="choose another place"):
        save_scenario_file(ScenarioSpec(model="m", rack=RackSpec(device="d")), tmp_path / "file" / "x.toml")
