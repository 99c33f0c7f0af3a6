"""Formats are what they say: bits from their blocks, whole files as published, limits and verdicts that fit each other."""

import pytest

from roofrack.catalog import default_catalog
from roofrack.domain.formats import KvFormat, Quality, WeightsFormat
from roofrack.memory.weights import weights_parts

CATALOG = default_catalog()
WEIGHTS = CATALOG.weights_formats()
KV = CATALOG.kv_formats()
ENGINES = {engine.id for engine in CATALOG.engines()}
ELSEWHERE = {"transformers", "lmdeploy", "autoawq", "exllamav2", "exllamav3", "mlx-lm"}
"""Engines that load formats and are not modelled."""

# Bits a weight of whole files: ggml-org/llama.cpp:tests/snapshots/*.schema (tensor types that llama-quantize chose) × block sizes.
GGUF_BITS = {  # file type: Qwen3-14B, Llama-3.1-70B
    "q4_0": (4.6094, 4.5312),
    "q4_1": (5.0831, 5.0238),
    "q5_0": (5.5567, 5.5163),
    "q5_1": (6.0304, 6.0089),
    "q8_0": (8.5007, 8.5004),
    "q2_k": (3.1137, 2.9898),
    "q2_k_s": (2.9165, 2.7740),
    "q3_k_s": (3.6029, 3.5042),
    "q3_k_m": (3.9627, 3.8847),
    "q3_k_l": (4.2766, 4.2104),
    "q4_k_s": (4.6410, 4.5740),
    "q4_k_m": (4.8730, 4.8204),
    "q5_k_s": (5.5567, 5.5163),
    "q5_k_m": (5.6925, 5.6629),
    "q6_k": (6.5632, 6.5630),
    "iq1_s": (1.9360, 1.7389),
    "iq1_m": (2.0821, 1.8985),
    "iq2_xxs": (2.3256, 2.1645),
    "iq2_xs": (2.5382, 2.3964),
    "iq2_s": (2.6854, 2.5211),
    "iq2_m": (2.8802, 2.7340),
    "iq3_xxs": (3.3385, 3.2491),
    "iq3_xs": (3.4503, 3.3223),
    "iq3_s": (3.6180, 3.5042),
    "iq3_m": (3.7255, 3.6204),
    "iq4_xs": (4.4281, 4.3385),
    "iq4_nl": (4.6538, 4.5740),
    "tq1_0": (2.0933, 1.8025),
    "tq2_0": (2.4288, 2.1664),
    "mxfp4_moe": (8.5007, 8.5004),
}
# Bits of a group with its scale and zero: (weight bits, extra bits, weights in the group).
BLOCKS = {
    "fp8-block": (8, 32, 128 * 128),
    "mxfp8": (8, 8, 32),
    "gptq-int8": (8, 16, 128),
    "awq-int4": (4, 16 + 4, 128),
    "gptq-int4": (4, 16, 128),
    "w4a8": (4, 16, 128),
    "int4-g32": (4, 16, 32),
    "nvfp4": (4, 8, 16),
    "mxfp4": (4, 8, 32),
    "mlx-4bit": (4, 32, 64),
    "mlx-8bit": (8, 32, 64),
    "q4_0": (4, 16, 32),
    "q4_1": (4, 32, 32),
    "q5_0": (5, 16, 32),
    "q8_0": (8, 16, 32),
}
NATIVE = {"bf16": 16, "fp16": 16, "fp32": 32}
VERDICTS = ("none", "negligible", "acceptable", "risky")
SIZES = (1e9, 8e9, 70.6e9, 405e9)


@pytest.fixture(params=WEIGHTS, ids=lambda found: found.id)
def weights(request: pytest.FixtureRequest) -> WeightsFormat:
    found: WeightsFormat = request.param
    return found


@pytest.fixture(params=[*WEIGHTS, *KV], ids=lambda found: f"{type(found).__name__}-{found.id}")
def any_format(request: pytest.FixtureRequest) -> WeightsFormat | KvFormat:
    found: WeightsFormat | KvFormat = request.param
    return found


@pytest.mark.parametrize("name", GGUF_BITS)
@pytest.mark.parametrize(("model", "column"), [("Qwen/Qwen3-14B", 0), ("meta-llama/Llama-3.1-70B-Instruct", 1)])
def test_gguf_files_are_as_large_as_llama_quantize_makes_them(name: str, model: str, column: int) -> None:
    assert _bits(model, name) == pytest.approx(GGUF_BITS[name][column], rel=0.01)


def test_a_tied_embedding_is_stored_as_finely_as_a_head() -> None:
    published = 396_705_472  # unsloth/Qwen3-0.6B-GGUF, Qwen3-0.6B-Q4_K_M.gguf, tokenizer included
    parts = weights_parts(CATALOG.model("Qwen/Qwen3-0.6B"), CATALOG.weights_format("q4_k_m"))
    assert sum(part.bytes for part in parts) == pytest.approx(published, rel=0.02)


@pytest.mark.parametrize("name", NATIVE)
def test_unquantised_formats_are_whole(name: str) -> None:
    assert _bits("meta-llama/Llama-3.1-8B-Instruct", name) == NATIVE[name]


@pytest.mark.parametrize("name", BLOCKS)
def test_bits_follow_from_the_block(name: str) -> None:
    bits, extra, group = BLOCKS[name]
    assert CATALOG.weights_format(name).bits == bits + extra / group


