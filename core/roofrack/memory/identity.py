"""A memo for pure functions of large frozen objects, keyed by the objects themselves and not by their values."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def memo_by_identity(limit: int) -> Callable[[F], F]:
    """Remember results per argument objects, so that two models that share an id never share a result.

    Hashing a model walks all its layers; its identity is free. The memo holds the objects it has seen, so an identity
    cannot be taken over by another object while its result is remembered.

    Args:
        limit: Results kept; when full, the memo starts over.
    """

    def decorate(function: F) -> F:
        seen: dict[tuple[int, ...], tuple[tuple[object, ...], Any]] = {}

        @wraps(function)
        def remembered(*objects: object) -> Any:
            key = tuple(map(id, objects))
            found = seen.get(key)
            if found is None:
                if len(seen) >= limit:
                    seen.clear()
                found = seen[key] = (objects, function(*objects))
            return found[1]

        return remembered  # type: ignore[return-value]

    return decorate
