"""The arguments of every command."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import Any, NoReturn, get_args

from roofrack._version import __version__
from roofrack.cli.exits import EXITS
from roofrack.cli.spec_flags import add_flags, add_latencies, add_lengths
from roofrack.cli.subcommands import Options
from roofrack.cli.values import count, counts, positive
from roofrack.domain.workload import Load
from roofrack.errors import InputError
from roofrack.text import clean

FAMILIES = {
    "commands": ("tui", "plan", "explain", "show", "inspect"),
    "listing": ("models", "gpus", "formats", "engines", "scenarios"),
    "detecting": ("detect",),
    "searching": ("search", "box"),
    "comparing": ("compare",),
    "disaggregating": ("disaggregate",),
    "money": ("users", "cost", "machine", "table"),
    "rules": ("rules",),
    "evidence": ("accuracy", "calibrate"),
    "exporting": ("export",),
    "serving": ("serve",),
    "config_command": ("config",),
    "completion": ("completions",),
}
"""Commands by the module here that adds them; only the one that is asked for is imported."""

COMMANDS = tuple(name for names in FAMILIES.values() for name in names)
DEFAULT_COMMAND = "tui"
"""The command of arguments that name none."""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are those of the rest of the program."""

    def error(self, message: str) -> NoReturn:
        raise InputError(message.replace("argument ", "", 1), f"see {self.prog} --help")


class _CommandParser(_Parser):
    """The parser of one command."""

    _mixing = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Parse, refusing what is left over here and not in the parser above, which would name its own help.

        Words may stand on both sides of options, `export MODEL --rack 2xl4 plan.md`, which argparse needs a second look for.
        """
        for word in args or ():
            flag, _, value = word.partition("=")
            if (
                flag.startswith("--") and value == "--"
            ):  # argparse takes it for the end of all options and leaves a list
                self.error(f"{flag}: expected a value, not --")
        parsed, unknown = super().parse_known_args(args, namespace)
        self._refuse_empty(parsed)
        if unknown and not self._mixing:
            self._mixing = True
            parsed, unknown = self.parse_known_intermixed_args(args)
            self._mixing = False
            if unknown:
                self._refuse(unknown)
        return parsed, unknown

    def _refuse_empty(self, parsed: argparse.Namespace) -> None:
        """Refuse options whose value is empty: of a variable of the shell that is not set, rather than what was meant."""
        for action in self._actions:
            value = getattr(parsed, action.dest, None)
            if (
                action.option_strings
                and isinstance(value, str)
                and value != action.default
                and not clean(value).strip()
            ):
                flag = action.option_strings[0]
                raise InputError(f"{flag}: is empty", f"give it a value, or leave {flag} out")

    def _refuse(self, unknown: list[str]) -> NoReturn:
        from roofrack.catalog.near import near

        flag = next((word.partition("=")[0] for word in unknown if word.startswith("--")), "")
        alike = near(flag, {name: name for name in self._option_string_actions}, most=2) if flag else []
        meant = f"did you mean {' or '.join(alike)}? " if alike else ""
        raise InputError(f"unrecognized arguments: {' '.join(unknown)}", f"{meant}see {self.prog} --help")


def with_default_command(arguments: list[str]) -> list[str]:
    """Put `tui` before arguments that name no command: `roofrack --scenario laptop` opens the app; `help` is `--help`."""
    first = arguments[0] if arguments else ""
    if first == "help":
        return [*arguments[1:2], "--help"]
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
    made = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_CommandParser)

    def command(name: str, run: Callable[[argparse.Namespace], int], summary: str) -> argparse.ArgumentParser:
        if only in COMMANDS and name != only:
            return _Elsewhere()
        sub = made.add_parser(
            name, help=summary, description=summary[0].upper() + summary[1:] + ".", allow_abbrev=False
        )
        sub.set_defaults(run=run)
        return sub

    options = Options(_plan_options, _app_options)
    for family, names in FAMILIES.items():
        if only not in COMMANDS or only in names:
            import_module(f"roofrack.cli.{family}").add_commands(command, options)
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
    load.add_argument("--requests", type=count, help="requests of the whole run, for poisson (a service that goes on)")
    load.add_argument(
        "--max-tokens", type=count, help="longest answer; they end on their own before (all equally long)"
    )
    aims = parser.add_argument_group("targets and cost")
    add_latencies(aims)
    aims.add_argument("--usd-per-gpu-hour", type=positive, help="price of one GPU and hour")
    add_flags(parser)
    parser.add_argument("--scenario", help="start from a ready scenario or a scenario file")
    parser.add_argument("--profile", help="a profile of your own measurements, as roofrack calibrate saves it")
