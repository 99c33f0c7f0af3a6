"""Answers that end where they will, at a limit at the latest.

An answer goes on from token to token with the same chance, so lengths are exponential, cut off at `max_tokens`. Mean and limit say all of
it: a limit near the mean makes answers alike, one far beyond it leaves the wide spread of chats.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

_ROUNDS = 60
_REMEMBERED = 64


@lru_cache(maxsize=_REMEMBERED)
def unlimited_mean(mean: float, limit: float) -> float:
    """The mean that answers would have without their limit, infinite where nearly all of them reach it.

    Solves mean = m · (1 − exp(−limit / m)) for m.

    Args:
        mean: Of the answers as they are, tokens.
        limit: Longest answer, tokens.
    """
    if limit <= mean:
        return math.inf
    low, high = mean, mean
    while _mean_below(high, limit) < mean and high < limit * 1e6:
        high *= 2
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        low, high = (middle, high) if _mean_below(middle, limit) < mean else (low, middle)
    return high


def _mean_below(unlimited: float, limit: float) -> float:
    return unlimited * -math.expm1(-limit / unlimited)


def quantiles(mean: int, limit: int | None, count: int) -> list[int]:
    """Lengths that stand for all answers, shortest first: each is the mean of its share of them, so that their mean is the answers'.

    Args:
        mean: Mean length, tokens.
        limit: Longest answer; None where all are of the mean length.
        count: How many.
    """
    if limit is None or limit <= mean:
        return [mean] * count
    unlimited = unlimited_mean(mean, limit)
    cut_off = -math.expm1(-limit / unlimited)
    # Sums are rounded, not lengths, so that no tokens get lost.
    sums = [round(count * _sum_below(place / count, unlimited, limit, cut_off)) for place in range(count + 1)]
    return sorted(max(1, after - before) for before, after in pairwise(sums))


def _sum_below(share: float, unlimited: float, limit: float, cut_off: float) -> float:
    """The integral of the quantile function from 0 to a share; `cut_off` is the share of answers that end before the limit."""
    ended = min(share, cut_off)
    left = 1 - ended
    return unlimited * (ended + left * math.log(left) if left else ended) + limit * (share - ended)
