"""Spellings, defaults, windows, contexts and refusals of config.json."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.core.readers.making import DATA, LLAMA_8B, TINY, TINY_PARAMS, write_config

from roofrack.catalog import default_catalog
from roofrack.domain.model import LatentAttention, MoeMlp, RecurrentState, SoftmaxAttention
from roofrack.errors import InputError
from roofrack.memory.kv import kv_bytes, kv_bytes_per_token
from roofrack.memory.weights import total_params
from roofrack.readers import ReadModel, describe, read_model

KV16 = default_catalog().kv_format("16bit")


def read(folder: Path, **changes: Any) -> ReadModel:
    return read_model(write_config(folder, **changes))


def raw(name: str) -> ReadModel:
    return read_model(DATA / "configs" / f"{name}_config.json")


def softmax(read: ReadModel, group: int = 0) -> SoftmaxAttention:
    attention = read.model.layers[group].attention
    assert isinstance(attention, SoftmaxAttention)
    return attention


def test_llama_8b_is_exact(tmp_path: Path) -> None:
    model = read(tmp_path).model
    assert total_params(model) == 8_030_261_248
    assert kv_bytes_per_token(model, KV16) == 131_072


@pytest.mark.parametrize(
    ("name", "bytes_per_token"),
    [
        ("meta-llama--Meta-Llama-3.1-70B", 327_680),
        ("meta-llama--Meta-Llama-3.1-405B", 516_096),
        ("deepseek-ai--DeepSeek-V3", 70_272),
        ("openai--gpt-oss-120b", 36_864),
        ("Qwen--Qwen3.5-27B", 65_536),
        ("nvidia--NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", 6_144),
    ],
)
def test_kv_bytes_per_token_are_the_published_ones(name: str, bytes_per_token: int) -> None:
    assert kv_bytes_per_token(raw(name).model, KV16) == bytes_per_token


def test_gpt_oss_keeps_a_window_of_4_5_mib_beside_what_grows() -> None:
    model = raw("openai--gpt-oss-120b").model
    assert kv_bytes(model, KV16, 100_000) - 36_864 * 100_000 == 4.5 * 2**20


def test_the_order_of_layers_is_kept() -> None:
    model = raw("openai--gpt-oss-20b").model
    windowed = {
        g.letter: isinstance(g.attention, SoftmaxAttention) and bool(g.attention.window_tokens) for g in model.layers
    }
    assert [windowed[letter] for letter in model.order] == [True, False] * 12
    assert len(model.layer_pattern) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"num_attention_heads": None, "n_head": 32},
        {"hidden_size": None, "n_embd": 4096},
        {"hidden_size": None, "d_model": 4096},
        {"num_hidden_layers": None, "n_layer": 32},
        {"num_key_value_heads": None, "num_kv_heads": 8},
        {"head_dim": 128},
        {"head_dim": None},
        {"intermediate_size": None, "ffn_hidden_size": 14336},
        {"intermediate_size": 14336.0},
    ],
)
def test_other_spellings_mean_the_same(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert read(tmp_path, **changes).model.layers == read(tmp_path / "plain").model.layers


@pytest.mark.parametrize("key", ["text_config", "llm_config", "language_config"])
def test_a_nested_text_part_is_found(tmp_path: Path, key: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"model_type": "some_vision_model", "architectures": ["X"], key: LLAMA_8B}))
    assert total_params(read_model(path).model) == 8_030_261_248


def test_the_thinker_of_an_omni_model_is_found(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"model_type": "omni", "thinker_config": {"model_type": "t", "text_config": LLAMA_8B}}))
    assert total_params(read_model(path).model) == 8_030_261_248


def test_nested_sections_may_omit_the_defaults_of_their_class_and_it_is_said(tmp_path: Path) -> None:
    inner = {"model_type": "gemma3_text", "hidden_size": 5376, "intermediate_size": 21504, "num_hidden_layers": 62,
             "num_attention_heads": 32, "num_key_value_heads": 16, "head_dim": 128, "sliding_window": 1024}  # fmt: skip
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"model_type": "gemma3", "text_config": inner}))
    found = read_model(path)
    assert total_params(found.model) == 27_009_346_304  # Gemma 3 27B without its tower
    assert "vocab_size 262208 (default of gemma3_text)" in found.assumed
    assert sum(g.count for g in found.model.layers if softmax(found, found.model.layers.index(g)).window_tokens) == 52


def test_a_whole_configuration_without_its_core_is_refused_not_filled_in(tmp_path: Path) -> None:
    for name in ("hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size", "intermediate_size"):
        with pytest.raises(InputError, match=f"{name}|width"):
            read(tmp_path, **{name: None})


def test_absent_kv_heads_follow_the_class(tmp_path: Path) -> None:
    config = {key: value for key, value in LLAMA_8B.items() if key != "num_key_value_heads"}
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    assert softmax(read_model(path)).kv_heads == 32
    path.write_text(json.dumps({**config, "model_type": "mistral"}))
    found = read_model(path)
    assert softmax(found).kv_heads == 8
    assert "num_key_value_heads 8 (default of mistral)" in found.assumed


def test_null_is_not_absent(tmp_path: Path) -> None:
    """Mistral's class has a window by default; checkpoints that have none say null."""
    config = {**LLAMA_8B, "model_type": "mistral"}
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**config, "sliding_window": None}))
    assert softmax(read_model(path)).window_tokens is None
    path.write_text(json.dumps(config))
    assert softmax(read_model(path)).window_tokens == 4096


