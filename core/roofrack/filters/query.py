"""The language itself: words, kinds, bounds and an order, out of one line of text.

    line   := item*
    item   := "sort:" ["-"] quantity | label ":" text | [quantity] bound | number ".." number | kind | "fits" | word
    bound  := ("<" | "<=" | ">" | ">=" | "=") number [unit]

A unit says which quantity is meant (`<40b` parameters, `>80gib` memory, `<3$` rent), so that its name can be left out.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from roofrack.catalog.near import near
from roofrack.text import clean

MOST_CHARACTERS = 400
"""Of a line that is read; nobody types more."""

# Patterns are compiled when somebody filters, not with every start.
_BOUND = r"([a-z_]*)(<=|>=|<|>|=)(.*)"
_NUMBER = r"(?a)(\$?)(\d{1,15}(?:\.\d{0,9})?)(\$?[a-z/]*)"
_DATE = r"(?a)(\d{4})(?:-(\d{2}))?(?:-\d{2})?"
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SAME = 0.03
"""Numbers as near as this are equal to a person who writes `=70b` for a model of 70.6 B."""

R = TypeVar("R")


class Quantity(NamedTuple):
    """A number that rows have.

    Args:
        names: What people call it, the usual one first.
        units: What may follow a number of it, each with what it multiplies by; `""` where none is needed.
        descending: Whether the order that people want first has the largest first.
    """

    names: tuple[str, ...]
    units: Mapping[str, float]
    descending: bool = False


class Subject(NamedTuple):
    """What can be said of one kind of row.

    Args:
        quantities: By key of `Facts.numbers`; the first with a unit is the one that the unit means.
        labels: Names of texts that rows have, by key of `Facts.labels`.
        kinds: Words that are kinds, by what `Facts.kinds` calls them.
        example: A line that shows the language.
    """

    quantities: Mapping[str, Quantity]
    labels: Mapping[str, tuple[str, ...]]
    kinds: frozenset[str]
    example: str


class Facts(NamedTuple):
    """What a row is judged by.

    Args:
        text: Where words are looked for, in lower case.
        name: What it is called, for the order.
        numbers: By key of the subject's quantities; what is not known is absent.
        labels: Texts by key, in lower case.
        kinds: Which of the subject's kinds it is.
    """

    text: str
    name: str
    numbers: Mapping[str, float]
    labels: Mapping[str, str]
    kinds: frozenset[str]


class Bound(NamedTuple):
    """A quantity and the range that it must be in; a value may be as wide as a year or a month."""

    key: str
    sign: str
    value: float
    width: float = 0.0

    def holds(self, facts: Facts) -> bool:
        """Whether a row is in the range; one that does not know its number is not."""
        number = facts.numbers.get(self.key)
        if number is None:
            return False
        if self.sign == "=":
            near_enough = _SAME * abs(self.value)
            return (
                self.value <= number < self.value + self.width
                if self.width
                else abs(number - self.value) <= near_enough
            )
        if self.width and self.sign in ("<=", ">"):
            return (number < self.value + self.width) == (self.sign == "<=")
        return _COMPARE[self.sign](number, self.value)


class Query(NamedTuple):
    """What a line asks for.

    Args:
        words: Words that no other rule took.
        kinds: Kinds that a row must be.
        labels: Texts that its labels must contain.
        bounds: Ranges of its numbers.
        fits: Whether it must fit; the caller knows what that means.
        sort: Key of a quantity, or `name`; empty keeps the order of the rows.
        reverse: Whether the order is turned round.
        problems: What was not understood and left out, in words.
    """

    words: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    bounds: tuple[Bound, ...] = ()
    fits: bool = False
    sort: str = ""
    reverse: bool = False
    problems: tuple[str, ...] = ()

    def admits(self, facts: Facts) -> bool:
        """Whether a row has the kinds, labels and numbers asked for; its words and whether it fits are not judged."""
        return (
            all(kind in facts.kinds for kind in self.kinds)
            and all(text in facts.labels.get(key, "") for key, text in self.labels)
            and all(bound.holds(facts) for bound in self.bounds)
        )

    def says(self, facts: Facts) -> bool:
        """Whether a row holds every word."""
        return all(word in facts.text for word in self.words)

    def in_order(self, rows: Iterable[R], facts_of: Callable[[R], Facts], subject: Subject) -> list[R]:
        """The rows in the order asked for; those whose number is not known come last, whichever way it goes.

        Args:
            rows: Rows.
            facts_of: What is known of a row.
            subject: What kind of rows they are.
        """
        found = list(rows)
        if not self.sort:
            return found
        if self.sort == "name":
            return sorted(found, key=lambda row: facts_of(row).name.lower(), reverse=self.reverse)
        known = [row for row in found if self.sort in facts_of(row).numbers]
        known.sort(
            key=lambda row: facts_of(row).numbers[self.sort],
            reverse=subject.quantities[self.sort].descending != self.reverse,
        )
        return known + [row for row in found if self.sort not in facts_of(row).numbers]

    def select(self, rows: Iterable[R], facts_of: Callable[[R], Facts], subject: Subject) -> list[R]:
        """The rows that are asked for, in the order asked for; whether they fit is not judged.

        Args:
            rows: Rows.
            facts_of: What is known of a row.
            subject: What kind of rows they are.
        """
        found = (row for row in rows if self.admits(facts_of(row)) and self.says(facts_of(row)))
        return self.in_order(found, facts_of, subject)


def parse(line: str | Sequence[str], subject: Subject) -> Query:
    """Read a line; what is not understood is left out and named in `problems`, so that half a line can be typed.

    Args:
        line: What was typed, or its words.
        subject: What kind of rows it is about.
    """
    text = line if isinstance(line, str) else " ".join(line)
    reader = _Reader(subject)
    for item in text[:MOST_CHARACTERS].lower().split():
        reader.read(item)
    return Query(
        tuple(reader.words),
        tuple(reader.kinds),
        tuple(reader.labels),
        tuple(reader.bounds),
        reader.fits,
        reader.sort,
        reader.reverse,
        tuple(reader.problems),
    )


class _Reader:
    """Takes a line item by item."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._quantities = {name: key for key, quantity in subject.quantities.items() for name in quantity.names}
        self._labels = {name: key for key, names in subject.labels.items() for name in names}
        self.words: list[str] = []
        self.kinds: list[str] = []
        self.labels: list[tuple[str, str]] = []
        self.bounds: list[Bound] = []
        self.fits = self.reverse = False
        self.sort = ""
        self.problems: list[str] = []

    def read(self, item: str) -> None:
        """Take one item."""
        head, colon, rest = item.partition(":")
        if item == "fits":
            self.fits = True
        elif item in self._subject.kinds:
            self.kinds.append(item)
        elif colon and head == "sort":
            self._sort(rest)
        elif colon and head in self._labels:
            if rest:
                self.labels.append((self._labels[head], rest))
        elif found := re.fullmatch(_BOUND, item):
            self._bound(*found.groups())
        elif ".." in item and re.match(_NUMBER, item):
            low, _, high = item.partition("..")
            unit = found[3] if (found := re.fullmatch(_NUMBER, high)) else ""
            self._bound("", ">=", low if low[-1:].isalpha() else low + unit)
            self._bound("", "<=", high)
        else:
            self.words.append(item)

    def _sort(self, wanted: str) -> None:
        name = wanted.removeprefix("-")
        names = {**self._quantities, "name": "name"}
        alike = dict.fromkeys(names[known] for known in names if known.startswith(name)) if name else {}
        if name in names:
            self.sort, self.reverse = names[name], wanted.startswith("-")
        elif len(alike) == 1:
            self.sort, self.reverse = next(iter(alike)), wanted.startswith("-")
        else:
            known = ", ".join(("name", *(quantity.names[0] for quantity in self._subject.quantities.values())))
            self.problems.append(f"sort by one of {known}")

    def _bound(self, name: str, sign: str, written: str) -> None:
        if name and name not in self._quantities:
            alike = near(name, {known: known for known in self._quantities}, most=2)
            hint = f": did you mean {' or '.join(alike)}?" if alike else ""
            self.problems.append(f"unknown quantity '{clean(name, limit=30)}'{hint}")
            return
        key = self._quantities.get(name)
        value = self._value(key, written)
        if value is None:
            quantity = self._subject.quantities[key] if key else None
            units = ", ".join(unit for unit in quantity.units if unit) if quantity else ""
            what = f" ({units})" if units else ""
            self.problems.append(f"'{clean(name + sign + written, limit=40)}' needs a number{what}")
        else:
            self.bounds.append(Bound(value[0], sign, *value[1:]))

    def _value(self, key: str | None, written: str) -> tuple[str, float, float] | None:
        """The quantity that a number with a unit is of, its value and how wide that is."""
        if key == "released":
            date = re.fullmatch(_DATE, written)
            return (key, year_of(date[1], date[2]), 1 / 12 if date[2] else 1.0) if date else None
        found = re.fullmatch(_NUMBER, written)
        if found is None:
            return None
        unit = "$" + found[3].lstrip("$") if found[1] else found[3]
        for candidate, quantity in self._subject.quantities.items():
            if key in (None, candidate) and unit in quantity.units:
                return candidate, float(found[2]) * quantity.units[unit], 0.0
        return None


def year_of(year: str, month: str | None) -> float:
    """A month as a number of years: July 2025 is 2025.5.

    Args:
        year: Four digits.
        month: Two digits; None takes January.
    """
    return int(year) + (int(month or 1) - 1) / 12
