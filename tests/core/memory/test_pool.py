"""How each engine hands out its cache memory: blocks, windows, pages of states, pools set apart."""

from dataclasses import replace
from math import ceil

import pytest
from tests.core.memory.hand import ATTENTION, GIB, a_kv, a_model, a_policy, a_rack, a_scenario

from roofrack.catalog import default_catalog
from roofrack.domain import (
    DenseMlp,
    KvFormat,
    LatentAttention,
    LayerGroup,
    Model,
    Parallel,
    RackSpec,
    RecurrentState,
    ScenarioSpec,
    SoftmaxAttention,
    SparseIndex,
    WorkloadSpec,
)
from roofrack.memory.capacity import plan_memory
from roofrack.memory.notices import memory_notices
from roofrack.memory.pool import Pool, caps_windows, pool_of
from roofrack.settle import settle

MLP = DenseMlp(width=2048)
WINDOW = replace(ATTENTION, window_tokens=100)
NARROW_WINDOW = replace(WINDOW, kv_heads=1)
STATE = RecurrentState(variant="test", state_elements=20_000, state_bits=32, conv_elements=1000, params=1000)
STATE_BYTES = 20_000 * 4 + 2 * 1000


def layers(**groups: tuple[int, object]) -> Model:
    return a_model(
        *(LayerGroup(count=count, letter=letter, attention=mixer, mlp=MLP) for letter, (count, mixer) in groups.items())  # type: ignore[arg-type]
    )


def the_pool(
    model: Model, context: int = 1000, tokens: int = 512, parallel: Parallel | None = None, **policy: object
) -> Pool:
    rack = a_rack(gpus=8)
    scenario = a_scenario(
        model=model,
        rack=rack,
        policy=a_policy(**policy),
        context=context,
        tokens=tokens,
        parallel=parallel,
        prompt=1,
        output=1,
    )
    return pool_of(scenario, tuple(group.count for group in model.layers))


def test_alike_layers_share_blocks() -> None:
    pool = the_pool(layers(f=(8, ATTENTION)))
    assert pool.block_bytes == 16 * 8 * 512
    assert pool.block_tokens == 16
    assert [pool.blocks(tokens) for tokens in (1, 16, 17)] == [1, 1, 2]
    assert pool.sequences(10 * pool.block_bytes + 5, 17) == 5
    assert pool.sequences(0, 17) == pool.sequences(-5, 17) == 0
    assert pool.sequence_bytes(17) == 2 * pool.block_bytes


def test_tensor_parallelism_divides_by_kv_heads_at_most() -> None:
    blocks = {tp: the_pool(layers(f=(8, ATTENTION)), parallel=Parallel(tp=tp)).block_bytes for tp in (1, 2, 4, 8)}
    assert blocks == {1: 65_536, 2: 32_768, 4: 32_768, 8: 32_768}


def test_a_latent_is_on_every_rank() -> None:
    latent = LatentAttention(
        heads=8,
        kv_lora_rank=112,
        qk_nope_head_dim=16,
        qk_rope_head_dim=16,
        v_head_dim=16,
        index=SparseIndex(heads=2, key_dim=128),
    )
    for tp in (1, 8):
        assert the_pool(layers(f=(4, latent)), parallel=Parallel(tp=tp)).block_bytes == 16 * 4 * (256 + 132)


def test_windows_in_groups() -> None:
    """Six windowed layers to three full ones: three groups of three, a window of 100 tokens touches 8 blocks of 16."""
    pool = the_pool(layers(w=(6, WINDOW), f=(3, ATTENTION)))
    assert pool.block_bytes == 3 * 16 * 512
    assert pool.block_tokens == 0
    assert pool.blocks(1000) == 63 + 2 * 8
    assert pool.blocks(50) == 3 * 4
    assert pool.prefill_blocks == 2 * 32
    assert pool.sequences((63 + 16 + 64) * pool.block_bytes, 1000) == 1
    assert pool.sequences((63 + 16 + 64) * pool.block_bytes - 1, 1000) < 1


def test_a_chunk_is_never_longer_than_what_is_beyond_the_window() -> None:
    assert the_pool(layers(w=(6, WINDOW), f=(3, ATTENTION)), context=132).prefill_blocks == 2 * 2
    assert the_pool(layers(w=(6, WINDOW), f=(3, ATTENTION)), context=99).prefill_blocks == 0


