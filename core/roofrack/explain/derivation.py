"""What a derivation is made of."""

from __future__ import annotations

from typing import NamedTuple

from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain.scenario import Scenario
from roofrack.errors import InputError
from roofrack.results import CurvePoint, Plan
from roofrack.speed.constants import Constants, constants


class Line(NamedTuple):
    """One line of a derivation.

    Args:
        what: The quantity in words.
        formula: How it comes about, with the values put in; empty for an input.
        value: The value with its unit.
        source: Where a constant or a fact comes from; empty for what was computed.
    """

    what: str
    formula: str
    value: str
    source: str = ""


class Derivation(NamedTuple):
    """The derivation of one number.

    Args:
        name: As in the JSON contract.
        title: In words.
        value: The value with its unit.
        lines: From inputs to the value.
        words: How it comes about, in one sentence.
        symbols: The same as a formula.
        band: The band and why it is that wide; empty where the value is exact.
        nearest: The nearest published measurement of it and what roofrack says about that one, or that there is none; empty for what
            nobody measures.
    """

    name: str
    title: str
    value: str
    lines: tuple[Line, ...]
    words: str = ""
    symbols: str = ""
    band: str = ""
    nearest: str = ""


def point_of(plan: Plan) -> CurvePoint:
    """The point of the curve under the cursor.

    Args:
        plan: The plan.

    Raises:
        InputError: It does not fit.
    """
    if plan.at is None:
        raise InputError("this number needs a plan that fits", plan.memory.reason or "")
    return plan.at


def constants_of(plan: Plan) -> Constants:
    """The effective constants of a plan.

    Args:
        plan: The plan.
    """
    return constants(plan.scenario, shipped_calibration())


def behind(scenario: Scenario) -> tuple[tuple[str, int], ...]:
    """The parts that the constants of a scenario are products of, each with the measurements behind it.

    Args:
        scenario: What is planned.
    """
    calibration, engine, version = shipped_calibration(), scenario.engine.id, scenario.engine_version
    era = calibration.era(engine, version)
    kind = calibration.device_class(scenario.rack.device, engine, version)
    kernel = calibration.kernel(scenario.weights.kernel, engine, version, kind.id)
    return (
        (f"{scenario.engine.name} from {era.since}", era.rows),
        (f"devices like {scenario.rack.device.name}", kind.rows),
        (f"the {scenario.weights.kernel} kernel", kernel.rows),
    )


def fitted(scenario: Scenario) -> str:
    """The source of a fitted constant: the product that it is, and the measurements behind each factor.

    Args:
        scenario: What is planned.
    """
    return "fitted: " + " × ".join(
        f"{what} ({rows:,} rows)" if rows else f"{what} (1)" for what, rows in behind(scenario)
    )
