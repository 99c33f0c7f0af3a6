"""What a search finds."""

from __future__ import annotations

from typing import Literal, NamedTuple

from roofrack.domain.scenario import ScenarioSpec
from roofrack.results import CurvePoint

Limit = Literal["room", "ttft", "tpot", "speed", "requests", "availability", "gpus", "budget"]
"""A target or limit: `room` stands for requests that would wait, `speed` for tokens/s per user, `requests` for requests/s."""


class Candidate(NamedTuple):
    """One plan: a rack, formats, a layout, a number of replicas, and what it does under the load.

    Args:
        spec: The scenario; `plan(spec)` gives the same numbers and everything else.
        model: Model id.
        engine: Engine id.
        device: Device id.
        gpus_per_node: Devices in a node.
        nodes: Nodes.
        weights: Weights format id.
        kv: KV format id.
        tp, pp, dp, ep: The layout; `dp` are the replicas.
        working: Replicas that work for the share of the time that an availability target asks for; all without one.
        gpus: Devices of the whole rack, idle ones too.
        usd_per_hour: Rent of the whole rack; None where no price is known.
        power_w: Board power of all devices; None where it is not known.
        point: TTFT, TPOT and rates at the load, all replicas working.
        strain: The worst of value over target, with the replicas in `working` alone: at most 1 where all targets are met.
        limit: Which target or limit that is.
    """

    spec: ScenarioSpec
    model: str
    engine: str
    device: str
    gpus_per_node: int
    nodes: int
    weights: str
    kv: str
    tp: int
    pp: int
    dp: int
    ep: int
    working: int
    gpus: int
    usd_per_hour: float | None
    power_w: float | None
    point: CurvePoint
    strain: float
    limit: Limit

    @property
    def headroom(self) -> float:
        """Slack of the tightest target: 0.25 leaves a quarter. Infinite where there is nothing to be tight."""
        return 1 / self.strain - 1 if self.strain else float("inf")

    @property
    def usd_per_million_output_tokens(self) -> float | None:
        """Rent over generated tokens at this load, everything charged to output."""
        if self.usd_per_hour is None:
            return None
        return self.usd_per_hour / (self.point.output_tokens_per_s.mid * 3600) * 1e6


class Relaxed(NamedTuple):
    """What would be found without one target or limit.

    Args:
        limit: The one that was lifted.
        best: The best plan then; None when there is still none.
    """

    limit: Limit
    best: Candidate | None


class NearestMiss(NamedTuple):
    """Why nothing was found.

    Args:
        closest: The plan within the limits that comes nearest to the targets; None when none even fits in memory.
        reason: In a sentence.
        relaxed: What lifting each target or limit alone would give.
    """

    closest: Candidate | None
    reason: str
    relaxed: tuple[Relaxed, ...]


class Progress(NamedTuple):
    """How far a search is.

    Args:
        done: Combinations of node, formats and layout that are dealt with.
        total: All of them.
        evaluated: Plans computed so far.
        best: The best plan so far.
        lifted: The target or limit that it goes without at the moment, to explain why nothing was found; None before that.
    """

    done: int
    total: int
    evaluated: int
    best: Candidate | None
    lifted: Limit | None = None


class SearchResult(NamedTuple):
    """The answer to a search.

    Args:
        ranked: The best plan of each model, engine, device and weights format, best first.
        front: Plans that nothing beats in both cost and tokens/s per user, cheapest first.
        miss: Why there is none; None when there is one.
        evaluated: Plans computed.
        combinations: Combinations of node, formats and layout.
        complete: False when it was cancelled: what was found until then still holds.
        left_out: What was not looked at and why, one line each.
    """

    ranked: tuple[Candidate, ...]
    front: tuple[Candidate, ...]
    miss: NearestMiss | None
    evaluated: int
    combinations: int
    complete: bool
    left_out: tuple[str, ...]
