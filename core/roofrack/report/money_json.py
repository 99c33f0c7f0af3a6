"""`roofrack.cost/1`, `roofrack.users/1`, `roofrack.machine/1` and `rules --json`: plain values, six significant figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roofrack._version import __version__
from roofrack.economics.cards import SameSpeed
from roofrack.economics.report import CostReport
from roofrack.machine import Machine
from roofrack.results import CurvePoint, Plan
from roofrack.users import PublishedTarget, Service

_OF_A_POINT = (
    "concurrency",
    "ttft_s",
    "tpot_s",
    "tokens_per_s_per_user",
    "output_tokens_per_s",
    "requests_per_s",
    "bound",
)


def cost_json(report: CostReport, against: SameSpeed | None = None) -> dict[str, Any]:
    """All money of a plan.

    Args:
        report: What `cost_report` made.
        against: Another rack beside it, where one was named.
    """
    values = {name: value for name, value in report._asdict().items() if name not in ("plan", "assumed")}
    return {
        **_head("roofrack.cost/1", report.plan),
        **plain(values),
        "against": plain(against),
        "assumed": plain(report.assumed.notes),
    }


def users_json(plan: Plan, found: Service, published: tuple[PublishedTarget, ...]) -> dict[str, Any]:
    """Demand, capacity, availability and the published targets.

    Args:
        plan: The plan.
        found: What `service` made of it.
        published: What `published_targets` made of it.
    """
    return {**_head("roofrack.users/1", plan), **plain(found._asdict()), "published_targets": plain(published)}


def machine_json(plan: Plan, found: Machine) -> dict[str, Any]:
    """The rest of the machine.

    Args:
        plan: The plan.
        found: What `machine` made of it.
    """
    values = plain(found._asdict())
    values["size_class"] = found.size_class.name
    return {**_head("roofrack.machine/1", plan), **values}


def plain(value: Any) -> Any:
    """Any value as JSON would have it: named tuples as objects, numbers with six significant figures."""
    if isinstance(value, CurvePoint):
        return {name: plain(getattr(value, name)) for name in _OF_A_POINT}
    if hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.6g}")
    return value


def _head(schema: str, plan: Plan) -> dict[str, Any]:
    scenario = plan.scenario
    rack = scenario.rack
    return {
        "schema": schema,
        "version": __version__,
        "scenario": {
            "model": scenario.model.id,
            "weights": scenario.weights.id,
            "rack": {"device": rack.device.id, "gpus_per_node": rack.devices_per_node, "nodes": rack.nodes},
            "prompt_tokens": scenario.workload.prompt_tokens,
            "output_tokens": scenario.workload.output_tokens,
            "concurrency": scenario.workload.concurrency,
        },
        "fits": plan.memory.fits,
    }
