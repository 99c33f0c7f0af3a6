"""What the charts and bars show of a plan: numbers laid out, none computed anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from math import inf
from typing import Any

from roofrack.advice import next_limit
from roofrack.domain import Scenario
from roofrack.memory.demand import kv_demand_bytes, one_sequence_bytes
from roofrack.report.units import counted, duration, gib, rate
from roofrack.results import Band, CurvePoint, DeviceMemory, Plan
from roofrack_tui.messages import XRange
from roofrack_tui.raster.bars import Bar, Part
from roofrack_tui.raster.spec import Axis, ChartSpec, Layer, Series, Target, Vertical, Zone
from roofrack_tui.stops import cursor_stops

GIB = 2**30

_ROOMS = (7, 7)
"""Columns beside every plot, so that the cursor runs straight through all charts."""


def memory_bars(plan: Plan) -> tuple[Bar, ...]:
    """One bar for devices with equal memory.

    Args:
        plan: The plan.
    """
    bars = []
    for _, group in groupby(plan.memory.devices, key=lambda device: device._replace(number=0, node=0, replica=0)):
        alike = list(group)
        bars.append(_bar(plan.scenario, alike[0], alike[-1]))
    return tuple(bars)


def _bar(scenario: Scenario, first: DeviceMemory, last: DeviceMemory) -> Bar:
    return Bar(
        f"GPU {first.number}" if first is last else f"GPU {first.number}–{last.number}",
        parts=[
            Part("weights", first.weights_bytes / GIB, "w"),
            Part("KV", _kv_wanted(scenario, first) / GIB, "KV"),
            Part("activations", first.activations_bytes / GIB, "act"),
            Part("overhead", first.overhead_bytes / GIB, "ovh"),
        ],
        capacity_gib=first.total_bytes / GIB,
        usable_gib=_limit(scenario, first) / GIB if first.over_bytes else None,
    )


def _fixed(device: DeviceMemory) -> int:
    return device.weights_bytes + device.activations_bytes + device.overhead_bytes


def _kv_wanted(scenario: Scenario, device: DeviceMemory) -> int:
    """The KV pool; on a device that is over, the cache of the one sequence that does not fit."""
    return one_sequence_bytes(scenario, device.stage) if device.over_bytes else device.kv_cache_bytes


def _limit(scenario: Scenario, device: DeviceMemory) -> int:
    """What may be filled: a pool takes all of it, and a device that is over passes it by just that much."""
    filled = _fixed(device) + _kv_wanted(scenario, device) - device.over_bytes
    return filled if device.over_bytes else max(device.usable_bytes, filled)


def fullest(plan: Plan) -> DeviceMemory:
    """The device that is over most, or else has least room.

    Args:
        plan: The plan.
    """
    return max(plan.memory.devices, key=lambda device: (device.over_bytes, -device.free_bytes, -device.number))


def memory_chart(plan: Plan, x_range: XRange = None) -> ChartSpec:
    """What fills the fullest device as requests come, and where it ends.

    Args:
        plan: The plan.
        x_range: Concurrencies at the edges; None shows all.
    """
    device, stops, at = fullest(plan), cursor_stops(plan), plan.scenario.workload.concurrency
    room = max(0, _limit(plan.scenario, device) - _fixed(device)) if plan.memory.fits else None
    wanted = kv_demand_bytes(plan.scenario, device.stage, _running(plan, stops))
    held = dict(zip(stops, wanted if room is None else (min(room, size) for size in wanted), strict=True))
    layers = [
        ("weights", device.weights_bytes),
        ("activations", device.activations_bytes),
        ("overhead", device.overhead_bytes),
    ]
    return ChartSpec(
        stack=[
            *(
                Layer(name, [(n, size / GIB) for n in stops], style=style)
                for (name, size), style in zip(layers, (0, 2, 3), strict=True)
            ),
            Layer("KV", [(n, size / GIB) for n, size in held.items()], style=1),
        ],
        targets=[
            Target(
                _limit(plan.scenario, device) / GIB,
                f"room for {gib(_limit(plan.scenario, device))} GiB",
                kind="limit",
            )
        ],
        left=Axis("GiB", numbers="plain"),
        readout=[f"{counted(at, 'user')}: {gib(_fixed(device) + held[at])} GiB, KV {gib(held[at])}"],
        **_shared(plan, x_range, names_limit=True),
    )


def _running(plan: Plan, stops: Sequence[int]) -> Sequence[int]:
    """How many of so many requests are in flight: beyond the engine's sequences, more wait and hold no cache."""
    if not plan.memory.fits:
        return stops
    limit = next_limit(plan.scenario, plan.memory)
    return stops if limit.kind == "kv" else [min(n, limit.concurrency) for n in stops]


