"""`roofrack completions`, and what the shells' scripts ask for: candidates for the word under the cursor.

argcomplete walks the parser itself, so that nothing can be out of date; ids come from the catalogue, the person's own too.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable
from typing import Any

from roofrack.cli.subcommands import Command, Options
from roofrack.places import expanded

SHELLS = ("bash", "zsh", "fish")
ASKED = "_ARGCOMPLETE"
"""Set by the shell's script."""

Candidates = Callable[[str], Iterable[str]]

_KINDS = {
    "model": "models",
    "models": "models",
    "plans": "models",
    "rack": "devices",
    "gpus": "devices",
    "price": "devices",
    "weights": "weights",
    "against_weights": "weights",
    "kv": "kv",
    "engine": "engines",
    "link": "links",
    "network": "links",
    "scenario": "scenarios",
}
"""Names of arguments to the kind of preset that they name."""

_WORDS = {"rack": ("detected",)}
"""What is no preset and may stand for one."""

_PATHS = {"model": ".gguf", "models": ".gguf", "plans": ".toml", "scenario": ".toml"}
_COUNTED = "x*×"


def add_commands(command: Command, _options: Options) -> None:
    """Add `completions`."""
    parser = command("completions", completions_command, "print the completions for a shell, to be sourced by it")
    parser.add_argument("shell", choices=SHELLS, help="which shell")


def completions_command(options: argparse.Namespace) -> int:
    """Print the script."""
    from argcomplete.shell_integration import shellcode

    print(shellcode(["roofrack"], shell=options.shell).strip())
    return 0


def complete(build_parser: Callable[[], argparse.ArgumentParser], default: str) -> None:
    """Answer the shell and end the process.

    Args:
        build_parser: Makes the whole parser.
        default: The command that options without one belong to.
    """
    from argcomplete.finders import CompletionFinder

    parser = build_parser()
    commands = _commands(parser)
    _assume(default)
    commands[default].add_argument("--version", action="store_true", help="the version")
    for command in commands.values():
        for action in command._actions:
            if not action.choices:
                action.completer = _completer(action.dest)  # type: ignore[attr-defined]
    finder: Any = CompletionFinder()
    finder(parser, always_complete_options="long")


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return dict(found.choices)


def _assume(default: str) -> None:
    """Put the default command into the line where an option stands in its place."""
    line, point = os.environ.get("COMP_LINE", ""), os.environ.get("COMP_POINT", "0")
    program, gap, rest = line.partition(" ")
    if gap and rest.lstrip().startswith("-") and rest.split(maxsplit=1)[0] not in ("-h", "--help"):
        os.environ["COMP_LINE"] = f"{program} {default} {rest}"
        os.environ["COMP_POINT"] = str(int(point) + len(default) + 1)


def _completer(dest: str) -> Callable[..., Iterable[str]]:
    candidates = _candidates(dest)

    def completer(prefix: str, **_: object) -> Iterable[str]:
        return candidates(prefix) if candidates else _paths(prefix, "")

    return completer


def _candidates(dest: str) -> Candidates | None:
    """What can stand for an argument; None where it may be the path of any file."""
    from roofrack.catalog import default_catalog

    def presets(prefix: str) -> Iterable[str]:
        head, word = _split(dest, prefix)
        names = [head + name for name in default_catalog().names(_KINDS[dest], aliases=bool(word))]
        return [*names, *_WORDS.get(dest, ()), *_paths(prefix, _PATHS.get(dest, ""))]

    if dest in _KINDS:
        return presets
    return _OTHERS.get(dest, _nothing if dest not in _FILES else None)


_FILES = ("path", "file", "files", "save")


def _split(dest: str, prefix: str) -> tuple[str, str]:
    """What of a word is settled and what is being written: `4x|h100`, `awq-int4,|fp8`."""
    for mark in _COUNTED if dest in ("rack", "plans") else ",":
        head, found, word = prefix.rpartition(mark)
        if found and (mark == "," or head.strip().isdigit()):
            return head + found, word
    return "", prefix


def _paths(prefix: str, ending: str) -> list[str]:
    """Files of an ending and folders below which there may be some, once somebody writes a path."""
    if ending and not prefix.startswith((".", "/", "~")):
        return []
    folder = expanded(os.path.dirname(prefix) or ".")  # noqa: PTH120 (keeps a trailing slash apart)
    shown = prefix[: len(prefix) - len(os.path.basename(prefix))]  # noqa: PTH119
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return []
    return [
        f"{shown}{entry.name}{'/' if entry.is_dir() else ''}"
        for entry in entries
        if (not entry.name.startswith(".") or os.path.basename(prefix).startswith("."))  # noqa: PTH119
        and (entry.is_dir() or entry.name.endswith((ending, ".json")))
    ]


def _nothing(_: str) -> Iterable[str]:
    return ()


def _themes(_: str) -> Iterable[str]:
    from importlib import import_module

    names: Any = import_module("roofrack_tui.theme_names")
    themes: tuple[str, ...] = names.THEMES
    return themes


def _profiles(_: str) -> Iterable[str]:
    from roofrack.catalog.profiles import profile_names

    return profile_names()


def _numbers(_: str) -> Iterable[str]:
    from roofrack.explain import NUMBERS

    return NUMBERS


def _apis(_: str) -> Iterable[str]:
    from roofrack.catalog.prices import shipped_prices

    return [price.id for price in shipped_prices().apis]


def _any_id(prefix: str) -> Iterable[str]:
    from roofrack.catalog import default_catalog

    catalog = default_catalog()
    return [name for kind in sorted({*_KINDS.values()}) for name in catalog.names(kind, aliases=bool(prefix))]


_OTHERS: dict[str, Candidates] = {
    "theme": _themes,
    "profile": _profiles,
    "number": _numbers,
    "api": _apis,
    "id": _any_id,
}
