"""Weights on devices: every part divided, replicated or placed as engines do it, and nothing lost on the way."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.memory.hand import (
    ATTENTION,
    ATTENTION_PARAMS,
    LAYER,
    MLP_PARAMS,
    NORM_PARAMS,
    TABLE_PARAMS,
    a_format,
    a_model,
    a_rack,
    a_scenario,
)

from roofrack.catalog import default_catalog
from roofrack.domain import DenseMlp, LatentAttention, LayerGroup, Model, MoeMlp, Parallel, Scenario, SparseIndex
from roofrack.memory.shards import stage_weights
from roofrack.memory.weights import weights_parts
from roofrack.parallelism import layers_per_stage

KV_PARAMS = 512 * 128 * 2


def held(scenario: Scenario) -> tuple[int, ...]:
    return stage_weights(scenario, weights_parts(scenario.model, scenario.weights))


def spread(model: Model | None = None, **degrees: int) -> Scenario:
    return a_scenario(model=model, parallel=Parallel(**degrees), rack=a_rack(gpus=64))


@pytest.mark.parametrize("tp", [1, 2, 4, 8])
def test_tensor_parallel_shares(tp: int) -> None:
    sharded = 8 * (ATTENTION_PARAMS - KV_PARAMS + MLP_PARAMS) + 2 * TABLE_PARAMS
    expected = 2 * (sharded // tp + 8 * KV_PARAMS // min(tp, 2) + NORM_PARAMS)
    assert held(spread(tp=tp)) == (expected,)


def test_replicas_hold_everything() -> None:
    assert held(spread(dp=8)) == held(spread())


def test_stages_hold_their_layers_and_the_ends() -> None:
    scenario = spread(pp=3)
    layer = ATTENTION_PARAMS + MLP_PARAMS + NORM_PARAMS // 8
    counts = layers_per_stage(8, 3)
    ends = (TABLE_PARAMS, 0, TABLE_PARAMS)
    assert held(scenario) == tuple(2 * (n * layer + end) for n, end in zip(counts, ends, strict=True))


def test_a_tied_matrix_is_on_both_ends() -> None:
    tied = a_model(tied_embeddings=True)
    assert sum(held(spread(tied, pp=2))) == sum(held(spread(tied))) + 2 * TABLE_PARAMS
    assert held(spread(tied))[0] == held(spread())[0] - 2 * TABLE_PARAMS


def test_towers_and_tables_are_on_the_first_stage() -> None:
    seeing = a_model(tower_params=1_000_000, lookup_params=500_000)
    first, last = held(spread(seeing, pp=2))
    plain_first, plain_last = held(spread(pp=2))
    assert (first - plain_first, last - plain_last) == (2 * 1_500_000, 0)
    assert held(spread(seeing, tp=2))[0] - held(spread(tp=2))[0] == 1_500_000


LATENT = LatentAttention(
    heads=8, q_lora_rank=64, kv_lora_rank=128, qk_nope_head_dim=32, qk_rope_head_dim=16, v_head_dim=32
)
LATENT_WHOLE = 512 * 64 + 512 * (128 + 16)
LATENT_SHARED = 64 * 8 * 48 + 128 * 8 * 64 + 8 * 32 * 512


def test_latent_compressions_are_on_every_rank() -> None:
    model = a_model(LayerGroup(count=4, attention=LATENT, mlp=DenseMlp(width=2048)))
    ends_and_norms = 2 * TABLE_PARAMS // 8 + NORM_PARAMS
    expected = 4 * (LATENT_WHOLE + LATENT_SHARED // 8 + MLP_PARAMS // 8) + ends_and_norms
    assert held(spread(model, tp=8)) == (2 * expected,)


def test_indexers_are_on_every_rank() -> None:
    index = SparseIndex(heads=4, key_dim=32)
    for attention, source in ((replace(LATENT, index=index), 64), (replace(ATTENTION, index=index), 512)):
        with_index = a_model(LayerGroup(count=4, attention=attention, mlp=DenseMlp(width=2048)))
        without = a_model(LayerGroup(count=4, attention=replace(attention, index=None), mlp=DenseMlp(width=2048)))
        more = held(spread(with_index, tp=4))[0] - held(spread(without, tp=4))[0]
        assert more == 2 * 4 * (source * 4 * 32 + 512 * 32 + 512 * 4)


def test_shared_key_and_value_projections_are_one_matrix() -> None:
    model = a_model(LayerGroup(count=8, attention=replace(ATTENTION, shared_kv_projection=True), mlp=LAYER.mlp))
    sharded = 8 * (ATTENTION_PARAMS - KV_PARAMS + MLP_PARAMS) + 2 * TABLE_PARAMS
    assert held(spread(model, tp=8)) == (2 * (sharded // 8 + 8 * KV_PARAMS // 2 // 2 + NORM_PARAMS),)


def test_mixers_that_are_not_of_their_shapes() -> None:
    """A layer that reads another's cache has no key and value projections; a tiny mixer has no more of them than it is."""
    for reuses, params, on_a_rank in ((True, 800, 100), (False, 800, 400)):
        odd = replace(ATTENTION, mixer_params=params, reuses_kv=reuses)
        model = a_model(LayerGroup(count=1, attention=odd, mlp=LAYER.mlp))
        expected = on_a_rank + MLP_PARAMS // 8 + 2 * TABLE_PARAMS // 8 + NORM_PARAMS
        assert held(spread(model, tp=8)) == (2 * expected,)


