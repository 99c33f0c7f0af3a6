"""Typed access to a model's configuration: first spelling found wins, defaults are noted, nonsense is refused by field."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from roofrack.errors import InputError
from roofrack.text import clean

MAX_COUNT = 10_000_000
"""Largest dimension or count that is believed; the domain's own bound."""

MAX_LAYERS = 4_096
_LONGEST_NOTE = 400


class Fields:
    """The keys of one configuration section and what was assumed while reading them.

    Args:
        data: The section as parsed.
        where: What is read, for errors.
        defaults: Values that the model type's own class gives to absent keys.
        family: The model type that the defaults belong to, for the notes.
    """

    def __init__(self, data: Mapping[str, Any], where: str, defaults: Mapping[str, Any], family: str) -> None:
        self.data = data
        self.where = where
        self.defaults = defaults
        self.family = family
        self.known: set[str] = set()
        self.assumed: list[str] = []
        self.warnings: list[str] = []

    def assume(self, note: str) -> None:
        """Note something that the file does not say."""
        note = clean(note, limit=_LONGEST_NOTE)
        if note not in self.assumed:
            self.assumed.append(note)

    def warn(self, note: str) -> None:
        """Note something that the reader of the result must know."""
        note = clean(note, limit=_LONGEST_NOTE)
        if note not in self.warnings:
            self.warnings.append(note)

    def refuse(self, name: str, problem: str, hint: str = "") -> InputError:
        """The error that names a field of this file."""
        return InputError(f"{self.where}: {name}: {problem}", hint)

    def present(self, *names: str) -> str | None:
        """The first spelling that the file itself has with a value; marks all of them as understood."""
        self.known.update(names)
        return next((name for name in names if self.data.get(name) is not None), None)

    def raw(self, *names: str) -> tuple[str, Any]:
        """The first spelling found and its value, from the file or from the class defaults; `None` where neither has one."""
        name = self.present(*names)
        if name is not None:
            return name, self.data[name]
        if any(name in self.data for name in names):  # null on purpose: the class default does not apply
            return names[0], None
        for name in names:
            value = self.defaults.get(name)
            if value is not None:
                if not isinstance(value, list | dict):
                    self.assume(f"{name} {str(value).lower()} (default of {self.family})")
                return name, value
        return names[0], None

    def count(self, *names: str, default: int | None = None, at_most: int = MAX_COUNT) -> int:
        """A whole number from 1.

        Args:
            names: Spellings, the first found wins.
            default: Taken where no spelling is found; None makes the field necessary.
            at_most: Upper bound.

        Raises:
            InputError: Absent without default, not a whole number, or out of range.
        """
        name, value = self.raw(*names)
        if value is None:
            if default is None:
                raise self.refuse(names[0], "missing", f"a {self.family} model cannot be read without it")
            return default
        return self.whole(name, value, at_least=1, at_most=at_most)

    def size(self, *names: str, default: int = 0) -> int:
        """A whole number from 0; `default` where absent."""
        name, value = self.raw(*names)
        return default if value is None else self.whole(name, value, at_least=0, at_most=MAX_COUNT)

    def optional(self, *names: str) -> int | None:
        """A whole number from 1, or None where it is absent, null or 0."""
        return self.size(*names) or None

    def each(self, *names: str, layers: int, default: int | None = None) -> list[int]:
        """One whole number from 0 for each layer: the file gives a list, or one number for all.

        Args:
            names: Spellings, the first found wins.
            layers: How many layers there are.
            default: Taken where no spelling is found; None makes the field necessary.

        Raises:
            InputError: Absent without default, too short a list, or not whole numbers.
        """
        name, value = self.raw(*names)
        if isinstance(value, list):
            if len(value) < layers:
                raise self.refuse(name, f"has {len(value):,} entries for {layers:,} layers")
            return [self.whole(name, item, at_least=0, at_most=MAX_COUNT) for item in value[:layers]]
        if value is None and default is None:
            raise self.refuse(names[0], "missing", f"a {self.family} model cannot be read without it")
        return [default if value is None else self.whole(name, value, at_least=0, at_most=MAX_COUNT)] * layers  # type: ignore[list-item]

    def whole(self, name: str, value: object, *, at_least: int, at_most: int) -> int:
        """A value of a field as a whole number within bounds.

        Raises:
            InputError: It is something else; the field is named.
        """
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refuse(name, f"must be a whole number, not {described(value)}")
        if not at_least <= value <= at_most:
            raise self.refuse(name, f"must be from {at_least:,} to {at_most:,}, not {_short(value)}")
        return value

    def number(self, *names: str) -> float | None:
        """A finite number, or None where absent."""
        name, value = self.raw(*names)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.refuse(name, f"must be a number, not {described(value)}")
        return float(value)

    def flag(self, *names: str, default: bool = False) -> bool:
        """True or false; `default` where absent."""
        name, value = self.raw(*names)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.refuse(name, f"must be true or false, not {described(value)}")
        return value

    def text(self, *names: str) -> str:
        """A string; empty where absent."""
        name, value = self.raw(*names)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.refuse(name, f"must be text, not {described(value)}")
        return value

    def table(self, *names: str) -> dict[str, Any]:
        """A nested object; empty where absent."""
        name, value = self.raw(*names)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.refuse(name, f"must be an object, not {described(value)}")
        return value

    def words(self, *names: str, layers: int | None = None) -> list[str] | None:
        """A list of strings, or None where absent; with `layers`, one for each layer at least."""
        return self._list(names, str, "text", layers)

    def numbers(self, *names: str, layers: int | None = None) -> list[int] | None:
        """A list of whole numbers, or None where absent; with `layers`, one for each layer at least."""
        name, value = self.raw(*names)
        if value is not None and not isinstance(value, list):
            raise self.refuse(name, f"must be a list, not {described(value)}")
        found = self._list(names, int, "whole numbers", layers)
        if found is None:
            return None
        return [self.whole(name, int(number), at_least=-1, at_most=MAX_COUNT) for number in found]

    def _list(self, names: Sequence[str], kind: type, what: str, layers: int | None) -> list[Any] | None:
        name, value = self.raw(*names)
        if value is None or value == []:
            return None
        if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
            raise self.refuse(name, f"must be a list of {what}, not {described(value)}")
        if layers is not None and len(value) < layers:
            raise self.refuse(name, f"has {len(value):,} entries for {layers:,} layers")
        return value

    def nested(self, *names: str) -> Fields:
        """A nested object as fields of their own that share the notes of this one."""
        inner = Fields(self.table(*names), f"{self.where}: {names[0]}", {}, self.family)
        inner.assumed, inner.warnings = self.assumed, self.warnings
        return inner


def described(value: object) -> str:
    """A value in a few words, for an error."""
    if isinstance(value, str):
        return f"text '{clean(value, limit=40)}'"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "a list" if len(value) != 1 else f"a list of {described(value[0])}"
    if isinstance(value, dict):
        return "an object"
    return "nothing" if value is None else _short(value)


def _short(value: object) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text if len(text) <= 30 else f"{text[:12]}…"