def test_qwen2_windows_only_where_it_says_so(tmp_path: Path) -> None:
    changes = {"model_type": "qwen2", "sliding_window": 4096, "max_window_layers": 28}
    assert softmax(read(tmp_path, **changes, use_sliding_window=False)).window_tokens is None
    found = read(tmp_path, **changes, use_sliding_window=True)
    assert [(g.count, softmax(found, i).window_tokens) for i, g in enumerate(found.model.layers)] == [
        (28, None),
        (4, 4096),
    ]


def test_layer_types_beat_the_family_rule(tmp_path: Path) -> None:
    types = ["full_attention"] * 30 + ["sliding_attention"] * 2
    found = read(tmp_path, model_type="gemma2", layer_types=types, sliding_window=100, head_dim=128)
    assert [(g.count, softmax(found, i).window_tokens) for i, g in enumerate(found.model.layers)] == [
        (30, None),
        (2, 100),
    ]


def test_latent_attention_with_shared_indexers() -> None:
    model = raw("zai-org--GLM-5.2").model
    own = [g.count for g in model.layers if isinstance(g.attention, LatentAttention) and g.attention.index]
    assert sum(own) == 21
    assert model.layer_count == 78


def test_windowed_layers_may_have_other_heads() -> None:
    found = raw("XiaomiMiMo--MiMo-V2-Flash")
    heads = {softmax(found, i).window_tokens: softmax(found, i).kv_heads for i in range(len(found.model.layers))}
    assert heads == {None: 4, 128: 8}


def test_gemma4_full_layers_are_wider_and_project_once() -> None:
    found = raw("nvidia--Gemma-4-31B-IT-NVFP4")
    full = next(softmax(found, i) for i in range(2) if softmax(found, i).window_tokens is None)
    assert (full.head_dim, full.kv_heads, full.shared_kv_projection) == (512, 4, True)


def test_hybrid_states_are_counted() -> None:
    model = raw("Qwen--Qwen3.5-27B").model
    state = next(g.attention for g in model.layers if isinstance(g.attention, RecurrentState))
    assert state.state_elements == 48 * 128 * 128
    assert state.conv_elements == 3 * (2 * 16 * 128 + 48 * 128)
    assert state.state_bits == 32


def test_latent_moe_and_shared_experts() -> None:
    model = raw("nvidia--NVIDIA-Nemotron-3-Super-120B-A12B-FP8").model
    moe = next(g.mlp for g in model.layers if isinstance(g.mlp, MoeMlp))
    assert (moe.experts, moe.experts_per_token, moe.latent_width, moe.shared_width) == (512, 22, 1024, 5376)


