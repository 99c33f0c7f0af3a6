"""Own presets written and read again: the same object, and nothing half written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tomli

from roofrack.catalog import Catalog, load_catalog
from roofrack.catalog.forms import DEVICE_FORM, MODEL_FORM, from_form
from roofrack.catalog.writing import OwnPreset, file_name, preset_of_config, preset_toml, presets_in, save_own
from roofrack.domain import RackSpec, ScenarioSpec
from roofrack.domain.device import Device
from roofrack.domain.model import Model, RecurrentState, SoftmaxAttention
from roofrack.errors import InputError
from roofrack.memory.kv import kv_bytes, kv_bytes_per_token
from roofrack.memory.weights import active_params, total_params
from roofrack.plan import plan
from roofrack.validation import validated

LLAMA_8B = {
    "id": "lab/llama",
    "layers": "32",
    "hidden": "4,096",
    "heads": "32",
    "kv_heads": "8",
    "width": "14336",
    "vocab": "128256",
    "context": "131072",
}
GPU = {
    "id": "lab-gpu",
    "vendor": "NVIDIA",
    "architecture": "Hopper",
    "compute_capability": "9.0",
    "memory_gib": "80",
    "bandwidth_gb_s": "3350",
    "fp16": "989",
    "fp8": "1979",
    "rent": "2.5",
}


def test_every_shipped_model_and_device_is_the_same_after_it_was_written(shipped: Catalog) -> None:
    models = [(Model, OwnPreset("model", model)) for model in shipped.models()]
    devices = [(Device, OwnPreset("device", device)) for device in shipped.devices()]
    for cls, own in (*models, *devices):
        (row,) = tomli.loads(preset_toml(own))[own.table]
        assert validated(cls, row, own.preset.id) == own.preset


def test_a_form_of_llamas_shapes_has_llamas_parameters(shipped: Catalog) -> None:
    made = from_form("model", LLAMA_8B).preset
    assert isinstance(made, Model)
    assert total_params(made) == pytest.approx(total_params(shipped.model("llama-3.1-8b")), rel=1e-4)
    assert made.source.confidence == "C"


def test_what_was_saved_is_planned(tmp_path: Path) -> None:
    path = save_own(from_form("model", LLAMA_8B), tmp_path)
    save_own(from_form("device", GPU), tmp_path)
    assert path == tmp_path / "models" / "lab-llama.toml"
    catalog = load_catalog(tmp_path)
    assert catalog.problems == ()
    made = plan(ScenarioSpec(model="lab/llama", rack=RackSpec(device="lab-gpu")), catalog)
    assert made.memory.fits
    assert made.cost.usd_per_hour == 2.5
    assert [p.name for p in path.parent.iterdir()] == ["lab-llama.toml"]


def test_saving_again_replaces(tmp_path: Path) -> None:
    save_own(from_form("device", GPU), tmp_path)
    save_own(from_form("device", {**GPU, "memory_gib": "96"}), tmp_path)
    catalog = load_catalog(tmp_path)
    assert catalog.device("lab-gpu").memory_mib == 96 * 1024
    assert catalog.problems == ()


@pytest.mark.parametrize(
    ("table", "changes", "complaint"),
    [
        ("model", {"layers": ""}, "layers: must be answered"),
        ("model", {"heads": "many"}, "attention heads: 'many' is not a number"),
        ("model", {"heads": "0"}, "head width"),
        ("model", {"heads": "nan"}, "not a number"),
        ("model", {"heads": "1e400"}, "not a number"),
        ("model", {"kv_heads": "7"}, "does not divide"),
        ("model", {"experts": "8"}, "experts per token: must be answered"),
        ("model", {"hidden": "-1", "head_dim": "4"}, "hidden"),
        ("model", {"latent": "512"}, "KV heads: MLA layers have none"),
        ("model", {"full_every": "6"}, "sliding window: must be answered"),
        ("model", {"window": "1024", "full_every": "0"}, "full layer every: must be"),
        ("model", {"window": "1024", "full_every": "2.5"}, "full layer every: must be"),
        ("model", {"softmax_every": "4"}, "state, elements: must be answered"),
        ("model", {"shared_width": "5"}, "shared experts: there are no experts"),
        ("model", {"tied": "perhaps"}, "tied embeddings: 'perhaps' is neither yes nor no"),
        ("model", {"native": "q99"}, "unknown weights format 'q99'"),
        ("model", {"layers": "99999"}, "layers: must be a whole number from 1 to 10,000"),
        ("device", {"link": "nvlink99"}, "link: unknown link 'nvlink99'"),
        ("device", {"bf16": "some"}, "BF16: 'some' is neither a number nor none"),
        ("model", {"id": "../../etc/passwd"}, "is not an id"),
        ("model", {"id": "\x1b]52;c;aGk=\x07"}, "is not an id"),
        ("model", {"layers": "1.5"}, "whole number"),
        ("device", {"vendor": "acme"}, "vendor"),
        ("device", {"memory_gib": "0"}, "memory_mib"),
        ("device", {"rent": "-1"}, "usd"),
    ],
)
def test_a_wrong_answer_is_named(table: str, changes: dict[str, str], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as refused:
        from_form(table, {**(LLAMA_8B if table == "model" else GPU), **changes})
    assert "\x1b" not in str(refused.value)


DEEPSEEK_V3 = {
    "id": "lab/v3",
    "layers": "61",
    "hidden": "7168",
    "vocab": "129280",
    "context": "163840",
    "native": "fp8-block",
    "heads": "128",
    "head_dim": "128",
    "latent": "512",
    "rope": "64",
    "query_rank": "1536",
    "width": "2048",
    "experts": "256",
    "experts_per_token": "8",
    "shared_width": "2048",
    "dense_layers": "3",
    "dense_width": "18432",
}


def test_a_form_of_deepseeks_shapes_is_deepseek(shipped: Catalog) -> None:
    made, theirs = from_form("model", DEEPSEEK_V3).preset, shipped.model("deepseek-v3")
    assert isinstance(made, Model)
    kv = shipped.kv_format("16bit")
    assert (made.attention_kind, made.is_moe) == (theirs.attention_kind, True)
    assert kv_bytes_per_token(made, kv) == kv_bytes_per_token(theirs, kv)
    assert total_params(made) == pytest.approx(total_params(theirs), rel=1e-4)
    assert active_params(made) == pytest.approx(active_params(theirs), rel=1e-3)


def test_a_form_of_windows_has_gemmas_cache(shipped: Catalog) -> None:
    """Gemma 3 27B: 62 layers, five of a window of 1,024, then a full one."""
    answers = {"id": "lab/g", "layers": "62", "hidden": "5376", "heads": "32", "kv_heads": "16", "head_dim": "128"}
    answers |= {
        "window": "1024",
        "full_every": "6",
        "width": "21504",
        "vocab": "262208",
        "context": "131072",
        "tied": "yes",
    }
    made, theirs = from_form("model", answers).preset, shipped.model("google/gemma-3-27b-it")
    assert isinstance(made, Model)
    kv = shipped.kv_format("16bit")
    assert made.order == theirs.order.replace("W", "a").replace("F", "b")
    for tokens in (100, 5000, 131_072):
        assert kv_bytes(made, kv, tokens) == kv_bytes(theirs, kv, tokens)
    assert total_params(made) == pytest.approx(total_params(theirs), rel=1e-3)


def test_a_form_of_state_layers_keeps_a_cache_in_every_fourth() -> None:
    answers = LLAMA_8B | {"softmax_every": "4", "state": "524288"}
    made = from_form("model", answers).preset
    assert isinstance(made, Model)
    assert made.order == "aaab" * 8
    assert [(g.count, type(g.attention)) for g in made.layers] == [(24, RecurrentState), (8, SoftmaxAttention)]
    assert made.attention_kind == "GQA+linear"
    projections = made.layers[0].attention
    assert isinstance(projections, RecurrentState)
    assert projections.params == 4 * 4096**2  # query, key, value and output, as nothing else was said


def test_what_a_form_leaves_out_is_the_usual() -> None:
    """Every layer has experts; every layer is full; the rotary part of a latent key is 64 wide, as in all published ones."""
    experts = from_form("model", LLAMA_8B | {"experts": "8", "experts_per_token": "2"}).preset
    full = from_form("model", LLAMA_8B | {"window": "1024", "full_every": "1"}).preset
    latent = from_form("model", {key: value for key, value in DEEPSEEK_V3.items() if key != "rope"}).preset
    assert isinstance(experts, Model)
    assert isinstance(full, Model)
    assert isinstance(latent, Model)
    assert [group.mlp.kind for group in experts.layers] == ["moe"]
    assert full.layers == from_form("model", LLAMA_8B).preset.layers  # type: ignore[union-attr]
    assert {group.attention.qk_rope_head_dim for group in latent.layers} == {64}  # type: ignore[union-attr]


def test_a_complete_form_of_a_device_is_that_device(shipped: Catalog) -> None:
    theirs = shipped.device("h100-sxm5-80gb")
    assert theirs.link is not None
    answers = GPU | {"driver_name": "NVIDIA H100 80GB HBM3", "memory_mib": str(theirs.memory_mib), "int8": "1979"}
    answers |= {
        "link": "nvlink4",
        "link_gb_s": "450",
        "link_devices": "8",
        "pcie": "5",
        "power_w": "700",
        "price": "30000",
    }
    made = from_form("device", answers | {"released": "2022-09"}).preset
    assert isinstance(made, Device)
    for field in ("driver_names", "memory_mib", "link", "pcie_generation", "pcie_lanes", "power_w", "bandwidth_gb_s"):
        assert getattr(made, field) == getattr(theirs, field), field
    assert made.price is not None
    assert made.price.source.date.startswith("20")
    mac = from_form("device", GPU | {"vendor": "apple", "unified": "yes", "bf16": "none"}).preset
    assert isinstance(mac, Device)
    assert (mac.unified_memory, mac.rates.bf16) == (True, None)


def test_a_pasted_configuration_is_a_model() -> None:
    text = json.dumps(CONFIG, indent=2)
    own = preset_of_config(text, "lab/pasted")
    assert isinstance(own.preset, Model)
    assert (own.preset.id, own.preset.layer_count) == ("lab/pasted", 32)
    for broken in ("{", "[]", '{"model_type": "telepathy"}', "{" * 10_000, '{"a": 1, "a": 2}', "\ud800"):
        with pytest.raises(InputError, match="pasted text"):
            preset_of_config(broken, "lab/pasted")


def test_every_needed_question_is_needed() -> None:
    for table, form, answers in (("model", MODEL_FORM, LLAMA_8B), ("device", DEVICE_FORM, GPU)):
        for question in form:
            if question.needed:
                with pytest.raises(InputError, match=f"{question.label}: must be answered"):
                    from_form(table, {**answers, question.key: " "})


CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "intermediate_size": 14336,
    "vocab_size": 128256,
    "max_position_embeddings": 8192,
    "_name_or_path": "\x1b[31mred",
}


def test_a_config_becomes_a_preset(tmp_path: Path) -> None:
    folder = tmp_path / "My Model"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    (own,) = presets_in(folder)
    assert own.table == "model"
    save_own(own, tmp_path / "own")
    catalog = load_catalog(tmp_path / "own")
    assert catalog.problems == ()
    assert catalog.model(own.preset.id) == own.preset


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no preset in it"),
        ("model = 7", "must be a table"),
        ("[[device]]\nid = 'x'", "missing"),
        ("[[model", "not TOML"),
        ("[[engine]]\nid = 'x'", "no preset in it"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=complaint) as refused:
        presets_in(path)
    assert "mine.toml" in str(refused.value)


def test_a_place_that_cannot_be_written_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(InputError, match="choose another place"):
        save_own(from_form("model", LLAMA_8B), tmp_path)


@pytest.mark.parametrize(
    ("preset", "name"), [("a/b:c", "a-b-c"), ("...", "preset"), ("A@1.5", "a-1.5"), ("x" * 300, "x" * 100)]
)
def test_file_names_are_tame(preset: str, name: str) -> None:
    assert file_name(preset) == name