def throughput_chart(plan: Plan, x_range: XRange = None, within: int | None = None) -> ChartSpec:
    """Output tokens/s of the whole rack and of one user.

    Args:
        plan: The plan.
        x_range: Concurrencies at the edges; None shows all.
        within: Requests at once within the targets; None where none are set.
    """
    total, each = _series(plan, lambda p: p.output_tokens_per_s), _series(plan, lambda p: p.tokens_per_s_per_user)
    if not plan.curve:
        return _empty(plan)
    return ChartSpec(
        series=[
            Series("total", *total, style=0),
            Series("each", *each, side="right", style=1),
        ],
        targets=_speed_targets(plan.scenario),
        left=Axis("tok/s total"),
        right=Axis("tok/s each", low=0),
        readout=_readout(
            plan, lambda p: (f"{rate(p.output_tokens_per_s.mid)} tok/s", f"{rate(p.tokens_per_s_per_user.mid)} each")
        ),
        **_shared(plan, x_range, zone="more wait", within=within),
    )


def _speed_targets(scenario: Scenario) -> list[Target]:
    """The slowest stream, from a target of its own or from TPOT, whichever is stricter, and the total that requests/s ask for."""
    wanted, lines = scenario.targets, []
    speeds = [speed for speed in (wanted.tokens_per_s_per_user, wanted.tpot_s and 1 / wanted.tpot_s) if speed]
    if speeds:
        each = f"{rate(max(speeds))}/s each"
        lines.append(Target(max(speeds), f"target {each}", side="right", brief=each))
    if wanted.requests_per_s:
        total = wanted.requests_per_s * scenario.workload.output_tokens
        requests = f"{rate(wanted.requests_per_s)} requests/s"
        lines.append(Target(total, f"target {requests}", brief=requests))
    return lines


def latency_chart(plan: Plan, x_range: XRange = None, within: int | None = None) -> ChartSpec:
    """Time to first token and time per output token.

    Args:
        plan: The plan.
        x_range: Concurrencies at the edges; None shows all.
        within: Requests at once within the targets; None where none are set.
    """
    if not plan.curve:
        return _empty(plan)
    targets = plan.scenario.targets
    lines = []
    if targets.ttft_s:
        of = f" p{targets.percentile:g}" if targets.percentile else ""
        most = duration(targets.ttft_s)
        lines.append(Target(targets.ttft_s, f"TTFT{of} target {most}", brief=f"TTFT{of} {most}"))
    slowest = min(filter(None, (targets.tpot_s, 1 / (targets.tokens_per_s_per_user or inf))), default=None)
    if slowest:
        most = duration(slowest)
        lines.append(Target(slowest, f"TPOT target {most}", side="right", brief=f"TPOT {most}"))
    return ChartSpec(
        series=[
            Series("TTFT", *_series(plan, lambda p: p.ttft_s), style=7),
            Series("TPOT", *_series(plan, lambda p: p.tpot_s), side="right", style=1),
        ],
        targets=lines,
        left=Axis("TTFT", log=True, numbers="seconds"),
        right=Axis("TPOT", log=True, numbers="seconds"),
        readout=_readout(plan, lambda p: (f"TTFT {duration(p.ttft_s.mid)}", f"TPOT {duration(p.tpot_s.mid)}")),
        **_shared(plan, x_range, within=within),
    )


def _empty(plan: Plan) -> ChartSpec:
    """A chart without lines: nothing runs."""
    return ChartSpec(**_shared(plan, None))


def _series(
    plan: Plan, value: Callable[[CurvePoint], Band]
) -> tuple[list[tuple[float, float]], list[tuple[float, float, float]]]:
    found = [(point.concurrency, value(point)) for point in plan.curve]
    return [(x, band.mid) for x, band in found], [(x, band.low, band.high) for x, band in found]


def _readout(plan: Plan, texts: Callable[[CurvePoint], tuple[str, ...]]) -> tuple[str, ...] | None:
    return texts(plan.at) if plan.at else None


def _shared(
    plan: Plan, x_range: XRange, *, names_limit: bool = False, zone: str = "", within: int | None = None
) -> dict[str, Any]:
    """Axis, cursor and limits: the same in all charts; one of them has room for each label."""
    stops = cursor_stops(plan)
    last = max(stops[-1], plan.curve[-1].concurrency if plan.curve else 0)
    shared: dict[str, Any] = {
        "cursor": plan.scenario.workload.concurrency,
        "cursor_stops": stops,
        "x_unit": "user" if plan.scenario.workload.concurrency == 1 else "users",
        "x_range": x_range or (stops[0], last),
        "rooms": _ROOMS,
    }
    if not plan.memory.fits:
        return {**shared, "zone": Zone(stops[0], "does not fit", kind="over")}
    if len(stops) == 1:  # a point, and why it is no line
        return {**shared, "verticals": [Vertical(last, f"{plan.scenario.workload.load}: 1 point")]}
    limit = next_limit(plan.scenario, plan.memory)
    if within and within < min(limit.concurrency, last):
        shared["verticals"] = [Vertical(within, f"{within:,} within targets")]
    if limit.concurrency >= last:
        return shared
    label = _LIMITS[limit.kind].format(limit.concurrency) if names_limit else ""
    return {
        **shared,
        "verticals": [*shared.get("verticals", ()), Vertical(limit.concurrency, label)],
        "zone": Zone(limit.concurrency, zone),
    }


_LIMITS = {"kv": "KV full at {:,}", "sequences": "at most {:,} at once"}
