"""Keys of one's own: the `[keys]` table of the configuration, checked against the registry of commands. Needs no Textual."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Any, NamedTuple

from roofrack.catalog.near import near
from roofrack.text import clean
from roofrack_tui.commands import FIELDS, SCREENS, Command

NAMED = {
    "escape": "Esc", "enter": "Enter", "tab": "Tab", "space": "Space", "backspace": "Bksp", "insert": "Ins", "delete": "Del",
    "home": "Home", "end": "End", "pageup": "PgUp", "pagedown": "PgDn", "up": "↑", "down": "↓", "left": "←", "right": "→",
    **{f"f{number}": f"F{number}" for number in range(1, 25)},
}  # fmt: skip
"""Keys with names of more than one character, and how they are shown."""

_MARKS = dict(
    zip(
        string.punctuation,
        (
            "exclamation_mark", "quotation_mark", "number_sign", "dollar_sign", "percent_sign", "ampersand", "apostrophe",
            "left_parenthesis", "right_parenthesis", "asterisk", "plus", "comma", "minus", "full_stop", "slash", "colon",
            "semicolon", "less_than_sign", "equals_sign", "greater_than_sign", "question_mark", "at", "left_square_bracket",
            "backslash", "right_square_bracket", "circumflex_accent", "underscore", "grave_accent", "left_curly_bracket",
            "vertical_line", "right_curly_bracket", "tilde",
        ),
        strict=True,
    )
)  # fmt: skip
_MARK_OF = {name: mark for mark, name in _MARKS.items()}
_MODIFIED = re.compile(r"((?:(?:ctrl|alt|shift|super)\+)*)(.+)", re.DOTALL)
_COMMAND_IN_TEXT = re.compile(r"\{([a-z-]+)\}")
_SHOWN_MODIFIERS = {"ctrl": "^", "alt": "Alt+", "shift": "Shift+", "super": "Super+"}
_ARROWS = {"← →": "Left/Right", "←": "Left", "→": "Right", "↑": "Up", "↓": "Down"}
_ARROW = re.compile("← →|[←→↑↓]")
_SAME_TO_A_TERMINAL = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+left_square_bracket": "escape"}
FIXED = {
    "ctrl+c": "leaving",
    "ctrl+q": "leaving",
    **{str(number): "panes" for number in range(1, 10)},
}
"""Keys that stay as they are, and what they are for."""

Table = Mapping[str, Any]


class Keys(NamedTuple):
    """The keys that somebody has, and how this terminal shows them.

    Args:
        given: `[keys]` of the configuration, in which `key_problems` finds none.
        ascii: Whether there is only ASCII: arrows have names there, because `<` and `>` are keys themselves.
    """

    given: Table = MappingProxyType({})
    ascii: bool = False

    def written(self, keys: str) -> str:
        """Keys as this terminal shows them.

        Args:
            keys: As people write them, arrows among them.
        """
        return _ARROW.sub(lambda found: _ARROWS[found[0]], keys) if self.ascii else keys


USUAL_KEYS = Keys()


def key_name(key: str) -> str | None:
    """Textual's name of a key, or None where there is no such key.

    Args:
        key: As people write it: `z`, `?`, `ctrl+z`, `pageup`, `question_mark`.
    """
    found = _MODIFIED.fullmatch(key)
    if found is None:
        return None
    modifiers, base = sorted(filter(None, found[1].split("+"))), found[2]
    base = _MARKS.get(base, base)
    if base not in NAMED and base not in _MARK_OF and not (len(base) == 1 and base.isalnum()):
        return None
    if modifiers == ["shift"] and len(base) == 1:
        return base.upper()
    named = "+".join([*modifiers, base.lower() if modifiers else base])
    return _SAME_TO_A_TERMINAL.get(named, named)


def shown(key: str) -> str:
    """A key as people write it.

    Args:
        key: Textual's name of it.
    """
    *modifiers, base = key.split("+")
    base = NAMED.get(base) or _MARK_OF.get(base, base)
    if "ctrl" in modifiers:
        base = base.upper()
    return "".join(_SHOWN_MODIFIERS[modifier] for modifier in modifiers) + base


def keymap(table: Table) -> dict[str, str]:
    """What Textual is told: ids of commands to keys with commas between them.

    Args:
        table: `[keys]`, in which `key_problems` finds none.
    """
    return {command: ",".join(filter(None, map(key_name, _listed(keys)))) for command, keys in table.items()}


def rebound(commands: Iterable[Command], keys: Keys) -> tuple[Command, ...]:
    """Commands with the keys that somebody has, as footer and help are to show them.

    Args:
        commands: Of one screen of the registry.
        keys: The keys.
    """
    own = _given(tuple(commands), keys.given) if keys.given else tuple(commands)
    if not keys.ascii:
        return own
    return tuple(one._replace(shown=keys.written(one.shown), in_line=keys.written(one.in_line)) for one in own)


def _given(commands: Sequence[Command], table: Table) -> tuple[Command, ...]:
    given = keymap(table)
    told = {command.shown: shown(given[command.id].partition(",")[0]) for command in commands if command.id in given}
    return tuple(
        command._replace(
            keys=given.get(command.id, command.keys),
            shown=told.get(command.shown, command.shown),
            # An entry may stand for two commands: "[ ]".
            in_line=" ".join(told.get(mark, mark) for mark in command.in_line.split(" ")),
        )
        for command in commands
    )


def key_of(command_id: str, keys: Keys) -> str:
    """The key of a command as people write it, for sentences.

    Args:
        command_id: The command's id.
        keys: The keys that somebody has.
    """
    (command,) = rebound([next(one for one in every_command() if one.id == command_id)], keys)
    return command.shown


def with_keys(text: str, keys: Keys) -> str:
    """A sentence with the keys that somebody has: `{undo} takes it back`; other words in braces stay.

    Args:
        text: With ids of commands in braces.
        keys: The keys that somebody has.
    """
    ids = {command.id for command in every_command()} if "{" in text else set()
    return _COMMAND_IN_TEXT.sub(lambda found: key_of(found[1], keys) if found[1] in ids else found[0], text)


def own_keys(app: object) -> Keys:
    """The keys of whoever uses an app.

    Args:
        app: The app; the usual keys where it is another than roofrack's.
    """
    keys = getattr(app, "own_keys", None)
    return keys if isinstance(keys, Keys) else USUAL_KEYS


def instead(keys: Keys) -> Iterator[tuple[str, str]]:
    """What somebody has changed: the new key as people write it, with the command and its usual key.

    Args:
        keys: The keys that somebody has.
    """
    given, told = keymap(keys.given), set()
    for command in every_command():
        if command.id in given and command.id not in told:
            told.add(command.id)
            usual, now = (" ".join(map(shown, names.split(","))) for names in (command.keys, given[command.id]))
            yield keys.written(now), f"{with_keys(command.help, keys)} Instead of {keys.written(usual)}."


def key_problems(table: Table) -> list[str]:
    """What is wrong with a table of keys, a line each.

    Args:
        table: `[keys]` as read.
    """
    found = {command: _mistakes(command, keys) for command, keys in table.items()}
    sound = {command: keys for command, keys in table.items() if not found[command]}
    return [mistake for of_command in found.values() for mistake in of_command] + _conflicts(sound)


def _mistakes(command: str, keys: object) -> list[str]:
    named, listed = f"keys.{clean(command, limit=40)}", _listed(keys)
    ids = {one.id: one.id for one in every_command()}
    if command not in ids:
        alike = near(command, ids, most=2)
        return [f"{named}: no such command" + (f", did you mean {' or '.join(alike)}?" if alike else "")]
    if not listed:
        return [f'{named}: must be a key such as "ctrl+z", or a list of keys']
    return [f"{named}: '{clean(key, limit=40)}' is no key" for key in listed if not key or key_name(key) is None]


def every_command() -> Iterator[Command]:
    """Commands of all screens, then those of fields; some are on several of them."""
    yield from chain(*SCREENS, *(field for field, _ in FIELDS))


def shadows(field: Iterable[Command], screen: Iterable[Command]) -> set[tuple[str, str]]:
    """Commands of a field and of the screen around it that share a key unless somebody gives them others.

    Args:
        field: What works in the field.
        screen: What works around it.
    """
    around = {key: command.id for command in screen for key in command.keys.split(",")}
    return {
        (command.id, around[key])
        for command in field
        for key in command.keys.split(",")
        if around.get(key, command.id) != command.id
    }


def _conflicts(table: Table) -> list[str]:
    found: dict[str, None] = {}
    together: list[tuple[Sequence[Command], set[tuple[str, str]]]] = [(screen, set()) for screen in SCREENS]
    together += [((*field, *screen), shadows(field, screen)) for field, screen in FIELDS]
    for commands, allowed in together:
        owners: dict[str, str] = dict(FIXED)
        for command in sorted(_given(commands, table), key=lambda command: command.id in table):
            for key in command.keys.split(","):
                owner = owners.setdefault(key, command.id)
                if owner != command.id and not allowed & {(command.id, owner), (owner, command.id)}:
                    found[f"keys.{command.id}: {shown(key)} is the key of {owner}"] = None
    return list(found)


def _listed(keys: object) -> list[str]:
    """The keys of a value; empty where it is neither a key nor a list of them."""
    listed = keys if isinstance(keys, list) else [keys]
    return [key for key in listed if isinstance(key, str)] if all(isinstance(key, str) for key in listed) else []
