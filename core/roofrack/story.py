"""Stories: the scenario that each caption is said of."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any

from roofrack.domain import AudienceSpec, ScenarioSpec
from roofrack.domain.base import Frozen

_PARTS = ("rack", "parallel", "workload", "targets")


def told(base: ScenarioSpec, number: int) -> ScenarioSpec:
    """The scenario that a caption is said of.

    Args:
        base: The scenario that the story begins with.
        number: Which caption, from 0; those of a plain `story` leave the scenario as it is.
    """
    if not base.steps:
        return base
    step = base.steps[number]
    given = _given(step)
    del given["caption"]
    if step.audience == AudienceSpec():
        del given["audience"]
    # A link or a version that was chosen for one device or engine says nothing about another.
    if step.engine is not None:
        given = {"engine_version": None, **given}
    parts = {name: _given(given.pop(name)) for name in _PARTS}
    if step.rack.device is not None:
        parts["rack"] = {"link": None, **parts["rack"]}
    changed = {name: replace(getattr(base, name), **fields) for name, fields in parts.items()}
    made: ScenarioSpec = replace(base, **given, **changed)
    return made


def _given(table: Frozen) -> dict[str, Any]:
    """Fields that were written."""
    values = {field.name: getattr(table, field.name) for field in dataclasses.fields(table)}  # type: ignore[arg-type]
    return {name: value for name, value in values.items() if value is not None}
