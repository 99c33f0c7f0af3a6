"""The catalogue: every preset by name, parsed when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

import tomli

import roofrack_presets
from roofrack.catalog.chunks import Chunk, chunks
from roofrack.catalog.own import SCENARIOS, OwnPresets, OwnRow, user_preset_directory
from roofrack.catalog.shelf import Drawer, Entry, Shelf
from roofrack.domain.base import Frozen
from roofrack.domain.device import Device, Link
from roofrack.domain.engine import Engine
from roofrack.domain.formats import KvFormat, WeightsFormat
from roofrack.domain.model import Model
from roofrack.domain.scenario import ScenarioSpec
from roofrack.validation import trusted, validated

SHIPPED = Path(roofrack_presets.__file__).parent

PLACES: dict[str, tuple[type[Frozen], str]] = {
    "model": (Model, "models/*.toml"),
    "device": (Device, "devices/*.toml"),
    "link": (Link, "links.toml"),
    "format": (WeightsFormat, "formats.toml"),
    "kv_format": (KvFormat, "kv_formats.toml"),
    "engine": (Engine, "engines/*.toml"),
}
"""For each table: what a row is, and which shipped files hold it."""

T = TypeVar("T", bound=Frozen)


class Catalog:
    """Shipped presets and the user's own.

    Args:
        user_dir: The user's preset directory.
        shipped: The shipped one.
    """

    def __init__(self, user_dir: Path, shipped: Path = SHIPPED) -> None:
        self._user_dir = user_dir
        self._shipped = shipped

    @property
    def user_dir(self) -> Path:
        """Where the user's own presets are read from; it need not exist."""
        return self._user_dir

    def reopened(self) -> Catalog:
        """The same catalogue, reading the files again."""
        return Catalog(self._user_dir, self._shipped)

    def own_ids(self) -> frozenset[str]:
        """Ids of the user's own models and devices."""
        return frozenset(row.id for table in ("model", "device") for row in self._own.rows(table))

    def model(self, reference: str) -> Model:
        """The model of an id, alias or hub id; raises UnknownIdError."""
        return self._models.get(reference)

    def knows_model(self, reference: str) -> bool:
        """Whether there is a model of this id, alias or hub id."""
        return self._models.knows(reference)

    def device(self, reference: str) -> Device:
        """The device of an id, alias or driver name; raises UnknownIdError."""
        return self._devices.get(reference)

    def link(self, reference: str) -> Link:
        """The link of an id or alias; raises UnknownIdError."""
        return self._links.get(reference)

    def weights_format(self, reference: str) -> WeightsFormat:
        """The weights format of an id or alias; raises UnknownIdError."""
        return self._weights_formats.get(reference)

    def kv_format(self, reference: str) -> KvFormat:
        """The KV format of an id or alias; raises UnknownIdError."""
        return self._kv_formats.get(reference)

    def engine(self, reference: str) -> Engine:
        """The engine of an id or alias; raises UnknownIdError."""
        return self._engines.get(reference)

    def scenario(self, reference: str) -> ScenarioSpec:
        """The ready scenario of an id; raises UnknownIdError."""
        return self._scenarios.get(reference)

    def models(self) -> tuple[Model, ...]:
        """All models."""
        return self._models.all()

    def devices(self) -> tuple[Device, ...]:
        """All devices."""
        return self._devices.all()

    def links(self) -> tuple[Link, ...]:
        """All links."""
        return self._links.all()

    def weights_formats(self) -> tuple[WeightsFormat, ...]:
        """All weights formats."""
        return self._weights_formats.all()

    def kv_formats(self) -> tuple[KvFormat, ...]:
        """All KV formats."""
        return self._kv_formats.all()

    def engines(self) -> tuple[Engine, ...]:
        """All engines."""
        return self._engines.all()

    def engine_ids(self) -> tuple[str, ...]:
        """Ids of all engines that can be used."""
        return self._engines.ids()

    def scenarios(self) -> tuple[ScenarioSpec, ...]:
        """All ready scenarios, in the order of `scenario_ids`."""
        return self._scenarios.all()

    def scenario_ids(self) -> tuple[str, ...]:
        """Ids of all ready scenarios that can be used."""
        return self._scenarios.ids()

    def names(self, kind: str, *, aliases: bool) -> tuple[str, ...]:
        """Ids of a kind without a space, for completions; nothing is built for them.

        Args:
            kind: `models`, `devices`, `links`, `weights`, `kv`, `engines` or `scenarios`.
            aliases: Whether other names are wanted too.
        """
        shelf = dict(
            zip(("models", "devices", "links", "weights", "kv", "engines", "scenarios"), self._shelves(), strict=True)
        )[kind]
        return tuple(name for name in (shelf.names() if aliases else shelf.ids()) if " " not in name)

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """What is wrong in the user's own files: file, key and reason, one line each."""
        return (*self._own.problems, *(problem for shelf in self._touched_shelves() for _, problem in shelf.mistakes()))

    @cached_property
    def broken_models(self) -> tuple[tuple[str, str], ...]:
        """Ids of the user's models that cannot be used, each with file, key and reason."""
        return self._models.mistakes()

    @cached_property
    def broken_devices(self) -> tuple[tuple[str, str], ...]:
        """Ids of the user's devices that cannot be used, each with file, key and reason."""
        return self._devices.mistakes()

    def replaced_ids(self) -> frozenset[str]:
        """Ids of the user's own models and devices that stand in the place of a shipped one."""
        return frozenset((*self._models.replaced, *self._devices.replaced))

    @cached_property
    def shadowed(self) -> tuple[str, ...]:
        """Which shipped presets the user's own replace, one line each."""
        return tuple(line for shelf in self._touched_shelves() for line in shelf.shadowed)

    def _touched_shelves(self) -> tuple[Shelf[Any], ...]:
        """Those that may hold something of the user's: none for nearly everybody, who need not wait for all that ships."""
        return self._shelves() if self._own.has_rows else ()

    def _shelves(self) -> tuple[Shelf[Any], ...]:
        return (
            self._models,
            self._devices,
            self._links,
            self._weights_formats,
            self._kv_formats,
            self._engines,
            self._scenarios,
        )

    @cached_property
    def _own(self) -> OwnPresets:
        return OwnPresets(self._user_dir, tuple(PLACES))

    @cached_property
    def _models(self) -> Shelf[Model]:
        return self._shelf("model", "model", Model)

    @cached_property
    def _devices(self) -> Shelf[Device]:
        return self._shelf("GPU", "device", Device)

    @cached_property
    def _links(self) -> Shelf[Link]:
        return self._shelf("link", "link", Link)

    @cached_property
    def _weights_formats(self) -> Shelf[WeightsFormat]:
        return self._shelf("weights format", "format", WeightsFormat)

    @cached_property
    def _kv_formats(self) -> Shelf[KvFormat]:
        return self._shelf("KV format", "kv_format", KvFormat)

    @cached_property
    def _engines(self) -> Shelf[Engine]:
        return self._shelf("engine", "engine", Engine)

    @cached_property
    def _scenarios(self) -> Shelf[ScenarioSpec]:
        files = sorted(self._shipped.glob(f"{SCENARIOS}/*.toml"))
        drawers = [_scenario_drawer(path) for path in files]
        return Shelf("scenario", drawers, self._own_entries(SCENARIOS, ScenarioSpec))

    def _shelf(self, kind: str, table: str, cls: type[T]) -> Shelf[T]:
        drawers = [_drawer(path, table, cls) for path in sorted(self._shipped.glob(PLACES[table][1]))]
        return Shelf(kind, drawers, self._own_entries(table, cls))

    def _own_entries(self, table: str, cls: type[T]) -> Iterator[Entry[T]]:
        for row in self._own.rows(table):
            yield Entry(row.id, row.aliases, row.driver_names, _own_builder(row, cls), own=True)


