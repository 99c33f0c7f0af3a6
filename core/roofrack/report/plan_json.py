"""`roofrack.plan/1`: the JSON contract of a plan. Keys and meanings are stable; others script against them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from roofrack._version import __version__
from roofrack.domain.scenario import Scenario
from roofrack.results import Band, CurvePoint, DeviceMemory, MemoryPlan, Plan

if TYPE_CHECKING:
    from roofrack.evidence.nearest import Evidence

SCHEMA = "roofrack.plan/1"
_GIB = 2**30
_OF_SOME_LOADS = ("requests", "max_tokens")


def plan_json(plan: Plan, evidence: tuple[Evidence, ...] = ()) -> dict[str, Any]:
    """A plan as plain JSON values: seconds, bytes or GiB as the key says, tokens/s.

    Args:
        plan: The plan.
        evidence: Measurements near it.
    """
    return {
        "schema": SCHEMA,
        "version": __version__,
        "scenario": scenario_json(plan.scenario),
        "defaults": [{"field": d.field, "value": d.value, "why": d.why} for d in plan.scenario.defaults],
        "memory": _memory(plan.memory),
        "curve": [_point(point) for point in plan.curve],
        "cost": {
            "usd_per_hour": figures(plan.cost.usd_per_hour),
            "usd_per_million_output_tokens": figures(plan.cost.usd_per_million_output_tokens),
        },
        "evidence": _evidence(evidence),
        "warnings": [{"code": notice.code, "message": notice.message} for notice in plan.warnings],
    }


def _evidence(found: tuple[Evidence, ...]) -> list[dict[str, Any]]:
    if not found:
        return []
    from roofrack.report.evidence import evidence_json

    return [evidence_json(one) for one in found]


def scenario_json(scenario: Scenario) -> dict[str, Any]:
    """What was planned, every choice settled.

    Args:
        scenario: The scenario.
    """
    rack, parallel, workload = scenario.rack, scenario.parallel, scenario.workload
    return {
        "model": scenario.model.id,
        "weights": scenario.weights.id,
        "kv": scenario.kv.id,
        "rack": {
            "device": rack.device.id,
            "gpus_per_node": rack.devices_per_node,
            "nodes": rack.nodes,
            "link": _link_word(scenario),
        },
        "parallel": {"tp": parallel.tp, "pp": parallel.pp, "dp": parallel.dp, "ep": parallel.ep},
        "engine": scenario.engine.id,
        "engine_version": scenario.engine_version,
        "workload": {
            "prompt_tokens": workload.prompt_tokens,
            "output_tokens": workload.output_tokens,
            "context_tokens": workload.context_tokens,
            "load": workload.load,
            **{name: value for name in _OF_SOME_LOADS if (value := getattr(workload, name)) is not None},
        },
    }


def _link_word(scenario: Scenario) -> str:
    """`nvlink` and `pcie` for the links that those words choose, else the link's id."""
    link = scenario.rack.link
    if link.kind == "pcie":
        return "pcie"
    return "nvlink" if link.id.startswith("nvlink") else link.id


def _memory(memory: MemoryPlan) -> dict[str, Any]:
    return {
        "fits": memory.fits,
        "reason": memory.reason,
        "per_device": [_device(device) for device in memory.devices],
        "weights_bytes": memory.weights_bytes,
        "kv_bytes_per_token": memory.kv_bytes_per_token,
        "kv_capacity_tokens": memory.kv_capacity_tokens,
        "max_concurrency": memory.max_concurrency,
    }


def _device(device: DeviceMemory) -> dict[str, Any]:
    return {
        "index": device.number,
        "device": device.device,
        "total_gib": _gib(device.total_bytes),
        "usable_gib": _gib(device.usable_bytes),
        "weights_gib": _gib(device.weights_bytes),
        "kv_cache_gib": _gib(device.kv_cache_bytes),
        "activations_gib": _gib(device.activations_bytes),
        "overhead_gib": _gib(device.overhead_bytes),
        "free_gib": _gib(device.free_bytes),
    }


def _point(point: CurvePoint) -> dict[str, Any]:
    made: dict[str, Any] = {
        "concurrency": point.concurrency,
        "running": point.running,
        "waiting": point.waiting,
        "ttft_s": _band(point.ttft_s),
        "tpot_s": _band(point.tpot_s),
        "e2e_latency_s": _band(point.e2e_latency_s),
        "output_tokens_per_s": _band(point.output_tokens_per_s),
        "tokens_per_s_per_user": _band(point.tokens_per_s_per_user),
        "requests_per_s": _band(point.requests_per_s),
        "bound": point.bound,
    }
    if point.spread is not None:
        made["percentiles"] = {
            name: {share: figures(value) for share, value in percentiles._asdict().items()}
            for name, percentiles in point.spread._asdict().items()
        }
        made["percentiles"]["tokens_per_s_per_user"] = {
            share: figures(1 / value) for share, value in point.spread.tpot_s._asdict().items()
        }
    return made


def _band(band: Band) -> dict[str, float | None]:
    return {"low": figures(band.low), "mid": figures(band.mid), "high": figures(band.high)}


def figures(value: float | None) -> float | None:
    """Six significant figures: more than the model knows, few enough to read."""
    return None if value is None else float(f"{value:.6g}")


def _gib(value: int) -> float:
    return round(value / _GIB, 4)
