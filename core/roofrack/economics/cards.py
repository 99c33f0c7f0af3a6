"""A gaming card against a business card, or any rack against any other: what the same speed costs."""

from __future__ import annotations

import math
from typing import NamedTuple

from roofrack.economics.assumptions import assumptions
from roofrack.errors import InputError
from roofrack.results import Band, Plan
from roofrack.sweep import points, slots


class Side(NamedTuple):
    """One of the two racks.

    Args:
        name: The rack in words.
        requests: Requests that run at once.
        one_user: Output tokens/s of one request alone.
        many_users: Output tokens/s of the whole rack with as many requests as run at once.
        usd: Purchase price of its devices; None where unknown.
        usd_per_hour: Rent; None where unknown.
        usd_per_token_s: Purchase price per token/s with many users.
        usd_per_token_s_alone: Purchase price per token/s of one user.
    """

    name: str
    requests: int
    one_user: Band
    many_users: Band
    usd: float | None
    usd_per_hour: float | None
    usd_per_token_s: float | None
    usd_per_token_s_alone: float | None


class SameSpeed(NamedTuple):
    """Two racks that run the same model.

    Args:
        first: The plan's own rack.
        other: What it is compared with.
        dearer: Price of the same total speed on the first, as a multiple of the other's; None where a price is unknown.
        dearer_alone: The same for the speed of one user.
        others_for_same_speed: Racks of the other kind that reach the first one's total speed.
        others_usd: What those cost; None where unknown.
    """

    first: Side
    other: Side
    dearer: float | None
    dearer_alone: float | None
    others_for_same_speed: int
    others_usd: float | None


def same_speed(plan: Plan, other: Plan) -> SameSpeed:
    """Compare what the same speed costs on two racks.

    Args:
        plan: A plan that fits.
        other: The same model and workload on another rack.

    Raises:
        InputError: One of them does not fit, or they do not run the same model.
    """
    if plan.scenario.model.id != other.scenario.model.id:
        raise InputError("against: the other rack must run the same model", f"use {plan.scenario.model.id} on both")
    first, second = side(plan), side(other)
    racks = math.ceil(first.many_users.mid / second.many_users.mid - 1e-9)
    return SameSpeed(
        first=first,
        other=second,
        dearer=_ratio(first.usd_per_token_s, second.usd_per_token_s),
        dearer_alone=_ratio(first.usd_per_token_s_alone, second.usd_per_token_s_alone),
        others_for_same_speed=racks,
        others_usd=None if second.usd is None else second.usd * racks,
    )


def side(plan: Plan) -> Side:
    """One rack's speed and price.

    Args:
        plan: A plan that fits.

    Raises:
        InputError: It does not fit.
    """
    requests = slots(plan)
    one, many = points(plan, (1, requests)) if requests > 1 else points(plan, (1,)) * 2
    rack = plan.scenario.rack
    assumed = assumptions(plan.scenario)
    usd = None if assumed.usd_per_device is None else assumed.usd_per_device * rack.device_count
    nodes = f"{rack.nodes} × " if rack.nodes > 1 else ""
    return Side(
        name=f"{nodes}{rack.devices_per_node}x {rack.device.name}, {plan.scenario.weights.id}",
        requests=requests,
        one_user=one.tokens_per_s_per_user,
        many_users=many.output_tokens_per_s,
        usd=usd,
        usd_per_hour=plan.cost.usd_per_hour,
        usd_per_token_s=None if usd is None else usd / many.output_tokens_per_s.mid,
        usd_per_token_s_alone=None if usd is None else usd / one.tokens_per_s_per_user.mid,
    )


def _ratio(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one / other
