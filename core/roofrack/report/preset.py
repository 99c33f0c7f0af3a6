"""`roofrack show`: one preset, every field with its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from roofrack.catalog import Catalog
from roofrack.domain.base import Frozen
from roofrack.errors import UnknownIdError


def find_preset(reference: str, catalog: Catalog) -> Frozen:
    """Find a preset of any kind by id or alias.

    Args:
        reference: Id or alias.
        catalog: Where to look: models, devices, links, formats, engines, scenarios, in this order.

    Raises:
        UnknownIdError: Nothing has that name; it lists what comes near among all kinds.
    """
    near: list[str] = []
    places: tuple[Callable[[str], Frozen], ...] = (
        catalog.model,
        catalog.device,
        catalog.link,
        catalog.weights_format,
        catalog.kv_format,
        catalog.engine,
        catalog.scenario,
    )
    for place in places:
        try:
            return place(reference)
        except UnknownIdError as error:
            near.extend(error.near)
    raise UnknownIdError("preset", reference, tuple(dict.fromkeys(near))[:5])


def preset_json(preset: Frozen) -> dict[str, Any]:
    """Every field as plain JSON values, nested as in the preset file, with what it is."""
    return {"kind": type(preset).__name__, **{name: _plain(value) for name, value in fields(preset)}}


def preset_text(preset: Frozen) -> str:
    """Every field that is set, one a line, nested ones indented."""
    return "\n".join(_lines(dict(fields(preset)), ""))


def flat_text(values: Mapping[str, Any]) -> str:
    """A mapping, one key a line."""
    return "\n".join(_lines(values, ""))


def fields(preset: Frozen) -> list[tuple[str, Any]]:
    """Names and values of a preset's fields, in the order of its type."""
    return [(name, getattr(preset, name)) for name in type(preset).__dataclass_fields__]  # type: ignore[attr-defined]


def _plain(value: Any) -> Any:
    if isinstance(value, Frozen):
        return {name: _plain(inner) for name, inner in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _lines(values: Mapping[str, Any], indent: str) -> list[str]:
    lines: list[str] = []
    for name, value in values.items():
        if value is None or value == "" or value == () or value == []:
            continue
        lines.extend(_entry(name, value, indent))
    return lines


def _entry(name: str, value: Any, indent: str) -> list[str]:
    if isinstance(value, Frozen):
        value = dict(fields(value))
    if isinstance(value, Mapping):
        return [f"{indent}{name}", *_lines(value, indent + "  ")]
    if isinstance(value, tuple | list):
        if any(isinstance(item, Frozen | Mapping) for item in value):
            return [line for item in value for line in _entry(name, item, indent)]
        return [f"{indent}{name}  {', '.join(str(item) for item in value)}"]
    shown = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return [f"{indent}{name}  {shown}"]