@pytest.mark.parametrize(
    ("model", "name", "gib", "within"),
    [
        ("meta-llama/Llama-3.1-405B-Instruct", "fp8-fbgemm", 8 * 57.752, 0.03),  # vllm-project/vllm issue 6746
        ("meta-llama/Llama-3.1-70B-Instruct", "int8", 67.7229, 0.01),  # vllm-project/vllm pull request 12569
        ("meta-llama/Llama-3.1-8B-Instruct", "bf16", 14.9888, 0.005),  # vllm-project/vllm issue 10517
        ("meta-llama/Llama-3.1-70B-Instruct", "q4_0", 37.22, 0.01),  # ollama/ollama pull request 6279
        ("openai/gpt-oss-120b", "mxfp4", 60.8, 0.01),  # arithmetic; vLLM pads to 64.4
        ("openai/gpt-oss-120b", "mxfp4_moe", 59.02, 0.005),  # files that llama-bench lists in `strixhalo_kyuz0`
        ("openai/gpt-oss-20b", "mxfp4_moe", 11.27, 0.005),
    ],
)
def test_sizes_that_engines_logged(model: str, name: str, gib: float, within: float) -> None:
    found = sum(part.bytes for part in weights_parts(CATALOG.model(model), CATALOG.weights_format(name)))
    assert found / 2**30 == pytest.approx(gib, rel=within)


def test_what_another_format_holds_is_known_and_quantised_alike() -> None:
    held = {found.id: CATALOG.weights_format(found.holds) for found in WEIGHTS if found.holds is not None}
    assert held
    for name, other in held.items():
        ours = CATALOG.weights_format(name)
        assert (ours.bits, ours.experts_only) == (other.bits, other.experts_only)
        assert not set(ours.engines) & set(other.engines)


def test_names_are_unique() -> None:
    for formats in (WEIGHTS, KV):
        names = [name.lower() for found in formats for name in (found.id, *found.aliases)]
        assert len(names) == len(set(names))


def test_every_format_of_the_field_is_there() -> None:
    wanted = (
        "bf16 fp16 fp32 fp8 fp8-block mxfp8 int8 int8-w8a16 awq-int4 gptq-int4 gptq-int8 int4-g32 w4a8 nvfp4 mxfp4 nf4"
    )
    wanted += " bnb-int8 mlx-4bit mlx-8bit exl2-4.0 exl2-3.0 exl2-2.5 exl2-5.0 exl2-8.0 ud-q4_k_xl ud-q8_k_xl"
    assert set(wanted.split()) | set(GGUF_BITS) <= {found.id for found in WEIGHTS}
    kv = {
        "16bit",
        "fp8",
        "fp8_e5m2",
        "int8",
        "nvfp4",
        "fp8_ds_mla",
        "q8_0",
        "q5_1",
        "q5_0",
        "q4_1",
        "q4_0",
        "iq4_nl",
        "f32",
    }
    assert {found.id for found in KV} == kv


def test_formats_are_sourced_and_load_somewhere(any_format: WeightsFormat | KvFormat) -> None:
    assert any_format.source.text
    assert set(any_format.engines) <= ENGINES | ELSEWHERE
    assert any_format.vendors
    assert any_format.engines


def test_verdicts_go_by_size_and_name_a_source(any_format: WeightsFormat | KvFormat) -> None:
    assert any_format.quality
    assert any_format.quality[-1].up_to_params is None
    ends = [row.up_to_params for row in any_format.quality[:-1]]
    assert all(end is not None for end in ends)
    assert ends == sorted(end for end in ends if end is not None)
    order = [VERDICTS.index(row.verdict) for row in any_format.quality if row.verdict != "unknown"]
    assert order == sorted(order, reverse=True), "a larger model never loses more"


def test_fewer_bits_are_never_called_better() -> None:
    gguf = sorted((found for found in WEIGHTS if found.family == "GGUF"), key=lambda found: -found.bits)
    for size in SIZES:
        order = [VERDICTS.index(_verdict(found, size)) for found in gguf if not found.experts_only]
        assert order == sorted(order), size


def test_capability_limits_are_in_order(weights: WeightsFormat) -> None:
    least, native, most = (
        weights.min_compute_capability,
        weights.native_compute_capability,
        weights.max_compute_capability,
    )
    assert (least or 0) <= (native or least or 0) <= (most or 99)
    assert set(weights.needs_rate) <= set(weights.vendors)
    if weights.compute in ("fp8", "fp4"):
        assert weights.native_compute_capability or least


def test_the_slider_goes_down_in_bits() -> None:
    ranked = sorted(
        (found for found in WEIGHTS if found.slider_rank is not None), key=lambda found: found.slider_rank or 0
    )
    assert len({found.slider_rank for found in ranked}) == len(ranked)
    for engine in ("vllm", "llama.cpp"):
        places = [round(found.bits) for found in ranked if engine in found.engines and found.family != "4 bits"]
        assert places == sorted(places, reverse=True), engine
    assert [found.id for found in ranked[:3]] == ["bf16", "fp16", "fp8"]


def test_every_models_own_format_is_known() -> None:
    for model in CATALOG.models():
        CATALOG.weights_format(model.native_weights)


def _bits(model: str, name: str) -> float:
    parts = weights_parts(CATALOG.model(model), CATALOG.weights_format(name))
    return 8 * sum(part.bytes for part in parts) / sum(part.params for part in parts)


def _verdict(found: WeightsFormat, params: float) -> str:
    row: Quality = next(row for row in found.quality if row.up_to_params is None or params <= row.up_to_params)
    return row.verdict
