"""A person's own models and devices as preset files: read from other files, checked, written whole or not at all."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from roofrack.catalog.own import read_toml
from roofrack.domain.base import Frozen
from roofrack.domain.device import Device
from roofrack.domain.model import Model
from roofrack.errors import InputError, file_error
from roofrack.validation import validated

TABLES = ("model", "device")
"""Tables of a preset file that a person may add to."""

_HEAD = "# Your own preset; roofrack reads it at every start. Change it, or delete it, as you like.\n"
_WIDE = 100


class OwnPreset(NamedTuple):
    """A preset that is not written yet.

    Args:
        table: `model` or `device`.
        preset: The checked object.
    """

    table: str
    preset: Model | Device


def presets_in(path: Path) -> tuple[OwnPreset, ...]:
    """The presets that a file describes.

    Args:
        path: A TOML file with `[[model]]` or `[[device]]` tables, or anything that `read_model` reads.

    Raises:
        InputError: It cannot be read, describes nothing, or a value is wrong; it names file and key.
    """
    if path.suffix.lower() != ".toml":
        from roofrack.readers import read_model

        model = read_model(path).model
        # A file without a repository's name around it lends its own; as an id its ending would read as a path.
        bare = model.id.removesuffix(path.suffix) or model.id
        return (OwnPreset("model", replace(model, id=bare)),)
    found = tuple(_rows(path, read_toml(path)))
    if not found:
        raise file_error(path, "no preset in it", "it needs a [[model]] or a [[device]] table")
    return found


def preset_of_config(text: str, name: str) -> OwnPreset:
    """The model of the text of a config.json.

    Args:
        text: JSON.
        name: What to call it.

    Raises:
        InputError: It is not JSON, or describes no model that is understood.
    """
    from roofrack.readers.config import read_config
    from roofrack.readers.files import MAX_CONFIG_BYTES, parse_json

    data, where = text.encode("utf-8", "replace"), "pasted text"
    if len(data) > MAX_CONFIG_BYTES:
        raise InputError(f"{where}: longer than any configuration")
    model, _, _ = read_config(parse_json(data, where), Path(where), name, None)
    return OwnPreset("model", model)


def checked(table: str, data: dict[str, Any], where: str) -> OwnPreset:
    """A preset of plain data.

    Args:
        table: `model` or `device`.
        data: Its fields.
        where: What the data is from, for errors.

    Raises:
        InputError: A field is missing, unknown or out of range; it names the field.
    """
    preset = validated(Model, data, where) if table == "model" else validated(Device, data, where)
    return OwnPreset(table, preset)


def _rows(path: Path, data: dict[str, Any]) -> Iterator[OwnPreset]:
    for table in TABLES:
        rows = data.get(table, [])
        for number, row in enumerate(rows if isinstance(rows, list) else [rows], 1):
            if not isinstance(row, dict):
                raise file_error(path, f"{table} {number}: must be a table")
            yield checked(table, row, f"{path}: {table} {number}")


def save_own(own: OwnPreset, directory: Path) -> Path:
    """Write a preset into the directory of a person's own, replacing the file of the same id.

    Args:
        own: What to write.
        directory: The catalogue's `user_dir`.

    Returns:
        The file.

    Raises:
        InputError: It cannot be written, or what was written would not be read as the same again.
    """
    from roofrack.files import write_whole

    text = _HEAD + "\n" + preset_toml(own)
    path = directory / f"{own.table}s" / f"{file_name(own.preset.id)}.toml"
    write_whole(path, text, makes_folders=True)
    (again,) = presets_in(path)
    if again != own:
        raise file_error(path, "does not read as what was saved")
    return path


def file_name(preset_id: str) -> str:
    """A name for the file of a preset: its id in lower case with dashes for all that file systems dislike."""
    return re.sub(r"[^a-z0-9._]+", "-", preset_id.lower()).strip("-.")[:100] or "preset"


def preset_toml(own: OwnPreset) -> str:
    """A preset as a table of a preset file; only what differs from the defaults is written.

    Args:
        own: Any preset.
    """
    return f"[[{own.table}]]\n" + "".join(f"{name} = {_literal(value)}\n" for name, value in _set(own.preset))


def _set(preset: Frozen) -> Iterator[tuple[str, Any]]:
    """Fields that a reader needs: those without a default, those that differ from it, and which member of a union it is."""
    for field in dataclasses.fields(preset):  # type: ignore[arg-type]
        value = getattr(preset, field.name)
        if value is not None and (field.name == "kind" or value != field.default):
            yield field.name, value


def _literal(value: Any) -> str:
    if isinstance(value, Frozen):
        return "{ " + ", ".join(f"{name} = {_literal(inner)}" for name, inner in _set(value)) + " }"
    if isinstance(value, tuple):
        items = [_literal(item) for item in value]
        if sum(map(len, items)) <= _WIDE:
            return f"[{', '.join(items)}]"
        return "[\n" + "".join(f"  {item},\n" for item in items) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # Quotes, backslashes and control characters are written in TOML as in JSON, but for DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
