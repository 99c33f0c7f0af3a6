"""The rest of the machine: host memory, cores, disk, network, power at the wall and rack units, each with its rule."""

from __future__ import annotations

import math
from typing import NamedTuple

from roofrack.catalog.prices import shipped_prices
from roofrack.domain.device import Device
from roofrack.domain.scenario import Scenario
from roofrack.nominal import nominal_params
from roofrack.results import Plan

_GB = 1e9
_MEMORY_SIZES_GB = (16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192)
_NETWORK_GBIT_S = (1, 10, 25, 40, 100, 200, 400, 800, 1600, 3200)
_SYSTEM_GB = 16
_PINNED_BYTES_PER_GPU = 4 * 2**30
_IMAGE_AND_SYSTEM_GB = 80
_LOG_DAYS = 30
_BYTES_PER_TOKEN_OF_TEXT = 4
_BYTES_PER_LOGGED_REQUEST = 1024
_BYTES_PER_STREAMED_TOKEN = 250
_RELOAD_S = 300
_BOARD_SERVER_FACTOR = 10.2 / 5.6
_HOST_W, _HOST_W_PER_CARD = 250, 50
_CPU_BOARD_W = 150
_SUPPLY_EFFICIENCY = 0.94
WEIGHTS_VERSIONS = 2
"""Checkpoints kept on disk: the one that runs and the one to go back to."""


class Part(NamedTuple):
    """One property of a node or of the site.

    Args:
        name: `host RAM`, `CPU cores` …
        value: The number; None where a fact is missing.
        unit: Its unit.
        rule: How it was found, in words and numbers.
        source: Where the rule comes from.
    """

    name: str
    value: float | None
    unit: str
    rule: str
    source: str


class SizeClass(NamedTuple):
    """A published size class of models and the machine it asks for (R2)."""

    name: str
    up_to_params: float
    ram_gb: int
    tflops: int
    gpus: str
    cores: int
    disk_gb: int


SIZE_CLASSES = (
    SizeClass("small", 10e9, 32, 16, "1x RTX A5000", 16, 500),
    SizeClass("medium", 70e9, 128, 312, "2x A100", 32, 2000),
    SizeClass("large", math.inf, 256, 1000, "4 or more A100", 64, 4000),
)
"""1–10B, 10–70B, above 70B; of the last class the numbers are the least."""


class Machine(NamedTuple):
    """What stands around the devices.

    Args:
        nodes: How many such nodes.
        node: Properties of one node.
        site: Properties of all nodes together.
        size_class: The published class of the model, as a cross-check.
        check: How the class compares, in a sentence.
    """

    nodes: int
    node: tuple[Part, ...]
    site: tuple[Part, ...]
    size_class: SizeClass
    check: str

    def value(self, name: str) -> float | None:
        """The number of a part by name."""
        return next(part.value for part in (*self.node, *self.site) if part.name == name)


def machine(plan: Plan, pue: float | None = None) -> Machine:
    """Work out the machine of a plan.

    Args:
        plan: A plan; one that does not fit has no traffic, so its logs and network are left at their least.
        pue: Power usage effectiveness; None takes the scenario's, or the dated default.
    """
    scenario = plan.scenario
    nodes = scenario.rack.nodes
    power = node_power_w(scenario.rack.device, scenario.rack.devices_per_node)
    units = rack_units(scenario.rack.device, scenario.rack.devices_per_node)
    fact = shipped_prices().costs["pue"]
    chosen = pue or scenario.spec.money.pue
    ratio = chosen or fact.value
    site_power = None if power is None else power * nodes * ratio
    node = (
        _ram(plan),
        _ram_offload(plan),
        _cores(scenario),
        _disk(plan),
        _network(plan),
        Part("power at the wall", power, "W", _power_rule(scenario.rack.device), _power_source(scenario.rack.device)),
        Part(
            "rack units",
            units,
            "U",
            _units_rule(scenario.rack.device),
            "NVIDIA DGX H100: 8 GPUs in 8 U; card servers: 4 in 2 U",
        ),
    )
    site = (
        Part(
            "site power",
            site_power,
            "W",
            f"{_nodes(nodes)} × PUE {ratio:g}",
            "given" if chosen else f"{fact.source.text} {fact.source.date}",
        ),
        Part("site rack units", units * nodes, "U", _nodes(nodes), "sum"),
    )
    found = size_class(nominal_params(scenario.model))
    return Machine(nodes, node, site, found, _check(found, node, scenario))


