"""One kind of preset: rows that are built when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
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


class Drawer(Generic[T]):
    """The rows of one shipped file, cut when they are wanted.

    Args:
        read: Returns the file's text, in which every name of a row stands in quotes.
        cut: Makes the entries.
    """

    def __init__(self, read: Callable[[], str], cut: Callable[[], Iterable[Entry[T]]]) -> None:
        self._read = read
        self._cut = cut

    @cached_property
    def _words(self) -> str:
        return self._read().lower()

    def mentions(self, name: str) -> bool:
        """Whether a row may have a name.

        Args:
            name: In lower case.
        """
        return f'"{name}"' in self._words

    @cached_property
    def entries(self) -> tuple[Entry[T], ...]:
        """All rows of the file."""
        return tuple(self._cut())


class Shelf(Generic[T]):
    """All rows of one kind, shipped and the user's, by name.

    A user's id replaces the shipped row of that id. Any id beats any alias, a user's alias beats a shipped one. Files that do
    not mention a name are not cut into rows for it: a plan needs one model of hundreds.

    Args:
        kind: What the rows are, in the user's words.
        shipped: Shipped rows.
        own: The user's rows.
    """

    def __init__(self, kind: str, shipped: Sequence[Drawer[T]], own: Iterable[Entry[T]] = ()) -> None:
        self.kind = kind
        self._shipped = shipped
        self._own = {entry.id.lower(): entry for entry in own}
        self._asked: dict[str, Entry[T] | None] = {}

    @cached_property
    def _by_id(self) -> dict[str, Entry[T]]:
        return {entry.id.lower(): entry for drawer in self._shipped for entry in drawer.entries} | self._own

    @cached_property
    def _names(self) -> dict[str, Entry[T]]:
        names = self._by_id.copy()
        for entry in (*self._own.values(), *self._by_id.values()):
            for alias in entry.aliases:
                names.setdefault(alias.lower(), entry)
        return names

    @cached_property
    def _drivers(self) -> dict[str, list[Entry[T]]]:
        drivers: dict[str, list[Entry[T]]] = {}
        for entry in self._entries:
            for name in entry.driver_names:
                drivers.setdefault(name.lower(), []).append(entry)
        return drivers

    @property
    def _entries(self) -> tuple[Entry[T], ...]:
        return tuple(self._by_id.values())

    @cached_property
    def replaced(self) -> tuple[str, ...]:
        """Ids of the user's rows that stand in the place of a shipped one."""
        if not self._own:
            return ()
        shipped = {entry.id.lower() for drawer in self._shipped for entry in drawer.entries}
        return tuple(entry.id for name, entry in self._own.items() if name in shipped)

    @property
    def shadowed(self) -> tuple[str, ...]:
        """The same, one line each."""
        return tuple(f"your {self.kind} '{name}' replaces the shipped one" for name in self.replaced)

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
        if reference not in self._asked:
            name = _plain(reference)
            names = self._names if "_by_id" in vars(self) else self._names_among({name, name.replace(" ", "-")})
            self._asked[reference] = names.get(name) or names.get(name.replace(" ", "-"))
        return self._asked[reference]

    def _names_among(self, wanted: set[str]) -> dict[str, Entry[T]]:
        """Names of the rows of files that mention one of the wanted."""
        mentioned = [drawer for drawer in self._shipped if any(drawer.mentions(name) for name in wanted)]
        return Shelf(self.kind, mentioned, self._own.values())._names

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
        return tuple((entry.id, str(entry.mistake)) for entry in self._own.values() if not entry.usable())

    def _known(self) -> dict[str, str]:
        drivers = {name: entries[0].id for name, entries in self._drivers.items()}
        return drivers | {name: entry.id for name, entry in self._names.items()}


def _plain(reference: str) -> str:
    return " ".join(reference.lower().split())
