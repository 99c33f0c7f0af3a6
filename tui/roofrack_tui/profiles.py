"""Saved profiles of a person's own measurements as a list to choose from."""

from __future__ import annotations

from roofrack.catalog.profiles import load_profile, profile_names
from roofrack.domain.calibration import Adjustments
from roofrack.errors import InputError
from roofrack.results import Plan
from roofrack_tui.library import Pick

SHIPPED = "-"
"""Id of the row that goes back to the shipped constants; no profile can be named so."""


def profile_picks(plan: Plan) -> tuple[Pick, ...]:
    """The shipped constants, then all saved profiles, those of the plan's own engine and device first.

    Args:
        plan: The plan on screen.
    """
    scenario = plan.scenario
    here = (scenario.engine.id, scenario.rack.device.id)
    found = [(_order(name, here), _pick(name, here)) for name in profile_names()]
    none = Pick(SHIPPED, "no profile", ("", ""), detail="The shipped constants alone.")
    return (none, *(pick for _, pick in sorted(found, key=lambda pair: pair[0])))


def _order(name: str, here: tuple[str, str]) -> tuple[bool, str]:
    try:
        profile = load_profile(name)
    except InputError:
        return True, name
    return (profile.engine, profile.device) != here, name


def _pick(name: str, here: tuple[str, str]) -> Pick:
    try:
        profile = load_profile(name)
    except InputError as problem:
        return Pick(name, name, ("broken", ""), off=_in_short(problem))
    elsewhere = (
        "" if (profile.engine, profile.device) == here else " Made on another engine or device: here it is a guess."
    )
    return Pick(
        name,
        name,
        (f"{profile.engine} on {profile.device}", f"{profile.error_before:.0%} → {profile.error_after:.0%}"),
        sought=f"{profile.engine} {profile.device} {profile.model}",
        detail=f"{profile.measurements} measurements of {profile.model}, {profile.date}: {_factors(profile.adjustments)}.{elsewhere}",
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
