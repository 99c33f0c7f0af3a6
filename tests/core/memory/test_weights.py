"""Weights against published totals and the sizes that engines and hubs report."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.catalog import default_catalog
from roofrack.domain import (
    DenseMlp,
    LatentAttention,
    LayerGroup,
    Model,
    MoeMlp,
    OwnWeights,
    RecurrentState,
    SoftmaxAttention,
    SparseIndex,
    WeightsFormat,
)
from roofrack.domain.base import Source
from roofrack.memory.weights import LayerParams, active_params, layer_params, total_params, weights_parts
from roofrack.results import WeightsPart

GIB = 2**30
NOWHERE = Source(text="a test")


def a_format(bits: float, **fields: object) -> WeightsFormat:
    return WeightsFormat(
        id="made-up", name="made up", family="test", bits=bits, compute="bf16", kernel="dense16",
        vendors=("nvidia",), engines=("vllm",), source=NOWHERE, **fields,
    )  # fmt: skip


def a_model(*groups: LayerGroup, **fields: object) -> Model:
    shape = {"hidden": 64, "vocab": 1000} | fields
    return Model(id="test/model", name="test", layers=groups, max_context_tokens=4096, source=NOWHERE, **shape)


def stored_bytes(model: str, weights: str) -> int:
    catalog = default_catalog()
    return sum(part.bytes for part in weights_parts(catalog.model(model), catalog.weights_format(weights)))


def by_name(parts: tuple[WeightsPart, ...]) -> dict[str, WeightsPart]:
    return {part.name: part for part in parts}


PLAIN = LayerGroup(count=2, attention=SoftmaxAttention(heads=8, kv_heads=2, head_dim=16), mlp=DenseMlp(width=256))
EXPERTS = LayerGroup(
    count=3,
    attention=SoftmaxAttention(heads=8, kv_heads=2, head_dim=16),
    mlp=MoeMlp(experts=16, experts_per_token=2, expert_width=32, shared_width=48),
)


@pytest.mark.parametrize(
    ("model", "params"),
    [
        ("llama-3.1-8b", 8_030_261_248),
        ("llama-3.1-70b", 70_553_706_496),
        ("llama-3.1-405b", 405_853_388_800),
        ("mixtral-8x7b", 46_702_792_704),
        ("deepseek-v3", 671_026_404_352),
        ("gpt-oss-120b", 116_829_156_672),
        ("qwen3-30b-a3b", 30_532_122_624),
        ("qwen2.5-7b", 7_615_616_512),
        ("gemma-2-27b", 27_227_128_320),
        ("nemotron-3-nano", 31_577_937_344),
        ("jamba", 51_570_323_328),
        ("gemma-4-e2b", 4_628_569_344),
    ],
)
def test_totals_are_the_published_ones_to_the_last_parameter(model: str, params: int) -> None:
    assert total_params(default_catalog().model(model)) == params


@pytest.mark.parametrize(
    ("model", "weights", "gib", "tolerance", "seen"),
    [
        ("llama-3.1-8b", "bf16", 14.9575, 1e-4, "vLLM 0.6.5 logs 14.96 GiB"),
        ("llama-3.1-8b", "fp32", 2 * 14.9575, 1e-4, "twice that"),
        ("llama-3.1-70b", "int8", 67.7229, 0.005, "vLLM 0.7.0 logs 67.7229 GiB, scales included"),
        ("llama-3.1-70b", "q4_0", 37.22, 0.002, "file of 37.22 GiB (ollama #6279)"),
        ("llama-3.1-405b", "fp8-fbgemm", 462.0, 0.03, "vLLM 0.5.3 logs 8 × 57.752 GiB, first and last layer at 16 bits"),
        ("gpt-oss-120b", "mxfp4", 60.8, 0.001, "arithmetic of the checkpoint"),
        ("deepseek-r1", "awq-int4", 16 * 21.21, 0.04, "vLLM 0.8 logs 21.21 GiB on each of 16"),
        ("deepseek-v4-flash", "fp8-mxfp4", 156e9 / GIB, 0.005, "checkpoint of 160 GB less a draft layer of 4"),
    ],
)  # fmt: skip
def test_bytes_are_those_that_engines_log(model: str, weights: str, gib: float, tolerance: float, seen: str) -> None:
    assert stored_bytes(model, weights) / GIB == pytest.approx(gib, rel=tolerance), seen


def test_each_shape_counts_its_matrices() -> None:
    hidden = 64
    softmax = SoftmaxAttention(heads=8, kv_heads=2, head_dim=16, v_head_dim=24)
    queries, keys, values, output = 64 * 8 * 16, 64 * 2 * 16, 64 * 2 * 24, 8 * 24 * 64
    latent = LatentAttention(
        heads=4, q_lora_rank=48, kv_lora_rank=32, qk_nope_head_dim=16, qk_rope_head_dim=8, v_head_dim=12
    )
    query, cached = 64 * 48 + 48 * 4 * 24, 64 * (32 + 8)
    expanded, projected = 32 * 4 * (16 + 12), 4 * 12 * 64
    index = SparseIndex(heads=2, key_dim=10)
    cases = [
        (softmax, queries + keys + values + output),
        (replace(softmax, gated=True), 2 * queries + keys + values + output),
        (replace(softmax, shared_kv_projection=True), queries + keys + output),
        (replace(softmax, reuses_kv=True), queries + output),
        (replace(softmax, mixer_params=77), 77),
        (replace(softmax, index=index), queries + keys + values + output + 64 * 2 * 10 + 64 * 10 + 64 * 2),
        (latent, query + cached + expanded + projected),
        (replace(latent, q_lora_rank=None), 64 * 4 * 24 + cached + expanded + projected),
        (replace(latent, index=index), query + cached + expanded + projected + 48 * 2 * 10 + 64 * 10 + 64 * 2),
        (RecurrentState(variant="test", state_elements=5, params=123), 123),
    ]
    for mixer, expected in cases:
        assert layer_params(LayerGroup(count=1, attention=mixer), hidden).attention == expected, mixer


def test_feed_forward_blocks_count_their_matrices() -> None:
    dense = layer_params(LayerGroup(count=1, mlp=DenseMlp(width=100)), 64)
    assert dense == (0, 3 * 64 * 100, 0, 0, 0, 0)
    ungated = layer_params(LayerGroup(count=1, mlp=DenseMlp(width=100, matrices=2), extra_params=7), 64)
    assert ungated.mlp == 2 * 64 * 100 + 7
    moe = MoeMlp(experts=16, experts_per_token=3, expert_width=32, shared_width=40)
    counted = layer_params(LayerGroup(count=1, mlp=moe), 64)
    expert = 3 * 64 * 32
    assert counted == (0, 0, 16 * expert, 3 * expert, 3 * 64 * 40, 64 * 16)
    assert counted.total == 16 * expert + 3 * 64 * 40 + 64 * 16
    assert counted.active == 3 * expert + 3 * 64 * 40 + 64 * 16
    assert LayerParams(1, 10, 100, 1000, 10_000, 100_000).total == 110_111
    assert LayerParams(1, 10, 100, 1000, 10_000, 100_000).active == 111_011
    small = layer_params(LayerGroup(count=1, mlp=replace(moe, latent_width=20, matrices=2, shared_matrices=2)), 64)
    assert small.experts == 16 * 2 * 20 * 32
    assert small.shared_experts == 2 * 64 * 40 + 2 * 64 * 20


def test_extra_parameters_belong_to_the_mixer_where_there_is_one() -> None:
    with_mixer = layer_params(replace(PLAIN, extra_params=11), 64)
    assert with_mixer.attention == layer_params(PLAIN, 64).attention + 11
    assert with_mixer.mlp == layer_params(PLAIN, 64).mlp


def test_every_parameter_is_in_exactly_one_part() -> None:
    model = a_model(PLAIN, EXPERTS, other_params=17, lookup_params=19, tower_params=23, draft_params=29)
    parts = by_name(weights_parts(model, a_format(16)))
    assert {name: part.params for name, part in parts.items()} == {
        "embedding": 64_000, "attention": 5 * (2 * 64 * 128 + 2 * 64 * 32), "mlp": 2 * 3 * 64 * 256,
        "experts": 3 * 16 * 3 * 64 * 32, "shared experts": 3 * 3 * 64 * 48, "head": 64_000,
        "lookup": 19, "other": 3 * 64 * 16 + 17, "tower": 23,
    }  # fmt: skip
    assert total_params(model) == sum(part.params for part in parts.values()) - 23
    assert active_params(model) == total_params(model) - 19 - 3 * 14 * 3 * 64 * 32
    assert all(part.bytes == 2 * part.params for part in parts.values())


def test_what_a_format_leaves_alone() -> None:
    model = a_model(PLAIN, EXPERTS, other_params=17, lookup_params=19, tower_params=24)
    mixed = a_format(4, embedding_bits=6, head_bits=7, attention_bits=8, other_bits=32)
    bits = {name: part.bits for name, part in by_name(weights_parts(model, mixed)).items()}
    assert bits == {
        "embedding": 6, "attention": 8, "mlp": 4, "experts": 4, "shared experts": 4, "head": 7,
        "lookup": 6, "other": 32, "tower": 16,
    }  # fmt: skip
    experts_only = {n: p.bits for n, p in by_name(weights_parts(model, a_format(4, experts_only=True))).items()}
    assert [n for n, b in experts_only.items() if b == 4] == ["experts"]
    assert set(experts_only.values()) == {4, 16}
    rest_in_8 = {
        n: p.bits for n, p in by_name(weights_parts(model, a_format(4, experts_only=True, attention_bits=8))).items()
    }
    assert [rest_in_8[n] for n in ("attention", "mlp", "shared experts", "experts")] == [8, 8, 8, 4]
    assert by_name(weights_parts(model, a_format(32)))["tower"].bits == 32


def test_a_tied_matrix_is_stored_once_and_as_finely_as_the_head_needs() -> None:
    parts = by_name(weights_parts(a_model(PLAIN, tied_embeddings=True), a_format(4, embedding_bits=4, head_bits=6)))
    assert "head" not in parts
    assert parts["embedding"].params == 64_000
    assert parts["embedding"].bits == 6


def test_exact_bytes_from_disk_beat_the_arithmetic() -> None:
    model = a_model(PLAIN)
    parts = weights_parts(model, a_format(8), OwnWeights(total_bytes=1_000_003))
    assert sum(part.bytes for part in parts) == pytest.approx(1_000_003, abs=len(parts))
    assert [p.name for p in parts] == [p.name for p in weights_parts(model, a_format(8))]
    assert all(part.bits * part.params / 8 == pytest.approx(part.bytes, abs=1) for part in parts)
    served = total_params(model)
    drafted = replace(model, draft_params=served)
    half = weights_parts(drafted, a_format(16), OwnWeights(total_bytes=4 * served))
    assert sum(part.bytes for part in half) == pytest.approx(2 * served, abs=len(half))


def test_models_that_share_an_id_do_not_share_their_weights() -> None:
    small, large = a_model(PLAIN), a_model(replace(PLAIN, count=3))
    assert small.id == large.id
    assert total_params(small) < total_params(large)
    assert weights_parts(small, a_format(8)) != weights_parts(large, a_format(8))


@given(
    bits=st.tuples(st.floats(1, 32), st.floats(1, 32)),
    count=st.integers(1, 60),
    experts=st.integers(2, 64),
    tied=st.booleans(),
)
def test_fewer_bits_or_layers_never_take_more(bits: tuple[float, float], count: int, experts: int, tied: bool) -> None:
    group = LayerGroup(
        count=count,
        attention=SoftmaxAttention(heads=8, kv_heads=2, head_dim=16),
        mlp=MoeMlp(experts=experts, experts_per_token=2, expert_width=32),
    )
    model = a_model(group, tied_embeddings=tied)
    fewer, more = sorted(bits)

    def total(of: Model, width: float) -> int:
        return sum(part.bytes for part in weights_parts(of, a_format(width)))

    assert total(model, fewer) <= total(model, more)
    assert total(model, more) < total(a_model(replace(group, count=count + 1), tied_embeddings=tied), more)
    assert active_params(model) <= total_params(model)
