"""What every domain type shares: frozen dataclasses that check their own ranges and clean their own text.

They are standard dataclasses, not pydantic models, because importing pydantic's model machinery alone costs more than a
whole headless plan. Whatever comes from a file still goes through pydantic (`roofrack.validation`), which builds these same
classes; what is checked here holds on every path, also for `Workload(prompt_tokens=-1)` in somebody's script.
"""

import dataclasses
import re
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

from roofrack.text import clean

if TYPE_CHECKING:
    from typing_extensions import Self, dataclass_transform
else:  # typing has it from 3.11 on, and typing_extensions is slow to import

    def dataclass_transform(**_: Any) -> Any:
        """Tell type checkers that subclasses are dataclasses."""
        return lambda cls: cls


@dataclasses.dataclass(frozen=True)
class Range:
    """Bounds of a number; `above` excludes the lower one."""

    low: float
    high: float
    above: bool = False

    def problem(self, value: float) -> str | None:
        """Why a value is out of bounds, or None."""
        if self.low <= value <= self.high and not (self.above and value == self.low):
            return None
        given = f"{value:,.15g}" if abs(value) < 1e18 else "that"  # an integer may be too large for any float
        return f"must be {'above' if self.above else 'at least'} {self.low:,.15g} and at most {self.high:,.15g}, not {given}"


@dataclasses.dataclass(frozen=True)
class Clean:
    """Marks a string from outside: it is cleaned when the object is made."""

    limit: int = 600


@dataclasses.dataclass(frozen=True)
class Matches:
    """Marks a string that has a form.

    Args:
        pattern: The whole string matches this regular expression.
        form: The form in words, for the error.
    """

    pattern: str
    form: str

    def problem(self, value: str) -> str | None:
        """Why a string has not the form, or None."""
        if len(value) <= _LONGEST_FORM and _has_form(self.pattern, value):
            return None
        return f"'{clean(value, limit=60)}' is not {self.form}"


_LONGEST_FORM = 200


@lru_cache(maxsize=2048)  # the ids of a plan are checked again with every choice
def _has_form(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value, re.ASCII) is not None


