"""From parsed files to domain objects: pydantic for what comes from outside, a plain constructor for shipped facts.

Importing pydantic's model machinery costs more than a whole headless plan, so it is imported when the first outside file is
read. Shipped presets take `trusted`, and the test suite proves for each of them that `validated` makes the same object.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args, get_origin

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
    import json

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


_ADAPTERS: dict[type[Frozen], TypeAdapter[Any]] = {}


def _adapter(cls: type[Frozen]) -> TypeAdapter[Any]:
    if cls not in _ADAPTERS:
        from pydantic import TypeAdapter

        _ADAPTERS[cls] = TypeAdapter(cls)
    return _ADAPTERS[cls]


_WORDS = {
    "missing": "missing",
    "missing_argument": "missing",
    "missing_keyword_only_argument": "missing",
    "extra_forbidden": "unknown key",
    "unexpected_keyword_argument": "unknown key",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "dataclass_type": "must be a table",
    "dataclass_exact_type": "must be a table",
}
"""What a complaint of pydantic is to somebody who wrote a file."""


def _first_complaint(error: ValidationError, where: str) -> InputError:
    errors = error.errors(include_url=False)
    # A union complains once for every member it tried; members of another `kind` are beside the point.
    other_kinds = {e["loc"][:-1] for e in errors if e["type"] == "literal_error" and e["loc"][-1:] == ("kind",)}
    first = next((e for e in errors if not any(e["loc"][: len(kind)] == kind for kind in other_kinds)), errors[0])
    words = _WORDS.get(first["type"])
    path = _path(first["loc"], key_is_foreign=words == "unknown key")
    message = words or first["msg"]
    if first["type"] == "literal_error":
        allowed = {
            e["ctx"]["expected"].replace("'", "") for e in errors if e["loc"][-1:] == first["loc"][-1:] and "ctx" in e
        }
        message = f"must be one of {', '.join(sorted(allowed)).replace(' or ', ', ')}"
    elif first["type"] == "value_error":  # the domain's own check, which begins with the field where it knows one
        message = message.removeprefix("Value error, ")
        separator = "." if path and re.match(_FIELD, message) else ": " if path else ""
        return InputError(f"{where}: {path}{separator}{message}")
    return InputError(f"{where}: {path}: {message}" if path else f"{where}: {message}")


_FIELD = r"[a-z][a-z0-9_]*: "


def _path(location: tuple[int | str, ...], *, key_is_foreign: bool) -> str:
    """The place in the file: `layers.2.attention.heads`; positions count from 1, names of union members are left out."""
    last = len(location) - 1
    parts = (
        str(part + 1) if isinstance(part, int) else part
        for at, part in enumerate(location)
        if isinstance(part, int) or not part[:1].isupper() or (key_is_foreign and at == last)
    )
    return ".".join(parts)


def trusted(cls: type[T], data: Mapping[str, Any]) -> T:
    """Build a domain object from a shipped preset; its values are not checked again, the test suite has validated every one.

    Args:
        cls: The domain type.
        data: What the TOML parser returned.

    Raises:
        TypeError: The preset is broken; no user can cause it.
    """
    builders = _builders(cls)
    return cls.of_checked({key: builders[key](value) if key in builders else value for key, value in data.items()})


_BUILDERS: dict[type[Frozen], dict[str, Any]] = {}


def _builders(cls: type[Frozen]) -> dict[str, Any]:
    if cls not in _BUILDERS:
        found = {field.name: _builder(field.type) for field in fields(cls)}  # type: ignore[arg-type]
        _BUILDERS[cls] = {name: builder for name, builder in found.items() if builder is not None}
    return _BUILDERS[cls]


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
