"""`roofrack users`, `cost`, `machine` and `table`: people, money and what stands around the GPUs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace

from roofrack.catalog import Catalog
from roofrack.cli import commands
from roofrack.cli.options import scenario_spec
from roofrack.cli.subcommands import Command, Options
from roofrack.results import Plan

AddOptions = Callable[[argparse.ArgumentParser], None]
NAMES = ("users", "cost", "machine", "table")


def add_commands(command: Command, options: Options) -> None:
    """Add `users`, `cost`, `machine` and `table`."""
    users = command("users", users_command, "from people and targets to requests at once and racks")
    _model(users, options.plan)
    cost = command("cost", cost_command, "what tokens cost: rent, buy or API, with electricity and utilisation")
    _model(cost, options.plan)
    cost.add_argument("--against", metavar="RACK", help="another rack for the same model, as 2xrtx-4090")
    cost.add_argument("--against-weights", metavar="FORMAT", help="weights format on that rack")
    around = command("machine", machine_command, "host memory, cores, disk, network, power and rack units of a plan")
    _model(around, options.plan)
    table = command("table", table_command, "7B to 130B models on CPU, gaming GPU, commercial GPU and Mac")
    shape = table.add_mutually_exclusive_group()
    for name in ("csv", "json"):
        shape.add_argument(f"--{name}", action="store_true", help=f"as {name.upper()} instead of Markdown")


def users_command(options: argparse.Namespace) -> int:
    """`roofrack users`."""
    from roofrack.users import published_targets, service

    plan = _plan(options, commands.open_catalog())
    found, published = service(plan), published_targets(plan)
    if options.json:
        from roofrack.report.money_json import users_json

        commands.print_json(users_json(plan, found, published))
    else:
        from roofrack.report.money_text import users_text

        print(users_text(plan, found, published))
    return 0


def cost_command(options: argparse.Namespace) -> int:
    """`roofrack cost`."""
    from roofrack.economics import cost_report, same_speed

    catalog = commands.open_catalog()
    plan = _plan(options, catalog)
    report = cost_report(plan)
    against = same_speed(plan, _other(plan, options, catalog)) if options.against else None
    if options.json:
        from roofrack.report.money_json import cost_json

        commands.print_json(cost_json(report, against))
    else:
        from roofrack.report.money_text import cost_text

        print(cost_text(report, against))
    return 0


def machine_command(options: argparse.Namespace) -> int:
    """`roofrack machine`."""
    from roofrack.machine import machine

    plan = _plan(options, commands.open_catalog())
    found = machine(plan)
    if options.json:
        from roofrack.report.money_json import machine_json

        commands.print_json(machine_json(plan, found))
    else:
        from roofrack.report.money_text import machine_text

        print(machine_text(plan, found))
    return 0


def table_command(options: argparse.Namespace) -> int:
    """`roofrack table`."""
    from roofrack.value_table import table_csv, table_markdown, value_table

    rows = value_table(commands.open_catalog())
    if options.json:
        from roofrack.report.money_json import plain

        commands.print_json(plain(rows))
    else:
        print(table_csv(rows) if options.csv else table_markdown(rows), end="" if options.csv else "\n")
    return 0


def _plan(options: argparse.Namespace, catalog: Catalog) -> Plan:
    from roofrack.plan import plan

    return plan(scenario_spec(options, catalog), catalog)


def _other(plan: Plan, options: argparse.Namespace, catalog: Catalog) -> Plan:
    from roofrack.cli.options import rack_spec
    from roofrack.domain.scenario import ParallelSpec
    from roofrack.plan import plan as make

    spec = plan.scenario.spec
    rack = replace(rack_spec(options.against, spec.rack), nodes=1, link=None, network=None)
    weights = options.against_weights or spec.weights
    money = replace(spec.money, usd_per_gpu=None)
    other = replace(spec, rack=rack, weights=weights, parallel=ParallelSpec(), usd_per_gpu_hour=None, money=money)
    return make(other, catalog)


def _model(parser: argparse.ArgumentParser, plan_options: AddOptions) -> None:
    parser.add_argument("model", nargs="?", help="as for plan")
    plan_options(parser)
    parser.add_argument("--json", action="store_true", help="as JSON")
