"""Choices become a scenario: what follows engine, model and rack, what is noted, and what contradicts itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from roofrack.catalog import default_catalog
from roofrack.domain import ParallelSpec, RackSpec, Scenario, ScenarioSpec, WorkloadSpec
from roofrack.domain.base import Source
from roofrack.domain.device import Price
from roofrack.errors import InputError
from roofrack.settle import rent_source, settle, step_defaults

CATALOG = default_catalog()
H100 = RackSpec(device="h100-sxm5-80gb")
SPEC = ScenarioSpec(model="llama-3.1-8b", rack=H100)


def settled(spec: ScenarioSpec = SPEC, **fields: Any) -> Scenario:
    return settle(replace(spec, **fields), CATALOG)


def racked(**fields: Any) -> Scenario:
    return settled(rack=replace(H100, **fields))


def noted(scenario: Scenario) -> dict[str, str]:
    return {note.field: note.value for note in scenario.defaults}


@pytest.mark.parametrize(
    ("device", "count", "chosen", "link"),
    [
        ("h100-sxm5-80gb", 8, None, "nvlink"),
        ("h100-sxm5-80gb", 8, "pcie", "pcie-5-x16"),
        ("h100-sxm5-80gb", 8, "own", "nvlink"),
        ("h100-sxm5-80gb", 8, "NVLink", "nvlink"),
        ("rtx-4090", 4, None, "pcie-4-x16"),
        ("rtx-3090", 2, None, "nvlink"),
        ("rtx-3090", 4, None, "pcie-4-x16"),
        ("h100-sxm5-80gb", 1, None, "nvlink"),
    ],
)
def test_the_link_inside_a_node(device: str, count: int, chosen: str | None, link: str) -> None:
    scenario = settled(rack=RackSpec(device=device, gpus_per_node=count, link=chosen))
    assert scenario.rack.link.id.startswith(link)
    if link == "nvlink":
        own = scenario.rack.device.link
        assert own is not None
        assert scenario.rack.link.gb_s_per_direction == own.gb_s_per_direction
    assert ("link" in noted(scenario)) == (chosen is None and count > 1)


@pytest.mark.parametrize(
    ("device", "nodes", "chosen", "network"),
    [
        ("h100-sxm5-80gb", 2, None, "ib-ndr-400"),
        ("rtx-4090", 2, None, "ethernet-25g"),
        ("rtx-3090", 2, None, "ethernet-25g"),
        ("h100-sxm5-80gb", 2, "ethernet-25g", "ethernet-25g"),
        ("h100-sxm5-80gb", 1, None, "ib-ndr-400"),
    ],
)
def test_the_network_between_nodes(device: str, nodes: int, chosen: str | None, network: str) -> None:
    scenario = settled(rack=RackSpec(device=device, nodes=nodes, network=chosen))
    assert scenario.rack.network.id == network
    assert ("network" in noted(scenario)) == (chosen is None and nodes > 1)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"rack": replace(H100, network="nvlink4")}, "joins devices, not nodes"),
        ({"rack": replace(H100, gpus_per_node=2, link="ib-ndr-400")}, "joins nodes, not devices"),
        ({"rack": RackSpec(device="rtx-4090", gpus_per_node=2, link="nvlink")}, "has no link of its own"),
        ({"rack": RackSpec(device="rtx-3090", gpus_per_node=4, link="nvlink")}, "joins 2 devices, not 4"),
        ({"rack": RackSpec(device="apple-m1-max", gpus_per_node=2), "engine": "llama.cpp"}, "nothing joins several"),
        ({"rack": RackSpec(device="apple-m1-max"), "engine": "vllm"}, "does not run on Apple M1 Max"),
        ({"rack": RackSpec(device="p40")}, "needs compute capability"),
        ({"kv": "q4_0"}, "kv: "),
        ({"weights": "exl2-3.0"}, "weights: "),
        (
            {"rack": replace(H100, gpus_per_node=8), "parallel": ParallelSpec(tp=3)},
            "tp: 3 does not divide the 32 attention heads",
        ),
        ({"rack": replace(H100, gpus_per_node=8), "parallel": ParallelSpec(tp=8, dp=2)}, "16"),
        ({"workload": WorkloadSpec(prompt_tokens=900, output_tokens=101, context_tokens=1000)}, "exceed the context"),
        ({"workload": WorkloadSpec(load="poisson")}, "needs an arrival rate"),
        ({"workload": WorkloadSpec(output_tokens=100, max_tokens=99)}, "at most 99 tokens cannot be 100"),
    ],
)
def test_what_contradicts_itself_is_named(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as refused:
        settled(**fields)
    assert says in str(refused.value)


def hint(**fields: Any) -> list[str]:
    with pytest.raises(InputError) as refused:
        settled(**fields)
    return refused.value.hint.removeprefix("try ").split(", ")


def test_hints_name_formats_that_run() -> None:
    """As many as run: each of them settles."""
    for name in hint(weights="exl2-3.0"):
        assert settled(weights=name).weights.id == name
    for name in hint(kv="q4_0"):
        assert settled(kv=name).kv.id == name


def test_a_link_may_be_named() -> None:
    assert racked(gpus_per_node=2, link="pcie-4-x8").rack.link == CATALOG.link("pcie-4-x8")


def test_hints_name_only_links_of_the_right_kind() -> None:
    with pytest.raises(InputError) as refused:
        racked(network="nvlink4")
    assert refused.value.hint is not None
    named = refused.value.hint.removeprefix("choose one of ").split(", ")
    assert named
    assert {CATALOG.link(name).kind for name in named} == {"network"}


@pytest.mark.parametrize(
    ("given", "rack", "taken"),
    [
        ({}, {"gpus_per_node": 8}, (8, 1, 1)),
        ({}, {"gpus_per_node": 8, "nodes": 2}, (8, 2, 1)),
        ({"dp": 2}, {"gpus_per_node": 8}, (4, 1, 2)),
        ({"dp": 4}, {"gpus_per_node": 8, "nodes": 2}, (4, 1, 4)),
        ({"tp": 2}, {"gpus_per_node": 8}, (2, 1, 4)),
        ({"tp": 2}, {"gpus_per_node": 8, "nodes": 2}, (2, 1, 8)),
        ({"pp": 2}, {"gpus_per_node": 8}, (4, 2, 1)),
        ({"tp": 2, "pp": 2}, {"gpus_per_node": 8}, (2, 2, 2)),
        ({"tp": 1, "dp": 1}, {"gpus_per_node": 8}, (1, 1, 1)),
        ({"dp": 1}, {"gpus_per_node": 8, "nodes": 2}, (8, 1, 1)),
    ],
)
def test_degrees_that_nobody_chose_take_the_whole_rack(
    given: dict[str, int], rack: dict[str, int], taken: tuple[int, int, int]
) -> None:
    scenario = settled(rack=replace(H100, **rack), parallel=ParallelSpec(**given))
    found = scenario.parallel
    assert (found.tp, found.pp, found.dp) == taken
    open_ones = {name for name, value in zip(("tp", "pp", "dp"), taken, strict=True) if name not in given and value > 1}
    assert {"tp", "pp", "dp"} & set(noted(scenario)) == open_ones


@pytest.mark.parametrize(
    ("given", "taken"), [({}, (1, 4, 1)), ({"dp": 2}, (1, 2, 2)), ({"tp": 2}, (2, 2, 1)), ({"pp": 2}, (1, 2, 2))]
)
def test_engines_of_slots_split_layers_over_devices(given: dict[str, int], taken: tuple[int, int, int]) -> None:
    found = settled(
        rack=RackSpec(device="rtx-4090", gpus_per_node=4), engine="llama.cpp", parallel=ParallelSpec(**given)
    ).parallel
    assert (found.tp, found.pp, found.dp) == taken


def test_what_is_chosen_is_taken_and_what_is_not_is_noted() -> None:
    open_one = settled()
    assert {"engine-version", "weights", "kv", "context", "concurrency", "usd-per-gpu-hour"} <= set(noted(open_one))
    assert open_one.engine_version == open_one.engine.default_version
    assert open_one.workload.context_tokens == open_one.model.max_context_tokens
    chosen = settled(
        engine_version=open_one.engine_version,
        weights="fp8",
        kv="fp8",
        workload=WorkloadSpec(context_tokens=4096, concurrency=3),
        usd_per_gpu_hour=1.25,
        gpu_memory_fraction=0.5,
        max_num_seqs=7,
        max_num_batched_tokens=1234,
    )
    assert noted(chosen) == {}
    assert (chosen.weights.id, chosen.kv.id, chosen.usd_per_device_hour) == ("fp8", "fp8", 1.25)
    assert (chosen.workload.context_tokens, chosen.workload.concurrency) == (4096, 3)
    assert (chosen.gpu_memory_fraction, chosen.max_num_seqs, chosen.max_num_batched_tokens) == (0.5, 7, 1234)


def test_a_model_that_its_vendor_quantised_stays_so() -> None:
    assert settled(model="gpt-oss-120b").weights.id == "mxfp4"
    assert settled(model="llama-3.1-8b").weights.id == "bf16"
    why = {note.field: note.why for note in settled(model="gpt-oss-120b").defaults}
    assert why["weights"] == "what the vendor publishes"


def test_only_a_load_of_one_begins_with_one_request() -> None:
    assert settled().workload.concurrency == 64
    assert settled(workload=WorkloadSpec(load="single", concurrency=9)).workload.concurrency == 1
    slots = settled(rack=RackSpec(device="rtx-4090"), engine="llama.cpp")
    assert slots.workload.concurrency == 1
    assert noted(slots)["concurrency"] == "1"


def test_experts_are_spread_where_that_is_asked() -> None:
    eight = RackSpec(device="h200-sxm-141gb", gpus_per_node=8)
    assert settled(model="deepseek-v3", rack=eight, parallel=ParallelSpec(tp=8, ep=8)).parallel.ep == 8
    assert settled(model="deepseek-v3", rack=eight).parallel.ep == 1


def test_answers_as_long_as_allowed_and_concurrencies_as_chosen() -> None:
    found = settled(workload=WorkloadSpec(output_tokens=100, max_tokens=100, concurrencies=(4, 8)))
    assert (found.workload.max_tokens, found.workload.concurrencies) == (100, (4, 8))
    assert settled(workload=WorkloadSpec(load="single")).workload.concurrency == 1
    assert noted(settled(workload=WorkloadSpec(load="single")))["concurrency"] == "1"


def test_a_context_that_just_holds_prompt_and_answer_will_do() -> None:
    found = settled(workload=WorkloadSpec(prompt_tokens=900, output_tokens=100, context_tokens=1000))
    assert found.workload.context_tokens == 1000


def test_steps_are_as_large_as_the_device_allows() -> None:
    profile = settled().profile
    for row in profile.batching.defaults:
        device = replace(CATALOG.device("l40s"), id="other", memory_mib=max(256, round(row.min_memory_gib * 1024)))
        assert step_defaults(profile, device) == row
    small = replace(CATALOG.device("l40s"), memory_mib=256)
    assert step_defaults(profile, small) == profile.batching.defaults[-1]


@pytest.mark.parametrize(
    ("price", "said"),
    [
        (
            Price(usd=2, low_usd=1, high_usd=4, source=Source(text="x", date="2026-01")),
            "middle of published rents, $1.00 to $4.00, 2026-01",
        ),
        (Price(usd=2, low_usd=1, high_usd=4, source=Source(text="x")), "middle of published rents, $1.00 to $4.00"),
        (Price(usd=2, low_usd=2, high_usd=2, source=Source(text="a cloud", date="2026-01")), "a cloud, 2026-01"),
        (Price(usd=2, source=Source(text="a cloud")), "a cloud"),
    ],
)
def test_where_a_rent_is_from(price: Price, said: str) -> None:
    assert rent_source(price) == said
