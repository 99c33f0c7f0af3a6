"""One kind of preset: rows that are built when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from roofrack.catalog.near import near
from roofrack.errors import InputError, UnknownIdError

T = TypeVar("T")


class Entry(Generic[T]):
    """One row, not built yet.

    Args:
        id: Its id.
        aliases: Other names, unique among all rows of the kind.
        driver_names: Names that drivers report, which several rows may share.
        build: Makes the object; raises InputError where a user's file is wrong.
        own: It is a user's.
    """

    __slots__ = ("_built", "aliases", "build", "driver_names", "id", "mistake", "own")

    def __init__(
        self,
        id: str,  # noqa: A002
        aliases: Sequence[str],
        driver_names: Sequence[str],
        build: Callable[[], T],
        *,
        own: bool = False,
    ) -> None:
        self.id = id
        self.aliases = aliases
        self.driver_names = driver_names
        self.build = build
        self.own = own
        self.mistake: InputError | None = None
        self._built: T | None = None

    def get(self) -> T:
        """The object, made once.

        Raises:
            InputError: It is a user's preset with a mistake.
        """
        if self.mistake is not None:
            raise self.mistake.with_traceback(None)
        if self._built is None:
            try:
                self._built = self.build()
            except InputError as mistake:
                self.mistake = mistake
                raise
        return self._built

    def usable(self) -> bool:
        """Whether it can be built."""
        try:
            self.get()
        except InputError:
            return False
        return True


class Shelf(Generic[T]):
    """All rows of one kind, shipped and the user's, by name.

    A user's id replaces the shipped row of that id. Any id beats any alias, a user's alias beats a shipped one.

    Args:
        kind: What the rows are, in the user's words.
        shipped: Shipped rows.
        own: The user's rows.
    """

    def __init__(self, kind: str, shipped: Iterable[Entry[T]], own: Iterable[Entry[T]] = ()) -> None:
        self.kind = kind
        by_id = {entry.id.lower(): entry for entry in shipped}
        owned = {entry.id.lower(): entry for entry in own}
        self.replaced = tuple(entry.id for name, entry in owned.items() if name in by_id)
        self.shadowed = tuple(f"your {kind} '{name}' replaces the shipped one" for name in self.replaced)
        by_id |= owned
        self._entries = tuple(by_id.values())
        self._names = by_id.copy()
        self._drivers: dict[str, list[Entry[T]]] = {}
        for entry in (*owned.values(), *self._entries):
            for alias in entry.aliases:
                self._names.setdefault(alias.lower(), entry)
        for entry in self._entries:
            for name in entry.driver_names:
                self._drivers.setdefault(name.lower(), []).append(entry)

    def get(self, reference: str) -> T:
        """Find and build a row.

        Args:
            reference: Id, alias or the exact name of a driver; in any case, and with spaces for hyphens.

        Raises:
            UnknownIdError: No row has that name, or several share that driver name.
            InputError: The row is a user's preset with a mistake.
        """
        entry = self._named(reference)
        if entry is not None:
            return entry.get()
        name = _plain(reference)
        same = self._drivers.get(name, [])
        if len(same) == 1:
            return same[0].get()
        raise UnknownIdError(self.kind, reference, tuple(e.id for e in same) or near(name, self._known()))

    def knows(self, reference: str) -> bool:
        """Whether `get` would find a row.

        Args:
            reference: As for `get`.
        """
        return self._named(reference) is not None or len(self._drivers.get(_plain(reference), ())) == 1

    def _named(self, reference: str) -> Entry[T] | None:
        name = _plain(reference)
        return self._names.get(name) or self._names.get(name.replace(" ", "-"))

    def all(self) -> tuple[T, ...]:
        """Build every row; a user's row with a mistake is left out, `mistakes` tells of it."""
        return tuple(entry.get() for entry in self._entries if entry.usable())

    def ids(self) -> tuple[str, ...]:
        """Ids of what `all` yields."""
        return tuple(entry.id for entry in self._entries if not entry.own or entry.usable())

    def names(self) -> tuple[str, ...]:
        """Ids and aliases, as `get` takes them; nothing is built for it."""
        return tuple(dict.fromkeys(name for entry in self._entries for name in (entry.id, *entry.aliases)))

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """Build the user's own rows; of those that cannot be built the id, and what is wrong."""
        return tuple((entry.id, str(entry.mistake)) for entry in self._entries if entry.own and not entry.usable())

    def _known(self) -> dict[str, str]:
        drivers = {name: entries[0].id for name, entries in self._drivers.items()}
        return drivers | {name: entry.id for name, entry in self._names.items()}


def _plain(reference: str) -> str:
    return " ".join(reference.lower().split())
