"""Why it costs what it costs."""

from __future__ import annotations

from roofrack.explain.derivation import Derivation, Line, point_of
from roofrack.report.units import usd
from roofrack.results import Plan

_UNKNOWN = "no price known"


def usd_per_hour(plan: Plan) -> Derivation:
    """Rent of the rack.

    Args:
        plan: The plan.
    """
    name, title, cost = "usd_per_hour", "Rent of the rack", plan.cost
    if cost.usd_per_hour is None:
        return Derivation(name, title, _UNKNOWN, ())
    devices, each = plan.scenario.rack.device_count, plan.scenario.usd_per_device_hour
    return Derivation(
        name,
        title,
        f"{usd(cost.usd_per_hour)} per hour",
        (Line("rack", f"{devices} devices × ${each:g} per hour", usd(cost.usd_per_hour), cost.source),),
        words="Every device of the rack, whether or not the plan uses it.",
        symbols="per hour = devices × price of one",
    )


def usd_per_million_output_tokens(plan: Plan) -> Derivation:
    """Cost of output tokens.

    Args:
        plan: The plan.
    """
    name, title, cost, at = "usd_per_million_output_tokens", "Cost of output tokens", plan.cost, point_of(plan)
    if cost.usd_per_hour is None or cost.usd_per_million_output_tokens is None:
        return Derivation(name, title, _UNKNOWN, ())
    tokens = at.output_tokens_per_s.mid * 3600
    lines = (
        Line("rack", "see usd_per_hour", f"{usd(cost.usd_per_hour)} per hour", cost.source),
        Line("tokens per hour", f"{at.output_tokens_per_s.mid:,.0f} tokens/s × 3600", f"{tokens:,.0f}"),
        Line("per million", "rack / tokens × 10^6", usd(cost.usd_per_million_output_tokens)),
    )
    return Derivation(
        name,
        title,
        f"{usd(cost.usd_per_million_output_tokens)} per million",
        lines,
        words="The rack at this load all the time, everything charged to output tokens.",
        symbols="per million = per hour / (tokens/s × 3600) × 10^6",
    )
