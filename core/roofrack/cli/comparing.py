"""`roofrack compare`: plans side by side."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from roofrack.catalog import Catalog
from roofrack.cli import commands
from roofrack.cli.configured import configuration
from roofrack.cli.options import given, in_flags, scenario_spec
from roofrack.cli.spec_flags import add_latencies
from roofrack.cli.subcommands import Command, Options
from roofrack.cli.values import count
from roofrack.domain.scenario import ScenarioSpec
from roofrack.domain.workload import Targets
from roofrack.errors import InputError, UnknownIdError
from roofrack.places import expanded

if TYPE_CHECKING:
    from roofrack.compare import Comparison, Member, ScenarioSet

_TARGETS = {"slo_ttft": "ttft_s", "slo_tpot": "tpot_s"}
_OF_THE_COMPARISON = ("json", "markdown", "csv", "check")
"""Flags of `plan` that say what is printed: here they belong after the plans, not inside one."""


def add_commands(command: Command, _options: Options) -> None:
    """Add `compare`."""
    parser = command("compare", compare_command, "set two to four plans side by side")
    parser.add_argument(
        "plans",
        nargs="+",
        metavar="PLAN",
        help="a ready scenario, a scenario file, a file with a set of them, or in quotes the options of plan: 'llama-3.1-70b --weights fp8'",
    )
    load = parser.add_argument_group("common to all plans (the first plan's where not given)")
    load.add_argument("--concurrency", type=count, help="requests at once")
    add_latencies(load)
    parser.add_argument("--best", action="store_true", help="compare each at its own most requests within the targets")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="roofrack.compare/1")
    shape.add_argument("--markdown", action="store_true", help="a report in Markdown")
    shape.add_argument("--format", choices=tuple(_WRITERS), help="the same by name")
    parser.add_argument("--check", action="store_true", help="exit 1 when one of them does not fit")
    parser.add_argument("--save", metavar="FILE", help="also write the set to a file")


def compare_command(options: argparse.Namespace) -> int:
    """`roofrack compare`."""
    from roofrack.compare import ScenarioSet, compare

    catalog = commands.open_catalog()
    members = [member for n, text in enumerate(options.plans, 1) for member in _members(n, text, catalog)]
    comparison = compare(
        members,
        catalog,
        concurrency=options.concurrency,
        targets=_targets(options, members),
        yardstick="best" if options.best else "cursor",
    )
    if options.save:
        _save(ScenarioSet(tuple(members)), comparison, options.save)
    shape = "json" if options.json else "markdown" if options.markdown else options.format or "text"
    _WRITERS[shape](comparison)
    return 1 if options.check and not all(plan.memory.fits for plan in comparison.plans) else 0


def _members(number: int, text: str, catalog: Catalog) -> Iterator[Member]:
    """The scenarios that one argument means."""
    from roofrack.compare import Member

    if _is_file(text):
        from roofrack.report.compare_toml import load_set

        members: Sequence[Member] = load_set(text).members
    elif text in catalog.scenario_ids():
        members = (Member(catalog.scenario(text)),)
    else:
        if len(text.split()) == 1:
            _need_model(number, text, catalog)
        members = (Member(_from_options(number, text, catalog)),)
    config = configuration(catalog)
    yield from (member._replace(spec=config.with_costs(member.spec)) for member in members)


def _is_file(text: str) -> bool:
    """Whether an argument is a file of scenarios: options of a plan may end with one too."""
    if text.lower().endswith(".toml"):
        return " --" not in text or os.path.lexists(expanded(text))
    return False


def _need_model(number: int, text: str, catalog: Catalog) -> None:
    """A single word that is no scenario must be a model; where it is neither, say what it may have meant."""
    from roofrack.catalog.near import near
    from roofrack.resolve import resolve_model

    try:
        resolve_model(text, catalog)
    except UnknownIdError as error:
        alike = (*near(text, {name: name for name in catalog.scenario_ids()}, most=2), *error.near)
        hint = f"did you mean {', '.join(alike)}?" if alike else "roofrack scenarios and roofrack models list them"
        raise InputError(f"plan {number}: no scenario and no model is called '{text[:80]}'", hint) from None


def _from_options(number: int, text: str, catalog: Catalog) -> ScenarioSpec:
    """The scenario of a quoted string of options, which may be a whole `roofrack plan` command."""
    from roofrack.cli.parser import build_parser

    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InputError(f"plan {number}: {error}", "quote it once for the shell") from None
    if words[:1] == ["roofrack"]:
        words = words[1:]
    if words[:1] == ["plan"]:
        words = words[1:]
    try:
        parsed = build_parser("plan").parse_args(["plan", *words])
        printed = [f"--{name}" for name in _OF_THE_COMPARISON if getattr(parsed, name)]
        if printed:
            raise InputError(f"{printed[0]} says how to print", f"write {printed[0]} outside the quotes")
        return scenario_spec(parsed, catalog)
    except InputError as error:
        raise InputError(f"plan {number}: {error.problem}", error.hint) from None


def _targets(options: argparse.Namespace, members: Sequence[Member]) -> Targets | None:
    """The first plan's targets with what flags say; None leaves them to the comparison."""
    said = given(options, _TARGETS)
    if not said:
        return None
    try:
        return replace(members[0].spec.targets, **said)
    except ValueError as error:
        raise InputError(in_flags(str(error))) from None


def _save(scenarios: ScenarioSet, comparison: Comparison, where: str) -> None:
    """Write the plans as they were compared: under the common load and targets."""
    from roofrack.report.compare_toml import save_set

    compared = zip(scenarios.members, comparison.plans, strict=True)
    members = tuple(member._replace(spec=plan.scenario.spec) for member, plan in compared)
    save_set(scenarios._replace(members=members), expanded(where))


def _print_text(comparison: Comparison) -> None:
    from roofrack.report.compare_text import compare_text

    print(compare_text(comparison))


def _print_markdown(comparison: Comparison) -> None:
    from roofrack.report.compare_text import compare_markdown

    print(compare_markdown(comparison))


def _print_json(comparison: Comparison) -> None:
    from roofrack.report.compare_json import compare_json

    commands.print_json(compare_json(comparison))


_WRITERS = {"text": _print_text, "markdown": _print_markdown, "json": _print_json}
