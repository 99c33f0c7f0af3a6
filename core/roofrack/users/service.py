"""Demand against capacity: whether this rack serves these people within the targets, and how many racks do."""

from __future__ import annotations

import math
from typing import NamedTuple

from roofrack.domain.workload import Targets
from roofrack.report.units import counted, duration, rate, times
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
        at_work: Units of `availability` that the demand takes; None where `racks` is.
        spares: Units besides them that may fail: 0 without an availability target; None where `racks` is.
        serves: Whether this one rack does; None without a demand.
        sentences: The verdict.
    """

    demand: Demand | None
    capacity: Capacity
    availability: Availability
    users: int | None
    share: float | None
    racks: int | None
    at_work: int | None
    spares: int | None
    serves: bool | None
    sentences: tuple[str, ...]

    @property
    def in_racks(self) -> str:
        """What the demand takes: `3 racks`, `3 racks + 1 spare`, `4 racks (6 nodes + 1 spare)`; empty where `racks` is None."""
        if self.racks is None or self.at_work is None:
            return ""
        if not self.spares:
            return counted(self.racks, "rack")
        spare, unit = counted(self.spares, "spare"), self.availability.unit
        if self.availability.units == 1:
            return f"{counted(self.at_work, 'rack')} + {spare}"
        return f"{counted(self.racks, 'rack')} ({counted(self.at_work, unit)} + {spare})"


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
    at_work, spare = (None, None) if share is None else _units(share, failures)
    racks = None if at_work is None or spare is None else math.ceil((at_work + spare) / failures.units)
    users = _users(asked, found)
    known = Service(
        demand=asked,
        capacity=found,
        availability=failures,
        users=users,
        share=share,
        racks=racks,
        at_work=at_work if racks is not None else None,
        spares=spare,
        serves=None if asked is None else racks == 1,
        sentences=(),
    )
    return known._replace(sentences=tuple(_said(plan, known)))


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


def _units(share: float, failures: Availability) -> tuple[int, int | None]:
    """Units that have to work, and those beside them that may fail."""
    needed = max(1, math.ceil(share * failures.units - 1e-9))
    return needed, 0 if failures.target is None else spares(needed, failures.unit_availability, failures.target)


def _said(plan: Plan, known: Service) -> list[str]:
    asked, found, failures = known.demand, known.capacity, known.availability
    said = [_capacity_sentence(found, plan.scenario.targets)]
    if found.missed_by is None:
        said.append(f"Next to break: {found.why}.")
    if failures.target is not None:
        said.append(_availability_sentence(failures))
    wanted = plan.scenario.targets.requests_per_s
    if wanted is not None and found.missed_by is None:
        said.append(_rate_sentence(wanted, found))
    if asked is not None:
        said.append(_demand_sentence(asked, known))
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
    names, promised = counted(failures.units, failures.unit), f"{target * 100:.6g} %"
    if failures.spares == 0:
        return f"Availability {promised} is met at full capacity: all of {names} work {failures.all_work * 100:.4f} % of the time."
    kept = (
        "no number of spares keeps the full capacity"
        if failures.spares is None
        else f"the full capacity takes {counted(failures.spares, 'spare')} (N+{failures.spares})"
    )
    return f"Availability {promised}: {failures.surviving} of {names} can be counted on; {kept}."


def _demand_sentence(asked: Demand, known: Service) -> str:
    people = f"{asked.people:,} {asked.rule}" if asked.people is not None else f"{asked.requests_per_s:g} requests/s"
    keep = f"{people} keep {_number(asked.in_flight)} request{'' if asked.in_flight == 1 else 's'} in flight"
    if known.capacity.missed_by is not None:
        return f"{keep}; no number of such racks keeps the targets."
    if known.racks is None:
        return f"{keep}; no number of spares keeps the availability."
    users = known.users
    if known.racks > 1:
        each = f", each rack enough for {users:,} {asked.rule}" if users is not None else ""
        return f"{keep}: that takes {known.in_racks}{each}."
    return f"{keep}: this rack is enough" + (f" for up to {users:,} {asked.rule}." if users is not None else ".")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.3g}"