def test_uneven_shares_are_rounded_up() -> None:
    model = a_model(vocab=33, tied_embeddings=True)
    scenario = replace(spread(model, tp=8), weights=a_format(16, embedding_bits=3, head_bits=3))
    table = round(33 * 512 * 3 / 8)
    whole = held(replace(scenario, model=a_model(vocab=1, tied_embeddings=True)))[0] - 512 * 3 // 8 // 8
    assert held(scenario)[0] - whole == -(-table // 8)


MOE = MoeMlp(experts=10, experts_per_token=2, expert_width=384, shared_width=768)
EXPERT = 3 * 512 * 384
ROUTER = 512 * 10
SPARSE = a_model(LayerGroup(count=4, attention=ATTENTION, mlp=MOE))


@pytest.mark.parametrize(
    ("degrees", "experts_held"),
    [
        ({"tp": 4}, 10 / 4),
        ({"tp": 4, "ep": 4}, 3),
        ({"tp": 2, "dp": 2, "ep": 4}, 3),
        ({"dp": 4, "ep": 4}, 3),
        ({"dp": 4}, 10),
        ({}, 10),
    ],
)
def test_experts_are_sliced_or_spread(degrees: dict[str, int], experts_held: float) -> None:
    tp = degrees.get("tp", 1)
    layer = (ATTENTION_PARAMS - KV_PARAMS) // tp + KV_PARAMS // min(tp, 2)
    layer += experts_held * EXPERT + 3 * 512 * 768 // tp + ROUTER
    assert held(spread(SPARSE, **degrees)) == (2 * (4 * layer + 2 * TABLE_PARAMS // tp + NORM_PARAMS),)


def test_mxfp4_kernels_pad_experts() -> None:
    """Hidden 500 becomes 512; a width of 384 is whole on one rank, on two it is 192 and becomes 256."""
    model = replace(SPARSE, hidden=500)
    padded, plain = a_format(4.25, kernel="mxfp4"), a_format(4.25)
    experts = next(part.bytes for part in weights_parts(model, plain) if part.name == "experts")
    for tp, factor in ((1, 512 / 500), (2, 512 / 500 * 256 / 192 / 2)):
        scenario = replace(spread(model, tp=tp), weights=plain)
        more = held(replace(scenario, weights=padded))[0] - held(scenario)[0]
        assert more == pytest.approx(experts * factor - experts / tp, abs=2)
    spread_out = replace(spread(model, tp=2, ep=2), weights=plain)
    more = held(replace(spread_out, weights=padded))[0] - held(spread_out)[0]
    assert more == pytest.approx(experts / 2 * (512 / 500 - 1), abs=2)


def test_latent_experts_pad_their_own_width() -> None:
    narrow = replace(MOE, latent_width=200, expert_width=128)
    model = a_model(LayerGroup(count=4, attention=ATTENTION, mlp=narrow))
    scenario = replace(spread(model), weights=a_format(4))
    padded = replace(scenario, weights=a_format(4, kernel="mxfp4"))
    experts = 4 * 10 * 3 * 200 * 128 / 2
    assert held(padded)[0] - held(scenario)[0] == pytest.approx(experts * (256 / 200 - 1), abs=2)


@given(
    pp=st.integers(1, 8),
    bits=st.floats(2, 16),
    counts=st.lists(st.integers(1, 5), min_size=2, max_size=3),
    tied=st.booleans(),
)
def test_stages_add_up_to_the_replica(pp: int, bits: float, counts: list[int], tied: bool) -> None:
    groups = [
        replace(LAYER, count=8),
        *(replace(group, count=n) for group, n in zip(SPARSE.layers * 2, counts[1:], strict=False)),
    ]
    model = a_model(*groups, tied_embeddings=tied, tower_params=777)
    scenario = replace(spread(model, pp=pp), weights=a_format(bits))
    parts = weights_parts(model, scenario.weights)
    copies = 2 if tied and pp > 1 else 1
    embedding = next(part.bytes for part in parts if part.name == "embedding")
    assert sum(held(scenario)) == sum(part.bytes for part in parts) + (copies - 1) * embedding


@pytest.mark.parametrize(
    "model", ["deepseek-v3", "gpt-oss-120b", "qwen3-235b-a22b", "Qwen/Qwen3.5-35B-A3B", "gemma-3-27b"]
)
def test_real_models_lose_nothing(model: str) -> None:
    catalog = default_catalog()
    chosen = catalog.model(model)
    for weights in ("bf16", "fp8"):
        scenario = replace(spread(chosen, pp=7), weights=catalog.weights_format(weights))
        parts = weights_parts(chosen, scenario.weights)
        embedding = next(part.bytes for part in parts if part.name == "embedding")
        expected = sum(part.bytes for part in parts) + (embedding if chosen.tied_embeddings else 0)
        assert sum(held(scenario)) == expected
        sharded = held(replace(scenario, parallel=Parallel(tp=2)))[0]
        assert expected / 2 * 0.99 <= sharded + (embedding if chosen.tied_embeddings else 0) / 2 <= expected / 2 * 1.05
