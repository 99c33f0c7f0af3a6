"""The man page, from the parser: `python -m scripts.man_page > roofrack.1`. The wheel is built with it."""

from __future__ import annotations

import argparse
import os
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone

from roofrack._version import __version__
from roofrack.cli.environment import VARIABLES
from roofrack.cli.exits import EXITS
from roofrack.cli.parser import build_parser
from roofrack.config import KEYS_THAT_STAY, SETTINGS

Flag = tuple[str, "str | None"]
EXAMPLES = (
    ("Open the app on a scenario.", "roofrack --scenario laptop"),
    (
        "Plan a model on four GPUs.",
        "roofrack plan llama-3.1-70b --rack 4xh100-sxm5-80gb --weights fp8 --concurrency 64",
    ),
    ("Fail where it does not fit.", "roofrack plan llama-3.1-70b --rack 1xh100-sxm5-80gb --check"),
    ("Find the cheapest rack for a load.", "roofrack search llama-3.3-70b --users 5000 --slo-ttft 2 --slo-tpot 0.05"),
    ("Show a slider to people in a browser.", "roofrack serve --scenario 70b-precisions"),
    ("Complete commands, options and ids in bash.", 'eval "$(roofrack completions bash)"'),
)
_UNTITLED = ("options", "positional arguments")
FILES = (
    ("~/.config/roofrack/config.toml", "The configuration; a broken one is reported and ignored as a whole."),
    ("~/.config/roofrack/presets/", "Models, devices and formats of one's own, beside the shipped ones."),
    ("~/.config/roofrack/presets/scenarios/", "Saved scenarios."),
    ("~/.config/roofrack/profiles/", "Profiles of one's own measurements."),
    ("~/.local/state/roofrack/", "What the app remembers of the last session."),
)


def man_page() -> str:
    """The page as roff, with the macros of man(7)."""
    parser = build_parser()
    commands = _commands(parser)
    summaries = {choice.dest: choice.help or "" for choice in _subparsers(parser)._choices_actions}
    shared = _flags(commands["tui"]) & _flags(commands["plan"])
    lines = [
        f'.TH ROOFRACK 1 {_date()} "roofrack {__version__}" "User Commands"',
        ".SH NAME",
        "roofrack \\- plan the hardware for serving an LLM",
        ".SH SYNOPSIS",
        *(".B roofrack", r"[\fIPLAN OPTIONS\fR] [\fIDISPLAY OPTIONS\fR]", ".br", ".B roofrack", r"\fICOMMAND\fR ..."),
        ".SH DESCRIPTION",
        _text(parser.description or ""),
        ".PP",
        "MODEL is the id of a preset (the hub's org/name), an alias, or the path of a config.json, a checkpoint folder or a .gguf.",
        "What is not given follows the engine, the model and the rack, and the output says what was taken.",
        ".SH COMMANDS",
    ]
    for name, command in commands.items():
        lines += [".TP", f"{_bold(name)} {_positionals(command)}".rstrip(), _text(_sentence(summaries[name]))]
        lines += [".RS", *_options(_own(command, shared)), ".RE"] if list(_own(command, shared)) else []
    lines += [".SH PLAN OPTIONS", "Commands that plan take these:", *_groups(commands["plan"], shared)]
    lines += [".SH EXIT STATUS", *_terms((str(one.code), _sentence(one.meaning)) for one in EXITS)]
    lines += [".SH ENVIRONMENT", "Flags beat the environment, which beats the configuration file."]
    lines += _terms((variable.name, _sentence(variable.says)) for variable in VARIABLES)
    lines += [".SH CONFIGURATION", "The file is TOML; 'roofrack config' shows what holds and where it comes from."]
    lines += _terms((setting.key, f"{_sentence(setting.says)} Example: {setting.example}") for setting in SETTINGS)
    lines += _terms([("keys.COMMAND", 'A key, or a list of keys, for a command of the app. Example: undo = "ctrl+u"')])
    lines += [".PP", _text(f"'roofrack config' lists all commands. These keys stay as they are: {KEYS_THAT_STAY}.")]
    lines += [".SH FILES", *_terms(FILES), ".SH EXAMPLES"]
    for says, line in EXAMPLES:
        lines += [".TP", _text(says), _text(line)]
    return "\n".join(wrapped for line in lines for wrapped in _wrapped(line)) + "\n"


