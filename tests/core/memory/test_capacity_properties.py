"""What must hold for every model, engine and rack."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.core.memory.hand import (
    ATTENTION,
    LAYER,
    MIB,
    NVLINK,
    PCIE,
    a_device,
    a_format,
    a_kv,
    a_model,
    a_policy,
    a_rack,
    a_scenario,
)

from roofrack.domain import LayerGroup, Model, MoeMlp, Parallel, RecurrentState, Scenario
from roofrack.domain.engine import MemoryPolicy
from roofrack.memory.capacity import longest_context, plan_memory
from roofrack.results import MemoryPlan

SPARSE = MoeMlp(experts=16, experts_per_token=2, expert_width=512)
STATE = RecurrentState(variant="test", state_elements=50_000, state_bits=32, conv_elements=500, params=400_000)
MIXERS = (
    ATTENTION,
    replace(ATTENTION, window_tokens=300),
    replace(ATTENTION, kv_heads=1, window_tokens=64),
    STATE,
    None,
)

groups = st.builds(
    lambda count, mixer, sparse: LayerGroup(count=count, attention=mixer, mlp=SPARSE if sparse else LAYER.mlp),
    st.integers(1, 12),
    st.sampled_from(MIXERS),
    st.booleans(),
)
models = st.builds(
    lambda found, tied: a_model(*found, tied_embeddings=tied), st.lists(groups, min_size=1, max_size=4), st.booleans()
)
overheads = st.integers(0, 400).map(lambda size: size * MIB)
policies = st.builds(
    a_policy,
    budget=st.sampled_from(["total", "static", "after-weights", "context"]),
    block_tokens=st.sampled_from([1, 16, 256]),
    graphs_in_budget=st.booleans(),
    context_in_budget=st.booleans(),
    caps_windows=st.booleans(),
    caps_unlike_windows=st.booleans(),
    state_pages=st.integers(0, 3),
    window_pool_ratio=st.sampled_from([None, 0.8]),
    state_pool_ratio=st.sampled_from([None, 0.9]),
    state_slots=st.integers(1, 3),
    non_torch_bytes=overheads,
    communicator_bytes=overheads,
    graph_bytes_per_layer=st.integers(0, 50 * MIB),
    sampler_bytes_per_logit=st.floats(0, 40),
)
scenarios = st.builds(
    lambda model, policy, gpus, memory, link, tp, pp, dp, context, fraction, bits, users: a_scenario(
        model=model,
        policy=policy,
        rack=a_rack(a_device(memory), gpus=gpus, nodes=4, link=link),
        parallel=Parallel(tp=min(tp, gpus), pp=min(pp, model.layer_count), dp=dp),
        context=context,
        fraction=fraction,
        weights=a_format(bits),
        concurrency=users,
    ),
    models,
    policies,
    st.sampled_from([4, 8]),
    st.integers(300, 60_000),
    st.sampled_from([NVLINK, PCIE]),
    st.sampled_from([1, 2, 4]),
    st.integers(1, 2),
    st.integers(1, 2),
    st.integers(128, 300_000),
    st.floats(0.3, 1),
    st.floats(3, 16),
    st.integers(1, 300),
)


def on(scenario: Scenario, **changes: object) -> MemoryPlan:
    return plan_memory(replace(scenario, **changes))  # type: ignore[arg-type]


@given(scenarios)
def test_the_parts_of_a_device_add_up(scenario: Scenario) -> None:
    memory = plan_memory(scenario)
    assert memory.fits == (memory.reason is None)
    assert memory.fits == (memory.max_concurrency >= scenario.parallel.dp)
    assert len(memory.devices) == scenario.rack.device_count
    for device in memory.devices:
        parts = device[7:12]
        assert min(parts) >= 0
        assert all(isinstance(part, int) for part in device[5:])
        if memory.fits:
            assert sum(parts) == device.total_bytes
            assert device.over_bytes == 0
    assert memory.fits or max(device.over_bytes for device in memory.devices) > 0


@given(scenarios)
def test_no_engine_takes_more_than_it_may(scenario: Scenario) -> None:
    memory = plan_memory(scenario)
    if memory.fits and scenario.profile.memory.budget != "total":
        for device in memory.devices:
            assert device.weights_bytes + device.kv_cache_bytes + device.activations_bytes <= device.usable_bytes


@given(scenarios, st.floats(0.3, 1))
def test_fewer_bits_never_need_more(scenario: Scenario, factor: float) -> None:
    whole = plan_memory(scenario)
    weights = a_format(max(0.5, scenario.weights.bits * factor), embedding_bits=16 * factor, head_bits=16 * factor)
    fewer = on(scenario, weights=weights)
    assert fewer.weights_bytes <= whole.weights_bytes
    for small, large in zip(fewer.devices, whole.devices, strict=True):
        assert small.weights_bytes <= large.weights_bytes
    assert fewer.kv_capacity_tokens >= whole.kv_capacity_tokens
    assert fewer.max_concurrency >= whole.max_concurrency


@given(scenarios)
def test_a_smaller_cache_format_holds_more(scenario: Scenario) -> None:
    whole, small = plan_memory(scenario), on(scenario, kv=a_kv(8))
    assert small.kv_bytes_per_token * 2 == whole.kv_bytes_per_token
    assert not whole.fits or small.fits
    # States keep their size, so a page for them takes more tokens of the smaller format: rounding can cost one sequence.
    assert small.max_concurrency >= whole.max_concurrency - scenario.parallel.dp


@given(scenarios, st.integers(2, 5))
def test_replicas_multiply_capacity(scenario: Scenario, more: int) -> None:
    parallel = scenario.parallel
    if parallel.dp * more * parallel.devices_per_replica > scenario.rack.device_count:
        return
    workload = replace(scenario.workload, concurrency=1)
    one = on(scenario, workload=workload)
    many = on(scenario, workload=workload, parallel=replace(parallel, dp=parallel.dp * more))
    assert many.kv_capacity_tokens == more * one.kv_capacity_tokens
    assert many.max_concurrency == more * one.max_concurrency
    assert many.workload_concurrency == more * one.workload_concurrency


@given(scenarios)
def test_more_devices_never_hold_less(scenario: Scenario) -> None:
    free = replace(scenario.profile.memory, communicator_bytes=0)
    scenario = replace(scenario, profile=replace(scenario.profile, memory=free))
    parallel = scenario.parallel
    wider = replace(parallel, tp=2 * parallel.tp)
    if wider.tp > scenario.rack.devices_per_node or wider.devices > scenario.rack.device_count:
        return
    policy = scenario.profile.memory
    if policy.state_pages or policy.budget == "static":  # a page of states, a larger reserve: rounding decides
        return
    assert on(scenario, parallel=wider).max_concurrency >= plan_memory(scenario).max_concurrency


@given(scenarios, st.integers(1, 100_000))
def test_longer_contexts_mean_fewer_sequences(scenario: Scenario, more: int) -> None:
    workload = scenario.workload
    longer = replace(workload, context_tokens=workload.context_tokens + more)
    assert on(scenario, workload=longer).max_concurrency <= plan_memory(scenario).max_concurrency


@given(scenarios)
def test_the_request_takes_no_more_than_the_context(scenario: Scenario) -> None:
    memory = plan_memory(scenario)
    assert memory.workload_concurrency >= memory.max_concurrency


@given(scenarios, st.integers(1, 20_000))
def test_larger_devices_hold_more(scenario: Scenario, more: int) -> None:
    policy = scenario.profile.memory
    device = scenario.rack.device
    if device.memory_mib < 32 * 1024 <= device.memory_mib + more or policy.budget == "static":
        return  # the driver's context grows there, and with it the overhead
    rack = a_rack(
        replace(device, memory_mib=device.memory_mib + more),
        gpus=scenario.rack.devices_per_node,
        nodes=4,
        link=scenario.rack.link,
    )
    assert on(scenario, rack=rack).max_concurrency >= plan_memory(scenario).max_concurrency


@given(scenarios)
def test_the_longest_context_fits_and_is_no_longer_than_asked(scenario: Scenario) -> None:
    longest = longest_context(scenario)
    memory = plan_memory(scenario)
    assert longest <= scenario.workload.context_tokens
    assert memory.fits == (longest == scenario.workload.context_tokens)
    if longest:
        shorter = replace(scenario.workload, context_tokens=longest)
        assert on(scenario, workload=shorter).fits


def test_beyond_the_kv_heads_a_cache_is_replicated() -> None:
    model = a_model(LayerGroup(count=8, attention=ATTENTION, mlp=LAYER.mlp))
    policy: MemoryPolicy = a_policy()
    rack = a_rack(a_device(40_000), gpus=8)
    blocks = {}
    for tp in (1, 2, 4, 8):
        memory = plan_memory(a_scenario(model=model, policy=policy, rack=rack, parallel=Parallel(tp=tp)))
        blocks[tp] = memory.devices[0].kv_cache_bytes / memory.kv_capacity_tokens
        assert [part.tp_divisor for part in memory.kv] == [min(tp, 2)]
        assert memory.kv_bytes_per_token == 8 * 512
    assert blocks == {1: 4096, 2: 2048, 4: 2048, 8: 2048}


def test_the_scarcest_stage_decides() -> None:
    """The last stage holds the head of a large vocabulary; the first keeps no more cache than it."""
    model: Model = a_model(vocab=1_000_000, tied_embeddings=True)
    rack = a_rack(a_device(8192), gpus=2)
    scenario = a_scenario(
        model=model, rack=rack, parallel=Parallel(pp=2), policy=a_policy(sampler_bytes_per_logit=40), fraction=0.9
    )
    first, last = plan_memory(scenario).devices
    assert last.activations_bytes == 64 * 1_000_000 * 40 > first.activations_bytes
    assert first.kv_cache_bytes == last.kv_cache_bytes
    assert first.free_bytes - last.free_bytes == last.activations_bytes - first.activations_bytes
