"""What is set side by side: scenarios, with names where somebody gave them."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from roofrack.domain.scenario import ScenarioSpec
from roofrack.domain.workload import Targets

MOST_PLANS = 4
"""Plans of one set: more columns and lines than anybody tells apart."""


class Member(NamedTuple):
    """One scenario of a set.

    Args:
        spec: The scenario.
        name: The name that a person gave; empty for what tells it apart from the others.
    """

    spec: ScenarioSpec
    name: str = ""


class ScenarioSet(NamedTuple):
    """Scenarios that are compared with one another, the first being what the others are measured against.

    Args:
        members: Up to `MOST_PLANS`.
        title: A name for the whole.
    """

    members: tuple[Member, ...]
    title: str = ""


def aligned(spec: ScenarioSpec, concurrency: int, targets: Targets) -> ScenarioSpec:
    """A scenario under the load and the targets that are common to all plans compared.

    Args:
        spec: The scenario.
        concurrency: Requests at once: the cursor of all.
        targets: Of all.
    """
    return replace(spec, workload=replace(spec.workload, concurrency=concurrency), targets=targets)
