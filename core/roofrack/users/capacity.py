"""How many requests at once a rack serves within its targets, and which target breaks first."""

from __future__ import annotations

import math
from typing import NamedTuple

from roofrack.domain.workload import Targets
from roofrack.report.units import duration
from roofrack.results import Band, CurvePoint, Plan
from roofrack.sweep import fitting, points, slots


class SpeedClass(NamedTuple):
    """How fast a stream feels.

    Args:
        name: One word.
        tokens_per_s: From this speed on.
        source: Who says so.
    """

    name: str
    tokens_per_s: float
    source: str


READING_WORDS_PER_MINUTE, TOKENS_PER_WORD = 238, 4 / 3
SPEED_CLASSES = (
    SpeedClass("usable", 5, "a self-hosting vendor, 2023: not great but usable, streaming hides the rest"),
    SpeedClass(
        "reading speed",
        round(READING_WORDS_PER_MINUTE / 60 * TOKENS_PER_WORD, 1),
        "238 words a minute (Brysbaert 2019, silent reading of English), 4/3 tokens a word",
    ),
    SpeedClass(
        "comfortable",
        20,
        "several times reading speed: one can skim; what a published measurement gives each of 20 users, 2024",
    ),
)
"""Slowest first."""


def speed_class(tokens_per_s: float) -> str:
    """The class of a stream's speed: `slow` below the first."""
    found = [known.name for known in SPEED_CLASSES if tokens_per_s >= known.tokens_per_s]
    return found[-1] if found else "slow"


class Capacity(NamedTuple):
    """What a rack serves within its targets.

    Args:
        requests: Most requests in flight with every target kept: at the model's middle, and at the ends of its 80 % band. 0 where
            even one request alone misses a target.
        at: The rack at the middle number, or at one request where that is 0.
        limit: What would break next: `ttft`, `tpot`, `speed`, or `slots` where requests would wait for memory or a sequence slot.
        why: That in a sentence.
        missed_by: Where `requests` is 0: by which factor one request alone misses; else None.
    """

    requests: Band
    at: CurvePoint
    limit: str
    why: str
    missed_by: float | None


def ttft_at(point: CurvePoint, one: CurvePoint, percentile: float | None, edge: str = "mid") -> float:
    """TTFT that a percentage of requests keep, seconds.

    The wait beyond that of a request alone is taken as exponentially distributed (M/M/1: the waiting time of those who wait).

    Args:
        point: The rack under load.
        one: The rack with one request.
        percentile: 50 to 99.99; None takes the mean.
        edge: `low`, `mid` or `high` of the band.
    """
    mean: float = getattr(point.ttft_s, edge)
    if percentile is None:
        return mean
    waited = max(0.0, mean - float(getattr(one.ttft_s, edge)))
    return mean + waited * (-math.log(1 - percentile / 100) - 1)


def capacity(plan: Plan, targets: Targets | None = None) -> Capacity:
    """The most requests in flight that keep all targets, on the whole rack.

    Args:
        plan: A plan that fits.
        targets: Instead of the scenario's own.

    Raises:
        InputError: The plan does not fit.
    """
    fitting(plan)
    wanted = targets or plan.scenario.targets
    one = points(plan, (1,))[0]
    most = slots(plan)
    # Latencies at the upper end of the band make the capacity's lower end.
    low, mid, high = (_most(plan, one, wanted, most, edge) for edge in ("high", "mid", "low"))
    at = points(plan, (max(mid, 1),))[0]
    following = points(plan, (mid + 1,))[0]
    limit, why = _limit(following, one, wanted, mid, most)
    return Capacity(
        requests=Band(low, mid, high),
        at=at,
        limit=limit,
        why=why,
        missed_by=max(ratio for _, ratio, _ in _ratios(one, one, wanted, "mid")) if mid == 0 else None,
    )


def _most(plan: Plan, one: CurvePoint, targets: Targets, most: int, edge: str) -> int:
    """The largest concurrency that keeps the targets, by bisection: latencies only grow with load."""
    if not _keeps(one, one, targets, edge):
        return 0
    low, high = 1, most
    while low < high:
        middle = (low + high + 1) // 2
        if _keeps(points(plan, (middle,))[0], one, targets, edge):
            low = middle
        else:
            high = middle - 1
    return low


def _keeps(point: CurvePoint, one: CurvePoint, targets: Targets, edge: str) -> bool:
    return all(ratio <= 1 for _, ratio, _ in _ratios(point, one, targets, edge))


def _ratios(point: CurvePoint, one: CurvePoint, targets: Targets, edge: str) -> list[tuple[str, float, str]]:
    """For each target that is set: its name, reached over target, and the reached value in words."""
    found = []
    if targets.ttft_s is not None:
        ttft = ttft_at(point, one, targets.percentile, edge)
        said = "mean TTFT" if targets.percentile is None else f"p{targets.percentile:g} TTFT"
        found.append(("ttft", ttft / targets.ttft_s, f"{said} {_against(duration(ttft), duration(targets.ttft_s))}"))
    tpot: float = getattr(point.tpot_s, edge)
    if targets.tpot_s is not None:
        found.append(("tpot", tpot / targets.tpot_s, f"TPOT {_against(duration(tpot), duration(targets.tpot_s))}"))
    if targets.tokens_per_s_per_user is not None:
        wanted = targets.tokens_per_s_per_user
        found.append(("speed", tpot * wanted, f"{_against(f'{1 / tpot:.3g}', f'{wanted:.3g}', 'under')} tok/s each"))
    return found


def _against(reached: str, wanted: str, missed: str = "over") -> str:
    return f"{reached} against {wanted}" if reached != wanted else f"a little {missed} {wanted}"


def _limit(following: CurvePoint, one: CurvePoint, targets: Targets, mid: int, most: int) -> tuple[str, str]:
    broken = [found for found in _ratios(following, one, targets, "mid") if found[1] > 1]
    if broken and (mid < most):
        name, _, said = max(broken, key=lambda found: found[1])
        many = f"{following.concurrency:,} requests" if following.concurrency > 1 else "one request"
        return name, f"with {many} at once, {said}"
    return "slots", f"more than {most:,} requests of this length do not run at once: the others wait"