def _nodes(count: int) -> str:
    return f"{count:,} node{'' if count == 1 else 's'}"


def size_class(params: float) -> SizeClass:
    """The published size class of a model (R2); a size on the border belongs to the smaller class."""
    return next(found for found in SIZE_CLASSES if params <= found.up_to_params)


def node_power_w(device: Device, count: int) -> float | None:
    """Power of one node at the wall under full load, watts; None where the device's is unknown.

    Args:
        device: What is in the node.
        count: How many of it.
    """
    if device.power_w is None:
        return None
    devices = device.power_w * count
    kind = _kind(device)
    if kind == "whole":
        return devices / _SUPPLY_EFFICIENCY
    if kind == "cpu":
        return (devices + _CPU_BOARD_W) / _SUPPLY_EFFICIENCY
    if kind == "board":
        return devices * _BOARD_SERVER_FACTOR
    return (devices + _HOST_W + _HOST_W_PER_CARD * count) / _SUPPLY_EFFICIENCY


def rack_units(device: Device, count: int) -> int:
    """Rack units of one node.

    Args:
        device: What is in the node.
        count: How many of it.
    """
    kind = _kind(device)
    if kind == "board":
        return max(4, count)
    return 2 * math.ceil(count / 4) if kind == "card" else 2 * count


def _kind(device: Device) -> str:
    """`whole` machines, `cpu` sockets, accelerator `board`s, and `card`s in a server."""
    form = device.form_factor.lower()
    if device.vendor == "cpu":
        return "cpu"
    if device.unified_memory or form in ("soc", "apu", "desktop", "module"):
        return "whole"
    return "board" if form.startswith(("sxm", "oam", "superchip", "cloud")) else "card"


def _power_rule(device: Device) -> str:
    return {
        "whole": "the device is the machine; power supply 94 %",
        "cpu": f"sockets and {_CPU_BOARD_W} W of board and memory; power supply 94 %",
        "board": "boards × 1.82: eight 700 W boards in a server of 10.2 kW",
        "card": f"cards, {_HOST_W} W of host and {_HOST_W_PER_CARD} W of fans a card; power supply 94 %",
    }[_kind(device)]


def _power_source(device: Device) -> str:
    return "NVIDIA DGX H100 data sheet" if _kind(device) == "board" else "guess; supply: 80 PLUS Platinum"


def _units_rule(device: Device) -> str:
    return {
        "whole": "2 U of shelf each",
        "cpu": "2 U a socket",
        "board": "1 U a board, at least 4 U",
        "card": "2 U for every four cards",
    }[_kind(device)]


def _node_share(scenario: Scenario) -> float:
    """Share of one replica's weights that one node loads."""
    return min(1.0, scenario.rack.devices_per_node / scenario.parallel.devices_per_replica)


def _ram_bytes(plan: Plan) -> float:
    scenario = plan.scenario
    loaded = plan.memory.weights_bytes * _node_share(scenario)
    return loaded + scenario.rack.devices_per_node * _PINNED_BYTES_PER_GPU + _SYSTEM_GB * _GB


def _ram(plan: Plan) -> Part:
    if plan.scenario.rack.device.unified_memory:
        return Part(
            "host RAM", plan.scenario.rack.device.memory_bytes / _GB, "GB", "shared with the device", "device preset"
        )
    return Part(
        "host RAM",
        _next(_ram_bytes(plan) / _GB, _MEMORY_SIZES_GB),
        "GB",
        f"the weights a node loads once in the page cache, {_PINNED_BYTES_PER_GPU / _GB:.1f} GB of pinned memory a GPU, {_SYSTEM_GB} GB for the system; next size sold",
        "vLLM --swap-space default for the pinned memory; the rest is arithmetic",
    )


