"""The configuration file: what it may say, and reading it. A broken one is ignored as a whole, with the reason.

Flags beat the environment, which beats this file, which beats the defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from roofrack.domain.money import MoneySpec
from roofrack.domain.scenario import ScenarioSpec
from roofrack.errors import InputError
from roofrack.places import config_directory, expanded
from roofrack.text import clean

VARIABLE = "ROOFRACK_CONFIG"
"""Names another file than the usual one."""

Value = bool | float | str
Table = Mapping[str, Any]
Check = Callable[[Mapping[str, Table]], list[str]]
"""Looks at what only somebody else knows, such as ids and names of keys; returns what is wrong."""


class Setting(NamedTuple):
    """A key of the file.

    Args:
        table: The table that it stands in.
        name: Its name there.
        kind: What its value is: `text`, `switch`, `number`, or the words to choose from.
        says: What it does, in a few words.
        example: A value, as TOML.
        variable: The environment variable that beats it; empty where there is none.
    """

    table: str
    name: str
    kind: str | tuple[str, ...]
    says: str
    example: str
    variable: str = ""

    @property
    def key(self) -> str:
        """Table and name with a dot between them."""
        return f"{self.table}.{self.name}"


# fmt: off
SETTINGS = (
    Setting("display", "theme", "text", "one of the app's themes", '"roofrack-light"', "ROOFRACK_THEME"),
    Setting("display", "ascii", "switch", "draw with ASCII only; without it the terminal and the locale decide", "true", "ROOFRACK_ASCII"),
    Setting("display", "mouse", "switch", "whether the app listens to the mouse", "false", "ROOFRACK_MOUSE"),
    Setting("display", "present", "switch", "start with larger marks and fewer words", "true", "ROOFRACK_PRESENT"),
    Setting("display", "animation", ("none", "basic", "full"), "animate scrolling; never over SSH", '"basic"', "ROOFRACK_ANIMATION"),
    Setting("start", "scenario", "text", "the scenario that the app opens: a ready one or a file", '"laptop"'),
    Setting("start", "model", "text", "the model that the app opens", '"llama-3.3-70b"'),
    Setting("start", "rack", "text", "the rack of every plan that names none", '"2xrtx-4090"'),
    Setting("start", "engine", "text", "the engine of every plan that names none", '"sglang"'),
    Setting("costs", "usd_per_kwh", "number", "electricity, USD per kWh", "0.31"),
    Setting("costs", "pue", "number", "power usage effectiveness of the site", "1.3"),
    Setting("costs", "usd_per_kw_month", "number", "colocation per kW and month, without electricity", "150"),
    Setting("costs", "amortisation_years", "number", "years over which a purchase is written off", "4"),
    Setting("costs", "server_overhead", "number", "hosts, network and racks as a fraction of the price of the GPUs", "0.4"),
    Setting("costs", "cloud_overhead", "number", "storage, traffic and management as a fraction of the rent", "0.1"),
    Setting("costs", "idle_power_share", "number", "power of an idle machine as a fraction of full power", "0.3"),
)
"""Every key but those of `[keys]`, whose names are the ids of the app's commands."""
# fmt: on

KEYS_THAT_STAY = (
    "1 to 9, which go to panes or are digits; ctrl+c and ctrl+q, which leave; the letters of jumping; tab between the fields of a"
    " dialog; and the editing keys of a line in which one types (enter, arrows, home, end, backspace, delete, ctrl+a, e, k, u, w)"
)
"""Keys of the app that `[keys]` cannot change."""

TABLES = ("display", "start", "costs", "keys")
_BY_KEY = {setting.key: setting for setting in SETTINGS}
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "text": ((str,), 'a text in quotes, such as "this"'),
    "switch": ((bool,), "true or false"),
    "number": ((int, float), "a number"),
}


class Config(NamedTuple):
    """What the file says.

    Args:
        path: Where it is, or would be.
        tables: Its tables; empty when there is no file or it is ignored.
        problems: Why it is ignored, a line each.
        ignored: The keys that are ignored with it.
    """

    path: Path
    tables: Mapping[str, Table] = {}
    problems: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    def get(self, table: str, name: str) -> Any:
        """A value, or None."""
        return self.tables.get(table, {}).get(name)

    @property
    def complaint(self) -> str:
        """The problems and what they cost, in one line; empty when there are none."""
        if not self.problems:
            return ""
        lost = f" ({', '.join(self.ignored)})" if self.ignored else ""
        return f"{self.path}: {'; '.join(self.problems)}: the whole file is ignored{lost}"

    @property
    def notice(self) -> str:
        """The same shortly, for a line of 80 characters; empty when there are no problems."""
        more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        return f"{self.path.name} is ignored: {self.problems[0]}{more}" if self.problems else ""

    def with_costs(self, spec: ScenarioSpec) -> ScenarioSpec:
        """A scenario with this file's costs where it leaves them open.

        Args:
            spec: The scenario.
        """
        costs = self.tables.get("costs", {})
        missing = {name: value for name, value in costs.items() if getattr(spec.money, name) is None}
        return replace(spec, money=replace(spec.money, **missing)) if missing else spec


