"""A user's own presets: whatever is in the files, the rest still loads and the reason is said."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roofrack.catalog import Catalog, load_catalog
from roofrack.catalog.own import MAX_FILE_BYTES, user_preset_directory
from roofrack.errors import InputError

GPU = """[[device]]
id = "my-gpu"
name = "My GPU"
aliases = ["mine"]
driver_names = ["Lab Accelerator 1"]
vendor = "nvidia"
architecture = "Hopper"
memory_mib = 40000
bandwidth_gb_s = 1000
rates = { fp16 = 100 }
source = { text = "measured here" }
"""
MODEL = """[[model]]
id = "lab/tiny"
name = "Tiny"
hidden = 64
vocab = 1000
max_context_tokens = 2048
source = { text = "config.json" }

[[model.layers]]
count = 4
attention = { kind = "softmax", heads = 8, kv_heads = 2, head_dim = 8 }
mlp = { kind = "dense", width = 128 }
"""
Own = Callable[..., Catalog]


def test_own_presets_stand_beside_the_shipped_ones(own: Own) -> None:
    catalog = own(devices__lab=GPU, anything=MODEL)
    assert catalog.device("mine").memory_mib == 40000
    assert catalog.device("lab accelerator 1").id == "my-gpu"
    assert catalog.model("lab/tiny").layer_count == 4
    assert catalog.device("rtx-4090").name == "GeForce RTX 4090"
    assert "my-gpu" in {device.id for device in catalog.devices()}
    assert catalog.problems == ()
    assert catalog.shadowed == ()


def test_several_kinds_may_share_a_file(own: Own) -> None:
    catalog = own(all=GPU + MODEL)
    assert catalog.device("my-gpu").id == "my-gpu"
    assert catalog.model("lab/tiny").id == "lab/tiny"


def test_own_scenarios_are_found_by_file_name(own: Own) -> None:
    catalog = own(scenarios__demo='model = "llama-3.1-8b"\nrack = { device = "my-gpu" }\n', gpu=GPU)
    assert catalog.scenario("demo").rack.device == "my-gpu"
    assert "demo" in catalog.scenario_ids()
    assert len(catalog.scenario_ids()) == len(catalog.scenarios())


def test_an_own_id_replaces_the_shipped_one_and_says_so(own: Own) -> None:
    catalog = own(mine=GPU.replace("my-gpu", "RTX-4090"))
    assert catalog.device("rtx-4090").memory_mib == 40000
    assert [device.id for device in catalog.devices()].count("rtx-4090") == 0
    assert catalog.shadowed == ("your GPU 'RTX-4090' replaces the shipped one",)
    assert catalog.device("mine") is catalog.device("rtx-4090")


def test_an_own_alias_beats_a_shipped_alias_but_no_id(own: Own) -> None:
    catalog = own(mine=GPU.replace('"mine"', '"4090", "l40s"'))
    assert catalog.device("4090").id == "my-gpu"
    assert catalog.device("l40s").id == "l40s"


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (GPU.replace("40000", '"40000"'), "device my-gpu: memory_mib: must be a whole number"),
        (GPU.replace("40000", "-4"), "device my-gpu: memory_mib: must be at least 256"),
        (GPU.replace("memory_mib = 40000\n", ""), "device my-gpu: memory_mib: missing"),
        (GPU.replace("memory_mib", "memory_mb"), "device my-gpu: memory_m"),
        (GPU.replace("fp16 = 100", "fp16 = nan"), "device my-gpu: rates.fp16: must be a"),
        (GPU.replace("fp16 = 100", "fp17 = 100"), "device my-gpu: rates.fp17: unknown key"),
        (GPU.replace("1000\n", "1" + "0" * 400 + "\n"), "device my-gpu: bandwidth_gb_s: "),
        (GPU.replace('"nvidia"', '"nvidea"'), "device my-gpu: vendor: must be one of nvidia, amd"),
        (GPU.replace('id = "my-gpu"\n', ""), "device 1: id: missing"),
        (GPU.replace('id = "my-gpu"', "id = 7"), "device 1: id: missing, or not a text"),
        (GPU.replace('"my-gpu"', '"[bold]my gpu[/]"'), "is not an id"),
        ("device = 3\n", "device 1: must be a table"),
        ("device = [3]\n", "device 1: must be a table"),
        (GPU.replace("[[device]]", "[[devise]]"), "unknown table 'devise': known are [[model]], [[device]]"),
        (GPU + GPU, "device my-gpu: id: already used in"),
        (MODEL.replace('kind = "softmax"', 'kind = "hard"'), "layers.1.attention.kind: must be one of latent"),
        (MODEL.replace("kv_heads = 2", "kv_heads = 3"), "layers.1.attention: kv_heads 3 does not divide heads 8"),
        (MODEL.replace("heads = 8", "heads = 1000000000000"), "layers.1.attention.heads: must be at"),
        ("a = [", "not TOML"),
        ("a = " + "[" * 100_000, "not TOML"),
        ("a = 1" + "0" * 5000, "not TOML"),
        (b"\xff\xfe\x00binary\x00", "not UTF-8 text"),
        (b"\x00" * 100, "not TOML"),
    ],
    ids=range(23),
)
def test_a_broken_file_is_reported_and_the_others_load(own: Own, broken: str | bytes, says: str) -> None:
    good = GPU.replace("my-gpu", "good-gpu").replace('"mine"', "")
    catalog = own(a_broken=broken, b_good=good)
    (problem,) = catalog.problems
    assert says in problem
    assert "a_broken.toml" in problem
    assert problem.isprintable()
    assert catalog.device("good-gpu").memory_mib == 40000
    assert len(catalog.devices()) >= 137
    assert len(catalog.models()) > 100


def test_asking_for_a_broken_preset_says_what_is_wrong_with_it(own: Own) -> None:
    catalog = own(mine=GPU.replace("40000", "-4"))
    for _ in range(2):
        with pytest.raises(InputError, match=r"mine\.toml: device my-gpu: memory_mib: must be at least 256"):
            catalog.device("mine")


def test_a_broken_preset_does_not_silently_give_way_to_the_shipped_one(own: Own) -> None:
    catalog = own(mine=GPU.replace("my-gpu", "rtx-4090").replace("40000", "-4"))
    with pytest.raises(InputError, match="memory_mib"):
        catalog.device("rtx-4090")


def test_markup_and_escapes_in_names_arrive_clean(own: Own) -> None:
    catalog = own(mine=GPU.replace("My GPU", r"[red]GPU\u001b[31m \u202eevil\u0007"), other="[['[red]\\u001b[2J'=1")
    assert catalog.device("my-gpu").name == "[red]GPU evil"
    assert all(problem.isprintable() for problem in catalog.problems)


def test_a_file_name_with_escapes_is_shown_clean(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[31m[red].toml").write_text("x = [")
    (problem,) = load_catalog(tmp_path).problems
    assert problem.isprintable()
    assert "[red].toml" in problem


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "big.toml").open("wb") as file:
        file.truncate(100 * MAX_FILE_BYTES)
    (problem,) = load_catalog(tmp_path).problems
    assert "larger than 4 MiB" in problem


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_and_folder_are_problems(tmp_path: Path) -> None:
    (tmp_path / "secret.toml").write_text(GPU)
    (tmp_path / "secret.toml").chmod(0)
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed").chmod(0)
    try:
        problems = load_catalog(tmp_path).problems
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert len(problems) == 2
    assert all("ermission denied" in problem for problem in problems)


def test_links_that_lead_nowhere_or_in_circles_are_problems(tmp_path: Path) -> None:
    (tmp_path / "nowhere.toml").symlink_to(tmp_path / "missing")
    (tmp_path / "circle.toml").symlink_to(tmp_path / "circle.toml")
    (tmp_path / "round").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "good.toml").write_text(GPU)
    catalog = load_catalog(tmp_path)
    assert catalog.device("my-gpu").id == "my-gpu"
    assert len(catalog.problems) == 2


def test_devices_and_pipes_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.toml")
    problems = load_catalog(tmp_path).problems
    assert len(problems) == 2
    assert all("not a regular file" in problem for problem in problems)


def test_a_file_in_place_of_the_folder_is_a_problem(tmp_path: Path) -> None:
    place = tmp_path / "presets"
    place.write_text("not a folder")
    catalog = load_catalog(place)
    assert len(catalog.problems) == 1
    assert catalog.device("rtx-4090").id == "rtx-4090"


def test_too_many_files_are_cut_off_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roofrack.catalog.own.MAX_FILES", 3)
    for number in range(5):
        (tmp_path / f"{number}.toml").write_text(GPU.replace("my-gpu", f"gpu-{number}").replace('"mine"', ""))
    catalog = load_catalog(tmp_path)
    assert catalog.device("gpu-2").id == "gpu-2"
    assert any("more than 3 files" in problem for problem in catalog.problems)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_file_raises(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "any.toml").write_bytes(content)
    catalog = load_catalog(tmp_path)
    assert all(problem.isprintable() for problem in catalog.problems)


def test_the_usual_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert user_preset_directory() == tmp_path / "roofrack" / "presets"
    monkeypatch.setenv("XDG_CONFIG_HOME", "")
    assert user_preset_directory() == Path.home() / ".config" / "roofrack" / "presets"


def test_platformdirs_agrees_on_linux(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    unix = pytest.importorskip("platformdirs.unix")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert unix.Unix("roofrack", appauthor=False).user_config_path / "presets" == user_preset_directory()
