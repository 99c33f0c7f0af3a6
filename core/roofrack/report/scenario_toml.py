"""Scenarios as files: TOML that a person can read and change."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from roofrack.domain.base import Frozen
from roofrack.domain.scenario import ScenarioSpec, Step
from roofrack.errors import file_error
from roofrack.files import write_whole
from roofrack.places import expanded

SET_TABLE = "scenario"
"""Every scenario of a set is a table of this name; a file that has it is a set (`report/compare_toml.py`)."""

_HEAD = "# A roofrack scenario. What is not written here follows the model, the engine and the rack.\n"


def dump(spec: ScenarioSpec) -> str:
    """A scenario as the text of a TOML file; only what differs from the defaults is written.

    Args:
        spec: Any scenario.
    """
    return _HEAD + "\n" + dump_scenario(spec)


def dump_scenario(spec: ScenarioSpec, within: str = "") -> str:
    """A scenario with the steps of its story, without the head of a file.

    Args:
        spec: Any scenario.
        within: Name of the table that its own tables belong to.
    """
    steps = f"{within}.steps" if within else "steps"
    return dump_table(spec, within) + "".join(f"\n[[{steps}]]\n{_step(step)}" for step in spec.steps)


def dump_table(table: Frozen, within: str = "") -> str:
    """A domain object and the objects in it as TOML; only what differs from the defaults is written.

    Args:
        table: Any domain object.
        within: Name of the table that its own tables belong to.
    """
    lines = list(_assignments(table))
    for name, inner in _tables(table):
        assignments = list(_assignments(inner))
        if assignments:
            lines += ["", f"[{within}.{name}]" if within else f"[{name}]", *assignments]
    return "\n".join(lines) + "\n"


def _step(step: Step) -> str:
    """A step with dotted keys, which keep a caption and what it changes together."""
    lines = list(_assignments(step))
    for name, inner in _tables(step):
        lines += [f"{name}.{assignment}" for assignment in _assignments(inner)]
    return "\n".join(lines) + "\n"


def load_scenario_file(path: Path | str) -> ScenarioSpec:
    """Read a scenario file.

    Args:
        path: A TOML file as `dump` writes it, or written by hand.

    Raises:
        InputError: It cannot be read, is not TOML, or a key is missing, unknown or out of range; it names file and key.
    """
    from roofrack.catalog.own import read_toml
    from roofrack.validation import validated

    where = expanded(path)
    data = read_toml(where)
    if SET_TABLE in data:
        raise file_error(where, "several scenarios", "roofrack compare and the screen of comparisons read them")
    return validated(ScenarioSpec, data, str(where))


def save_scenario_file(spec: ScenarioSpec, path: Path) -> None:
    """Write a scenario file, whole or not at all; folders are made where they are missing.

    Args:
        spec: What to write.
        path: Where; a file that is there already is replaced.

    Raises:
        InputError: It cannot be written there.
    """
    write_whole(path, dump(spec))


def _assignments(table: Frozen) -> Iterator[str]:
    for field in dataclasses.fields(table):  # type: ignore[arg-type]
        value = getattr(table, field.name)
        if not isinstance(value, Frozen) and field.name != "steps" and value != field.default:
            yield f"{field.name} = {literal(value)}"


def _tables(table: Frozen) -> Iterator[tuple[str, Frozen]]:
    for field in dataclasses.fields(table):  # type: ignore[arg-type]
        value = getattr(table, field.name)
        if isinstance(value, Frozen):
            yield field.name, value


def literal(value: Any) -> str:
    """A plain value as TOML.

    Args:
        value: A number, a text or a tuple of them.
    """
    if isinstance(value, tuple):
        if not any(isinstance(item, str) for item in value):
            return f"[{', '.join(map(literal, value))}]"
        return "[\n" + "".join(f"  {literal(item)},\n" for item in value) + "]"
    if isinstance(value, str):
        # Quotes, backslashes and control characters are written in TOML as in JSON, but for DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
