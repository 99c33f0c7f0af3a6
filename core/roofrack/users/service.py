"""Demand against capacity: whether this rack serves these people within the targets, and how many racks do."""

from __future__ import annotations

import math
from typing import NamedTuple

from roofrack.domain.workload import Targets
from roofrack.report.units import duration, rate, times
from roofrack.results import Plan
from roofrack.users.availability import Availability, availability, spares
from roofrack.users.capacity import Capacity, capacity, speed_class
from roofrack.users.demand import Demand, demand


class Service(NamedTuple):
    """The answer for one rack.

    Args:
        demand: What the audience asks; None where the scenario names none.
        capacity: What the rack serves within the targets.
        availability: What failures leave of it.
        users: People that its capacity stands for; None without a user base.
        share: What the demand and the target of requests/s take of one rack: 0.4, 1, 2.7 …; None without either, or where no rack
            keeps the targets.
        racks: Whole racks, spare units for the availability target included; None where `share` is, or no spares reach the target.
        serves: Whether this one rack does; None without a demand.
        sentences: The verdict.
    """

    demand: Demand | None
    capacity: Capacity
    availability: Availability
    users: int | None
    share: float | None
    racks: int | None
    serves: bool | None
    sentences: tuple[str, ...]


def service(plan: Plan) -> Service:
    """Work out demand, capacity and availability of a plan, and say what they mean.

    Args:
        plan: A plan that fits; audience and targets are its scenario's.

    Raises:
        InputError: The plan does not fit.
    """
    found = capacity(plan)
    asked = demand(plan, max(1, round(found.requests.mid)))
    failures = availability(plan.scenario)
    share = _share(plan, asked, found)
    racks = None if share is None else _racks(share, failures)
    users = _users(asked, found)
    return Service(
        demand=asked,
        capacity=found,
        availability=failures,
        users=users,
        share=share,
        racks=racks,
        serves=None if asked is None else racks == 1,
        sentences=tuple(_said(plan, asked, found, failures, users, racks)),
    )


def _users(asked: Demand | None, found: Capacity) -> int | None:
    if asked is None or asked.people is None or asked.per_user <= 0:
        return None
    return math.floor(found.requests.mid / asked.per_user + 1e-9)


def _share(plan: Plan, asked: Demand | None, found: Capacity) -> float | None:
    """By requests in flight and by requests/s, whichever asks for more."""
    if found.missed_by is not None:
        return None
    wanted = plan.scenario.targets.requests_per_s
    shares = [] if asked is None else [asked.in_flight / found.requests.mid]
    if wanted is not None:
        shares.append(wanted / found.at.requests_per_s.mid)
    return max(shares) if shares else None


def _racks(share: float, failures: Availability) -> int | None:
    needed = max(1, math.ceil(share * failures.units - 1e-9))
    if failures.target is None:
        return math.ceil(needed / failures.units)
    spare = spares(needed, failures.unit_availability, failures.target)
    return None if spare is None else math.ceil((needed + spare) / failures.units)


def _said(
    plan: Plan, asked: Demand | None, found: Capacity, failures: Availability, users: int | None, racks: int | None
) -> list[str]:
    said = [_capacity_sentence(found, plan.scenario.targets)]
    if found.missed_by is None:
        said.append(f"Next to break: {found.why}.")
    if failures.target is not None:
        said.append(_availability_sentence(failures))
    wanted = plan.scenario.targets.requests_per_s
    if wanted is not None and found.missed_by is None:
        said.append(_rate_sentence(wanted, found))
    if asked is not None:
        said.append(_demand_sentence(asked, found, users, racks, spares_counted=failures.target is not None))
        if asked.warning:
            said.append(asked.warning)
    return said


def _rate_sentence(wanted: float, found: Capacity) -> str:
    reached = found.at.requests_per_s.mid
    takes = "kept" if reached >= wanted else f"takes {math.ceil(wanted / reached):,} such racks"
    return f"Target {wanted:g} requests/s: {takes} ({rate(reached)} here within the other targets)."


def _capacity_sentence(found: Capacity, targets: Targets) -> str:
    at = found.at
    if found.missed_by is not None:
        return f"No request keeps the targets: {found.why}, {times(found.missed_by)} times too slow."
    low, mid, high = found.requests
    band = f" ({low:,.0f} to {high:,.0f} within the 80 % band)" if low != high else ""
    many = "s" if mid != 1 else ""
    within = " within the targets" if targets != Targets() else ""
    return (
        f"Serves {mid:,.0f} request{many} at once{within}{band}: {at.tokens_per_s_per_user.mid:.3g} tokens/s each "
        f"({speed_class(at.tokens_per_s_per_user.mid)}), TTFT {duration(at.ttft_s.mid)}, {rate(at.requests_per_s.mid)} requests/s."
    )


def _availability_sentence(failures: Availability) -> str:
    target = failures.target or 0.0
    names = f"{failures.units} {failures.unit}{'s' if failures.units > 1 else ''}"
    if failures.spares == 0:
        return f"Availability {target:.6g} is met at full capacity: all of {names} work {failures.all_work:.4%} of the time."
    spare = "no number of spares" if failures.spares is None else f"{failures.spares} more (N+{failures.spares})"
    return f"Availability {target:.6g}: of {names}, {failures.surviving} can be counted on; keeping the full capacity takes {spare}."


def _demand_sentence(
    asked: Demand, found: Capacity, users: int | None, racks: int | None, *, spares_counted: bool
) -> str:
    people = f"{asked.people:,} {asked.rule}" if asked.people is not None else f"{asked.requests_per_s:g} requests/s"
    keep = f"{people} keep {_number(asked.in_flight)} request{'' if asked.in_flight == 1 else 's'} in flight"
    if found.missed_by is not None:
        return f"{keep}; no number of such racks keeps the targets."
    if racks is None:
        return f"{keep}; no number of spares keeps the availability."
    spare = ", spares included" if spares_counted else ""
    each = f", each enough for {users:,} {asked.rule}" if users is not None else ""
    if racks > 1:
        return f"{keep}: that takes {racks:,} such racks{spare}{each}."
    return f"{keep}: this rack is enough" + (f" for up to {users:,} {asked.rule}." if users is not None else ".")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.3g}"