Text = Annotated[str, Clean()]
Id = Annotated[str, Matches(r"[A-Za-z0-9][A-Za-z0-9._+@:/-]*", "an id (letters, digits and . _ + @ : / -)")]
Version = Annotated[str, Matches(r"[0-9]{1,6}(\.[0-9]{1,6}){0,4}", "a plain version such as 0.11.0")]
Count = Annotated[int, Range(1, 10_000_000)]
Size = Annotated[int, Range(0, 10**15)]
Positive = Annotated[float, Range(0, 1e15, above=True)]
NotNegative = Annotated[float, Range(0, 1e15)]
Fraction = Annotated[float, Range(0, 1, above=True)]
"""A share: above 0, at most 1."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Frozen:
    """Base of the domain types. A subclass is a frozen, keyword-only dataclass.

    The methods below are shared instead of generated: generating them for every class takes longer than a plan.

    Raises:
        TypeError: A field is missing or unknown.
        ValueError: A value is out of its range; the message names the field.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "allow_inf_nan": False}
    _checks: ClassVar[tuple[tuple[str, bool, Any], ...]] = ()
    _defaults: ClassVar[dict[str, Any]] = {}
    _values_of: ClassVar[Any]
    _required: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **_: Any) -> None:
        dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=True)(cls)
        fields = dataclasses.fields(cls)  # type: ignore[arg-type]
        found = ((field.name, *_check_of(field.type)) for field in fields)
        cls._checks = tuple((name, many, check) for name, many, check in found if check is not None)
        cls._defaults = {field.name: field.default for field in fields}
        cls._values_of = itemgetter(*cls._defaults) if cls._defaults else staticmethod(_no_values)
        cls._required = frozenset(name for name, default in cls._defaults.items() if default is dataclasses.MISSING)

    def __init__(self, **values: Any) -> None:
        if not self._required <= values.keys() <= self._defaults.keys():
            missing = [name for name in self._defaults if name in self._required and name not in values]
            unknown = sorted(values.keys() - self._defaults.keys())
            what = f"missing {', '.join(missing)}" if missing else f"unknown {', '.join(unknown)}"
            raise TypeError(f"{type(self).__name__}: {what}")
        self.__dict__.update(self._defaults)
        self.__dict__.update(values)
        self.__post_init__()

    @classmethod
    def of_checked(cls, values: dict[str, Any]) -> "Self":
        """Make an object of values that are known to be within their ranges: the shipped facts, which the test suite checks one by one.

        Args:
            values: By field.

        Raises:
            TypeError: A field is missing or unknown.
        """
        if not cls._required <= values.keys() <= cls._defaults.keys():
            cls(**values)  # says which
        made = object.__new__(cls)
        made.__dict__.update(cls._defaults)
        made.__dict__.update(values)
        return made

    def __post_init__(self) -> None:
        made, defaults = self.__dict__, self._defaults
        for name, many, check in self._checks:
            value = made[name]
            if value is None or value is defaults[name]:  # every default is as it must be
                continue
            checked = tuple(_apply(check, name, item) for item in value) if many else _apply(check, name, value)
            if checked is not value:
                made[name] = checked
        self.check()

    def check(self) -> None:
        """Check what only holds between fields; raises ValueError."""

    def __setattr__(self, name: str, value: object) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        values_of = self._values_of
        return self is other or (
            type(other) is type(self) and bool(values_of(self.__dict__) == values_of(other.__dict__))
        )

    def __hash__(self) -> int:
        return hash((type(self), self._values_of(self.__dict__)))

    def __repr__(self) -> str:
        shown = (
            f"{name}={self.__dict__[name]!r}"
            for name, default in self._defaults.items()
            if self.__dict__[name] != default
        )
        return f"{type(self).__name__}({', '.join(shown)})"


def _no_values(_: dict[str, Any]) -> tuple[()]:
    return ()


def _check_of(hint: Any) -> tuple[bool, Any]:
    """The check that a type hint asks for, and whether it is for each item of a tuple."""
    if get_origin(hint) is Annotated:
        marks = [mark for mark in hint.__metadata__ if isinstance(mark, Range | Clean | Matches)]
        return (False, marks[0]) if marks else _check_of(get_args(hint)[0])
    if get_origin(hint) is Literal:
        return False, frozenset(get_args(hint))
    if get_origin(hint) is tuple:
        many, check = _check_of(get_args(hint)[0])
        return (True, check) if not many else (False, None)
    if get_origin(hint) in _UNIONS:
        checks = [_check_of(arg) for arg in get_args(hint) if arg is not type(None)]
        return checks[0] if len(checks) == 1 else (False, None)
    return False, None


_UNIONS = (Union, type(int | None))


def _apply(check: Any, name: str, value: Any) -> Any:
    if isinstance(check, Clean):
        return clean(value, limit=check.limit)
    if isinstance(check, frozenset):
        if value in check:
            return value
        problem = f"'{clean(str(value), limit=60)}' is not one of {', '.join(sorted(map(str, check)))}"
    else:
        problem = check.problem(value)
    if problem:
        raise ValueError(f"{name}: {problem}")
    return value


@lru_cache(maxsize=512)  # a plan compares some twenty, always the same few
def version_numbers(version: str) -> tuple[int, ...]:
    """A plain version as numbers that compare: `0.11.0` → (0, 11, 0)."""
    return tuple(int(part) for part in version.split("."))


class Source(Frozen):
    """Where a fact comes from.

    Args:
        text: A repository path, a package with version and path, or an address.
        date: When it was published or read, as fine as known (`2026`, `2026-07`, `2026-07-20`).
        confidence: `A` a primary source, `B` a secondary one, `C` a guess or from memory.
        note: What a reader should know about it.
    """

    text: Text
    date: Text = ""
    confidence: Literal["A", "B", "C"] = "A"
    note: Text = ""