@pytest.mark.parametrize(
    ("scaling", "tokens"),
    [
        (None, 32_768),
        ({"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32_768}, 131_072),
        ({"rope_type": "yarn", "factor": 40, "original_max_position_embeddings": 512}, 32_768),
        ({"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 8192}, 32_768),
        ({"rope_type": "linear", "factor": 2.0}, 65_536),
        ({"rope_type": "dynamic", "factor": 2.0}, 65_536),
        ({"rope_type": "longrope", "long_factor": [1.0], "original_max_position_embeddings": 4096}, 32_768),
        ({"full_attention": {"rope_type": "yarn", "factor": 2, "original_max_position_embeddings": 32_768}}, 65_536),
    ],
)
def test_context_is_the_larger_of_stated_and_scaled(tmp_path: Path, scaling: Any, tokens: int) -> None:
    assert read(tmp_path, max_position_embeddings=32_768, rope_scaling=scaling).model.max_context_tokens == tokens


def test_an_unknown_rope_scaling_is_warned_of(tmp_path: Path) -> None:
    assert "rope scaling 'spiral'" in read(tmp_path, rope_scaling={"type": "spiral", "factor": 2}).warnings[0]


def test_a_flag_outside_beats_the_one_inside_and_a_conflict_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"model_type": "llava", "tie_word_embeddings": True, "text_config": LLAMA_8B}))
    found = read_model(path)
    assert found.model.tied_embeddings
    assert any("tie_word_embeddings" in warning for warning in found.warnings)


def test_a_class_is_enough_where_no_type_is_stated(tmp_path: Path) -> None:
    assert read(tmp_path, model_type=None).model.model_type == "llama"
    assert raw("sgl-project--DeepSeek-V4-Flash-FP8").model.model_type == "deepseek_v4"


def test_unread_keys_are_warned_of_not_swallowed(tmp_path: Path) -> None:
    found = read(tmp_path, retention_heads=12, some_list=[1, 2], another_dropout=0.5, off_switch=False)
    assert found.warnings == ("not understood and not used: retention_heads, some_list",)


def test_drafts_are_left_out_and_it_is_said() -> None:
    assert any("multi-token-prediction" in note for note in raw("deepseek-ai--DeepSeek-V3").assumed)


def test_the_tower_is_counted_where_its_shapes_are_given() -> None:
    found = raw("Qwen--Qwen3-VL-8B-Instruct")
    assert found.model.tower_params == pytest.approx(576_696_560, rel=0.3)
    assert any("vision tower" in note for note in found.assumed)


def test_the_name_comes_from_the_path(tmp_path: Path) -> None:
    path = write_config(tmp_path / "models--acme--Rocket-7B" / "snapshots" / "abc")
    assert read_model(path).model.id == "acme/Rocket-7B"
    assert raw("openai--gpt-oss-20b").model.id == "openai/gpt-oss-20b"
    assert read(tmp_path / "\x1b[31mred [b]x").model.name == "red [b]x"
    assert read(tmp_path / "…").model.id == "model"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("model_type", {"model_type": "hyena"}),
        ("write 'llama' in a copy", {"model_type": "hyena"}),
        ("model_type", {"model_type": "rwkv7", "architectures": ["Rwkv7ForCausalLM"]}),
        ("model_type", {"model_type": None, "architectures": None}),
        ("model_type", {"model_type": ["llama"]}),
        ("layer_types", {"layer_types": ["quantum_attention"] * 32}),
        ("layer_types", {"layer_types": ["linear_attention"] * 32}),
        ("layer_types", {"layer_types": ["full_attention"] * 3}),
        ("sliding_window", {"layer_types": ["sliding_attention"] * 32}),
        ("mlp_layer_types", {"num_experts": 8, "num_experts_per_tok": 2, "mlp_layer_types": ["mystery"] * 32}),
        ("is_encoder_decoder", {"is_encoder_decoder": True}),
        ("num_experts_per_tok", {"num_experts": 8}),
        ("experts_per_token", {"num_experts": 8, "num_experts_per_tok": 9}),
        ("kv_heads", {"num_key_value_heads": 7}),
        ("head_dim", {"num_attention_heads": 33, "num_key_value_heads": 33}),
        ("num_hidden_layers", {"num_hidden_layers": -32}),
        ("num_hidden_layers", {"num_hidden_layers": 0}),
        ("num_hidden_layers", {"num_hidden_layers": 10**9}),
        ("num_attention_heads", {"num_attention_heads": 10**12}),
        ("hidden_size", {"hidden_size": "4096"}),
        ("hidden_size", {"hidden_size": True}),
        ("hidden_size", {"hidden_size": [4096]}),
        ("hidden_size", {"hidden_size": {"a": 1}}),
        ("hidden_size", {"hidden_size": 4096.5}),
        ("hidden_size", {"hidden_size": float("nan")}),
        ("vocab_size", {"vocab_size": float("inf")}),
        ("text_config", {"text_config": "llama"}),
        ("rope_scaling", {"rope_scaling": 7}),
        ("factor", {"rope_scaling": {"type": "yarn", "factor": -1}}),
        ("factor", {"rope_scaling": {"type": "yarn", "factor": "many"}}),
        ("max_position_embeddings", {"max_position_embeddings": -1}),
        ("tie_word_embeddings", {"tie_word_embeddings": "yes"}),
        ("quantization_config", {"quantization_config": "fp8"}),
        ("kv_lora_rank", {"kv_lora_rank": "512"}),
        ("index_topk_freq", {"kv_lora_rank": 512, "index_topk_freq": -4}),
        ("kv_source_layers", {"kv_source_layers": [0] * 32}),
        ("moe_layers_enum", {"num_experts": 8, "num_experts_per_tok": 2, "moe_layers_enum": "1,two,3"}),
        ("per_layer_config", {"per_layer_config": {"5": {"mystery": 3}}}),
        ("parameters", {"hidden_size": 10**7, "intermediate_size": 10**7, "num_attention_heads": 10**5}),
    ],
)
def test_what_is_absurd_or_not_understood_is_refused_by_its_field(
    tmp_path: Path, field: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match=field):
        read(tmp_path, **changes)


