"""Sets of scenarios as files: one TOML that a person can read and change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from roofrack.compare.members import MOST_PLANS, Member, ScenarioSet
from roofrack.compare.naming import LONGEST_NAME
from roofrack.domain.scenario import ScenarioSpec
from roofrack.errors import file_error
from roofrack.files import write_whole
from roofrack.places import expanded
from roofrack.report.scenario_toml import SET_TABLE, dump_scenario, literal
from roofrack.text import clean

_HEAD = "# A roofrack set: scenarios to compare, the first being what the others are measured against.\n"


def dump_set(scenarios: ScenarioSet) -> str:
    """A set as the text of a TOML file.

    Args:
        scenarios: Up to four scenarios.
    """
    blocks = [_HEAD]
    if scenarios.title:
        blocks.append(f"title = {literal(scenarios.title)}\n")
    for member in scenarios.members:
        name = f"name = {literal(member.name)}\n" if member.name else ""
        blocks.append(f"[[{SET_TABLE}]]\n{name}{dump_scenario(member.spec, SET_TABLE)}")
    return "\n".join(blocks)


def save_set(scenarios: ScenarioSet, path: Path) -> None:
    """Write a set, whole or not at all; folders are made where they are missing.

    Args:
        scenarios: What to write.
        path: Where; a file that is there already is replaced.

    Raises:
        InputError: It cannot be written there.
    """
    write_whole(path, dump_set(scenarios))


def load_set(path: Path | str) -> ScenarioSet:
    """Read a set, or a file of one scenario as a set of one.

    Args:
        path: A TOML file as `dump_set` or `scenario_toml.dump` writes it, or written by hand.

    Raises:
        InputError: It cannot be read, is not TOML, has no scenario or too many, or a key is missing, unknown or out of range;
            it names the file, the scenario by its place and the key.
    """
    from roofrack.catalog.own import read_toml
    from roofrack.validation import validated

    where = expanded(path)
    data = read_toml(where)
    if SET_TABLE not in data:
        return ScenarioSet((Member(validated(ScenarioSpec, data, str(where))),))
    rows = data.pop(SET_TABLE)
    title = _text(data.pop("title", ""), f"{where}: title", 600)
    if data:
        raise file_error(
            where, f"{clean(next(iter(data)), limit=40)}: unknown key", f"known are title and [[{SET_TABLE}]]"
        )
    if not isinstance(rows, list) or not rows:
        raise file_error(where, f"{SET_TABLE}: must be a list of tables", f"write [[{SET_TABLE}]] above each")
    if len(rows) > MOST_PLANS:
        raise file_error(where, f"{len(rows)} scenarios", f"a set has at most {MOST_PLANS}")
    return ScenarioSet(_members(rows, where), title)


def _members(rows: list[Any], where: Path) -> tuple[Member, ...]:
    from roofrack.validation import validated

    members: list[Member] = []
    for number, row in enumerate(rows, 1):
        place = f"{where}: {SET_TABLE} {number}"
        if not isinstance(row, dict):
            raise file_error(place, "must be a table", f"write [[{SET_TABLE}]] above it")
        name = _text(row.pop("name", ""), f"{place}: name", LONGEST_NAME)
        if name and any(name == member.name for member in members):
            raise file_error(place, f"name: '{name}' is taken", "give every scenario a name of its own, or none")
        members.append(Member(validated(ScenarioSpec, row, place), name))
    return tuple(members)


def _text(value: Any, place: str, limit: int) -> str:
    if not isinstance(value, str):
        raise file_error(place, "must be a text")
    return clean(value, limit=limit)
