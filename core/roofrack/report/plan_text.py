"""A plan as text for a terminal."""

from __future__ import annotations

from roofrack.domain.scenario import Scenario
from roofrack.report.table import table
from roofrack.report.units import banded, duration, gib, rate, usd
from roofrack.results import CurvePoint, DeviceMemory, Plan, Spread

CURVE_HEAD = ("requests", "running", "TTFT", "TPOT", "tok/s each", "tok/s total", "req/s", "mostly")
SPREAD_HEAD = ("", "mean", "p50", "p90", "p95", "p99")
MEMORY_HEAD = ("device", "weights", "KV cache", "activations", "overhead", "free", "total GiB")


def plan_text(plan: Plan) -> str:
    """The whole plan: scenario, memory, curve, verdict, cost, what was assumed, what to know."""
    blocks = [title(plan.scenario), table(MEMORY_HEAD, memory_rows(plan))]
    if plan.curve:
        blocks.append(table(CURVE_HEAD, curve_rows(plan.curve), left=0))
    blocks.append("\n".join(plan.verdict))
    if plan.at:
        at = plan.at
        bands = f"80 % bands at {at.concurrency}: TTFT {banded(at.ttft_s)}, TPOT {banded(at.tpot_s)}, total {banded(at.output_tokens_per_s, rate)} tokens/s"
        blocks.append(bands)
        if at.spread is not None:
            blocks.append(f"Spread over requests at {at.concurrency}:\n" + table(SPREAD_HEAD, spread_rows(at.spread)))
    if plan.cost.usd_per_hour is not None:
        blocks.append(cost_line(plan))
    if plan.scenario.defaults:
        blocks.append("\n".join(["Taken as default:", *default_lines(plan.scenario)]))
    said = [notice for notice in plan.warnings if notice.code not in ("does-not-fit", "suggestion")]
    if said:
        blocks.append("\n".join(["Note:", *(f"  {notice.message}" for notice in said)]))
    return "\n\n".join(blocks)


def title(scenario: Scenario) -> str:
    """The scenario in one line."""
    rack, load = scenario.rack, scenario.workload
    nodes = f"{rack.nodes} nodes of " if rack.nodes > 1 else ""
    parallel = " ".join(
        f"{name.upper()} {getattr(scenario.parallel, name)}"
        for name in ("tp", "pp", "dp", "ep")
        if getattr(scenario.parallel, name) > 1
    )
    parts = [
        scenario.model.name,
        f"{nodes}{rack.devices_per_node}x {rack.device.name}",
        parallel,
        scenario.weights.id,
        f"KV {scenario.kv.id}",
        f"{scenario.engine.name} {scenario.engine_version}",
        f"{load.prompt_tokens} -> {load.output_tokens} tokens, {load.load}",
    ]
    return " · ".join(part for part in parts if part)


def memory_rows(plan: Plan) -> list[list[str]]:
    """Devices with equal memory in one row."""
    groups: list[list[DeviceMemory]] = []
    for device in plan.memory.devices:
        if groups and _alike(groups[-1][0], device):
            groups[-1].append(device)
        else:
            groups.append([device])
    return [_memory_row(group) for group in groups]


def _alike(one: DeviceMemory, other: DeviceMemory) -> bool:
    return one._replace(number=0, node=0, replica=0) == other._replace(number=0, node=0, replica=0)


def _memory_row(group: list[DeviceMemory]) -> list[str]:
    first, last = group[0], group[-1]
    name = f"GPU {first.number}" if first is last else f"GPU {first.number}-{last.number}"
    free = f"{gib(first.over_bytes)} over" if first.over_bytes else gib(first.free_bytes)
    parts = (first.weights_bytes, first.kv_cache_bytes, first.activations_bytes, first.overhead_bytes)
    return [name, *(gib(part) for part in parts), free, gib(first.total_bytes)]


def curve_rows(points: tuple[CurvePoint, ...]) -> list[list[str]]:
    """The curve as cells."""
    return [
        [
            f"{point.concurrency:,}",
            f"{point.running:,}",
            duration(point.ttft_s.mid),
            duration(point.tpot_s.mid),
            rate(point.tokens_per_s_per_user.mid),
            rate(point.output_tokens_per_s.mid),
            rate(point.requests_per_s.mid),
            point.bound,
        ]
        for point in points
    ]


def spread_rows(spread: Spread) -> list[list[str]]:
    """Percentiles as cells; of the speed of a stream, what so many requests reach at least."""
    names = ("TTFT", "TPOT", "between tokens (ITL)", "to last token")
    rows = [[name, *(duration(value) for value in values)] for name, values in zip(names, spread, strict=True)]
    return [*rows, ["tok/s each, at least", *(rate(1 / value) for value in spread.tpot_s)]]


def cost_line(plan: Plan) -> str:
    """What it costs, and where the price is from."""
    per_hour, per_million = plan.cost.usd_per_hour, plan.cost.usd_per_million_output_tokens
    if per_hour is None:
        return "No price is known for this device: give --usd-per-gpu-hour."
    tokens = f", {usd(per_million)} per million output tokens at this load" if per_million is not None else ""
    return f"{usd(per_hour)} per hour for the rack{tokens} (price: {plan.cost.source})"


def default_lines(scenario: Scenario) -> list[str]:
    """What was left open and what was taken."""
    return [f"  {default.field} {default.value} ({default.why})" for default in scenario.defaults]