def test_endless_digits_are_a_field_out_of_range(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(LLAMA_8B).replace('"num_hidden_layers": 32', f'"num_hidden_layers": {"9" * 100_000}'))
    with pytest.raises(InputError, match="num_hidden_layers"):
        read_model(path)


def test_a_near_model_type_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"near ones are .*qwen3_moe"):
        read(tmp_path, model_type="qwen3_mo", architectures=None)


def test_tiny_is_what_the_arithmetic_of_the_tests_says(tmp_path: Path) -> None:
    assert total_params(read(tmp_path, **TINY).model) == TINY_PARAMS


def test_the_description_has_the_keys_of_the_contract() -> None:
    made = describe(raw("nvidia--NVIDIA-Nemotron-3-Nano-30B-A3B-BF16"))
    assert made["schema"] == "roofrack.model/1"
    assert made["total_params"] == 31_577_937_344
    assert made["layers"] == {"Mamba-2": 23, "none": 23, "full": 6}
    assert made["kv_bytes_per_token"] == 6_144
    assert made["moe"] == {
        "layers": 23,
        "experts": 128,
        "experts_per_token": 6,
        "expert_width": 1856,
        "shared_width": 3712,
    }
    assert made["native_weights"] == "bf16"
    assert made["max_context_tokens"] == 262_144
    assert made["weights_bytes"] is None
    assert made["warnings"] == []
    json.dumps(made, allow_nan=False)


def test_a_known_wrapper_does_not_vouch_for_an_unknown_decoder(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"model_type": "llava", "text_config": {**LLAMA_8B, "model_type": "hyena"}}))
    with pytest.raises(InputError, match="model_type: the architecture 'hyena' is not understood"):
        read_model(path)
