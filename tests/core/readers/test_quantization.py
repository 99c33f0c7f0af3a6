"""Quantisation sections as weights formats, and what their lists leave alone."""

from pathlib import Path
from typing import Any

import pytest
from tests.core.readers.making import DATA, write_config

from roofrack.catalog import default_catalog
from roofrack.memory.weights import weights_parts
from roofrack.readers import ReadModel, read_model


def raw(name: str) -> ReadModel:
    return read_model(DATA / "configs" / f"{name}_config.json")


def compressed(**weights: Any) -> dict[str, Any]:
    activations = weights.pop("activations", None)
    group = {"targets": ["Linear"], "weights": weights, "input_activations": activations}
    return {"quant_method": "compressed-tensors", "config_groups": {"group_0": group}, "ignore": ["lm_head"]}


@pytest.mark.parametrize(
    ("section", "format_id"),
    [
        ({"quant_method": "fp8"}, "fp8"),
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, "fp8-block"),
        ({"quant_method": "gptq", "bits": 4, "group_size": 128}, "gptq-int4"),
        ({"quant_method": "gptq", "bits": 8, "group_size": -1}, "gptq-int8"),
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, "awq-int4"),
        ({"quant_method": "awq", "w_bit": 4}, "awq-int4"),
        ({"quant_method": "mxfp4"}, "mxfp4"),
        ({"quant_method": "fbgemm_fp8"}, "fp8-fbgemm"),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "nf4"),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True, "load_in_4bit": False}, "bnb-int8"),
        ({"quant_method": "exl2", "bits": 4.25}, "exl2-4.0"),
        ({"group_size": 64, "bits": 4}, "mlx-4bit"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4"),
        ({"quant_method": "modelopt", "quant_algo": "FP8"}, "fp8"),
        (compressed(num_bits=4, type="int", group_size=128), "gptq-int4"),
        (compressed(num_bits=4, type="int", group_size=32), "int4-g32"),
        (compressed(num_bits=8, type="int", activations={"num_bits": 8}), "int8"),
        (compressed(num_bits=8, type="int"), "int8-w8a16"),
        (compressed(num_bits=8, type="float", strategy="channel", activations={"num_bits": 8}), "fp8"),
        (compressed(num_bits=8, type="float", strategy="block", activations={"num_bits": 8}), "fp8-block"),
        (compressed(num_bits=4, type="float", group_size=16), "nvfp4"),
        (compressed(num_bits=4, type="float", group_size=32), "mxfp4"),
    ],
)
def test_sections_are_known_formats(tmp_path: Path, section: dict[str, Any], format_id: str) -> None:
    read = read_model(write_config(tmp_path, quantization_config=section))
    assert read.native_weights == read.model.native_weights == default_catalog().weights_format(format_id).id
    assert read.warnings == ()


@pytest.mark.parametrize(
    "section",
    [{"quant_method": "gptq", "bits": 3}, {"quant_method": "magic"}, {"bits": "four"}, compressed(num_bits=5)],
)
def test_an_unknown_quantisation_is_warned_of(tmp_path: Path, section: dict[str, Any]) -> None:
    read = read_model(write_config(tmp_path, quantization_config=section))
    assert read.native_weights == "bf16"
    assert "is not understood: weights are counted as bf16" in read.warnings[0]


@pytest.mark.parametrize(
    ("changes", "format_id", "says"),
    [
        ({"torch_dtype": "float16"}, "fp16", False),
        ({"torch_dtype": None, "dtype": "float32"}, "fp32", False),
        ({"torch_dtype": "torch.bfloat16"}, "bf16", False),
        ({"torch_dtype": None}, "bf16", True),
        ({"torch_dtype": "auto"}, "bf16", True),
    ],
)
def test_the_dtype_is_the_format_of_what_is_not_quantised(
    tmp_path: Path, changes: dict[str, Any], format_id: str, says: bool
) -> None:
    read = read_model(write_config(tmp_path, **changes))
    assert read.native_weights == format_id
    assert any("states no dtype" in note for note in read.assumed) is says


