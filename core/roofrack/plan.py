"""Scenario in, plan out: the one entry point that command line, app and scripts call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain.scenario import Scenario, ScenarioSpec
from roofrack.memory.capacity import fit_memory
from roofrack.memory.notices import memory_notices
from roofrack.results import Cost, CurvePoint, MemoryPlan, Notice, Plan
from roofrack.settle import rent_source, settle
from roofrack.speed import curve
from roofrack.verdict import verdict

if TYPE_CHECKING:
    from roofrack.catalog import Catalog

CURVE_POINTS = 16
"""Points of a curve whose concurrencies nobody chose."""

_HOURS_TO_SECONDS = 3600


def plan(
    spec: ScenarioSpec, catalog: Catalog | None = None, *, percentiles: bool = False, before: Plan | None = None
) -> Plan:
    """Plan a scenario.

    Args:
        spec: What was chosen; open choices follow engine, model and rack.
        catalog: Where ids are looked up; the shipped and the user's own presets by default.
        percentiles: Simulate every point of the curve for the spread of its times: some tenths of a second.
        before: Another plan; where only the concurrency differs, the points of its curve are taken. The result is the same without it.

    Raises:
        InputError: The choices are unknown or contradict each other.
    """
    if catalog is None:
        from roofrack.catalog import default_catalog

        catalog = default_catalog()
    scenario, memory = fit_memory(settle(spec, catalog))
    if not memory.fits:
        from roofrack.advice import remedies

        found = remedies(scenario, catalog)
        return Plan(
            scenario=scenario,
            memory=memory,
            curve=(),
            at=None,
            cost=_cost(scenario, None),
            warnings=(
                Notice("does-not-fit", memory.reason or "does not fit"),
                *_notices(scenario, memory, catalog),
                *_suggested(found),
            ),
            remedies=found,
            verdict=verdict(scenario, memory, None, found),
        )
    scenario = _with_points(scenario, memory)
    points = _points(scenario, memory, before, percentiles=percentiles)
    at = next((point for point in points if point.concurrency == scenario.workload.concurrency), points[-1])
    return Plan(
        scenario=scenario,
        memory=memory,
        curve=points,
        at=at,
        cost=_cost(scenario, at),
        warnings=(*_notices(scenario, memory, catalog), *_overload(scenario, at)),
        remedies=(),
        verdict=verdict(scenario, memory, at, ()),
    )


def fits(spec: ScenarioSpec, catalog: Catalog) -> bool:
    """Whether a scenario fits in memory, without its curve.

    Args:
        spec: What was chosen.
        catalog: Where ids are looked up.

    Raises:
        InputError: The choices are unknown or contradict each other.
    """
    return fit_memory(settle(spec, catalog))[1].fits


def _suggested(found: tuple[object, ...]) -> tuple[Notice, ...]:
    return tuple(Notice("suggestion", remedy.label) for remedy in found)  # type: ignore[attr-defined]


def _with_points(scenario: Scenario, memory: MemoryPlan) -> Scenario:
    """The concurrencies of the curve: the person's own, or spread past the memory limit; the cursor's is always one."""
    workload = scenario.workload
    if workload.load in ("single", "poisson", "saturated"):  # one point, wherever it lies
        return replace(scenario, workload=replace(workload, concurrencies=(1,)))
    chosen = scenario.spec.workload.concurrencies
    points = set(chosen or spread(max(memory.workload_concurrency, workload.concurrency)))
    points.add(workload.concurrency)
    return replace(scenario, workload=replace(workload, concurrencies=tuple(sorted(points))))


def _points(
    scenario: Scenario, memory: MemoryPlan, before: Plan | None, *, percentiles: bool
) -> tuple[CurvePoint, ...]:
    calibration = shipped_calibration()
    known = {} if before is None or percentiles else _known(before, scenario, memory)
    if not known:
        return curve(scenario, memory, calibration, percentiles=percentiles)
    wanted = scenario.workload.concurrencies
    if missing := tuple(n for n in wanted if n not in known):
        rest = replace(scenario, workload=replace(scenario.workload, concurrencies=missing))
        known |= {point.concurrency: point for point in curve(rest, memory, calibration)}
    return tuple(known[n] for n in wanted)


def _known(before: Plan, scenario: Scenario, memory: MemoryPlan) -> dict[int, CurvePoint]:
    """Points of another plan that are points of this one, each of which stands for itself under `closed` and `batch` loads."""
    now, then = scenario.workload, before.scenario.workload
    same = replace(then, concurrency=now.concurrency, concurrencies=now.concurrencies)
    if now.load not in ("closed", "batch") or same != now or before.memory != memory:
        return {}
    if any(point.spread for point in before.curve):
        return {}
    there = replace(before.scenario, workload=now, spec=scenario.spec, defaults=scenario.defaults)
    return {point.concurrency: point for point in before.curve} if there == scenario else {}


def spread(limit: int) -> tuple[int, ...]:
    """Concurrencies from 1 to past a limit: powers of two, and from the upper end down what lies half-way between them.

    Args:
        limit: Requests that fit at once, or the concurrency asked, whichever is more.
    """
    top = 64
    while top < 2 * limit and top < 4096:
        top *= 2
    powers = [2**exponent for exponent in range(top.bit_length())]
    between = [power * 3 // 4 for power in reversed(powers) if power >= 4]
    return tuple(sorted(powers + between[: CURVE_POINTS - 1 - len(powers)]))


def _cost(scenario: Scenario, at: CurvePoint | None) -> Cost:
    price = scenario.usd_per_device_hour
    if price is None:
        return Cost(None, None, "no price known")
    per_hour = price * scenario.rack.device_count
    rent = scenario.rack.device.rent
    source = rent_source(rent) if rent and scenario.spec.usd_per_gpu_hour is None else "given"
    if at is None:
        return Cost(per_hour, None, source)
    per_million = per_hour / (at.output_tokens_per_s.mid * _HOURS_TO_SECONDS) * 1e6
    return Cost(per_hour, per_million, source)


def _overload(scenario: Scenario, at: CurvePoint) -> tuple[Notice, ...]:
    rate = scenario.workload.rate_per_s
    if scenario.workload.load != "poisson" or rate is None:
        return ()
    if requests := scenario.workload.requests:
        return (
            Notice(
                "finite-run", f"times are those of a run of {requests:,} requests on an engine idle before and after"
            ),
        )
    if at.requests_per_s.mid > 0.95 * rate:
        return ()
    kept_up = (
        f"{rate:g} requests/s arrive and about {at.requests_per_s.mid:.3g} can be served: the queue grows without end"
    )
    from roofrack.speed.spread import OVERLOADED_REQUESTS

    return (Notice("rate-beyond-capacity", f"{kept_up}; times are those of a run of {OVERLOADED_REQUESTS:,} requests"),)


def _notices(scenario: Scenario, memory: MemoryPlan, catalog: Catalog) -> tuple[Notice, ...]:
    """What a reader must know about a plan, whether it fits or not."""
    found: list[Notice] = []
    model, parallel, context = scenario.model, scenario.parallel, scenario.workload.context_tokens
    if context > model.max_context_tokens:
        found.append(
            Notice(
                "context-beyond-model",
                f"{model.name} is configured for {model.max_context_tokens:,} tokens, not {context:,}",
            )
        )
    idle = scenario.rack.device_count - parallel.devices
    if idle:
        found.append(
            Notice(
                "idle-devices",
                f"{idle} of {scenario.rack.device_count} devices do nothing: TP × PP × DP is {parallel.devices}",
            )
        )
    replicated = [part for part in memory.kv if part.tp_divisor < parallel.tp and part.bytes_per_token]
    if replicated:
        kinds = ", ".join(part.kind for part in replicated)
        found.append(
            Notice(
                "replicated-kv",
                f"TP {parallel.tp} divides the {kinds} KV cache only by {min(p.tp_divisor for p in replicated)}",
            )
        )
    if parallel.tp > scenario.rack.devices_per_node:
        found.append(
            Notice(
                "tp-across-nodes",
                f"TP {parallel.tp} crosses nodes over {scenario.rack.network.name}: expect it to be slow",
            )
        )
    found.extend(Notice("read-from-files", f"{model.name}: {note}") for note in scenario.read_notes)
    if model.source.confidence != "A":
        found.append(
            Notice(
                "uncertain-model", f"{model.name}: {model.source.note or 'its shapes are not from a raw configuration'}"
            )
        )
    work, fit = scenario.workload, memory.workload_concurrency
    if work.concurrency > fit and memory.fits:
        found.append(
            Notice(
                "requests-wait",
                f"{work.concurrency:,} requests exceed the {fit:,} that fit at once at their full length of "
                f"{work.prompt_tokens + work.output_tokens:,} tokens: some may wait",
            )
        )
    if scenario.spec.profile is not None:
        found.append(_profile_notice(scenario, scenario.spec.profile, catalog))
    found.extend(memory_notices(scenario, memory))
    if scenario.engine_version != scenario.engine.default_version:
        from roofrack.versions import version_notices

        found[:0] = version_notices(scenario, memory)
    return tuple(found)


def _profile_notice(scenario: Scenario, name: str, catalog: Catalog) -> Notice:
    """That a person's own profile is at work, and whether it was made on this engine and device."""
    from roofrack.catalog.profiles import load_profile, names_of

    profile = load_profile(name)
    here = (scenario.engine.id, scenario.rack.device.id)
    if (profile.engine, profile.device) != here:
        made = names_of(profile, catalog)
        return Notice(
            "profile-of-another-machine",
            f"profile {name} was made with {made.engine} on {made.device}: here it is a guess",
        )
    return Notice(
        "own-profile",
        f"speeds follow profile {name}, made from {profile.measurements} of your own measurements "
        f"(median error {profile.error_before * 100:.0f} % before, {profile.error_after * 100:.0f} % after)",
    )
