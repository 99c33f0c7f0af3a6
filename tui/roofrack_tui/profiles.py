"""Saved profiles of a person's own measurements as a list to choose from."""

from __future__ import annotations

from roofrack.catalog import Catalog
from roofrack.catalog.profiles import load_profile, names_of, profile_names
from roofrack.domain.calibration import Adjustments
from roofrack.errors import InputError
from roofrack.report.units import percent
from roofrack.results import Plan
from roofrack_tui.library import Pick
from roofrack_tui.words import short_device

SHIPPED = "-"
"""Id of the row that goes back to the shipped constants; no profile can be named so."""


def profile_picks(plan: Plan, catalog: Catalog) -> tuple[Pick, ...]:
    """The shipped constants, then all saved profiles, those of the plan's own engine and device first.

    Args:
        plan: The plan on screen.
        catalog: For the names of engines and devices.
    """
    scenario = plan.scenario
    here = (scenario.engine.id, scenario.rack.device.id)
    found = [(_order(name, here), _pick(name, here, catalog)) for name in profile_names()]
    none = Pick(SHIPPED, "no profile", ("", ""), detail="The shipped constants alone.")
    return (none, *(pick for _, pick in sorted(found, key=lambda pair: pair[0])))


def _order(name: str, here: tuple[str, str]) -> tuple[bool, str]:
    try:
        profile = load_profile(name)
    except InputError:
        return True, name
    return (profile.engine, profile.device) != here, name


def _pick(name: str, here: tuple[str, str], catalog: Catalog) -> Pick:
    try:
        profile = load_profile(name)
    except InputError as problem:
        return Pick(name, name, off=_in_short(problem))
    made = names_of(profile, catalog)
    elsewhere = (
        "" if (profile.engine, profile.device) == here else " Made on another engine or device: here it is a guess."
    )
    return Pick(
        name,
        name,
        (
            f"{made.engine} on {short_device(made.device)}",
            f"error {percent(profile.error_before)} → {percent(profile.error_after)}",
        ),
        sought=f"{profile.engine} {profile.device} {profile.model}",
        detail=f"{profile.measurements} measurements of {made.model}, {profile.date}: {_factors(profile.adjustments)}.{elsewhere}",
    )


def _in_short(problem: InputError) -> str:
    """What is wrong with a profile, without the way to its file: the name stands before it."""
    return str(problem).rpartition(".toml: ")[2]


def _factors(adjustments: Adjustments) -> str:
    """The factors in words."""
    named = (
        ("memory", adjustments.stream),
        ("arithmetic", adjustments.compute),
        ("host time", adjustments.host),
        ("request time", adjustments.request),
    )
    return ", ".join(f"{name} ×{factor:.2f}" for name, factor in named)
