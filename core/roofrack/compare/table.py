"""The difference table: every quantity of every plan, measured against the first plan's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from roofrack.compare.members import MOST_PLANS, Member, aligned
from roofrack.compare.naming import names
from roofrack.compare.results import Better, Cell, Comparison, Row, Verdict, Yardstick
from roofrack.domain.workload import Targets
from roofrack.errors import InputError
from roofrack.machine import node_power_w
from roofrack.memory.demand import one_sequence_bytes
from roofrack.plan import plan
from roofrack.results import Band, CurvePoint, DeviceMemory, Plan
from roofrack.sweep import slots

if TYPE_CHECKING:
    from roofrack.catalog import Catalog

_TOKENS_AN_HOUR_OF_ONE_A_SECOND = 3600


class _Place(NamedTuple):
    """Where a plan is compared.

    Args:
        point: What the rack does there; None where there is no such place.
        requests: Most requests within the targets; None at the cursor.
        note: What to know about it.
    """

    point: CurvePoint | None
    requests: Band | None = None
    note: str = ""


def compare(
    members: Sequence[Member],
    catalog: Catalog | None = None,
    *,
    concurrency: int | None = None,
    targets: Targets | None = None,
    yardstick: Yardstick = "cursor",
) -> Comparison:
    """Plan scenarios under one load and set them side by side.

    Args:
        members: Two to four scenarios.
        catalog: Where ids are looked up.
        concurrency: Requests at once in all of them; None takes the first scenario's.
        targets: Of all of them; None takes the first scenario's.
        yardstick: Where they are compared.

    Raises:
        InputError: There are too few or too many, or one of them cannot be planned; it says which.
    """
    if not 2 <= len(members) <= MOST_PLANS:
        raise InputError(
            f"{len(members)} plan{'' if len(members) == 1 else 's'} to compare", f"give two to {MOST_PLANS}"
        )
    first = _planned(members, 0, catalog)
    cursor = concurrency or first.scenario.workload.concurrency
    common = targets or first.scenario.targets
    same_load = [member._replace(spec=aligned(member.spec, cursor, common)) for member in members]
    plans = [_planned(same_load, n, catalog) for n in range(len(members))]
    return compare_plans(plans, [member.name for member in members], yardstick=yardstick)


def _planned(members: Sequence[Member], n: int, catalog: Catalog | None) -> Plan:
    try:
        return plan(members[n].spec, catalog)
    except InputError as error:
        raise InputError(f"plan {n + 1}: {error.problem}", error.hint) from None


def compare_plans(plans: Sequence[Plan], given: Sequence[str] = (), *, yardstick: Yardstick = "cursor") -> Comparison:
    """Set plans side by side; they should be plans of one cursor and one set of targets.

    Args:
        plans: The plans, the one to measure against first.
        given: Names that a person gave, empty ones where none was.
        yardstick: Where they are compared.
    """
    places = [_place(one, yardstick) for one in plans]
    rows = [_row(quantity, plans, places) for quantity in _QUANTITIES]
    if yardstick == "best":
        rows.insert(_WITHIN_TARGETS_AT, _row(_WITHIN_TARGETS, plans, places))
    return Comparison(
        plans=tuple(plans),
        names=names(plans, given),
        yardstick=yardstick,
        concurrency=plans[0].scenario.workload.concurrency,
        points=tuple(place.point for place in places),
        notes=tuple(place.note for place in places),
        rows=tuple(rows),
    )


def _place(made: Plan, yardstick: Yardstick) -> _Place:
    if not made.memory.fits:
        return _Place(None, note=f"does not fit: {made.memory.reason}")
    if yardstick == "cursor":
        at = made.at
        return _Place(at, note=f"{at.waiting:,} of {at.concurrency:,} requests wait" if at and at.waiting else "")
    from roofrack.users import capacity

    found = capacity(made)
    if found.missed_by is not None:
        return _Place(None, found.requests, f"one request alone misses the targets {found.missed_by:.3g} times over")
    why = "more would wait" if found.limit == "slots" else found.why
    return _Place(found.at, found.requests, f"at its most, {found.at.concurrency:,}: {why}")


class _Quantity(NamedTuple):
    """A row before it is filled."""

    id: str
    unit: str
    better: Better | None
    value: Callable[[Plan, _Place], Band | None]


def _row(quantity: _Quantity, plans: Sequence[Plan], places: Sequence[_Place]) -> Row:
    values = [quantity.value(one, place) for one, place in zip(plans, places, strict=True)]
    first = values[0]
    cells = [Cell(first, None if first is None or not first.mid else 1.0, None if first is None else "first")]
    for one, value in zip(plans[1:], values[1:], strict=True):
        verdict = _verdict(quantity.better, first, value)
        # A rack that does not hold the model is not better for costing less, nor is another worse for costing more.
        idle = (verdict == "better" and not one.memory.fits) or (verdict == "worse" and not plans[0].memory.fits)
        cells.append(Cell(value, _ratio(first, value), None if idle else verdict))
    return Row(quantity.id, quantity.unit, quantity.better, tuple(cells))


def _ratio(first: Band | None, value: Band | None) -> float | None:
    return value.mid / first.mid if first is not None and value is not None and first.mid else None


def _verdict(better: Better | None, first: Band | None, value: Band | None) -> Verdict | None:
    if first is None or value is None:
        return None
    if value == first:
        return "same"
    if better is None:
        return None
    if value.low <= first.high and first.low <= value.high:
        return "unclear"
    return "better" if (value.mid < first.mid) == (better == "less") else "worse"


def _exact(value: float | None) -> Band | None:
    return None if value is None else Band(value, value, value)


def _fullest(made: Plan) -> DeviceMemory:
    return max(made.memory.devices, key=lambda device: (device.over_bytes, device.total_bytes - device.free_bytes))


def _memory_per_gpu(made: Plan, _: _Place) -> Band | None:
    """What is taken of the fullest device; where it does not fit, what one sequence would need."""
    device = _fullest(made)
    if device.over_bytes:
        beside = device.weights_bytes + device.activations_bytes + device.overhead_bytes
        return _exact(beside + one_sequence_bytes(made.scenario, device.stage))
    return _exact(device.total_bytes - device.free_bytes)


def _point(value: Callable[[CurvePoint], Band]) -> Callable[[Plan, _Place], Band | None]:
    return lambda _, place: value(place.point) if place.point else None


def _usd_per_million(made: Plan, place: _Place) -> Band | None:
    """Everything charged to output tokens; the faster end of the band is the cheaper one."""
    per_hour = made.cost.usd_per_hour
    if per_hour is None or place.point is None:
        return None
    speed = place.point.output_tokens_per_s
    low, mid, high = (
        per_hour / (rate * _TOKENS_AN_HOUR_OF_ONE_A_SECOND) * 1e6 for rate in (speed.high, speed.mid, speed.low)
    )
    return Band(low, mid, high)


def _power(made: Plan, _: _Place) -> Band | None:
    rack = made.scenario.rack
    node = node_power_w(rack.device, rack.devices_per_node)
    return None if node is None else _exact(node * rack.nodes)


_QUANTITIES = (
    _Quantity("gpus", "GPUs", None, lambda made, _: _exact(made.scenario.rack.device_count)),
    _Quantity("memory_per_gpu_bytes", "bytes", None, _memory_per_gpu),
    _Quantity("weights_bytes", "bytes", "less", lambda made, _: _exact(made.memory.weights_bytes)),
    _Quantity("kv_bytes_per_token", "bytes", "less", lambda made, _: _exact(made.memory.kv_bytes_per_token)),
    _Quantity("kv_capacity_tokens", "tokens", "more", lambda made, _: _exact(made.memory.kv_capacity_tokens)),
    _Quantity("max_requests", "requests", "more", lambda made, _: _exact(slots(made) if made.memory.fits else 0)),
    _Quantity("ttft_s", "s", "less", _point(lambda point: point.ttft_s)),
    _Quantity("tpot_s", "s", "less", _point(lambda point: point.tpot_s)),
    _Quantity("e2e_latency_s", "s", "less", _point(lambda point: point.e2e_latency_s)),
    _Quantity("tokens_per_s_per_user", "tokens/s", "more", _point(lambda point: point.tokens_per_s_per_user)),
    _Quantity("output_tokens_per_s", "tokens/s", "more", _point(lambda point: point.output_tokens_per_s)),
    _Quantity("usd_per_hour", "USD/h", "less", lambda made, _: _exact(made.cost.usd_per_hour)),
    _Quantity("usd_per_million_output_tokens", "USD/M tokens", "less", _usd_per_million),
    _Quantity("power_w", "W", "less", _power),
)
_WITHIN_TARGETS = _Quantity("requests_within_targets", "requests", "more", lambda _, place: place.requests)
_WITHIN_TARGETS_AT = [quantity.id for quantity in _QUANTITIES].index("max_requests") + 1
