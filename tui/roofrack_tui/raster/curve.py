"""Points of a line, cleaned and ready to be read at any concurrency or traced over columns."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from roofrack_tui.raster.scale import Scale

LARGEST = 1e100
"""Values beyond this are drawn as this and those below its inverse as 0, so that an axis never overflows."""

_X_LOWEST, _X_HIGHEST = 1e-9, 1e15


def is_x(x: float | None) -> bool:
    """Whether ``x`` is a concurrency that can be drawn, from a billionth to a million billions."""
    return x is not None and _X_LOWEST <= x <= _X_HIGHEST


class Curve(NamedTuple):
    """Finite points with rising, positive x.

    Args:
        xs: Concurrencies.
        ys: Values, as many.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]

    @classmethod
    def of(cls, points: Iterable[tuple[float, float]]) -> Curve:
        """Return the curve through ``points``; those that cannot be drawn are left out."""
        kept: dict[float, float] = {}
        for x, y in points:
            if is_x(x) and math.isfinite(y):
                y = min(max(float(y), -LARGEST), LARGEST)
                kept[float(x)] = y if abs(y) * LARGEST >= 1 else 0.0
        xs = tuple(sorted(kept))
        return cls(xs, tuple(kept[x] for x in xs))

    def at(self, x: float) -> float | None:
        """Return the value at ``x``, straight between points over log x; ``None`` outside them."""
        if not self.xs or not self.xs[0] <= x <= self.xs[-1]:
            return None
        index = bisect_right(self.xs, x) - 1
        if self.xs[index] == x:
            return self.ys[index]
        left, right = self.xs[index], self.xs[index + 1]
        share = math.log(x / left) / math.log(right / left)
        return self.ys[index] + (self.ys[index + 1] - self.ys[index]) * share


class Trace(NamedTuple):
    """Where a curve runs: its height, 0 at the foot and 1 at the top of the plot, for consecutive columns.

    Args:
        first: The first column.
        heights: One for each column from there on; they may lie outside 0…1.
    """

    first: int
    heights: Sequence[float]

    def at(self, column: int) -> float | None:
        """Return the height at a column, or ``None`` where the curve is not."""
        index = column - self.first
        return self.heights[index] if 0 <= index < len(self.heights) else None


def trace(curve: Curve, x_scale: Scale, y_scale: Scale, columns: int) -> Trace:
    """Return the curve's height over ``columns`` equal columns from one end of ``x_scale`` to the other.

    On a logarithmic axis values that are not positive run off its foot.
    """
    last = columns - 1
    across = [x_scale.position(x) * last for x in curve.xs]
    up = [max(y_scale.position(y), -LARGEST) for y in curve.ys]
    if not across or across[-1] < -0.5 or across[0] > last + 0.5:
        return Trace(0, ())
    begin, end = max(0, math.ceil(across[0] - 0.5)), min(last, math.floor(across[-1] + 0.5))
    heights: list[float] = []
    index, final = 0, len(across) - 1
    slope = _slope(across, up, 0)
    for column in range(begin, end + 1):
        while index < final - 1 and across[index + 1] < column:
            index += 1
            slope = _slope(across, up, index)
        heights.append(up[index] + (column - across[index]) * slope)
    if begin < across[0]:
        heights[0] = up[0]
    if end > across[-1]:
        heights[-1] = up[-1]
    return Trace(begin, heights)


def _slope(across: list[float], up: list[float], index: int) -> float:
    """Return the slope from a point to the next, flat where there is none or both stand in one place."""
    if index + 1 >= len(across) or across[index + 1] - across[index] < 1e-9:
        return 0.0
    return (up[index + 1] - up[index]) / (across[index + 1] - across[index])
