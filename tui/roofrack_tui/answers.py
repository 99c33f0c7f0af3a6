"""What a person answers in a form about a scenario: text to value, value to text, and the change that it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, ClassVar, NamedTuple

from roofrack.domain import ScenarioSpec
from roofrack.errors import InputError
from roofrack.text import clean
from roofrack_tui.messages import Chosen

WAYS = ("users", "sessions", "requests_per_s")
"""Fields of an audience of which one at most is set."""


class Kind(NamedTuple):
    """How an answer is read and written; what is read is written as it can be read again."""

    read: Callable[[str], Any]
    write: Callable[[Any], str]


class Question(NamedTuple):
    """One field of a scenario.

    Args:
        part: `targets`, `audience` or `money`; empty for the scenario itself.
        field: Its name there.
        label: What the form calls it.
        kind: How it is read.
        hint: What an empty answer means.
        unit: Of a plain number.
        note: What it means, and where the default comes from.
        choices: Usual answers.
        heading: Begins a group.
    """

    part: str
    field: str
    label: str
    kind: Kind
    hint: str = ""
    unit: str = ""
    note: str = ""
    choices: tuple[str, ...] = ()
    heading: str = ""

    @property
    def key(self) -> str:
        """Unique among all questions."""
        return f"{self.part}.{self.field}"

    @property
    def takes_words(self) -> bool:
        """Whether an answer may have letters of any kind."""
        return self.kind is TEXT

    def text(self, spec: ScenarioSpec) -> str:
        """The present answer; empty where nobody gave one.

        Args:
            spec: The scenario.
        """
        owner = _owner(spec, self.part)
        value = getattr(owner, self.field)
        return "" if value is None or value == _default(owner, self.field) else self.kind.write(value)

    def change(self, text: str) -> Answered:
        """The change that an answer makes.

        Args:
            text: As typed; empty lets the field follow the default.

        Raises:
            InputError: It cannot be read.
        """
        return Answered(self.part, self.field, self.kind.read(text) if text.strip() else None)


@dataclass
class Answered(Chosen):
    """A field of a form was answered; None takes the default again."""

    part: str
    field: str
    value: Any
    decides: ClassVar[str] = "answer"

    def next(self, spec: ScenarioSpec) -> ScenarioSpec:
        """The scenario with this answer; of the ways to name an audience, the last one answered stays."""
        owner = _owner(spec, self.part)
        values = {self.field: _default(owner, self.field) if self.value is None else self.value}
        if self.part == "audience" and self.field in WAYS and self.value is not None:
            values = {**dict.fromkeys(WAYS), **values}
        changed = replace(owner, **values)
        return replace(spec, **{self.part: changed}) if self.part else changed


def _owner(spec: ScenarioSpec, part: str) -> Any:
    return getattr(spec, part) if part else spec


def _default(owner: Any, field: str) -> Any:
    return type(owner).__dataclass_fields__[field].default


_SIZES = {"k": 1e3, "m": 1e6, "b": 1e9}
_SECONDS = {"ms": 1e-3, "min": 60.0, "s": 1.0, "h": 3600.0}


def _number(text: str) -> float:
    """A number as people write it: `1,000`, `$2.50`, `1e6`, `10^12`."""
    plain = text.strip().lstrip("$").replace(",", "").replace("_", "").replace("10^", "1e").strip()
    try:
        value = float(plain)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise InputError(f"'{clean(text, limit=30)}' is not a number")
    return value


def _whole(text: str) -> int:
    scale = _SIZES.get(text.strip()[-1:].lower(), 1.0)
    value = _number(text.strip()[:-1] if scale != 1 else text) * scale
    if value != round(value):
        raise InputError(f"'{clean(text, limit=30)}' is not a whole number")
    return round(value)


def _share(text: str) -> float:
    percent = text.strip().endswith("%")
    value = _number(text.strip().rstrip("%"))
    if not percent and 1 < value <= 100:
        raise InputError(f"a share is from 0 to 1: write {value:g} % for {value / 100:g}")
    return round(value / 100, 12) if percent else value  # 99.9 / 100 is not 0.999


def _percentile(text: str) -> float | None:
    wanted = text.strip().lower()
    return None if wanted in ("mean", "") else _number(wanted.lstrip("p").rstrip("%"))


def _seconds(text: str) -> float:
    wanted = text.strip().lower()
    for unit, scale in _SECONDS.items():
        if wanted.endswith(unit):
            return _number(wanted.removesuffix(unit)) * scale
    return _number(wanted)


def _write_number(value: float) -> str:
    return f"{value:,.12g}"


def _write_share(value: float) -> str:
    return f"{value * 100:.12g} %"


def _write_seconds(value: float) -> str:
    return f"{value * 1000:.12g} ms" if value < 0.1 else f"{value:.12g} s"


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        wanted = text.strip().lower()
        found = [choice for choice in choices if choice.startswith(wanted)]
        if not found:
            raise InputError(f"'{clean(text, limit=30)}' is none of {', '.join(choices)}")
        return found[0]

    return read


NUMBER = Kind(_number, _write_number)
WHOLE = Kind(_whole, lambda value: f"{value:,}")
SHARE = Kind(_share, _write_share)
SECONDS = Kind(_seconds, _write_seconds)
PERCENTILE = Kind(_percentile, lambda value: f"p{value:.12g}")
TEXT = Kind(str.strip, str)


def choice(choices: tuple[str, ...]) -> Kind:
    """Read one of some words, or its beginning.

    Args:
        choices: The words.
    """
    return Kind(_one_of(choices), str)


def named_choice(names: Mapping[Any, str]) -> Kind:
    """Read one of some ids by its name or its id, or the beginning of either.

    Args:
        names: What people call it, by id.
    """

    def read(text: str) -> str:
        wanted = text.strip().lower()
        found = (key for key, name in names.items() if key.startswith(wanted) or name.lower().startswith(wanted))
        if (key := next(found, None)) is None:
            raise InputError(f"'{clean(text, limit=30)}' is none of {', '.join(names.values())}")
        return str(key)

    return Kind(read, names.__getitem__)


def named_number(names: dict[str, float]) -> Kind:
    """Read a number, or a name that stands for one.

    Args:
        names: Number by name.
    """

    def read(text: str) -> float:
        named = [value for name, value in names.items() if name.startswith(text.strip().lower())]
        return named[0] if named else _number(text.split()[0])

    def write(value: float) -> str:
        return next((f"{value:g} {name}" for name, known in names.items() if known == value), _write_number(value))

    return Kind(read, write)
