"""What requests would take of the cache, computed by hand."""

import pytest
from tests.core.memory.hand import ATTENTION, KV_TOKEN_BYTES, a_model, a_policy, a_rack, a_scenario

from roofrack.domain import DenseMlp, LayerGroup, Parallel, RecurrentState
from roofrack.memory.demand import kv_demand_bytes, one_sequence_bytes

PROMPT, ANSWER, CONTEXT = 1000, 25, 4000
BLOCKS = 65  # of 16 tokens, which hold 1,025
STATE = RecurrentState(variant="test", state_elements=20_000, state_bits=32, params=1000)
HYBRID = a_model(
    LayerGroup(count=4, letter="f", attention=ATTENTION, mlp=DenseMlp(width=2048)),
    LayerGroup(count=4, letter="s", attention=STATE, mlp=DenseMlp(width=2048)),
    layer_pattern="ffffssss",
)


def test_requests_take_whole_blocks_of_prompt_and_answer() -> None:
    scenario = a_scenario(prompt=PROMPT, output=ANSWER, context=CONTEXT)
    each = BLOCKS * 16 * KV_TOKEN_BYTES
    assert kv_demand_bytes(scenario, 0, (0, 1, 7, 100_000)) == (0, each, 7 * each, 100_000 * each)
    assert one_sequence_bytes(scenario, 0) == CONTEXT * KV_TOKEN_BYTES


def test_replicas_share_requests_and_stages_share_layers() -> None:
    each = BLOCKS * 16 * KV_TOKEN_BYTES
    replicas = a_scenario(prompt=PROMPT, output=ANSWER, context=CONTEXT, rack=a_rack(gpus=2), parallel=Parallel(dp=2))
    assert kv_demand_bytes(replicas, 0, (1, 2, 3)) == (each, each, 2 * each)
    stages = a_scenario(prompt=PROMPT, output=ANSWER, context=CONTEXT, rack=a_rack(gpus=2), parallel=Parallel(pp=2))
    assert [kv_demand_bytes(stages, stage, (3,)) for stage in (0, 1)] == [(3 * each // 2,)] * 2


def test_engines_of_slots_reserve_the_whole_context() -> None:
    slots = a_scenario(policy=a_policy(budget="context"), prompt=PROMPT, output=ANSWER, context=CONTEXT)
    assert kv_demand_bytes(slots, 0, (2,)) == (2 * CONTEXT * KV_TOKEN_BYTES,)


@pytest.mark.parametrize("ratio", [None, 0.5])
def test_states_are_taken_once_whatever_the_length(ratio: float | None) -> None:
    """Four of eight layers keep a state of 80 kB each, in the pool of the blocks or in one set apart."""
    scenario = a_scenario(model=HYBRID, prompt=31, output=1, policy=a_policy(state_pool_ratio=ratio))
    assert kv_demand_bytes(scenario, 0, (1, 3)) == tuple(n * (32 * KV_TOKEN_BYTES // 2 + 4 * 80_000) for n in (1, 3))