@pytest.mark.parametrize(
    ("name", "format_id"),
    [
        ("deepseek-ai--DeepSeek-V3", "fp8-block"),
        ("deepseek-ai--DeepSeek-V4-Pro", "fp8-mxfp4"),
        ("sgl-project--DeepSeek-V4-Pro-FP8", "fp8-block"),
        ("moonshotai--Kimi-K2.5", "int4-g32"),
        ("moonshotai--Kimi-K3", "mxfp4"),
        ("openai--gpt-oss-120b", "mxfp4"),
        ("nvidia--Llama-3.1-70B-Instruct-FP8", "fp8"),
        ("nvidia--Qwen3.6-27B-NVFP4", "nvfp4"),
        ("nvidia--MiniMax-M3-NVFP4", "nvfp4"),
        ("nvidia--NVIDIA-Nemotron-3.5-Lightning-30B-A3B-NVFP4", "nvfp4"),
    ],
)
def test_published_checkpoints_have_the_format_of_their_name(name: str, format_id: str) -> None:
    assert raw(name).native_weights == format_id


def test_what_the_list_leaves_alone_is_counted_at_16_bits() -> None:
    """GLM 5.2 in NVFP4 quantises only its experts: three dense layers, attention and shared experts stay."""
    read = raw("nvidia--GLM-5.2-NVFP4")
    parts = {part.name: part for part in weights_parts(read.model, default_catalog().weights_format("nvfp4"))}
    left_alone = sum(parts[name].params for name in ("attention", "mlp", "shared experts"))
    expected = sum(part.bytes for part in parts.values()) + left_alone * (16 - 4.5) / 8
    assert read.own_weights is not None
    assert read.own_weights.total_bytes == pytest.approx(expected, rel=1e-3)
    assert read.weights_bytes is None, "no header was read"
    assert any("attention in 79 layers" in note and "shared experts in" in note for note in read.assumed)


def test_single_projections_are_told_apart() -> None:
    """DeepSeek V3.1 in NVFP4 leaves all of attention alone but its output projection."""
    read = raw("nvidia--DeepSeek-V3.1-NVFP4")
    parts = {part.name: part for part in weights_parts(read.model, default_catalog().weights_format("nvfp4"))}
    output = 61 * 128 * 128 * 7168
    expected = sum(part.bytes for part in parts.values()) + (parts["attention"].params - output) * (16 - 4.5) / 8
    assert read.own_weights is not None
    assert read.own_weights.total_bytes == pytest.approx(expected, rel=1e-3)


def test_a_list_of_norms_and_routers_changes_nothing() -> None:
    for name in ("zai-org--GLM-5-FP8", "Qwen--Qwen3-235B-A22B-FP8", "MiniMaxAI--MiniMax-M2.5", "openai--gpt-oss-20b"):
        assert raw(name).own_weights is None


def test_parts_may_have_formats_of_their_own() -> None:
    """Qwen3.6 27B: attention FP8, feed-forward and head NVFP4."""
    read = raw("nvidia--Qwen3.6-27B-NVFP4")
    parts = {part.name: part.params for part in weights_parts(read.model, default_catalog().weights_format("bf16"))}
    bits = {"attention": 8, "mlp": 4.5, "head": 4.5}
    tower = parts.pop("tower")
    expected = (sum(params * bits.get(name, 16) for name, params in parts.items()) + tower * 16) / 8
    assert read.own_weights is not None
    assert read.own_weights.total_bytes == pytest.approx(expected, rel=2e-3)


def test_a_hostile_pattern_costs_nothing(tmp_path: Path) -> None:
    patterns = ["re:(a+)+$self_attn" + "a" * 10_000, "re:" + "(" * 5_000, "*" * 100_000, 7, None]
    section = {"quant_method": "modelopt", "quant_algo": "NVFP4", "ignore": patterns}
    assert read_model(write_config(tmp_path, quantization_config=section)).native_weights == "nvfp4"
