"""`roofrack search` and `roofrack box`: from targets to racks, and from a rack to models."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from roofrack.cli import commands
from roofrack.cli.options import DEFAULT_RACK, given, in_flags, rack_spec
from roofrack.cli.progress import StoppableProgress
from roofrack.cli.spec_flags import AUDIENCE, LENGTHS, TARGETS, add_latencies, add_lengths, add_people, add_targets
from roofrack.cli.subcommands import Command, Options
from roofrack.cli.values import count, counts, positive, price, words
from roofrack.errors import InputError

if TYPE_CHECKING:
    from roofrack.domain.scenario import WorkloadSpec
    from roofrack.domain.workload import Targets
    from roofrack.report.search_text import Writer
    from roofrack.search import BoxSpec, SearchSpec

NAMES = ("search", "box")

_SEARCH = {
    "max_gpus": "gpus",
    "budget": "usd_per_hour",
    "price": "prices",
    "gpus_per_node": "gpus_per_node",
    "sort": "sort",
    "top": "kept",
    "quality": "quality",
}
_LIMITS = ("max_gpus", "budget")
_FORMATS = {"weights": "weights", "kv": "kv", "engine": "engines"}


def add_commands(command: Command, _options: Options) -> None:
    """Add `search` and `box`."""
    search = command("search", search_command, "find the racks that serve a load within targets")
    search.add_argument("models", nargs="+", metavar="MODEL", help="ids, aliases or paths")
    _load(search, one=False)
    _targets(search)
    may = search.add_argument_group("what may be combined")
    may.add_argument("--gpus", type=words, metavar="ID,ID", help="GPUs to build from (all with a known rent)")
    may.add_argument("--gpus-per-node", type=counts, metavar="N,N", help="sizes of nodes (1,2,4,8)")
    may.add_argument("--max-gpus", type=count, help="GPUs of the largest rack (64)")
    may.add_argument("--budget", type=positive, metavar="USD_PER_HOUR", help="rent of the dearest rack")
    may.add_argument("--price", type=price, action="append", metavar="GPU=USD", help="price of one GPU and hour")
    _formats(may)
    how = search.add_argument_group("how it is ranked")
    how.add_argument("--sort", choices=("cost", "gpus", "power", "headroom"), help="what is best (cost)")
    how.add_argument("--top", type=count, help="plans to list (10)")
    how.add_argument(
        "--no-front", action="store_true", help="leave out cost against tokens/s per user, which is faster"
    )
    how.add_argument("--sure", action="store_true", help="keep targets at the unfavourable end of the 80 %% band")
    _add_shapes(search, "roofrack.search/1")

    box = command("box", box_command, "list the models that a rack serves, at which format and how fast")
    box.add_argument("rack", help="GPUs of a node: 4xh100-sxm5-80gb")
    box.add_argument("models", nargs="*", metavar="MODEL", help="only these (all presets)")
    box.add_argument("--nodes", type=count, help="how many such nodes")
    box.add_argument("--link", help="nvlink, pcie or a link's id")
    _load(box, one=True)
    _targets(box)
    _formats(box.add_argument_group("engine and formats"))
    _add_shapes(box, "roofrack.box/1")


def _load(parser: argparse.ArgumentParser, *, one: bool) -> None:
    load = parser.add_argument_group("load")
    load.add_argument("--concurrency", type=count, help=f"requests at once{' (1)' if one else ''}")
    add_lengths(load)
    add_people(parser)


def _targets(parser: argparse.ArgumentParser) -> None:
    add_latencies(parser.add_argument_group("targets", "Without one for TTFT no request may wait for memory."))
    add_targets(parser)


def _formats(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--weights", type=words, metavar="ID,ID", help="weights formats (the slider's)")
    group.add_argument("--kv", type=words, metavar="ID,ID", help="KV formats (the default, and eight bits)")
    group.add_argument("--engine", type=words, metavar="ID,ID", help="engines, with @VERSION where it matters")
    group.add_argument(
        "--quality",
        choices=("none", "negligible", "acceptable", "risky"),
        help="the most that an unnamed format may cost in quality (acceptable)",
    )


def search_spec(options: argparse.Namespace) -> tuple[SearchSpec, str]:
    """The search that arguments describe, and where its requests at once come from.

    Args:
        options: Parsed arguments of `search`.

    Raises:
        InputError: A value is out of range; it names the flag.
    """
    from roofrack.search import Limits, SearchSpec

    targets, (workload, why) = _wanted(options)
    limits = given(options, {name: _SEARCH[name] for name in _LIMITS})
    chosen = given(options, {name: field for name, field in _SEARCH.items() if name not in _LIMITS})
    formats = given(options, {"gpus": "devices", **_FORMATS})
    spec = _made(
        lambda: SearchSpec(
            models=tuple(options.models),
            workload=workload,
            targets=targets,
            limits=Limits(**limits),
            sure=options.sure,
            front=not options.no_front,
            node_availability=options.node_availability,
            **{**chosen, "prices": tuple(options.price or ())},
            **formats,
        )
    )
    return spec, why


def search_command(options: argparse.Namespace) -> int:
    """`roofrack search`."""
    from roofrack.search import search

    spec, why = search_spec(options)
    shown = StoppableProgress("searching")
    catalog = commands.open_catalog()
    with shown:
        found = search(spec, catalog, progress=lambda p: shown.show(p.done, p.total), cancelled=shown.cancelled)
    if options.json:
        from roofrack.report.search_json import search_json

        commands.print_json(search_json(spec, found, why))
    elif options.csv:
        from roofrack.report.search_csv import search_csv

        print(search_csv(found), end="")
    else:
        from roofrack.report.search_text import search_text

        print(search_text(spec, found, why, _table(options)))
    return 0


def box_spec(options: argparse.Namespace) -> tuple[BoxSpec, str]:
    """The box that arguments describe, and where its requests at once come from.

    Args:
        options: Parsed arguments of `box`.

    Raises:
        InputError: A value is out of range; it names the flag.
    """
    from dataclasses import replace

    from roofrack.search import BoxSpec

    targets, (workload, why) = _wanted(options, default=1)
    asked = rack_spec(options.rack, DEFAULT_RACK)
    rack = _made(lambda: replace(asked, **given(options, {"nodes": "nodes", "link": "link"})))
    chosen = given(options, {"quality": "quality", **_FORMATS})
    spec = _made(lambda: BoxSpec(rack=rack, models=tuple(options.models), workload=workload, targets=targets, **chosen))
    return spec, why


def box_command(options: argparse.Namespace) -> int:
    """`roofrack box`."""
    from roofrack.search import box

    spec, why = box_spec(options)
    catalog = commands.open_catalog()
    shown = StoppableProgress("searching")
    with shown:
        found = box(spec, catalog, progress=shown.show, cancelled=shown.cancelled)
    if options.json:
        from roofrack.report.search_json import box_json

        commands.print_json(box_json(spec, found, why))
    elif options.csv:
        from roofrack.report.search_csv import box_csv

        print(box_csv(spec, found), end="")
    else:
        from roofrack.report.search_text import box_text

        print(box_text(spec, found, why, _table(options)))
    return 0


def _add_shapes(parser: argparse.ArgumentParser, schema: str) -> None:
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help=schema)
    shape.add_argument("--markdown", action="store_true", help="tables in Markdown")
    shape.add_argument("--csv", action="store_true", help="plain numbers with their bands")


def _table(options: argparse.Namespace) -> Writer:
    """How tables are written."""
    from roofrack.report.table import markdown_table, table

    return markdown_table if options.markdown else table


def _wanted(options: argparse.Namespace, default: int | None = None) -> tuple[Targets, tuple[WorkloadSpec, str]]:
    """Targets, and the load that people or a rate make under them."""
    from roofrack.domain.money import AudienceSpec
    from roofrack.domain.scenario import WorkloadSpec
    from roofrack.domain.workload import Targets
    from roofrack.search import in_flight

    targets = _made(lambda: Targets(**given(options, TARGETS)))
    lengths = given(options, LENGTHS)
    audience = _made(lambda: AudienceSpec(**given(options, AUDIENCE)), AUDIENCE)
    load = in_flight(audience, lengths.get("output_tokens", 256), targets)
    if load is not None and options.concurrency is not None:
        raise InputError("concurrency: cannot be combined with users, sessions or requests-per-s")
    requests = options.concurrency or (load.requests if load else default)
    if requests is None:
        raise InputError("no load", "give --concurrency, --users, --sessions or --requests-per-s")
    return targets, (_made(lambda: WorkloadSpec(concurrency=requests, **lengths)), load.why if load else "")


def _made(make: Callable[[], Any], names: dict[str, str] | None = None) -> Any:
    """What is made, with errors that name flags instead of fields."""
    try:
        return make()
    except ValueError as error:
        flags = names or {**LENGTHS, **TARGETS, **_SEARCH, **_FORMATS, "concurrency": "concurrency"}
        raise InputError(in_flags(str(error), flags)) from None
