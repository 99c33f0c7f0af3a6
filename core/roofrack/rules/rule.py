"""A rule of thumb as a value, and all of them for one plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from roofrack.results import Plan


class Rule(NamedTuple):
    """One published rule, for one plan.

    Args:
        id: `R1` … `R10` for the headline, `R8.ttft` … for what belongs to it.
        title: What it gives.
        source: Who published it and when.
        formula: As published.
        inputs: What was put in.
        value: What the rule gives; None where it gives no number.
        unit: Its unit.
        exact: What the exact model says; None where the plan does not fit, or there is nothing to compare.
        exact_unit: Its unit.
        ratio: value / exact; None without an exact answer.
        caveat: Why they differ, in a sentence.
    """

    id: str
    title: str
    source: str
    formula: str
    inputs: Mapping[str, object]
    value: float | None
    unit: str
    exact: float | None
    exact_unit: str
    ratio: float | None
    caveat: str


def rule(
    id: str,  # noqa: A002
    title: str,
    source: str,
    formula: str,
    value: float | None,
    unit: str,
    exact: float | None,
    caveat: str,
    **inputs: object,
) -> Rule:
    """A rule whose exact answer has the same unit; the ratio follows.

    Args:
        id: See `Rule`, as for the others.
        title: What it gives.
        source: Who published it.
        formula: As published.
        value: What the rule gives.
        unit: Unit of both.
        exact: What the exact model says.
        caveat: Why they differ.
        **inputs: What was put in.
    """
    ratio = value / exact if value is not None and exact else None
    return Rule(id, title, source, formula, inputs, value, unit, exact, unit, ratio, caveat)


def rules(plan: Plan) -> tuple[Rule, ...]:
    """All rules for a plan. A plan that does not fit has no speed to compare with; its rules have values all the same.

    Args:
        plan: Any plan.
    """
    from roofrack.rules import economics, memory, parallel, people, speed

    found = (*memory.rules(plan), *people.size_rules(plan), *people.target_rules(plan), people.stack_rule())
    found += (*memory.textbook_rules(plan), *speed.bandwidth_rules(plan), *parallel.rules(plan))
    return (*found, *economics.rules(plan), *people.user_rules(plan), *speed.centre_rules(plan))