def _wrapped(line: str) -> list[str]:
    """A line of text as several short ones, none of which begins like a request."""
    if line.startswith((".", "\\fB", "\\fI")):
        return [line]
    return [
        f"\\&{part}" if part.startswith((".", "'")) else part
        for part in textwrap.wrap(line, 78, break_long_words=False, break_on_hyphens=False)
    ]


def _subparsers(parser: argparse.ArgumentParser) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    return next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return dict(_subparsers(parser).choices)


def _date() -> str:
    """The day of the build, or what SOURCE_DATE_EPOCH says it is, so that the same sources give the same page."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    day = datetime.fromtimestamp(int(seconds), timezone.utc) if seconds else datetime.now(timezone.utc)
    return f"{day:%Y-%m-%d}"


def _flags(parser: argparse.ArgumentParser) -> frozenset[Flag]:
    """Flags with what they mean: one flag may mean something else in another command."""
    return frozenset(flag for action in parser._actions for flag in _named(action))


def _named(action: argparse.Action) -> frozenset[Flag]:
    return frozenset((flag, action.help) for flag in action.option_strings)


def _own(parser: argparse.ArgumentParser, shared: frozenset[Flag]) -> Iterator[argparse.Action]:
    """What a command takes beyond the options of a plan."""
    for action in parser._actions:
        if not isinstance(action, argparse._HelpAction) and not shared & _named(action):
            yield action


def _groups(parser: argparse.ArgumentParser, shared: frozenset[Flag]) -> list[str]:
    lines: list[str] = []
    for group in sorted(parser._action_groups, key=lambda group: group.title in _UNTITLED):
        actions = [action for action in group._group_actions if shared & _named(action)]
        actions = [action for action in actions if not isinstance(action, argparse._HelpAction)]
        if actions:
            lines += [f".SS {_text(str(group.title).capitalize() if group.title not in _UNTITLED else 'Further')}"]
            lines += _options(actions)
    return lines


def _options(actions: Iterable[argparse.Action]) -> list[str]:
    lines: list[str] = []
    for action in actions:
        if action.help == argparse.SUPPRESS:
            continue
        if action.option_strings:
            value = _value(action)
            name = ", ".join(f"{_bold(flag)}{value}" for flag in action.option_strings)
        else:
            name = _value(action).strip()
        lines += [".TP", name, _text(_sentence(action.help or ""))]
    return lines


def _positionals(parser: argparse.ArgumentParser) -> str:
    return " ".join(_value(action).strip() for action in parser._actions if not action.option_strings)


def _value(action: argparse.Action) -> str:
    """What stands behind a flag, in italics."""
    if action.nargs == 0:
        return ""
    words = "|".join(map(str, action.choices)) if action.choices else str(action.metavar or action.dest.upper())
    more = {"*": " ...", "+": " ..."}.get(str(action.nargs), "")
    optional = action.nargs in ("?", "*")
    shown = rf"\fI{_text(words)}\fR{more}"
    return f" [{shown}]" if optional else f" {shown}"


def _terms(pairs: Iterable[Sequence[str]]) -> list[str]:
    return [line for term, says in pairs for line in (".TP", _bold(term), _text(says))]


def _bold(text: str) -> str:
    return rf"\fB{_text(text)}\fR"


def _sentence(text: str) -> str:
    """A help text as a sentence, its first letter as it is: it may be a name."""
    text = text % {} if "%%" in text else text
    return text + ("" if text.endswith((".", "?")) else ".")


def _text(text: str) -> str:
    """Plain text as roff: one line, nothing of it a request or an escape."""
    text = re.sub(r"\s+", " ", text).strip().replace("\\", "\\e").replace("-", "\\-")
    text = "".join(c if c.isascii() else f"\\[u{ord(c):04X}]" for c in text)
    return f"\\&{text}" if text.startswith((".", "'")) else text


if __name__ == "__main__":
    print(man_page(), end="")
