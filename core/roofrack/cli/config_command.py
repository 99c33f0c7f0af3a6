"""`roofrack config`: where the configuration file is, what holds, and where each value comes from."""

from __future__ import annotations

import argparse
import os
from importlib import import_module
from typing import Any, NamedTuple

from roofrack.cli import commands
from roofrack.cli.configured import configuration
from roofrack.cli.subcommands import Command, Options
from roofrack.config import KEYS_THAT_STAY, SETTINGS, Config, example

DEFAULT = "default"


class Effective(NamedTuple):
    """A setting as it holds.

    Args:
        key: Table and name.
        value: What holds; None where nothing is set.
        source: A variable, the file, `default`, or what was found out about the terminal.
    """

    key: str
    value: bool | float | str | None
    source: str


def add_commands(command: Command, _options: Options) -> None:
    """Add `config`."""
    parser = command("config", config_command, "show the configuration file's place and what holds")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="path, problems and settings as an object")
    shape.add_argument("--example", action="store_true", help="a file with every key as a comment, to start from")


def config_command(options: argparse.Namespace) -> int:
    """Print what holds, or an example of the file."""
    if options.example:
        print(example(), end="")
        return 0
    config = configuration(commands.open_catalog())
    settings = effective(config)
    if options.json:
        commands.print_json(
            {
                "path": str(config.path),
                "exists": config.path.exists(),
                "problems": list(config.problems),
                "settings": [{"id": one.key, "value": one.value, "source": one.source} for one in settings],
            }
        )
    else:
        print(_text(config, settings))
    return 0


def effective(config: Config) -> list[Effective]:
    """Every setting as it holds without flags.

    Args:
        config: The configuration file.
    """
    # By name, as for the app itself: these modules belong to it, and none of them needs Textual.
    able: Any = import_module("roofrack_tui.capabilities")
    running = able.capabilities(able.Flags(), os.environ, config)
    found = []
    for one in SETTINGS:
        if one.table == "display":
            source = running.sources[one.name]
            found.append(
                Effective(one.key, getattr(running, one.name), "file" if source == str(config.path) else source)
            )
            continue
        value = config.get(one.table, one.name)
        found.append(
            Effective(one.key, _default(one.table, one.name), DEFAULT)
            if value is None
            else Effective(one.key, value, "file")
        )
    return [*found, *_keys(config)]


def _default(table: str, name: str) -> float | str | None:
    if table == "costs":
        from roofrack.catalog.prices import shipped_prices
        from roofrack.economics.assumptions import DEFAULT_FACTS

        return shipped_prices().costs[DEFAULT_FACTS[name]].value
    from roofrack.cli.options import DEFAULT_MODEL, DEFAULT_RACK
    from roofrack.domain.scenario import ScenarioSpec

    engine = ScenarioSpec(model=DEFAULT_MODEL, rack=DEFAULT_RACK).engine
    rack = f"{DEFAULT_RACK.gpus_per_node}x{DEFAULT_RACK.device}"
    return {"model": DEFAULT_MODEL, "rack": rack, "engine": engine}.get(name)


def _keys(config: Config) -> list[Effective]:
    keymap: Any = import_module("roofrack_tui.keymap")
    keys = keymap.Keys(config.tables.get("keys", {}), ascii=True)  # by name, as a configuration has them
    # A command that several screens have is told as the first of them has it.
    first: dict[str, Any] = {}
    for command in keymap.every_command():
        first.setdefault(command.id, command)
    return [
        Effective(
            f"keys.{command.id}",
            " ".join(keys.written(keymap.shown(key)) for key in command.keys.split(",")),
            "file" if command.id in keys.given else DEFAULT,
        )
        for command in keymap.rebound(first.values(), keys)
    ]


def _text(config: Config, settings: list[Effective]) -> str:
    from roofrack.report.table import table

    there = "" if config.path.exists() else " (no such file; 'roofrack config --example' prints one to start from)"
    problems = [f"ignored as a whole: {problem}" for problem in config.problems]
    rows = [(one.key, _written(one.value), one.source) for one in settings]
    from textwrap import wrap

    stays = wrap(f"Keys that stay as they are: {KEYS_THAT_STAY}.", 100)
    return "\n".join(
        [f"{config.path}{there}", *problems, "", table(("setting", "value", "from"), rows, left=3), "", *stays]
    )


def _written(value: bool | float | str | None) -> str:
    if value is None:
        return "-"
    return str(value).lower() if isinstance(value, bool) else str(value)
