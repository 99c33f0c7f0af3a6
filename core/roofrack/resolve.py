"""Which model a MODEL argument means: a preset, a file, or what a store on this disk has under that name."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from roofrack.errors import InputError, UnknownIdError
from roofrack.places import expanded

if TYPE_CHECKING:
    from roofrack.catalog import Catalog
    from roofrack.domain.model import Model, OwnWeights

_MODEL_SUFFIXES = (".json", ".gguf", ".safetensors")
_MOST_OFFERS = 5


def is_path(reference: str) -> bool:
    """Whether a MODEL argument means a file or folder rather than an id."""
    return reference.startswith((".", "/", "~")) or reference.lower().endswith(_MODEL_SUFFIXES)


def located(reference: str, catalog: Catalog) -> str:
    """A MODEL argument as an id or a path: a name that no preset has but a store on this disk becomes the path of its model.

    Args:
        reference: An id, an alias, a path, the hub's `org/name` or Ollama's `name:tag`.
        catalog: Where ids are looked up.

    Raises:
        InputError: The store knows the name and has no weights for it.
    """
    if is_path(reference) or catalog.knows_model(reference):
        return reference
    from roofrack.readers.caches import find_on_disk

    found = find_on_disk(reference)
    if found is None:
        return reference
    if found.store == "ollama" and not found.bytes:
        raise InputError(f"model: {found.name} is in Ollama's store, but {found.problem}", "pull it again")
    return str(found.path.absolute())


def resolve_model(reference: str, catalog: Catalog) -> tuple[Model, OwnWeights | None]:
    """The model of a MODEL argument, and the exact bytes of its checkpoint where it was read from one.

    Args:
        reference: As for `located`.
        catalog: Where ids are looked up.

    Raises:
        InputError: There is no such model, or the file cannot be read.
    """
    return resolve(reference, catalog)[:2]


class Resolved(NamedTuple):
    """A model, and what is known of the files that it was read from.

    Args:
        model: The model.
        own_weights: The exact bytes of its checkpoint, where that was there.
        notes: What its files lack or leave open.
        has_weights: Whether weights were there, if only a part of them.
        path: Where it was read from; empty for a preset.
    """

    model: Model
    own_weights: OwnWeights | None = None
    notes: tuple[str, ...] = ()
    has_weights: bool = False
    path: str = ""


def resolve(reference: str, catalog: Catalog) -> Resolved:
    """The model of a MODEL argument with what its files say.

    Args:
        reference: As for `located`.
        catalog: Where ids are looked up.

    Raises:
        InputError: There is no such model, or the file cannot be read.
    """
    place = located(reference, catalog)
    if not is_path(place):
        try:
            return Resolved(catalog.model(place))
        except UnknownIdError as unknown:
            raise _also_on_disk(unknown) from None
    path = expanded(place)
    try:
        stat = path.stat()
    except (OSError, ValueError) as error:
        raise InputError(f"model: cannot read {path}", getattr(error, "strerror", None) or "not a path") from None
    return _read(path, stat.st_mtime_ns, stat.st_size)._replace(path=place)


def _also_on_disk(unknown: UnknownIdError) -> UnknownIdError:
    """The same complaint, offering names of models on this disk, too."""
    from roofrack.catalog.near import near
    from roofrack.readers.caches import STORES

    there = _names_on_disk(tuple(os.environ.get(name, "") for name in STORES))
    alike = near(unknown.wanted, {name.lower(): name for name in there}, most=2)
    return UnknownIdError(unknown.kind, unknown.wanted, (*alike, *unknown.near)[:_MOST_OFFERS])


@lru_cache(maxsize=1)  # a file of measurements may name a hundred unknown models
def _names_on_disk(_stores: tuple[str, ...]) -> tuple[str, ...]:
    from roofrack.readers.caches import models_on_disk

    return tuple(found.name for found in models_on_disk())


@lru_cache(maxsize=64)  # as many as a list of models on disk asks about
def _read(path: Path, _changed_ns: int, _size: int) -> Resolved:
    from roofrack.readers import read_model

    read = read_model(path)
    notes = (*read.warnings, *(f"assumed: {line}" for line in read.assumed))
    return Resolved(read.model, read.own_weights, notes, read.has_weights)
