"""The Pareto front of cost against speed for one user."""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class _Point(NamedTuple):
    usd_per_hour: float
    tokens_per_s: float


class Front(Generic[T]):
    """Plans that no other beats in both cost and tokens/s per user."""

    def __init__(self) -> None:
        self._points: list[_Point] = []
        self._held: dict[_Point, T] = {}

    def beats(self, usd_per_hour: float, tokens_per_s: float) -> bool:
        """Whether a plan is known that costs no more and is no slower.

        Args:
            usd_per_hour: Rent of the whole rack.
            tokens_per_s: Tokens/s per user.
        """
        # Along the front the dearer is the faster, so the dearest of those that cost no more decides.
        cheaper = bisect_right(self._points, (usd_per_hour, float("inf")))
        return cheaper > 0 and self._points[cheaper - 1].tokens_per_s >= tokens_per_s

    def add(self, usd_per_hour: float, tokens_per_s: float, plan: T) -> bool:
        """Put a plan on the front, and take off it what that beats; False when the plan is beaten itself.

        Args:
            usd_per_hour: Rent of the whole rack.
            tokens_per_s: Tokens/s per user.
            plan: What to keep.
        """
        if self.beats(usd_per_hour, tokens_per_s):
            return False
        for point in [p for p in self._points if p.usd_per_hour >= usd_per_hour and p.tokens_per_s <= tokens_per_s]:
            self._points.remove(point)
            del self._held[point]
        point = _Point(usd_per_hour, tokens_per_s)
        insort(self._points, point)
        self._held[point] = plan
        return True

    def plans(self) -> tuple[T, ...]:
        """What is on the front, cheapest first."""
        return tuple(self._held[point] for point in self._points)
