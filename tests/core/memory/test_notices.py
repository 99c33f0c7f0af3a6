"""What a reader must know about the memory of a plan: each notice where it belongs, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.core.memory.hand import ATTENTION, GIB, a_model, a_policy, a_scenario

from roofrack.domain import DenseMlp, LayerGroup, Model, RecurrentState
from roofrack.memory.capacity import plan_memory
from roofrack.memory.notices import has_states, has_windows, memory_notices

MLP = DenseMlp(width=2048)
FULL = LayerGroup(count=4, letter="f", attention=ATTENTION, mlp=MLP)
WINDOW = LayerGroup(count=4, letter="w", attention=replace(ATTENTION, window_tokens=100), mlp=MLP)
STATE = LayerGroup(
    count=4, letter="s", attention=RecurrentState(variant="test", state_elements=20_000, params=1000), mlp=MLP
)
PLAIN = a_model()
WINDOWED = a_model(WINDOW, FULL, layer_pattern="wwwwffff")
HYBRID = a_model(STATE, FULL, layer_pattern="ssssffff")


def told(model: Model, **policy: object) -> dict[str, str]:
    scenario = a_scenario(model=model, policy=a_policy(**policy), fraction=0.9)
    return {notice.code: notice.message for notice in memory_notices(scenario, plan_memory(scenario))}


def test_some_layers_are_enough() -> None:
    assert [has_windows(model) for model in (PLAIN, WINDOWED, HYBRID)] == [False, True, False]
    assert [has_states(model) for model in (PLAIN, WINDOWED, HYBRID)] == [False, False, True]


@pytest.mark.parametrize(
    ("model", "policy", "codes"),
    [
        (PLAIN, {}, []),
        (WINDOWED, {}, []),
        (HYBRID, {}, []),
        (PLAIN, {"caps_windows": False, "window_pool_ratio": 0.5, "state_pool_ratio": 0.5}, []),
        (WINDOWED, {"caps_windows": False}, ["uncapped-windows"]),
        (WINDOWED, {"window_pool_ratio": 0.5}, ["window-pool"]),
        (WINDOWED, {"state_pool_ratio": 0.5}, []),
        (HYBRID, {"state_pool_ratio": 0.5}, ["state-pool"]),
        (HYBRID, {"window_pool_ratio": 0.5, "caps_windows": False}, []),
    ],
)
def test_a_notice_is_about_layers_that_the_model_has(model: Model, policy: dict[str, object], codes: list[str]) -> None:
    assert list(told(model, **policy)) == codes


def test_notices_have_their_numbers() -> None:
    uncapped = told(WINDOWED, caps_windows=False)["uncapped-windows"]
    assert (
        "4,096 bytes of KV cache per token instead of 2,048" in uncapped
    )  # eight layers of 512 bytes, or four of them
    assert "0.5 tokens for each token of the full layers" in told(WINDOWED, window_pool_ratio=0.5)["window-pool"]
    assert "0.5 times that of the KV cache" in told(HYBRID, state_pool_ratio=0.5)["state-pool"]


@pytest.mark.parametrize(("crowded", "said"), [(0, False), (GIB // 10, False), (GIB // 10 + 1, True), (3 * GIB, True)])
def test_what_is_crowded_out_is_said_from_a_tenth_of_a_gib_on(crowded: int, said: bool) -> None:
    scenario = a_scenario(fraction=0.9)
    memory = plan_memory(scenario)._replace(crowded_bytes=crowded)
    found = [notice for notice in memory_notices(scenario, memory) if notice.code == "crowded"]
    assert bool(found) is said
    if said:
        assert f"a memory fraction of 0.9 leaves {crowded / GIB:.1f} GiB too little" in found[0].message
