"""Which rows a filter leaves, best first.

Textual's own fuzzy search tries every way in which letters can lie in a text, which takes for ever (and all memory) once
somebody leans on a key. Here the time grows with the length of what is typed and no faster.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from roofrack.filters import Query, Subject
    from roofrack_tui.library import Row

T = TypeVar("T")


def best(typed: str, rows: Sequence[T], text: Callable[[T], str]) -> list[T]:
    """The rows that have the words typed; where none has them all, those that have their letters in order.

    `l370` finds Llama 3 70B. All rows in their own order where nothing was typed.

    Args:
        typed: What stands in the filter.
        rows: All rows.
        text: What a row is matched against.
    """
    words = typed.lower().split()
    if not words:
        return list(rows)
    texts = [text(row).lower() for row in rows]
    scores = [_words_score(words, one) for one in texts]
    if not any(scores):
        letters = "".join(words)
        scores = [_letters_score(letters, one) for one in texts]
    found = sorted((-score, number) for number, score in enumerate(scores) if score)
    return [rows[number] for _, number in found]


def asked(query: Query, rows: Sequence[Row], subject: Subject, fits: Mapping[str, bool | None]) -> list[Row]:
    """The rows of a library that a filter leaves, in the order that it asks for, else best first.

    Args:
        query: The filter.
        rows: All rows.
        subject: What kind of rows they are.
        fits: By id whether they fit.
    """
    admitted = [row for row in rows if query.admits(row.facts) and (not query.fits or fits.get(row.id))]
    found = best(" ".join(query.words), admitted, lambda row: row.facts.text)
    return query.in_order(found, lambda row: row.facts, subject)


def _words_score(words: Sequence[str], text: str) -> float:
    """0 unless every word is in the text; more where words begin there, and begin early."""
    score = 0.0
    for word in words:
        at = text.find(word)
        if at < 0:
            return 0.0
        first = next((n for n in _places(word, text) if _begins(text, n)), None)
        score += 1 / (2 + at) if first is None else 1 + 1 / (2 + first)
    return score


def _letters_score(letters: str, text: str) -> float:
    """0 unless the text has the letters in their order; more for letters that begin a word or follow each other."""
    score, at = 0.0, -1
    for letter in letters:
        found = text.find(letter, at + 1)
        if found < 0:
            return 0.0
        score += 2 if found == at + 1 or _begins(text, found) else 1
        at = found
    return score


def _places(word: str, text: str) -> list[int]:
    places, at = [], text.find(word)
    while at >= 0:
        places.append(at)
        at = text.find(word, at + 1)
    return places


def _begins(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum()
