"""The machine around the devices, computed by hand from its published rules."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import Any

import pytest

from roofrack.catalog import default_catalog
from roofrack.domain import MoneySpec, ParallelSpec, RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.machine import Machine, machine, node_power_w, rack_units
from roofrack.plan import plan

CATALOG = default_catalog()
GB = 1e9
SPEC = ScenarioSpec(
    model="llama-3.1-70b",
    weights="fp8",
    rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=4),
    workload=WorkloadSpec(prompt_tokens=900, output_tokens=100, context_tokens=8192, concurrency=64),
)
PLAN = plan(SPEC, CATALOG)


def around(**fields: Any) -> Machine:
    return machine(plan(replace(SPEC, **fields), CATALOG))


@pytest.mark.parametrize(
    ("device", "count", "watts", "units"),
    [
        ("h100-sxm5-80gb", 8, 10_200, 8),
        ("h100-sxm5-80gb", 2, 2 * 700 * 10.2 / 5.6, 4),
        ("l40s", 4, (4 * 350 + 250 + 4 * 50) / 0.94, 2),
        ("l40s", 5, (5 * 350 + 250 + 5 * 50) / 0.94, 4),
    ],
)
def test_power_and_height_of_a_server(device: str, count: int, watts: float, units: int) -> None:
    assert node_power_w(CATALOG.device(device), count) == pytest.approx(watts)
    assert rack_units(CATALOG.device(device), count) == units


def test_power_and_height_of_machines_and_sockets() -> None:
    mac = CATALOG.device("apple-m4-max-40c")
    assert mac.power_w is not None
    assert node_power_w(mac, 1) == pytest.approx(mac.power_w / 0.94)
    assert rack_units(mac, 3) == 6
    module = replace(CATALOG.device("l40s"), form_factor="module")
    assert node_power_w(module, 1) == pytest.approx(350 / 0.94)
    socket = next(device for device in CATALOG.devices() if device.vendor == "cpu" and device.power_w)
    assert node_power_w(socket, 2) == pytest.approx((2 * (socket.power_w or 0) + 150) / 0.94)
    assert node_power_w(replace(mac, power_w=None), 1) is None


def test_memory_of_a_host_is_the_next_size_sold() -> None:
    weights, pools = PLAN.memory.weights_bytes, sum(device.kv_cache_bytes for device in PLAN.memory.devices)
    needed = weights / GB + 4 * 4 * 2**30 / GB + 16
    sold = (64, 96, 128, 192, 256, 384, 512)
    found = machine(PLAN)
    assert found.value("host RAM") == next(size for size in sold if size >= needed) == 128
    assert found.value("host RAM to offload") == next(size for size in sold if size >= needed + pools / GB)


def test_a_node_that_holds_half_a_replica_loads_half_its_weights() -> None:
    two = around(rack=replace(SPEC.rack, gpus_per_node=2, nodes=2), parallel=ParallelSpec(tp=2, pp=2))
    needed = PLAN.memory.weights_bytes / 2 / GB + 2 * 4 * 2**30 / GB + 16
    assert 32 < needed < 64
    assert two.value("host RAM") == 64
    whole = around(rack=replace(SPEC.rack, nodes=2), parallel=ParallelSpec(dp=2))
    assert whole.value("host RAM to offload") == machine(PLAN).value("host RAM to offload")


def test_the_disk_keeps_two_checkpoints_and_a_month_of_text() -> None:
    assert PLAN.at is not None
    logs = PLAN.at.requests_per_s.mid * (1000 * 4 + 1024) * 30 * 86_400
    assert machine(PLAN).value("disk") == ceil((2 * PLAN.memory.weights_bytes + logs) / GB + 80)
    too_big = plan(replace(SPEC, model="llama-3.1-405b", weights="bf16"), CATALOG)
    assert machine(too_big).value("disk") == ceil(2 * too_big.memory.weights_bytes / GB + 80)


def test_the_network_loads_the_weights_in_five_minutes_or_streams() -> None:
    loading = PLAN.memory.weights_bytes / 300 * 8 / 1e9
    assert 1 < loading < 10
    assert machine(PLAN).value("network") == 10
    assert PLAN.at is not None
    fast = PLAN._replace(at=PLAN.at._replace(output_tokens_per_s=PLAN.at.output_tokens_per_s._replace(mid=1e7)))
    assert 1e7 * 250 * 8 / 1e9 == 20
    assert machine(fast).value("network") == 25
    between = around(rack=replace(SPEC.rack, nodes=2))
    assert between.value("network") == PLAN.scenario.rack.network.gb_s_per_direction * 8 == 400
    small = around(model="llama-3.1-8b", rack=RackSpec(device="l40s"))
    assert small.value("network") == 1


def test_site_power_takes_the_pue_asked_for() -> None:
    two = replace(SPEC, rack=replace(SPEC.rack, nodes=2), money=MoneySpec(pue=1.2))
    made = plan(two, CATALOG)
    each = 4 * 700 * 10.2 / 5.6
    assert machine(made).value("site power") == pytest.approx(2 * each * 1.2)
    assert machine(made, 1.5).value("site power") == pytest.approx(2 * each * 1.5)
    assert {part.name: part.source for part in machine(made).site}["site power"] == "given"
    assert {part.name: part.source for part in machine(PLAN).site}["site power"] not in ("", "given")


def test_without_a_known_power_there_is_none_for_the_site() -> None:
    (group,) = PLAN.scenario.rack.groups
    rack = replace(PLAN.scenario.rack, groups=(replace(group, device=replace(group.device, power_w=None)),))
    found = machine(PLAN._replace(scenario=replace(PLAN.scenario, rack=rack)))
    assert (found.value("power at the wall"), found.value("site power")) == (None, None)


def test_beyond_the_largest_size_several_are_bought() -> None:
    large = PLAN._replace(memory=PLAN.memory._replace(weights_bytes=20_000 * 10**9))
    assert machine(large).value("host RAM") == 3 * 8192


def test_the_check_against_the_published_class_has_the_numbers_of_the_table() -> None:
    found = machine(PLAN)
    assert f"this plan needs {found.value('host RAM'):,.0f} GB, {found.value('CPU cores'):.0f} cores" in found.check
    assert f"and {found.value('disk'):,.0f} GB a node, with 4x " in found.check
