"""Models by the names that their stores know: as MODEL of a plan, in `inspect`, in the list of what is on this disk."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.readers.test_caches import COMMIT, hub_model, ollama_model
from tests.core.readers.test_gguf import HIDDEN, KEYS, VOCAB, write

from roofrack.catalog import default_catalog
from roofrack.domain import RackSpec, ScenarioSpec
from roofrack.errors import InputError
from roofrack.plan import plan
from roofrack.readers import find_on_disk
from roofrack.resolve import located
from roofrack.settle import settle

TENSORS: dict[str, tuple[int, ...]] = {"token_embd.weight": (HIDDEN, VOCAB), "output.weight": (HIDDEN, VOCAB)}
for _block in range(2):
    for _name, _shape in {
        "attn_norm": (HIDDEN,),
        "attn_q": (HIDDEN, HIDDEN),
        "attn_k": (HIDDEN, HIDDEN // 2),
        "attn_v": (HIDDEN, HIDDEN // 2),
        "attn_output": (HIDDEN, HIDDEN),
        "ffn_norm": (HIDDEN,),
        "ffn_gate": (HIDDEN, 96),
        "ffn_up": (HIDDEN, 96),
        "ffn_down": (96, HIDDEN),
    }.items():
        TENSORS[f"blk.{_block}.{_name}.weight"] = _shape


def gguf(path: Path) -> Path:
    return write(path, "llama", KEYS, TENSORS, dtype=np.float16)


def pulled(store: Path, name: str = "llama3.1", tag: str = "8b", *, cut: int = 0, **where: str) -> Path:
    """A real file in a store of Ollama."""
    manifest = ollama_model(store, name, tag, **where)
    blob = store / "blobs" / f"sha256-{'b' * 64}"
    content = gguf(store / "whole.gguf").read_bytes()
    blob.write_bytes(content[: len(content) - cut])
    layers = json.loads(manifest.read_text())["layers"]
    layers[1]["size"] = len(content)
    manifest.write_text(json.dumps({"layers": layers}))
    return blob


def stores(tmp_path: Path) -> dict[str, str]:
    return {"OLLAMA_MODELS": str(tmp_path / "ollama"), "HF_HUB_CACHE": str(tmp_path / "hub")}


@pytest.fixture
def on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in stores(tmp_path).items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ({"name": "llama3.1", "tag": "8b"}, ("llama3.1:8b",)),
        ({"name": "mistral", "tag": "latest"}, ("mistral", "mistral:latest")),
        ({"name": "tuned", "tag": "x", "namespace": "someone"}, ("someone/tuned:x",)),
        ({"name": "A-GGUF", "tag": "Q8_0", "namespace": "lab", "host": "hf.co"}, ("hf.co/lab/A-GGUF:Q8_0",)),
        ({"name": "a", "tag": "b", "namespace": "c", "host": "localhost:5000"}, ("localhost:5000/c/a:b",)),
    ],
)
def test_ollama_by_every_spelling(tmp_path: Path, where: dict[str, str], names: tuple[str, ...]) -> None:
    blob = pulled(tmp_path / "ollama", **where)
    for name in names:
        found = find_on_disk(name, stores(tmp_path))
        assert found is not None
        assert (found.path, found.complete) == (blob, True)
    assert find_on_disk(names[0] + "-not", stores(tmp_path)) is None


def test_the_hub_by_its_name_in_any_case(tmp_path: Path) -> None:
    repository = hub_model(tmp_path / "hub", "acme/Rocket-1B")
    found = find_on_disk("ACME/rocket-1b", stores(tmp_path))
    assert found is not None
    assert (found.name, found.path) == ("acme/Rocket-1B", repository / "snapshots" / COMMIT)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        ":",
        "a:",
        ":b",
        "../../etc/passwd",
        "a/../b:c",
        "..:..",
        "a/b/c/d/e",
        "x" * 5000,
        "a\0b",
        "\x1b[31m",
        "a:b:c:d",
    ],
)
def test_a_hostile_name_finds_nothing(tmp_path: Path, name: str) -> None:
    pulled(tmp_path / "ollama")
    assert find_on_disk(name, stores(tmp_path)) is None


@given(st.text(max_size=40))
def test_any_text_is_a_name_or_none(name: str) -> None:
    assert find_on_disk(name, {"OLLAMA_MODELS": "/nowhere", "HF_HUB_CACHE": "/nowhere"}) is None


def spec(model: str, **changes: Any) -> ScenarioSpec:
    return ScenarioSpec(model=model, rack=RackSpec(device="rtx-4090"), engine="llama.cpp", **changes)


def test_a_plan_of_a_pulled_model_is_of_the_file(on_disk: Path) -> None:
    blob = pulled(on_disk / "ollama")
    scenario = settle(spec("llama3.1:8b"), default_catalog())
    assert (scenario.read_from, scenario.weights.id, scenario.model.name) == (str(blob), "fp16", "Tiny")
    assert scenario.own_weights is not None
    assert {d.field: d.why for d in scenario.defaults}["weights"] == "what the files hold"


def test_a_preset_comes_before_a_copy_on_disk(on_disk: Path) -> None:
    hub_model(on_disk / "hub", "Qwen/Qwen3-32B")
    assert located("Qwen/Qwen3-32B", default_catalog()) == "Qwen/Qwen3-32B"
    assert settle(spec("Qwen/Qwen3-32B"), default_catalog()).read_from == ""


@pytest.mark.parametrize("weights", [None, "q4_k_m"])
def test_an_unquantised_file_keeps_its_format_unless_told(tmp_path: Path, weights: str | None) -> None:
    """llama.cpp's usual choice is Q4_K_M, but nobody who names a 16-bit file means that."""
    path = str(gguf(tmp_path / "own-f16.gguf"))
    scenario = settle(spec(path, weights=weights), default_catalog())
    assert scenario.weights.id == (weights or "fp16")
    assert settle(spec("llama-3.1-8b"), default_catalog()).weights.id == "q4_k_m"


def test_an_unfinished_download_is_planned_and_said(on_disk: Path) -> None:
    pulled(on_disk / "ollama", cut=5000)
    notes = [notice.message for notice in plan(spec("llama3.1:8b")).warnings if notice.code == "read-from-files"]
    assert any("the download is incomplete" in note for note in notes)
    repository = hub_model(on_disk / "hub", "acme/Rocket-1B")
    (repository / "blobs" / "ccc.incomplete").write_bytes(b"half")
    notes = [notice.message for notice in plan(spec("acme/Rocket-1B")).warnings if notice.code == "read-from-files"]
    assert notes == ["acme/Rocket-1B: the download is incomplete: ccc.incomplete"]


def test_weights_that_were_removed_are_an_error_in_words(on_disk: Path) -> None:
    pulled(on_disk / "ollama").unlink()
    with pytest.raises(
        InputError, match=r"llama3.1:8b is in Ollama's store, but the weights are missing .* pull it again"
    ):
        plan(spec("llama3.1:8b"))


def test_a_name_that_nobody_has_is_told_what_is_there(on_disk: Path) -> None:
    pulled(on_disk / "ollama")
    with pytest.raises(InputError, match=r"unknown model 'llama3\.1:7b': did you mean llama3\.1:8b"):
        plan(spec("llama3.1:7b"))