def test_pages_are_equally_large() -> None:
    """A window that caches half as much per token has pages of 32 tokens; 100 tokens touch five."""
    pool = the_pool(layers(w=(4, NARROW_WINDOW), f=(4, ATTENTION)))
    assert pool.block_bytes == 4 * 16 * 512
    assert pool.blocks(1000) == 63 + 5


def test_a_wider_window_stretches_the_full_page() -> None:
    wide = replace(WINDOW, head_dim=128)
    pool = the_pool(layers(w=(4, wide), f=(4, ATTENTION)))
    assert pool.block_bytes == 4 * 16 * 1024
    assert pool.blocks(1000) == 32 + 8


def test_groups_are_padded() -> None:
    """Four full layers and five windowed ones: groups of four, the second one with three empty places."""
    assert the_pool(layers(w=(5, WINDOW), f=(4, ATTENTION))).blocks(1000) == 63 + 2 * 8
    # Below a quarter more, the larger count makes the group instead.
    assert the_pool(layers(w=(9, WINDOW), f=(8, ATTENTION))).blocks(1000) == 63 + 8
    assert the_pool(layers(w=(9, WINDOW), f=(8, ATTENTION))).block_bytes == 9 * 16 * 512


def test_states_stretch_the_attention_page() -> None:
    """82,000 bytes of state need 161 tokens of 512 bytes: pages of 176."""
    pool = the_pool(layers(s=(6, STATE), f=(2, ATTENTION)), state_pages=1)
    assert ceil(STATE_BYTES / 512 / 16) * 16 == 176
    assert pool.block_bytes == 2 * 176 * 512
    assert pool.blocks(1000) == 6 + 3
    assert the_pool(layers(s=(6, STATE), f=(2, ATTENTION)), state_pages=2).blocks(1000) == 6 + 6


def test_states_apart_take_their_own_size() -> None:
    pool = the_pool(layers(s=(6, STATE), f=(2, ATTENTION)))
    assert pool.block_bytes == 16 * 2 * 512
    assert pool.blocks(1000) == pytest.approx(63 + 6 * STATE_BYTES / pool.block_bytes)


def test_a_state_is_divided_by_every_rank() -> None:
    pool = the_pool(layers(s=(6, STATE), f=(2, ATTENTION)), parallel=Parallel(tp=4))
    assert pool.blocks(16) == pytest.approx(1 + 6 * STATE_BYTES / 4 / (16 * 2 * 256))


def test_windows_and_states_in_pools_of_their_own() -> None:
    pool = the_pool(layers(w=(5, WINDOW), f=(5, ATTENTION)), budget="static", block_tokens=1, window_pool_ratio=0.8)
    assert pool.block_bytes == ceil(512 * (5 + 0.8 * 5))
    assert (pool.block_tokens, pool.prefill_blocks) == (1, 0)
    hybrid = the_pool(
        layers(s=(6, STATE), f=(2, ATTENTION)), budget="static", block_tokens=1, state_pool_ratio=0.25, state_slots=3
    )
    assert (hybrid.state_share, hybrid.state_bytes) == (0.2, 3 * 6 * STATE_BYTES)
    memory = 10 * hybrid.state_bytes * 5
    assert hybrid.sequences(memory, 1) == 10
    assert hybrid.sequences(memory, 1_000_000) == pytest.approx(memory * 0.8 / 1024 / 1_000_000, rel=1e-3)
    alone = hybrid.sequence_bytes(1)
    assert hybrid.sequences(alone, 1) >= 1 > hybrid.sequences(alone - 5, 1)
    long = hybrid.sequence_bytes(5000)
    assert hybrid.sequences(long, 5000) >= 1 > hybrid.sequences(long - 2048, 5000)


def test_compressed_entries_stand_for_several_tokens() -> None:
    compressed = replace(ATTENTION, compress_ratio=4)
    assert the_pool(layers(c=(8, compressed))).block_bytes == 16 * 8 * 512 // 4


def test_windows_of_several_sizes() -> None:
    """300 tokens touch 20 blocks; the narrower the window, the more of a chunk is beyond it."""
    far = replace(ATTENTION, window_tokens=300)
    model = layers(w=(3, WINDOW), v=(3, far), f=(3, ATTENTION))
    pool = the_pool(model)
    assert pool.blocks(1000) == 63 + 8 + 20
    assert pool.prefill_blocks == 2 * 32
    assert the_pool(model, context=310).prefill_blocks == 14 + 1
    assert the_pool(model, context=120).prefill_blocks == 2


