"""Each term of a step by hand: all other costs are made free, so that one is left (see `stepping`)."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from tests.core.memory.hand import (
    ATTENTION,
    ATTENTION_PARAMS,
    KV_TOKEN_BYTES,
    MLP_PARAMS,
    NORM_PARAMS,
    TABLE_PARAMS,
    a_format,
    a_kv,
    a_model,
    a_scenario,
)
from tests.core.speed.stepping import ranks, steps

from roofrack.domain import DenseMlp, LatentAttention, LayerGroup, MoeMlp, RecurrentState, Scenario

LAYERS, HIDDEN = 8, 512
LAYER_PARAMS = LAYERS * (ATTENTION_PARAMS + MLP_PARAMS) + NORM_PARAMS
MLP = DenseMlp(width=2048)


@pytest.mark.parametrize("tp", [1, 2])
def test_a_step_streams_all_weights_but_the_embedding(tp: int) -> None:
    found = steps(ranks(tp), dense_bytes_s=1e9).time(5, 100)
    assert found.weights_s == pytest.approx((LAYER_PARAMS + TABLE_PARAMS) * 2 / tp / 1e9)
    assert found.total_s == pytest.approx(found.weights_s)
    assert found.bound == "weights"
    tied = steps(a_scenario(model=a_model(tied_embeddings=True)), dense_bytes_s=1e9).time(5, 100)
    assert steps(a_scenario(), dense_bytes_s=1e9).time(5, 100).weights_s == pytest.approx(tied.weights_s)


@pytest.mark.parametrize("tp", [1, 2])
def test_every_token_is_multiplied_and_only_the_last_of_a_prompt_has_logits(tp: int) -> None:
    model = steps(ranks(tp), dense_flops=1e12)
    for decode, prompt, heads in ((3, 0, 3), (3, 10, 4), (0, 10, 1)):
        found = model.time(decode, 0, prompt, 0)
        expected = 2 * (LAYER_PARAMS * (decode + prompt) + TABLE_PARAMS * heads) / tp / 1e12
        assert found.compute_s == pytest.approx(expected)
        assert found.total_s == pytest.approx(expected)


def test_few_rows_do_not_fill_the_units() -> None:
    full, few = (steps(dense_flops=1e12, full_rows=rows).time(16, 0).compute_s for rows in (16, 64))
    assert few == pytest.approx(full * 2)  # a quarter of the rows, to the power of a half


def test_memory_and_arithmetic_overlap_as_far_as_the_exponent_says() -> None:
    costs = {"dense_bytes_s": 1e9, "dense_flops": 1e12}
    memory, compute = (steps(**{name: rate}).time(64, 0).total_s for name, rate in costs.items())
    assert steps(**costs).time(64, 0).total_s == pytest.approx(memory + compute)
    assert steps(**costs, overlap=2.0).time(64, 0).total_s == pytest.approx(math.hypot(memory, compute))


@pytest.mark.parametrize(("tp", "divisor"), [(1, 1), (2, 2), (4, 2)])
def test_the_cache_is_divided_by_the_kv_heads_at_most(tp: int, divisor: int) -> None:
    found = steps(ranks(tp), kv_bytes_s=1e9).time(3, 1000)
    assert found.kv_s == pytest.approx(3 * 1000 * KV_TOKEN_BYTES / divisor / 1e9)
    assert found.total_s == pytest.approx(found.kv_s)


@pytest.mark.parametrize(("tp", "divisor"), [(1, 1), (2, 2), (4, 2)])
@pytest.mark.parametrize(("context", "seen"), [(60, 60), (100, 100), (5000, 100)])
def test_windows_read_and_attend_to_no_more_than_they_see(tp: int, divisor: int, context: int, seen: int) -> None:
    window = LayerGroup(count=4, letter="w", attention=replace(ATTENTION, window_tokens=100), mlp=MLP)
    full = LayerGroup(count=4, letter="f", attention=ATTENTION, mlp=MLP)
    scenario = ranks(tp, model=a_model(window, full, layer_pattern="wwwwffff"), kv=a_kv(8))
    each = 4 * 256  # four layers of 256 elements of one byte
    found = steps(scenario, kv_bytes_s=1e9).time(2, context)
    assert found.kv_s == pytest.approx(2 * each * (context + seen) / divisor / 1e9)
    asked = steps(scenario, attention_flops=1e12).time(0, 0, 7, context)
    assert asked.compute_s == pytest.approx(7 * 4 * 2 * 8 * (64 + 64) * (context + seen) / tp / 1e12)


@pytest.mark.parametrize("context", [60, 5000])
def test_query_heads_that_read_for_themselves_pay_for_each_further_one(context: int) -> None:
    window = LayerGroup(count=4, letter="w", attention=replace(ATTENTION, window_tokens=100), mlp=MLP)
    full = LayerGroup(count=4, letter="f", attention=ATTENTION, mlp=MLP)
    scenario = a_scenario(model=a_model(window, full, layer_pattern="wwwwffff"))
    shared, each = (steps(scenario, kv_bytes_s=1e9, kv_again=again).time(2, context).kv_s for again in (0.0, 0.5))
    assert each == pytest.approx(shared * (1 + 0.5 * 3))  # eight query heads, two KV heads
    own = replace(ATTENTION, kv_heads=8)
    alone = a_scenario(model=a_model(LayerGroup(count=8, attention=own, mlp=MLP)))
    assert steps(alone, kv_bytes_s=1e9, kv_again=0.5).time(1, 100) == steps(alone, kv_bytes_s=1e9).time(1, 100)


@pytest.mark.parametrize("tp", [1, 2])
def test_scores_that_are_written_out_are_moved_for_every_head_token_and_key(tp: int) -> None:
    found = steps(ranks(tp), score_bytes=20.0, plain_bytes_s=1e9).time(9, 4000, 20, 300)
    assert found.compute_s == pytest.approx(20 * 300 * LAYERS * 8 * 20 / tp / 1e9)
    assert steps(score_bytes=20.0, plain_bytes_s=1e9).time(9, 4000).compute_s == pytest.approx(0)


def test_windows_that_use_the_cache_of_others_read_nothing_of_their_own() -> None:
    own, reused = (
        a_model(LayerGroup(count=8, attention=replace(ATTENTION, window_tokens=100, reuses_kv=reuses), mlp=MLP))
        for reuses in (False, True)
    )
    assert steps(a_scenario(model=own), kv_bytes_s=1e9).time(1, 500).kv_s > 0
    assert steps(a_scenario(model=reused), kv_bytes_s=1e9).time(1, 500).kv_s == 0


@pytest.mark.parametrize("tp", [1, 2])
def test_prompts_attend_to_the_keys_they_see(tp: int) -> None:
    found = steps(ranks(tp), attention_flops=1e12).time(9, 4000, 20, 300)
    assert found.compute_s == pytest.approx(20 * 300 * LAYERS * 2 * 8 * (64 + 64) / tp / 1e12)
    assert found.total_s == pytest.approx(found.compute_s)
    assert steps(attention_flops=1e12).time(9, 4000).compute_s == pytest.approx(0)


def test_compressed_entries_are_attended_to_once_for_all_their_tokens() -> None:
    mixer = replace(ATTENTION, compress_ratio=4)
    scenario = a_scenario(model=a_model(LayerGroup(count=8, attention=mixer, mlp=MLP)))
    plain = steps(attention_flops=1e12).time(0, 0, 20, 300).compute_s
    assert steps(scenario, attention_flops=1e12).time(0, 0, 20, 300).compute_s == pytest.approx(plain / 4)


def test_the_attention_of_latents_has_its_own_share_of_the_rate() -> None:
    mixer = LatentAttention(heads=8, kv_lora_rank=64, qk_nope_head_dim=32, qk_rope_head_dim=16, v_head_dim=24)
    scenario = a_scenario(model=a_model(LayerGroup(count=8, attention=mixer, mlp=MLP)))
    found = steps(scenario, attention_flops=1e12, latent_attention=0.5).time(0, 0, 20, 300)
    assert found.compute_s == pytest.approx(20 * 300 * 8 * 2 * 8 * (32 + 16 + 24) / (0.5 * 1e12))


def test_states_are_read_whole_whatever_the_context() -> None:
    state = RecurrentState(variant="test", state_elements=20_000, state_bits=32, params=1000)
    model = a_model(LayerGroup(count=8, attention=state, mlp=MLP))
    short, long = (steps(a_scenario(model=model), kv_bytes_s=1e9).time(3, context).kv_s for context in (10, 10_000))
    assert short == long == pytest.approx(3 * 8 * 80_000 / 1e9)
    assert steps(ranks(4, model=model), kv_bytes_s=1e9).time(3, 10).kv_s == pytest.approx(short / 4)


def test_activations_are_moved_in_every_layer() -> None:
    found = steps(activation_bytes_s=1e9, activation_passes=3.0).time(4, 0, 6, 0)
    assert found.compute_s == pytest.approx(10 * 3 * LAYERS * HIDDEN * 2 / 1e9)
    assert found.bound == "compute"
    assert found.total_s == pytest.approx(found.compute_s)


def test_a_ring_behind_every_mixer_and_every_feed_forward_block() -> None:
    costs = {"link_s": 1e-6, "link_bytes_s": 1e9}
    message = 5 * HIDDEN * 2
    for tp in (2, 4):
        ring = 2 * (tp - 1) * 1e-6 + 2 * (tp - 1) / tp * message / 1e9
        found = steps(ranks(tp), **costs).time(5, 0)
        assert found.communication_s == pytest.approx(16 * ring)
        assert found.total_s == pytest.approx(found.communication_s)
    assert steps(**costs).time(5, 0).communication_s == 0
    mixers = a_model(LayerGroup(count=8, attention=ATTENTION))
    alone = steps(ranks(2, model=mixers), **costs).time(5, 0).communication_s
    assert alone == pytest.approx(steps(ranks(2), **costs).time(5, 0).communication_s / 2)


def test_small_messages_are_read_from_all_others_at_once() -> None:
    costs = {"link_s": 1e-6, "link_bytes_s": 1e9, "one_shot": True}
    latency, large = steps(ranks(4), **costs).time(1e-9, 0), steps(ranks(4), **costs).time(1e6, 0)
    assert latency.communication_s == pytest.approx(16 * 1e-6, rel=1e-3)
    ring = steps(ranks(4), **costs | {"one_shot": False}).time(1e6, 0).communication_s
    assert ring * 0.9 < large.communication_s <= ring * 1.01
    direct, ring_s = 3 * 5 * HIDDEN * 2 / 1e9, 6e-6 + 6 / 4 * 5 * HIDDEN * 2 / 1e9
    middle = steps(ranks(4), **costs).time(5, 0).communication_s
    assert middle == pytest.approx(16 * (1e-6 + (direct**-4 + ring_s**-4) ** -0.25))  # the cheaper of the two, smoothly


def test_stages_hand_over_once_between_two() -> None:
    found = steps(ranks(pp=4), stage_link_s=1e-6, stage_link_bytes_s=1e9).time(8, 0)
    assert found.communication_s == pytest.approx(3 * (2 * 1e-6 + 2 * HIDDEN * 2 / 1e9))  # two of eight in each


def test_a_batch_is_divided_among_the_stages() -> None:
    one, two = (steps(ranks(pp=pp), kv_bytes_s=1e9).time(8, 1000).kv_s for pp in (1, 2))
    assert two == pytest.approx(one / 2)
    assert steps(ranks(pp=2), kv_bytes_s=1e9).time(1, 1000).kv_s == pytest.approx(one / 8)
    prompts = [steps(ranks(pp=pp), dense_flops=1e12).time(0, 0, 64, 0).compute_s for pp in (1, 2)]
    assert prompts[1] * 2 == pytest.approx(prompts[0], rel=0.05)


def single(scenario: Scenario) -> Scenario:
    return replace(scenario, workload=replace(scenario.workload, load="single"))


def test_one_request_alone_goes_through_all_stages_undivided() -> None:
    assert steps(single(ranks(pp=2)), kv_bytes_s=1e9).time(1, 1000).kv_s == pytest.approx(1000 * KV_TOKEN_BYTES / 1e9)
    whole = steps(dense_flops=1e12)
    alone = steps(single(ranks(pp=2)), dense_flops=1e12)
    assert alone.time(0, 0, 64, 0).compute_s == pytest.approx(whole.time(0, 0, 64, 0).compute_s)
    costs = {"kv_bytes_s": 1e9, "stage_loss": 0.1}
    lost = steps(ranks(pp=3), **costs).time(1, 1000)
    assert lost.host_s == pytest.approx(0.1 * 2 * lost.kv_s)
    assert lost.total_s == pytest.approx(1.2 * lost.kv_s)
    assert steps(single(ranks(pp=3)), **costs).time(1, 1000).host_s == 0


def test_the_host_takes_its_time_a_step_a_sequence_and_a_layer() -> None:
    found = steps(step_s=0.1, sequence_s=0.01, layer_s=0.001).time(5, 0)
    assert found.host_s == pytest.approx(0.1 + 5 * 0.01 + LAYERS * 0.001)
    assert found.total_s == pytest.approx(found.host_s)
    assert found.bound == "host"


def test_latent_and_routed_layers_count_for_more() -> None:
    mixer = LatentAttention(heads=8, kv_lora_rank=64, qk_nope_head_dim=32, qk_rope_head_dim=16, v_head_dim=24)
    moe = MoeMlp(experts=8, experts_per_token=2, expert_width=256)
    both = a_model(
        LayerGroup(count=3, letter="l", attention=mixer, mlp=MLP),
        LayerGroup(count=5, letter="m", attention=ATTENTION, mlp=moe),
        layer_pattern="lllmmmmm",
    )
    found = steps(a_scenario(model=both), layer_s=0.001, latent_layer=0.5, moe_layer=2.0).time(1, 0)
    assert found.host_s == pytest.approx(0.001 * (8 + 0.5 * 3 + 2 * 5))


def test_what_no_graph_replays_takes_as_long_as_its_launches() -> None:
    model = steps(launch_s=0.001, kv_bytes_s=1e9, graph_tokens=1000)
    replayed, longer = model.time(1, 1000), model.time(1, 1001)
    assert replayed.host_s == 0
    assert replayed.total_s == replayed.kv_s < LAYERS * 0.001
    for found in (longer, model.time(1, 10, 5, 5)):
        assert LAYERS * 0.001 <= found.total_s < LAYERS * 0.001 * 1.2
        assert found.host_s == pytest.approx(found.total_s - found.kv_s)
    busy = model.time(1000, 1001)  # the device takes far longer than the launches beside it
    assert busy.total_s == pytest.approx(busy.kv_s, rel=1e-6)


EXPERT_PARAMS = 3 * HIDDEN * 256
SPARSE = a_model(LayerGroup(count=8, attention=ATTENTION, mlp=MoeMlp(experts=8, experts_per_token=2, expert_width=256)))


@pytest.mark.parametrize("tokens", [1, 3, 100])
def test_a_batch_touches_the_experts_that_chance_says(tokens: int) -> None:
    touched = 8 * (1 - (1 - 2 / 8) ** tokens)
    for tp in (1, 2):
        found = steps(ranks(tp, model=SPARSE), expert_bytes_s=1e9).time(tokens, 0)
        assert found.weights_s == pytest.approx(8 * touched * EXPERT_PARAMS * 2 / tp / 1e9)
        assert found.total_s == pytest.approx(found.weights_s)


def test_kernels_without_grouping_run_all_experts_on_every_token() -> None:
    found = steps(a_scenario(model=SPARSE), expert_bytes_s=1e9, expert_flops=1e12, all_experts=True).time(3, 0)
    assert found.weights_s == pytest.approx(8 * 8 * EXPERT_PARAMS * 2 / 1e9)
    assert found.compute_s == pytest.approx(2 * 8 * 8 * EXPERT_PARAMS * 3 / 1e12)


@pytest.mark.parametrize(("tp", "local"), [(1, 8), (2, 4), (3, 3), (4, 2), (16, 1)])
def test_kernels_without_grouping_are_launched_for_each_local_expert(tp: int, local: int) -> None:
    costs = {"layer_s": 0.001, "moe_layer": 0.5}
    grouped = steps(ranks(tp, model=SPARSE), **costs).time(3, 0)
    looped = steps(ranks(tp, model=SPARSE), all_experts=True, **costs).time(3, 0)
    assert grouped.host_s == pytest.approx(8 * 0.001 * (1 + 0.5))
    assert looped.host_s == pytest.approx(8 * 0.001 * (1 + 0.5 * local))


def test_each_token_is_multiplied_by_its_experts() -> None:
    for tp in (1, 2):
        found = steps(ranks(tp, model=SPARSE), expert_flops=1e12).time(4, 0, 60, 0)
        assert found.compute_s == pytest.approx(2 * 8 * 2 * EXPERT_PARAMS * 64 / tp / 1e12)
    # 64 tokens are 16 rows for each of eight experts: a quarter of what fills the units
    few = steps(a_scenario(model=SPARSE), expert_flops=1e12, full_rows=64).time(64, 0)
    assert few.compute_s == pytest.approx(2 * (2 * 8 * 2 * EXPERT_PARAMS * 64 / 1e12))


def test_experts_may_work_on_a_narrower_input() -> None:
    narrow = MoeMlp(experts=8, experts_per_token=2, expert_width=256, latent_width=128)
    scenario = a_scenario(model=a_model(LayerGroup(count=8, attention=ATTENTION, mlp=narrow)))
    found = steps(scenario, expert_flops=1e12).time(64, 0)
    assert found.compute_s == pytest.approx(2 * 8 * 2 * (EXPERT_PARAMS * 128 / HIDDEN) * 64 / 1e12)


def test_experts_spread_over_replicas_see_the_tokens_of_all_of_them() -> None:
    apart, spread = ranks(dp=2, model=SPARSE), ranks(dp=2, ep=2, model=SPARSE)
    one, both = (steps(scenario, expert_flops=1e12).time(5, 0).compute_s for scenario in (apart, spread))
    assert one == pytest.approx(both)  # twice the tokens, half the experts
    inside, across = ranks(2, dp=2, model=SPARSE), ranks(2, dp=2, ep=4, model=SPARSE)
    one, both = (steps(scenario, expert_flops=1e12).time(5, 0).compute_s for scenario in (inside, across))
    assert one == pytest.approx(both)
    costs = {"link_s": 1e-6, "link_bytes_s": 1e9}
    exchanged = steps(spread, **costs).time(5, 0).communication_s
    assert exchanged == pytest.approx(2 * 8 * (2 * 1e-6 + 2 * 5 * HIDDEN * 2 / 1e9))
    assert steps(apart, **costs).time(5, 0).communication_s == 0


def test_packed_weights_are_written_out_where_that_is_quicker() -> None:
    """From so many rows on they are unpacked, written and read at 16 bits, and never slower than a batch just below."""
    costs = {
        "dense_bytes_s": 1e12,
        "dense_flops": 1e12,
        "plain_bytes_s": 1e12,
        "plain_flops": 1e14,
        "writes_out_rows": 32.0,
    }
    for full_rows in (1.0, 64.0):
        waiting = steps(**costs, full_rows=full_rows)
        assert waiting.time(33, 0).total_s == pytest.approx(waiting.time(32, 0).total_s)
        assert waiting.time(0, 0, 33, 0).total_s == pytest.approx(waiting.time(0, 0, 32, 0).total_s)
    model = steps(**costs)
    below, at, above = (model.time(rows, 0).total_s for rows in (31, 32, 33))
    assert below < at
    assert above == pytest.approx(at)
    stored = (LAYER_PARAMS + TABLE_PARAMS) * 2
    rows = 10_000
    written = (stored + 4 * LAYER_PARAMS) / 1e12
    multiplied = 2 * (LAYER_PARAMS + TABLE_PARAMS) * rows / 1e14
    found = model.time(rows, 0)
    assert found.weights_s == pytest.approx(written)
    assert found.compute_s == pytest.approx(multiplied)
    assert found.total_s == pytest.approx(written + multiplied)
    halved = steps(ranks(2), **costs).time(rows, 0)
    assert halved.weights_s == pytest.approx(written / 2)


def test_packed_experts_are_written_out_by_their_own_rows() -> None:
    costs = {
        "expert_bytes_s": 1e12,
        "expert_flops": 1e12,
        "plain_bytes_s": 1e12,
        "plain_flops": 1e14,
        "writes_out_rows": 32.0,
    }
    model = steps(a_scenario(model=SPARSE, weights=a_format(experts_only=True)), **costs)
    at, above = (model.time(rows * 4, 0).total_s for rows in (32, 33))  # each expert sees a quarter of the tokens
    assert above == pytest.approx(at)
    partly = steps(a_scenario(model=SPARSE, weights=a_format(experts_only=True)), **costs, full_rows=64.0)
    assert partly.time(33 * 4, 0).total_s == pytest.approx(partly.time(32 * 4, 0).total_s)
    found = model.time(40_000, 0)
    assert found.weights_s == pytest.approx(8 * 8 * EXPERT_PARAMS * (2 + 4) / 1e12)
    assert found.compute_s == pytest.approx(2 * 8 * 2 * EXPERT_PARAMS * 40_000 / 1e14)
