"""From parsed files to domain objects: pydantic for what comes from outside, a plain constructor for shipped facts.

Importing pydantic's model machinery costs more than a whole headless plan, so it is imported when the first outside file is
read. Shipped presets take `trusted`, and the test suite proves for each of them that `validated` makes the same object.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from roofrack.domain.base import Frozen
from roofrack.errors import InputError

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

T = TypeVar("T", bound=Frozen)


def validated(cls: type[T], data: Mapping[str, Any], where: str) -> T:
    """Build a domain object from parsed outside data, strictly: a number in quotes is not a number.

    Args:
        cls: The domain type.
        data: What the parser of TOML or JSON returned.
        where: What was read, for the error: a file, a preset's id.

    Raises:
        InputError: A key is missing, unknown, of a wrong type or out of range; it names the key.
    """
    from pydantic import ValidationError

    try:
        text = json.dumps(data, default=str, allow_nan=True)
    except (TypeError, ValueError, RecursionError) as problem:
        raise InputError(f"{where}: not plain data", str(problem)) from None
    try:
        made: T = _adapter(cls).validate_json(text, strict=True)
    except ValidationError as error:
        raise _first_complaint(error, where) from None
    return made


@cache
def _adapter(cls: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(cls)


def _first_complaint(error: ValidationError, where: str) -> InputError:
    errors = error.errors(include_url=False)
    # A union complains once for every member it tried; members of another `kind` are beside the point.
    other_kinds = {e["loc"][:-1] for e in errors if e["type"] == "literal_error" and e["loc"][-1] == "kind"}
    telling = [e for e in errors if not any(e["loc"][: len(kind)] == kind for kind in other_kinds)] or errors
    first = telling[0]
    field = (
        ".".join(str(part) for part in first["loc"] if not (isinstance(part, str) and part[:1].isupper())) or "value"
    )
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        message = "unknown key"
    elif first["type"] in ("missing", "missing_argument", "missing_keyword_only_argument"):
        message = "missing"
    elif first["type"] == "literal_error" and field.endswith("kind"):
        known = sorted(
            {e["ctx"]["expected"].strip("'") for e in errors if e["type"] == "literal_error" and e["loc"][-1] == "kind"}
        )
        message = f"unknown kind; known are {', '.join(known)}"
    return InputError(f"{where}: {field}: {message}" if field else f"{where}: {message}")


def trusted(cls: type[T], data: Mapping[str, Any]) -> T:
    """Build a domain object from a shipped preset, which the test suite has validated.

    Args:
        cls: The domain type.
        data: What the TOML parser returned.

    Raises:
        TypeError, ValueError: The preset is broken; no user can cause it.
    """
    builders = _builders(cls)
    return cls(**{key: builders[key](value) if key in builders else value for key, value in data.items()})


@cache
def _builders(cls: Any) -> dict[str, Any]:
    hints = get_type_hints(cls, include_extras=True)
    found = {name: _builder(hint) for name, hint in hints.items()}
    return {name: builder for name, builder in found.items() if builder is not None}


def _builder(hint: Any) -> Any:
    """What turns parsed data into a value of a type; None where the data already is one."""
    origin = get_origin(hint)
    if origin is Annotated:
        return _builder(get_args(hint)[0])
    if origin is tuple:
        item = _builder(get_args(hint)[0])
        return (lambda values: tuple(item(v) for v in values)) if item else tuple
    if origin in (Union, UnionType):
        members = [member for member in get_args(hint) if member is not NoneType]
        if len(members) == 1:
            return _builder(members[0])
        kinds = {member.kind: member for member in members}
        return lambda value: trusted(kinds[value["kind"]], value)
    if isinstance(hint, type) and issubclass(hint, Frozen):
        return lambda value: trusted(hint, value)
    return None
