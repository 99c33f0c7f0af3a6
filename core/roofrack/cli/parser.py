"""The arguments of every command."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NoReturn, get_args

from roofrack._version import __version__
from roofrack.cli import (
    commands,
    comparing,
    completion,
    config_command,
    detecting,
    disaggregating,
    evidence,
    exporting,
    listing,
    money,
    rules,
    searching,
    serving,
)
from roofrack.cli.exits import EXITS
from roofrack.cli.spec_flags import add_flags, add_latencies, add_lengths
from roofrack.cli.values import count, counts, positive
from roofrack.domain.workload import Load
from roofrack.errors import InputError

COMMANDS = (
    "tui",
    "plan",
    "explain",
    *listing.NAMES,
    "show",
    "inspect",
    "detect",
    "accuracy",
    "calibrate",
    *money.NAMES,
    "rules",
    *searching.NAMES,
    "disaggregate",
    "compare",
    "config",
    "serve",
    "export",
    "completions",
)
DEFAULT_COMMAND = "tui"
"""The command of arguments that name none."""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are those of the rest of the program."""

    def error(self, message: str) -> NoReturn:
        raise InputError(message.replace("argument ", "", 1), f"see {self.prog} --help")


def with_default_command(arguments: list[str]) -> list[str]:
    """Put `tui` before arguments that name no command: `roofrack --scenario laptop` opens the app."""
    first = arguments[0] if arguments else ""
    if first in COMMANDS or first in ("-h", "--help", "--version"):
        return arguments
    if first and not first.startswith("-"):
        from roofrack.catalog.near import near

        alike = near(first, {name: name for name in COMMANDS}, most=2)
        hint = f"did you mean {' or '.join(alike)}?" if alike else f"commands are {', '.join(COMMANDS)}"
        raise InputError(f"unknown command '{first}'", hint)
    return [DEFAULT_COMMAND, *arguments]


class _Elsewhere(_Parser):
    """Stands for the commands that are not run: it takes their arguments and keeps none."""

    def __init__(self) -> None:
        """Skip the base's work, which is what takes time."""

    def add_argument(self, *_: Any, **__: Any) -> Any:
        return None

    def add_argument_group(self, *_: Any, **__: Any) -> Any:
        return self

    def add_mutually_exclusive_group(self, **_: Any) -> Any:
        return self


def build_parser(only: str = "") -> argparse.ArgumentParser:
    """The parser of the command line; `run` of what it returns is the command's function.

    Args:
        only: The command that will be run, which spares making all others; empty or an option such as `--help` makes all.
    """
    parser = _Parser(
        prog="roofrack",
        description="Plan the hardware for serving an LLM: memory, concurrency, latency, throughput, cost. Alone it opens the app.",
        epilog="Exit codes: " + "; ".join(f"{one.code} {one.meaning}" for one in EXITS) + ".",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"roofrack {__version__}")
    made = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)

    def command(name: str, run: Callable[[argparse.Namespace], int], summary: str) -> argparse.ArgumentParser:
        if only in COMMANDS and name != only:
            return _Elsewhere()
        sub = made.add_parser(
            name, help=summary, description=summary[0].upper() + summary[1:] + ".", allow_abbrev=False
        )
        sub.set_defaults(run=run)
        return sub

    tui = command("tui", commands.tui, "open the app")
    _app_options(tui)
    tui.add_argument("--fresh", action="store_true", help="start fresh, not where the last session was left")

    plan = command("plan", commands.plan_command, "plan a model on a rack")
    plan.add_argument(
        "model",
        nargs="?",
        help="an id (org/name), an alias, a path to config.json, a checkpoint folder or a .gguf, or what the hub's cache or "
        "Ollama calls a model on this disk (llama3.1:8b)",
    )
    _plan_options(plan)
    shape = plan.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="roofrack.plan/1")
    shape.add_argument("--markdown", action="store_true", help="a report in Markdown")
    shape.add_argument("--csv", action="store_true", help="the curve as CSV")
    plan.add_argument("--check", action="store_true", help="exit 1 when it does not fit")
    plan.add_argument(
        "--percentiles", action="store_true", help="simulate the load for the mean, p50, p90, p95 and p99 of its times"
    )

    explain = command("explain", commands.explain_command, "derive the numbers of a plan step by step")
    explain.add_argument("model", nargs="?", help="as for plan")
    _plan_options(explain)
    explain.add_argument("--number", help="only this one, such as tpot_s or kv_bytes_per_token")
    explain.add_argument("--json", action="store_true", help="a list of derivations")

    listing.add_commands(command)

    show = command("show", commands.show_command, "show one preset, every field with its source")
    show.add_argument("id", help="id or alias of a model, device, link, format, engine or scenario")
    show.add_argument("--json", action="store_true", help="the preset as an object")

    inspect = command(
        "inspect", commands.inspect_command, "read a config.json, checkpoint folder, .safetensors or .gguf"
    )
    inspect.add_argument("path", help="the file or folder, or a name in the hub's cache or Ollama's store")
    inspect.add_argument("--json", action="store_true", help="roofrack.model/1")
    detecting.add_command(command)

    evidence.add_accuracy(command("accuracy", evidence.accuracy_command, "compare predictions with measurements"))
    calibrate = command("calibrate", evidence.calibrate_command, "fit a profile to your own benchmark results")
    evidence.add_calibrate(calibrate)
    _plan_options(calibrate)
    money.add_commands(command, _plan_options)
    rules.add_command(command, _plan_options)
    searching.add_commands(command)
    disaggregating.add_command(command, _plan_options)
    comparing.add_command(command)
    config_command.add_command(command)
    serving.add_command(command, _app_options)
    exporting.add_command(command, _app_options)
    completion.add_command(command)
    return parser