def config_path(environ: Mapping[str, str]) -> Path:
    """Where the file is.

    Args:
        environ: The process's environment.
    """
    asked = environ.get(VARIABLE, "").strip()
    return expanded(asked) if asked else config_directory() / "config.toml"


def read_config(path: Path, *checks: Check) -> Config:
    """Read the file; whatever is wrong with it makes it as if it were not there.

    Args:
        path: The file, which need not exist.
        checks: Further checks, which are shown the keys whose names and kinds of values are right.
    """
    from roofrack.catalog.own import read_toml

    try:
        if not path.exists():
            return Config(path)
        tables = read_toml(path)
    except OSError as error:
        return Config(path, problems=(error.strerror or "cannot be read",))
    except InputError as error:
        return Config(path, problems=(str(error).removeprefix(f"{path}: "),))
    problems = [problem for name, table in tables.items() for problem in _problems(name, table)]
    sound = {name: _sound(name, table) for name, table in tables.items()}
    for check in (_cost_problems, *checks):
        problems += check(sound)
    if problems:
        return Config(path, problems=tuple(clean(problem, limit=300) for problem in problems), ignored=_keys(tables))
    return Config(path, tables)


def _problems(name: str, table: object) -> list[str]:
    if name not in TABLES:
        return [f"{clean(name, limit=40)}: no such table, there are {', '.join(TABLES)}"]
    if not isinstance(table, dict):
        return [f"{name}: must be a table, [{name}]"]
    if name == "keys":
        return []
    return [problem for key, value in table.items() if (problem := _problem(f"{name}.{key}", value))]


def _sound(name: str, table: object) -> Table:
    """What of a table can be checked further."""
    known = table if name in TABLES and isinstance(table, dict) else {}
    return {key: value for key, value in known.items() if name == "keys" or not _problem(f"{name}.{key}", value)}


def _problem(key: str, value: object) -> str:
    setting = _BY_KEY.get(key)
    if setting is None:
        from roofrack.catalog.near import near

        alike = near(key, {known: known for known in _BY_KEY}, most=1)
        return f"{clean(key, limit=80)}: no such key" + (f", did you mean {alike[0]}?" if alike else "")
    if isinstance(setting.kind, tuple):
        return "" if value in setting.kind else f"{key}: must be one of {', '.join(setting.kind)}"
    types, words = _KINDS[setting.kind]
    fits = isinstance(value, types) and isinstance(value, bool) == (setting.kind == "switch")
    return "" if fits else f"{key}: must be {words}"


def _cost_problems(tables: Mapping[str, Table]) -> list[str]:
    found = []
    for name, value in tables.get("costs", {}).items():
        try:
            MoneySpec(**{name: value})
        except ValueError as error:
            found.append(f"costs.{error}")
    return found


def _keys(tables: dict[str, Any]) -> tuple[str, ...]:
    keys = [f"{name}.{key}" for name, table in tables.items() for key in (table if isinstance(table, dict) else ("…",))]
    return tuple(clean(key, limit=60) for key in keys[:12]) + (("…",) if len(keys) > 12 else ())


def example() -> str:
    """A file with every key as a comment, to start from."""
    from textwrap import wrap  # no plan needs it

    lines = ["# roofrack's configuration. Flags beat the environment, which beats this file.", ""]
    for table in TABLES[:-1]:
        lines.append(f"[{table}]")
        lines += [f"# {one.name} = {one.example}  # {one.says}" for one in SETTINGS if one.table == table]
        lines.append("")
    about = f"Any command by its id, as 'roofrack config' lists them. These keys stay: {KEYS_THAT_STAY}."
    lines += ["[keys]", *(f"## {line}" for line in wrap(about, 110))]
    return "\n".join([*lines, '# undo = "ctrl+u"', '# redo = ["ctrl+y", "Z"]', ""])