def test_windows_without_groups() -> None:
    """Other engines: windows take their own bytes, here a half and a quarter of a block's."""
    model = layers(w=(2, WINDOW), v=(2, NARROW_WINDOW), f=(4, ATTENTION))
    pool = the_pool(model, budget="context")
    assert pool.block_bytes == 16 * 4 * 512
    assert pool.blocks(1000) == 63 + 8 / 2 + 8 / 4
    assert pool.prefill_blocks == 32 * 3 / 4
    assert pool.sequence_bytes(1000) == 93 * pool.block_bytes
    assert pool.sequence_bytes(960) == 90 * pool.block_bytes
    only = the_pool(layers(w=(6, WINDOW), v=(2, NARROW_WINDOW)), budget="context", tokens=33)
    assert only.block_bytes == 16 * (6 * 512 + 2 * 256)
    assert only.blocks(1000) == 8
    assert only.prefill_blocks == 3


def test_odd_sizes_are_rounded_up() -> None:
    odd = replace(ATTENTION, kv_heads=1, heads=1, head_dim=1, v_head_dim=2)
    model = layers(f=(1, odd))
    scenario = a_scenario(model=model, policy=a_policy(block_tokens=1), kv=a_kv(4.5), context=1000)
    assert pool_of(scenario, (1,)).block_bytes == 2
    assert the_pool(layers(s=(3, STATE), f=(1, ATTENTION)), budget="context").sequence_bytes(16) == 32 * 8192


def test_uneven_states_and_groups() -> None:
    odd = RecurrentState(variant="test", state_elements=10_001, state_bits=8, params=1)
    halved = the_pool(layers(s=(2, odd), f=(2, ATTENTION)), parallel=Parallel(tp=2), budget="context")
    assert halved.blocks(16) == 1 + 2 * 5001 / (16 * 2 * 256)
    assert the_pool(layers(s=(5, STATE), f=(2, ATTENTION)), state_pages=1).blocks(1000) == 6 + 3
    model = layers(
        w=(1, replace(WINDOW, heads=1, kv_heads=1, head_dim=3)),
        f=(1, replace(ATTENTION, heads=1, kv_heads=1, head_dim=3)),
    )
    scenario = a_scenario(model=model, policy=a_policy(block_tokens=1), kv=a_kv(4.5), context=1000)
    assert pool_of(scenario, (1, 1)).block_bytes == 4


def test_the_largest_state_decides_the_page() -> None:
    small = replace(STATE, state_elements=1000)
    pool = the_pool(layers(s=(2, STATE), t=(2, small), f=(2, ATTENTION)), state_pages=1)
    assert pool.block_bytes == 2 * 176 * 512
    assert pool.blocks(1000) == 6 + 1 + 1
    assert the_pool(layers(s=(2, small), f=(2, ATTENTION)), state_pages=1).block_bytes == 2 * 16 * 512


def test_pools_apart_need_both() -> None:
    hybrid = {"budget": "static", "block_tokens": 1, "state_pool_ratio": 0.25}
    states = the_pool(layers(s=(6, STATE)), **hybrid)
    assert (states.state_share, states.block_bytes) == (0, 6 * STATE_BYTES)
    plain = the_pool(layers(f=(6, ATTENTION)), **hybrid)
    assert (plain.state_share, plain.state_bytes) == (0, 0)
    both = the_pool(layers(s=(1, STATE), f=(1, ATTENTION)), **hybrid)
    assert both.sequence_bytes(1) == 5 * STATE_BYTES
    assert both.sequence_bytes(640) == 5 * STATE_BYTES
    assert both.sequence_bytes(641) == ceil(641 * 512 / 0.8)


def test_old_engines_keep_windows_whole() -> None:
    model = layers(w=(6, WINDOW), f=(3, ATTENTION))
    pool = the_pool(model, caps_windows=False)
    assert (pool.block_bytes, pool.block_tokens) == (16 * 9 * 512, 16)
    unlike = layers(w=(6, NARROW_WINDOW), f=(3, ATTENTION))
    assert the_pool(unlike, caps_unlike_windows=False).block_bytes == 16 * (3 * 512 + 6 * 256)
    assert the_pool(model, caps_unlike_windows=False).blocks(1000) == 63 + 16
    old = a_scenario(model=unlike, policy=a_policy(caps_unlike_windows=False), fraction=0.9)
    assert not caps_windows(old)
    (notice,) = memory_notices(old, plan_memory(old))
    assert notice.code == "uncapped-windows"
    assert f"{3 * 512 + 6 * 256:,} bytes of KV cache per token instead of {3 * 512:,}" in notice.message
    new = replace(old, profile=replace(old.profile, memory=a_policy()))
    assert memory_notices(new, plan_memory(new)) == ()


