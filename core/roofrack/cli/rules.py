"""`roofrack rules`: the published rules of thumb beside the exact model."""

from __future__ import annotations

import argparse

from roofrack.cli import commands
from roofrack.cli.options import scenario_spec
from roofrack.cli.subcommands import Command, Options


def add_commands(command: Command, options: Options) -> None:
    """Add `rules`."""
    parser = command("rules", rules_command, "published rules of thumb beside the exact model")
    parser.add_argument("model", nargs="?", help="as for plan; without one, the published examples themselves")
    options.plan(parser)
    parser.add_argument("--json", action="store_true", help="a list of rules")


def rules_command(options: argparse.Namespace) -> int:
    """`roofrack rules`: for a plan, or the published examples where no model is named."""
    from roofrack.rules import published_rules, rules

    catalog = commands.open_catalog()
    if options.model or options.scenario:
        from roofrack.plan import plan

        found = rules(plan(scenario_spec(options, catalog), catalog))
    else:
        found = published_rules(catalog)
    if options.json:
        from roofrack.report.money_json import plain

        commands.print_json(plain(found))
    else:
        from roofrack.report.rules_text import rules_text

        print(rules_text(found))
    return 0
