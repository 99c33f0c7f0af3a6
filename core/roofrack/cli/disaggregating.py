"""`roofrack disaggregate`: prefill and decode on pools of their own."""

from __future__ import annotations

import argparse

from roofrack.cli import commands
from roofrack.cli.options import scenario_spec
from roofrack.cli.subcommands import Command, Options
from roofrack.cli.values import count


def add_commands(command: Command, options: Options) -> None:
    """Add `disaggregate`."""
    parser = command("disaggregate", disaggregate_command, "compare pools for prefill and decode with the same GPUs")
    parser.add_argument("model", nargs="?", help="as for plan")
    options.plan(parser)
    pools = parser.add_argument_group("pools (the rest of the rack, or the best split, where not given)")
    pools.add_argument("--prefill-gpus", type=count, help="GPUs that prefill")
    pools.add_argument("--decode-gpus", type=count, help="GPUs that decode")
    parser.add_argument("--json", action="store_true", help="roofrack.disaggregation/1")


def disaggregate_command(options: argparse.Namespace) -> int:
    """`roofrack disaggregate`."""
    from roofrack.disaggregation import disaggregate

    catalog = commands.open_catalog()
    spec = scenario_spec(options, catalog)
    found = disaggregate(spec, catalog, prefill_gpus=options.prefill_gpus, decode_gpus=options.decode_gpus)
    if options.json:
        from roofrack.report.disaggregation import disaggregation_json

        commands.print_json(disaggregation_json(found))
    else:
        from roofrack.report.disaggregation import disaggregation_text

        print(disaggregation_text(found))
    return 0