def _ram_offload(plan: Plan) -> Part:
    scenario = plan.scenario
    if scenario.rack.device.unified_memory:
        return Part(
            "host RAM to offload",
            scenario.rack.device.memory_bytes / _GB,
            "GB",
            "shared with the device",
            "device preset",
        )
    first = [device for device in plan.memory.devices if device.node == 0]
    pool = sum(device.kv_cache_bytes for device in first)
    return Part(
        "host RAM to offload",
        _next((_ram_bytes(plan) + pool) / _GB, _MEMORY_SIZES_GB),
        "GB",
        "as above, and the KV pools of the node once more",
        "arithmetic",
    )


def _cores(scenario: Scenario) -> Part:
    devices, replica = scenario.rack.devices_per_node, scenario.parallel.devices_per_replica
    engines = max(1, devices // replica)
    return Part(
        "CPU cores",
        2 * engines + devices,
        "cores",
        f"one for the API server and one for the scheduler of {engines} engine{'s' if engines > 1 else ''}, one for each of {devices} worker{'s' if devices > 1 else ''}; physical ones",
        "vLLM documentation, optimization: CPU resources",
    )


def _disk(plan: Plan) -> Part:
    logs = _log_bytes(plan)
    weights = plan.memory.weights_bytes
    return Part(
        "disk",
        math.ceil((WEIGHTS_VERSIONS * weights + logs) / _GB + _IMAGE_AND_SYSTEM_GB),
        "GB",
        f"{WEIGHTS_VERSIONS} versions of the weights, {_IMAGE_AND_SYSTEM_GB} GB of system and engine image, {_LOG_DAYS} days of requests and answers at this load",
        f"arithmetic; {_BYTES_PER_TOKEN_OF_TEXT} bytes of text a token",
    )


def _log_bytes(plan: Plan) -> float:
    if plan.at is None:
        return 0.0
    workload = plan.scenario.workload
    text = (workload.prompt_tokens + workload.output_tokens) * _BYTES_PER_TOKEN_OF_TEXT
    return plan.at.requests_per_s.mid * (text + _BYTES_PER_LOGGED_REQUEST) * _LOG_DAYS * 86400


def _network(plan: Plan) -> Part:
    scenario = plan.scenario
    streamed = plan.at.output_tokens_per_s.mid * _BYTES_PER_STREAMED_TOKEN if plan.at else 0.0
    loading = plan.memory.weights_bytes * _node_share(scenario) / _RELOAD_S
    needed = max(streamed, loading) * 8 / 1e9
    between = scenario.rack.network.gb_s_per_direction * 8 if scenario.rack.nodes > 1 else 0.0
    also = f"; {between:g} Gbit/s a device between the nodes" if between else ""
    return Part(
        "network",
        max(_next(needed, _NETWORK_GBIT_S), between),
        "Gbit/s",
        f"answers streamed at {_BYTES_PER_STREAMED_TOKEN} bytes a token, and the weights fetched in {_RELOAD_S // 60} minutes{also}; next rate sold",
        "size of a streamed chunk of the OpenAI API; the rest is arithmetic",
    )


def _next(value: float, sizes: tuple[int, ...]) -> float:
    """The next size that is sold; beyond the largest, whole multiples of it."""
    return next((size for size in sizes if size >= value), sizes[-1] * math.ceil(value / sizes[-1]))


def _check(found: SizeClass, node: tuple[Part, ...], scenario: Scenario) -> str:
    ram, cores, disk = (next(p.value for p in node if p.name == name) for name in ("host RAM", "CPU cores", "disk"))
    least = "at least " if found.name == "large" else ""
    return (
        f"The published class '{found.name}' says {least}{found.ram_gb} GB of RAM, {found.cores} cores, {found.disk_gb:,} GB of disk and "
        f"{found.gpus}; this plan needs {ram:,.0f} GB, {cores:.0f} cores and {disk:,.0f} GB a node, with "
        f"{scenario.rack.device_count}x {scenario.rack.device.name}."
    )
