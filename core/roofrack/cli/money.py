"""`roofrack users`, `cost`, `machine` and `table`: people, money and what stands around the GPUs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

from roofrack.catalog import Catalog
from roofrack.cli import commands
from roofrack.cli.options import scenario_spec
from roofrack.domain.money import Basis, Split
from roofrack.domain.scenario import ScenarioSpec
from roofrack.errors import InputError
from roofrack.results import Plan

Command = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
AddOptions = Callable[[argparse.ArgumentParser], None]
NAMES = ("users", "cost", "machine", "table")

# Flag without dashes → field, for each part of a scenario.
_AUDIENCE = {
    "users": "users",
    "online_share": "online_share",
    "active_share": "active_share",
    "sessions": "sessions",
    "think_s": "think_s",
    "requests_per_s": "requests_per_s",
    "peak": "peak",
    "node_availability": "node_availability",
}
_TARGETS = {
    "slo_percentile": "percentile",
    "slo_tokens_per_s": "tokens_per_s_per_user",
    "slo_requests_per_s": "requests_per_s",
    "availability": "availability",
}
_MONEY = {
    "utilisation": "utilisation",
    "split": "split",
    "basis": "basis",
    "usd_per_gpu": "usd_per_gpu",
    "server_overhead": "server_overhead",
    "usd_per_kwh": "usd_per_kwh",
    "pue": "pue",
    "usd_per_kw_month": "usd_per_kw_month",
    "amortisation_years": "amortisation_years",
    "cloud_overhead": "cloud_overhead",
    "idle_power_share": "idle_power_share",
    "api": "api",
    "api_usd_prompt": "usd_per_million_prompt_api",
    "api_usd_output": "usd_per_million_output_api",
    "months": "months",
}
_HELP = {
    "users": "people who may use the service",
    "online_share": "share of them logged in (0.01)",
    "active_share": "share of those with a request running at any moment (0.01)",
    "sessions": "people in a conversation at once",
    "think_s": "seconds between an answer and the next request",
    "requests_per_s": "requests per second",
    "peak": "busiest moment against the mean (1)",
    "node_availability": "share of the time in which one node works (0.995)",
    "slo_percentile": "the TTFT target holds for this percentage of requests (the mean)",
    "slo_tokens_per_s": "slowest stream that a user accepts",
    "slo_requests_per_s": "requests/s that the service must complete",
    "availability": "share of the time in which the targets hold: 0.999",
    "utilisation": "share of the time in which the rack carries the load",
    "split": "how cost is divided between prompt and output tokens",
    "basis": "charge tokens at the rent or at the cost of owning",
    "usd_per_gpu": "purchase price of one GPU",
    "server_overhead": "hosts, network and racks as a fraction of the price of the GPUs",
    "usd_per_kwh": "electricity",
    "pue": "power usage effectiveness of the site",
    "usd_per_kw_month": "colocation per kW and month, without electricity",
    "amortisation_years": "years over which a purchase is written off",
    "cloud_overhead": "storage, traffic and management as a fraction of the rent",
    "idle_power_share": "power of an idle machine as a fraction of full power",
    "api": "API price to compare with, provider:model",
    "api_usd_prompt": "your own API price per million prompt tokens",
    "api_usd_output": "your own API price per million output tokens",
    "months": "months of the comparison (36)",
}
_WHOLE = ("users", "sessions", "months")
_CHOICES = {"split": get_args(Split), "basis": get_args(Basis)}
_TEXT = ("api",)


def add_commands(command: Command, plan_options: AddOptions) -> None:
    """Register the commands of this family.

    Args:
        command: Makes a subcommand of a name, a function and a summary.
        plan_options: Adds the options of a plan.
    """
    users = command("users", users_command, "from people and targets to requests at once and racks")
    _model(users, plan_options)
    _add(users, "people", _AUDIENCE)
    _add(users, "more targets", _TARGETS)
    cost = command("cost", cost_command, "what tokens cost: rent, buy or API, with electricity and utilisation")
    _model(cost, plan_options)
    _add(cost, "money", _MONEY)
    cost.add_argument("--against", metavar="RACK", help="another rack for the same model, as 2xrtx-4090")
    cost.add_argument("--against-weights", metavar="FORMAT", help="weights format on that rack")
    around = command("machine", machine_command, "host memory, cores, disk, network, power and rack units of a plan")
    _model(around, plan_options)
    around.add_argument("--pue", type=_number, help=_HELP["pue"])
    table = command("table", table_command, "7B to 130B models on CPU, gaming GPU, business GPU and Mac")
    shape = table.add_mutually_exclusive_group()
    for name in ("csv", "json"):
        shape.add_argument(f"--{name}", action="store_true", help=f"as {name.upper()} instead of Markdown")


def users_command(options: argparse.Namespace) -> int:
    """`roofrack users`."""
    from roofrack.users import published_targets, service

    plan = _plan(options, commands.open_catalog(), audience=_AUDIENCE, targets=_TARGETS)
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
    plan = _plan(options, catalog, money=_MONEY)
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

    plan = _plan(options, commands.open_catalog(), money={"pue": "pue"})
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


def _plan(options: argparse.Namespace, catalog: Catalog, **parts: dict[str, str]) -> Plan:
    from roofrack.plan import plan

    return plan(_with(scenario_spec(options, catalog), options, parts), catalog)


def _with(spec: ScenarioSpec, options: argparse.Namespace, parts: dict[str, dict[str, str]]) -> ScenarioSpec:
    for part, names in parts.items():
        given = {field: getattr(options, flag) for flag, field in names.items() if getattr(options, flag) is not None}
        try:
            spec = replace(spec, **{part: replace(getattr(spec, part), **_one_way(part, given))})
        except ValueError as error:
            field, separator, rest = str(error).partition(":")
            flags = {value: "--" + name.replace("_", "-") for name, value in names.items()}
            raise InputError(f"{flags.get(field, field)}{separator}{rest}") from None
    return spec


def _one_way(part: str, given: dict[str, Any]) -> dict[str, Any]:
    """A flag that names another kind of audience replaces the scenario's own kind."""
    ways = ("users", "sessions", "requests_per_s")
    if part == "audience" and any(way in given for way in ways):
        return {**dict.fromkeys(ways), **given}
    return given


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


def _add(parser: argparse.ArgumentParser, title: str, names: dict[str, str]) -> None:
    group = parser.add_argument_group(title)
    for name in names:
        flag = "--" + name.replace("_", "-")
        if name in _CHOICES:
            group.add_argument(flag, choices=_CHOICES[name], help=_HELP[name])
        else:
            kind = _whole if name in _WHOLE else str if name in _TEXT else _number
            group.add_argument(flag, type=kind, help=_HELP[name])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a number") from None


def _whole(text: str) -> int:
    try:
        return int(text.replace("_", "").replace(",", ""))
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a whole number") from None
