"""The hub's cache and Ollama's store, made by hand from their documented layouts."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.core.readers.making import TINY, TINY_PARAMS, tiny_tensors, write_config, write_safetensors

from roofrack.errors import InputError
from roofrack.readers import FoundModel, models_on_disk, read_model
from roofrack.readers.hub import cache_folder

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def hub_model(cache: Path, name: str, *, weights: bool = True) -> Path:
    repository = cache / f"models--{name.replace('/', '--')}"
    snapshot = repository / "snapshots" / COMMIT
    blobs = repository / "blobs"
    (repository / "refs").mkdir(parents=True)
    blobs.mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    write_config(blobs, **TINY).rename(blobs / "aaa")
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").symlink_to("../../blobs/aaa")
    if weights:
        write_safetensors(blobs / "bbb", tiny_tensors())
        (snapshot / "model.safetensors").symlink_to("../../blobs/bbb")
    return repository


def ollama_model(
    store: Path, name: str, tag: str, *, host: str = "registry.ollama.ai", namespace: str = "library", **changes: Any
) -> Path:
    (store / "blobs").mkdir(parents=True, exist_ok=True)
    blob = store / "blobs" / f"sha256-{'b' * 64}"
    blob.write_bytes(b"GGUF" + b"\0" * 96)
    manifest = store / "manifests" / host / namespace / name / tag
    manifest.parent.mkdir(parents=True, exist_ok=True)
    layers = [
        {"mediaType": "application/vnd.ollama.image.template", "digest": f"sha256:{'c' * 64}", "size": 17},
        {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{'b' * 64}", "size": 100},
    ]
    manifest.write_text(json.dumps({"schemaVersion": 2, "layers": layers, **changes}))
    return manifest


def only(environment: dict[str, str]) -> FoundModel:
    (found,) = models_on_disk(environment)
    return found


def test_nothing_is_there() -> None:
    assert models_on_disk() == ()
    assert models_on_disk({"HF_HUB_CACHE": "/nowhere/at/all", "OLLAMA_MODELS": "/nowhere"}) == ()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"HF_HUB_CACHE": "/a", "HF_HOME": "/b"}, "/a"),
        ({"HF_HOME": "/b", "XDG_CACHE_HOME": "/c"}, "/b/hub"),
        ({"XDG_CACHE_HOME": "/c"}, "/c/huggingface/hub"),
    ],
)
def test_the_environment_says_where_the_cache_is(environment: dict[str, str], expected: str) -> None:
    assert cache_folder(environment) == Path(expected)
    assert cache_folder({}) == Path.home() / ".cache/huggingface/hub"


def test_a_complete_model_is_listed_and_can_be_read(tmp_path: Path) -> None:
    hub_model(tmp_path, "acme/Rocket-1B")
    found = only({"HF_HUB_CACHE": str(tmp_path), "OLLAMA_MODELS": str(tmp_path / "none")})
    assert (found.name, found.store, found.complete, found.problem) == ("acme/Rocket-1B", "hub", True, "")
    assert found.bytes == (tmp_path / "models--acme--Rocket-1B/blobs/bbb").stat().st_size
    read = read_model(found.path)
    assert read.model.id == "acme/Rocket-1B"
    assert read.weights_bytes == 2 * TINY_PARAMS


def test_the_repository_folder_itself_can_be_read(tmp_path: Path) -> None:
    assert read_model(hub_model(tmp_path, "acme/Rocket-1B")).model.id == "acme/Rocket-1B"


def test_without_a_branch_the_newest_snapshot_counts(tmp_path: Path) -> None:
    repository = hub_model(tmp_path, "acme/Rocket-1B")
    (repository / "refs" / "main").unlink()
    older = repository / "snapshots" / "ffff"
    older.mkdir()
    os.utime(older, (1, 1))
    assert read_model(repository).model.id == "acme/Rocket-1B"


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ("blob", "1 file is missing"),
        ("incomplete", "1 download is unfinished"),
        ("weights", "no weights"),
        ("index", "1 file is missing"),
    ],
)
def test_incomplete_models_say_why(tmp_path: Path, damage: str, problem: str) -> None:
    repository = hub_model(tmp_path, "acme/Rocket-1B", weights=damage != "weights")
    if damage == "blob":
        (repository / "blobs" / "bbb").unlink()
    if damage == "incomplete":
        (repository / "blobs" / "ccc.incomplete").write_bytes(b"half")
    if damage == "index":
        index = {"weight_map": {"a": "model.safetensors", "b": "other.safetensors"}}
        (repository / "snapshots" / COMMIT / "model.safetensors.index.json").write_text(json.dumps(index))
    found = only({"HF_HUB_CACHE": str(tmp_path), "OLLAMA_MODELS": str(tmp_path / "none")})
    assert (found.complete, found.problem) == (False, problem)


def test_a_dangling_link_is_an_incomplete_download_when_read(tmp_path: Path) -> None:
    repository = hub_model(tmp_path, "acme/Rocket-1B")
    (repository / "blobs" / "bbb").unlink()
    read = read_model(repository)
    assert read.warnings == ("the download is incomplete: model.safetensors",)


def test_ollama_models_are_listed_by_their_own_names(tmp_path: Path) -> None:
    ollama_model(tmp_path, "qwen3", "30b")
    ollama_model(tmp_path, "tuned", "latest", namespace="someone")
    ollama_model(tmp_path, "inner", "v1", host="example.org", namespace="team")
    found = models_on_disk({"OLLAMA_MODELS": str(tmp_path), "HF_HUB_CACHE": "/nowhere"})
    assert [model.name for model in found] == ["example.org/team/inner:v1", "qwen3:30b", "someone/tuned:latest"]
    assert all(model.complete and model.bytes == 100 and model.store == "ollama" for model in found)
    assert found[0].path == tmp_path / "blobs" / f"sha256-{'b' * 64}"


def test_a_cut_blob_is_incomplete(tmp_path: Path) -> None:
    ollama_model(tmp_path, "qwen3", "30b")
    (tmp_path / "blobs" / f"sha256-{'b' * 64}").write_bytes(b"GGUF")
    found = only({"OLLAMA_MODELS": str(tmp_path), "HF_HUB_CACHE": "/nowhere"})
    assert (found.complete, found.bytes, found.problem) == (False, 4, "the weights are missing or cut short")


def test_a_list_of_manifests_is_followed_to_its_gguf(tmp_path: Path) -> None:
    inner = ollama_model(tmp_path, "hidden", "x")
    digest = "d" * 64
    inner.rename(tmp_path / "blobs" / f"sha256-{digest}")
    entries = [
        {"runner": "mlx", "format": "safetensors", "digest": f"sha256:{'e' * 64}"},
        {"runner": "llamacpp", "format": "gguf", "digest": f"sha256:{digest}"},
    ]
    ollama_model(tmp_path, "qwen3", "30b", layers=[], manifests=entries)
    found = only({"OLLAMA_MODELS": str(tmp_path), "HF_HUB_CACHE": "/nowhere"})
    assert (found.name, found.complete) == ("qwen3:30b", True)


@pytest.mark.parametrize(
    "layers",
    [
        [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:../../../etc/passwd"}],
        [{"mediaType": "application/vnd.ollama.image.model", "digest": 7}],
        [{"mediaType": "application/vnd.ollama.image.model"}],
        "none",
        [7, None],
    ],
)
def test_a_hostile_manifest_names_nothing(tmp_path: Path, layers: object) -> None:
    ollama_model(tmp_path, "evil", "x", layers=layers)
    found = only({"OLLAMA_MODELS": str(tmp_path), "HF_HUB_CACHE": "/nowhere"})
    assert (found.complete, found.problem) == (False, "its manifest names no GGUF")


def test_one_broken_model_does_not_hide_the_others(tmp_path: Path) -> None:
    hub_model(tmp_path, "acme/Good")
    bad = hub_model(tmp_path, "acme/Bad")
    (bad / "snapshots" / COMMIT / "model.safetensors.index.json").write_text("{")
    ollama_model(tmp_path / "o", "evil", "x").write_text("not json")
    found = models_on_disk({"HF_HUB_CACHE": str(tmp_path), "OLLAMA_MODELS": str(tmp_path / "o")})
    assert [(model.name, model.complete) for model in found] == [
        ("acme/Bad", False),
        ("acme/Good", True),
        ("evil:x", False),
    ]
    assert all(model.problem for model in found if not model.complete)


def test_names_are_cleaned(tmp_path: Path) -> None:
    ollama_model(tmp_path, "\x1b]52;c;aGk=\x07evil", "[red]x")
    assert only({"OLLAMA_MODELS": str(tmp_path), "HF_HUB_CACHE": "/nowhere"}).name == "evil:[red]x"


def test_a_folder_of_several_ggufs_is_not_guessed_at(tmp_path: Path) -> None:
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / name).write_bytes(b"GGUF")
    with pytest.raises(InputError, match="holds 2 GGUF models"):
        read_model(tmp_path)