def test_a_fraction_that_leaves_too_little_is_noticed() -> None:
    scenario = a_scenario(policy=a_policy(graph_bytes_per_layer=100 * 2**20), fraction=0.95)
    (notice,) = memory_notices(scenario, plan_memory(scenario))
    assert notice.code == "crowded"
    assert "a memory fraction of 0.95 leaves 0.6 GiB too little" in notice.message


@pytest.mark.parametrize("mixer", [None, replace(ATTENTION, reuses_kv=True)])
def test_a_model_that_keeps_nothing(mixer: SoftmaxAttention | None) -> None:
    memory = plan_memory(a_scenario(model=layers(f=(2, mixer))))
    assert memory.max_concurrency == memory.workload_concurrency == 1_000_000
    assert memory.devices[0].kv_cache_bytes >= 0


def test_only_windows_or_only_states() -> None:
    windows = plan_memory(a_scenario(model=layers(w=(8, WINDOW)), context=100_000))
    assert windows.max_concurrency > 100
    states = plan_memory(a_scenario(model=layers(s=(8, STATE)), context=100_000))
    pool = 10 * GIB - states.devices[0].weights_bytes - states.devices[0].activations_bytes
    assert states.max_concurrency == pool // (8 * STATE_BYTES)


def logged(model: str, device: str, gpus: int, kv: str) -> tuple[ScenarioSpec, KvFormat]:
    catalog = default_catalog()
    spec = ScenarioSpec(
        model=model,
        weights="fp8",
        kv=kv,
        rack=RackSpec(device=device, gpus_per_node=gpus),
        workload=WorkloadSpec(context_tokens=131_072),
    )
    return spec, catalog.kv_format(kv)


@pytest.mark.parametrize(
    ("model", "device", "gpus", "block_tokens", "pool_gib", "sequences"),
    [
        # https://github.com/noonghunna/club-3090/issues/612
        ("Qwen/Qwen3.6-35B-A3B", "rtx-5090", 1, 2096, 5.98, 4.33),
        # https://github.com/mitchross/talos-argocd-proxmox/pull/1995
        ("Qwen/Qwen3.8-27B", "rtx-3090", 2, 1568, 4.99, 2.31),
    ],
)
def test_hybrid_pages_as_logged(
    model: str, device: str, gpus: int, block_tokens: int, pool_gib: float, sequences: float
) -> None:
    """Both logs are of runs with prefix caching, which keeps two pages of states for each group."""
    spec, _ = logged(model, device, gpus, "fp8")
    scenario = settle(spec, default_catalog())
    policy = replace(scenario.profile.memory, state_pages=2)
    scenario = replace(scenario, profile=replace(scenario.profile, memory=policy))
    pool = pool_of(scenario, tuple(group.count for group in scenario.model.layers))
    assert pool.costs[0].tokens == block_tokens
    assert pool.sequences(round(pool_gib * GIB), 131_072) == pytest.approx(sequences, abs=0.005)


def test_gemma_4_before_and_after_unlike_windows_are_capped() -> None:
    """About 50 GiB held 55 thousand tokens in vLLM 0.20 and 525 thousand in 0.21 (vllm#43308)."""
    spec = ScenarioSpec(
        model="google/gemma-4-31B-it",
        weights="awq-int4",
        rack=RackSpec(device="a100-sxm4-80gb"),
        gpu_memory_fraction=0.9,
    )
    for version, logged_tokens, tolerance in (("0.20.0", 55_000, 0.1), ("0.21.0", 525_000, 0.2)):
        scenario = settle(replace(spec, engine_version=version), default_catalog())
        pool = pool_of(scenario, tuple(group.count for group in scenario.model.layers))
        tokens = pool.sequences(50 * GIB, 262_144) * 262_144
        assert tokens == pytest.approx(logged_tokens, rel=tolerance)
