"""How wide a band is, and why."""

from __future__ import annotations

from collections.abc import Callable

from roofrack.explain.derivation import behind
from roofrack.report.units import banded, duration
from roofrack.results import Band, Plan


def band_note(plan: Plan, band: Band, write: Callable[[float], str] = duration) -> str:
    """The band, how wide it is, and what of the path was measured.

    Args:
        plan: The plan.
        band: The band.
        write: How its values are written.
    """
    scenario = plan.scenario
    parts = behind(scenario)
    counts = ", ".join(f"{rows:,} of {what}" if rows else f"none of {what}" for what, rows in parts)
    unknown = [what for what, rows in parts if not rows]
    wider = f"; wider because nothing of {' and '.join(unknown)} was measured" if unknown else ""
    if scenario.band_share < 1:
        wider += "; narrower because your own profile was made on this configuration"
    return (
        f"80 % band {banded(band, write)}: under {scenario.workload.load} load, four of five published measurements that the fit had not "
        f"seen lie within ×/÷ {band.high / band.mid:.2f} of what it said; measurements behind the constants: {counts}{wider}"
    )
