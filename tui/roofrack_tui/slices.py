"""Work on many rows in slices, so that keys are served in between and what is no longer wanted can be given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from time import perf_counter

SLICE_S = 0.008
"""Half a frame: what may pass between two keys unnoticed."""

Judge = Callable[[Sequence[str]], Mapping[str, bool | None]]


def one_slice(judge: Judge, ids: tuple[str, ...]) -> tuple[dict[str, bool | None], tuple[str, ...]]:
    """Judge rows until the time is up, at least one.

    Args:
        judge: Whether rows fit, by id.
        ids: The rows.

    Returns:
        What was found, and the ids that are left.
    """
    found: dict[str, bool | None] = {}
    end = perf_counter() + SLICE_S
    for done, name in enumerate(ids, 1):
        found |= judge((name,))
        if perf_counter() > end:
            return found, ids[done:]
    return found, ()


class Slices:
    """Questions of which only the latest is wanted."""

    def __init__(self) -> None:
        self._asked = 0

    def forget(self) -> None:
        """Give up whatever is being judged."""
        self._asked += 1

    async def judged(self, judge: Judge, ids: Iterable[str]) -> AsyncIterator[dict[str, bool | None]]:
        """Judge rows slice by slice; a later question ends it within one slice.

        Args:
            judge: Whether rows fit, by id.
            ids: The rows.
        """
        self.forget()
        asked, left = self._asked, tuple(ids)
        while left and asked == self._asked:
            found, left = one_slice(judge, left)
            yield found
            await asyncio.sleep(0)
