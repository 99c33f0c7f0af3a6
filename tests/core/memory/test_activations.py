"""What the widest layer of a step takes, element by element."""

from dataclasses import replace

import pytest
from tests.core.memory.hand import a_model, a_rack, a_scenario

from roofrack.domain import (
    DenseMlp,
    LatentAttention,
    LayerGroup,
    Model,
    MoeMlp,
    Parallel,
    RecurrentState,
    SoftmaxAttention,
)
from roofrack.memory.activations import activation_bytes

HIDDEN_STATES = 3 * 512
NARROW = DenseMlp(width=8)
WIDE = SoftmaxAttention(heads=16, kv_heads=4, head_dim=128, v_head_dim=64)
LATENT = LatentAttention(heads=16, kv_lora_rank=64, qk_nope_head_dim=128, qk_rope_head_dim=32, v_head_dim=96)
STATE = RecurrentState(variant="test", state_elements=10, params=10)
MOE = MoeMlp(experts=8, experts_per_token=3, expert_width=256)


def elements(*groups: LayerGroup, counts: tuple[int, ...] = (), **degrees: int) -> float:
    """Elements per token beyond the hidden states."""
    model: Model = a_model(*groups)
    scenario = a_scenario(model=model, rack=a_rack(gpus=8), parallel=Parallel(**degrees), tokens=1000)
    found = activation_bytes(scenario, counts or tuple(group.count for group in groups), last=True)
    return found / 2 / 1000 - HIDDEN_STATES


@pytest.mark.parametrize(("tp", "expected"), [(1, 192 * 20), (4, 192 * 5), (8, 192 * 3)])
def test_queries_keys_values_and_output(tp: int, expected: int) -> None:
    assert elements(LayerGroup(count=2, attention=WIDE, mlp=NARROW), tp=tp) == expected


@pytest.mark.parametrize("tp", [1, 8])
def test_a_latent_is_expanded_for_every_head(tp: int) -> None:
    assert elements(LayerGroup(count=2, attention=LATENT, mlp=NARROW), tp=tp) == 2 * (160 + 96) * 16 / tp


@pytest.mark.parametrize(("matrices", "tp", "expected"), [(3, 1, 9000), (3, 4, 2250), (2, 1, 6000)])
def test_feed_forward(matrices: int, tp: int, expected: int) -> None:
    assert elements(LayerGroup(count=1, mlp=DenseMlp(width=3000, matrices=matrices)), tp=tp) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [
        ({}, 3 * (3 * 256 + 512)),
        ({"tp": 4}, 3 * (3 * 64 + 512)),
        ({"tp": 4, "ep": 4}, 3 * (3 * 256 + 512)),
    ],
)
def test_every_visited_expert(degrees: dict[str, int], expected: int) -> None:
    assert elements(LayerGroup(count=1, mlp=MOE), **degrees) == expected


def test_experts_in_a_width_of_their_own_and_shared_ones() -> None:
    assert elements(LayerGroup(count=1, mlp=replace(MOE, latent_width=100))) == 3 * (3 * 256 + 100)
    shared = replace(MOE, shared_width=4000, shared_matrices=2)
    assert elements(LayerGroup(count=1, mlp=shared)) == 8000
    assert elements(LayerGroup(count=1, mlp=shared), tp=4) == 2112
    assert elements(LayerGroup(count=1, mlp=replace(shared, shared_width=6000)), tp=4) == 3000


def test_the_widest_layer_of_the_stage() -> None:
    narrow, wide = LayerGroup(count=2, mlp=DenseMlp(width=100)), LayerGroup(count=2, mlp=DenseMlp(width=900))
    assert elements(narrow, wide) == 2700
    assert elements(narrow, wide, counts=(2, 0)) == 300
    assert elements(narrow, wide, counts=(0, 0)) == 0


def test_a_layer_of_nothing_takes_nothing() -> None:
    assert elements(LayerGroup(count=1)) == 0


def test_recurrent_layers_take_no_more_than_their_feed_forward() -> None:
    assert elements(LayerGroup(count=1, attention=STATE, mlp=DenseMlp(width=50))) == 150