def load_catalog(user_dir: Path | None = None) -> Catalog:
    """Open the catalogue; files are read when something in them is asked for.

    Args:
        user_dir: The user's preset directory; None takes the usual one.
    """
    return Catalog(user_preset_directory() if user_dir is None else user_dir)


@cache
def default_catalog() -> Catalog:
    """The catalogue with the user's own presets from the usual place, opened once."""
    return load_catalog()


def _drawer(path: Path, table: str, cls: type[T]) -> Drawer[T]:
    def cut() -> Iterator[Entry[T]]:
        for chunk in chunks(path, table):
            yield Entry(chunk.id, chunk.aliases, chunk.driver_names, _chunk_builder(chunk, table, cls))

    return Drawer(lambda: path.read_text(encoding="utf-8"), cut)


def _scenario_drawer(path: Path) -> Drawer[ScenarioSpec]:
    return Drawer(lambda: f'"{path.stem}"', lambda: [Entry(path.stem, (), (), _scenario_builder(path))])


def _chunk_builder(chunk: Chunk, table: str, cls: type[T]) -> Callable[[], T]:
    return lambda: trusted(cls, chunk.parse(table))


def _own_builder(row: OwnRow, cls: type[T]) -> Callable[[], T]:
    return lambda: validated(cls, row.data, row.where)


def _scenario_builder(path: Path) -> Callable[[], ScenarioSpec]:
    return lambda: trusted(ScenarioSpec, tomli.loads(path.read_text(encoding="utf-8")))