def _app_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", nargs="?", help="model to start with: an id, an alias or a path")
    _plan_options(parser)
    display = parser.add_argument_group("display")
    either = argparse.BooleanOptionalAction
    display.add_argument("--present", action=either, help="larger marks and fewer words, for showing to others")
    display.add_argument("--mouse", action=either, help="listen to the mouse, or leave it to the terminal")
    display.add_argument("--ascii", action=either, help="draw with ASCII only; by default terminal and locale decide")
    display.add_argument("--theme", help="one of the app's themes, such as roofrack-light, nord or ansi-dark")


def _plan_options(parser: argparse.ArgumentParser) -> None:
    rack = parser.add_argument_group("rack")
    rack.add_argument("--rack", help="GPUs of a node: 4xh100-sxm5-80gb, or detected: those of this machine")
    rack.add_argument("--nodes", type=count, help="how many such nodes")
    rack.add_argument("--link", help="nvlink, pcie or a link's id")
    rack.add_argument("--network", help="link between nodes")
    model = parser.add_argument_group("model and engine")
    model.add_argument("--weights", help="weights format")
    model.add_argument("--kv", help="KV cache format")
    for name in ("tp", "pp", "dp", "ep"):
        model.add_argument(f"--{name}", type=count, help=f"{name.upper()} degree")
    model.add_argument("--engine", help="vllm, sglang, trtllm or llama.cpp, with @VERSION where it matters")
    model.add_argument("--gpu-memory-fraction", type=positive, help="the engine's memory fraction")
    model.add_argument("--max-num-batched-tokens", type=count, help="tokens of one engine step")
    model.add_argument("--max-num-seqs", type=count, help="sequences of one engine step")
    load = parser.add_argument_group("workload")
    add_lengths(load)
    load.add_argument("--concurrency", type=count, help="requests at once")
    load.add_argument("--concurrencies", type=counts, help="points of the curve: 1,2,4,8")
    load.add_argument("--load", choices=get_args(Load), help="how requests arrive")
    load.add_argument("--rate", type=positive, help="arrivals per second, for poisson")
    aims = parser.add_argument_group("targets and cost")
    add_latencies(aims)
    aims.add_argument("--usd-per-gpu-hour", type=positive, help="price of one GPU and hour")
    add_flags(parser)
    parser.add_argument("--scenario", help="start from a ready scenario or a scenario file")
    parser.add_argument("--profile", help="a profile of your own measurements, as roofrack calibrate saves it")
