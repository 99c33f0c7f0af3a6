"""Which rows a filter leaves, best first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from textual.fuzzy import FuzzySearch

if TYPE_CHECKING:
    from roofrack.filters import Query, Subject
    from roofrack_tui.library import Row

T = TypeVar("T")


class Search:
    """Finds rows by the words typed; where no row has them all, by their letters in order (`l370` finds Llama 3 70B)."""

    def __init__(self) -> None:
        self._fuzzy = FuzzySearch()

    def best(self, typed: str, rows: Sequence[T], text: Callable[[T], str]) -> list[T]:
        """The rows that match, best first; all of them in their own order where nothing was typed.

        Args:
            typed: What stands in the filter.
            rows: All rows.
            text: What a row is matched against.
        """
        words = typed.lower().split()
        if not words:
            return list(rows)
        exact = [row for row in rows if all(word in text(row).lower() for word in words)]
        wanted = " ".join(words)
        scored = [(self._fuzzy.match(wanted, text(row))[0], row) for row in exact or rows]
        return [row for score, row in sorted(scored, key=lambda pair: -pair[0]) if exact or score > 0]

    def asked(self, query: Query, rows: Sequence[Row], subject: Subject, fits: Mapping[str, bool | None]) -> list[Row]:
        """The rows of a library that a filter leaves, in the order that it asks for, else best first.

        Args:
            query: The filter.
            rows: All rows.
            subject: What kind of rows they are.
            fits: By id whether they fit.
        """
        admitted = [row for row in rows if query.admits(row.facts) and (not query.fits or fits.get(row.id))]
        found = self.best(" ".join(query.words), admitted, lambda row: row.facts.text)
        return query.in_order(found, lambda row: row.facts, subject)
