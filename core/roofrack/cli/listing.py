"""`roofrack models|gpus|formats|engines|scenarios`: filtered tables."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace

from roofrack.catalog import Catalog
from roofrack.cli.commands import open_catalog, print_json
from roofrack.cli.options import DEFAULT_MODEL, DEFAULT_RACK, rack_spec
from roofrack.cli.subcommands import Command, Options
from roofrack.cli.values import count
from roofrack.domain.scenario import ScenarioSpec
from roofrack.errors import InputError
from roofrack.text import clean

NAMES = ("models", "gpus", "formats", "engines", "scenarios")
_FILTER = {
    "models": 'words, kinds, bounds and an order, such as: qwen moe "<40b" gqa apache fits sort:kv',
    "gpus": 'words, kinds, bounds and an order, such as: nvidia ">=80gib" "<4$" fits sort:bandwidth',
}


def add_commands(command: Command, _options: Options) -> None:
    """Add `models`, `gpus`, `formats`, `engines` and `scenarios`."""
    for name in NAMES:
        parser = command(name, list_command, f"list the known {name}")
        parser.add_argument("filter", nargs="*", help=_FILTER.get(name, "words that must occur"))
        parser.add_argument("--json", action="store_true", help="a list of flat objects")
        if name == "models":
            parser.add_argument(
                "--rack", help="the rack that 'fits' is about, with the defaults of any engine: 4xh100-sxm5-80gb"
            )
        if name == "gpus":
            parser.add_argument("--model", help="the model that 'fits' is about")
            parser.add_argument("--count", type=count, default=1, help="how many GPUs 'fits' is about (1)")


def list_command(options: argparse.Namespace) -> int:
    """Print a list, as JSON or as a table."""
    from roofrack.report.listing import listing, listing_text

    catalog = open_catalog()
    rows = listing(options.command, catalog, options.filter, _fits(options, catalog))
    if options.json:
        print_json(rows)
    elif not rows:
        print(f"roofrack: no {options.command} match {clean(' '.join(options.filter), limit=80)}", file=sys.stderr)
    else:
        print(listing_text(options.command, rows))
    return 0


def _fits(options: argparse.Namespace, catalog: Catalog) -> Callable[[str], bool] | None:
    """Whether a model fits a rack, or a model on so many of a GPU; with the engine's defaults."""
    from roofrack.plan import fits

    start = ScenarioSpec(model=DEFAULT_MODEL, rack=DEFAULT_RACK)

    def on(spec: ScenarioSpec) -> bool:
        for engine in catalog.engine_ids():
            try:
                if fits(replace(spec, engine=engine), catalog):
                    return True
            except InputError:
                continue
        return False

    if getattr(options, "rack", None):
        rack = rack_spec(options.rack, DEFAULT_RACK)
        catalog.device(rack.device)
        return lambda model: on(replace(start, model=model, rack=rack))
    if getattr(options, "model", None) and options.command == "gpus":
        start = replace(start, model=options.model)
        return lambda device: on(replace(start, rack=replace(DEFAULT_RACK, device=device, gpus_per_node=options.count)))
    return None
