"""What a search found, as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from roofrack.domain.workload import Targets
from roofrack.report.table import table
from roofrack.report.units import duration, params, rate, usd, whole_percent
from roofrack.results import CurvePoint
from roofrack.search import Box, BoxRow, BoxSpec, Candidate, NearestMiss, SearchResult, SearchSpec

_HEAD = (
    "rack",
    "weights",
    "KV",
    "layout",
    "$/hour",
    "boards W",
    "TTFT",
    "TPOT",
    "tok/s each",
    "tok/s",
    "headroom",
    "tightest",
)
_FRONT_HEAD = ("$/hour", "tok/s each", "TTFT", "rack", "weights", "KV", "layout")
_BOX_HEAD = ("model", "params", "weights", "KV", "layout", "TTFT", "tok/s each", "tok/s", "alone", "at once", "misses")
_FRONT_ROWS = 12
LIMIT_WORDS = {
    "ttft": "TTFT",
    "tpot": "TPOT",
    "speed": "tokens/s",
    "requests": "requests/s",
    "room": "room",
    "availability": "availability",
    "budget": "budget",
    "gpus": "GPUs",
}
"""What a target or limit is called."""


class Writer(Protocol):
    """Writes a table, as text or as Markdown."""

    def __call__(self, head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
        """The table.

        Args:
            head: Names of the columns.
            rows: Its rows.
            left: How many columns stand at the left.
        """


def search_text(spec: SearchSpec, found: SearchResult, why: str = "", write: Writer = table) -> str:
    """A search and its answer.

    Args:
        spec: What was asked.
        found: What was found.
        why: Where the concurrency comes from, when not from the person.
        write: How tables are written.
    """
    blocks = [_asked(spec, why)]
    several = len({one.model for one in found.ranked}) > 1 or len({one.engine for one in found.ranked}) > 1
    if found.ranked:
        head = ("model", *_HEAD) if several else _HEAD
        rows = [[*([_model(one)] if several else []), *_row(one)] for one in found.ranked]
        blocks.append(write(head, rows, left=5 if several else 4))
    if len(found.front) > 1:
        blocks.append(_front(found.front, write))
    if found.miss is not None:
        blocks.append(_miss(found.miss))
    if not found.complete:
        blocks.append("Stopped early: what was found so far, there may be better.")
    if found.left_out:
        blocks.append("\n".join(["Left out:", *(f"  {line}" for line in found.left_out)]))
    blocks.append(f"{found.evaluated:,} plans of {found.combinations:,} combinations computed.")
    return "\n\n".join(blocks)


def box_text(spec: BoxSpec, found: Box, why: str = "", write: Writer = table) -> str:
    """A rack and the models that it serves.

    Args:
        spec: What was asked.
        found: What was found.
        why: Where the concurrency comes from, when not from the person.
        write: How tables are written.
    """
    rack, load = spec.rack, spec.workload
    nodes = f"{rack.nodes} nodes of " if rack.nodes > 1 else ""
    said = f", {load.concurrency} at once" + (f" ({why})" if why else "")
    title = f"{nodes}{rack.gpus_per_node}x {rack.device} · {load.prompt_tokens} -> {load.output_tokens} tokens{said}"
    blocks = [title]
    if found.rows:
        blocks.append(write(_BOX_HEAD, [_box_row(row) for row in found.rows], left=5))
    if found.too_large:
        blocks.append(f"Fit in no format: {', '.join(found.too_large)}")
    if not found.complete:
        blocks.append("Stopped early: not all models were tried.")
    return "\n\n".join(blocks)


def rack_words(one: Candidate) -> str:
    """A rack: `2 x 4xh100-sxm5-80gb`."""
    node = f"{one.gpus_per_node}x{one.device}"
    return node if one.nodes == 1 else f"{one.nodes} x {node}"


def layout_words(one: Candidate) -> str:
    """A layout: `TP 4 DP 2`; replicas that may fail are named: `DP 3 (1 spare)`."""
    degrees = (("TP", one.tp), ("PP", one.pp), ("DP", one.dp), ("EP", one.ep))
    spare = f" ({one.dp - one.working} spare)" if 0 < one.working < one.dp else ""
    return (" ".join(f"{name} {degree}" for name, degree in degrees if degree > 1) or "one GPU") + spare


def search_aims(targets: Targets) -> list[str]:
    """Targets in words.

    Args:
        targets: What is to be kept.
    """
    aims = [f"mean TTFT {duration(targets.ttft_s)}"] if targets.ttft_s is not None else ["nobody waits for memory"]
    if targets.ttft_s is not None and targets.percentile is not None:
        aims = [f"p{targets.percentile:g} TTFT {duration(targets.ttft_s)}"]
    if targets.tpot_s is not None:
        aims.append(f"TPOT {duration(targets.tpot_s)}")
    if targets.tokens_per_s_per_user is not None:
        aims.append(f"{targets.tokens_per_s_per_user:g} tokens/s each")
    if targets.requests_per_s is not None:
        aims.append(f"{targets.requests_per_s:g} requests/s")
    if targets.availability is not None:
        aims.append(f"for {targets.availability:.7g} of the time")
    return aims


def _asked(spec: SearchSpec, why: str) -> str:
    load, aims = spec.workload, search_aims(spec.targets)
    requests = f"{spec.concurrency:,} requests at once, {load.prompt_tokens} -> {load.output_tokens} tokens"
    judged = ", at the unfavourable end of the 80 % band" if spec.sure else ""
    return "\n".join(filter(None, (f"{requests}; targets: {', '.join(aims)}{judged}", why)))


def _row(one: Candidate) -> list[str]:
    return [
        rack_words(one),
        one.weights,
        one.kv,
        layout_words(one),
        "?" if one.usd_per_hour is None else usd(one.usd_per_hour),
        "?" if one.power_w is None else f"{one.power_w:,.0f}",
        *_speeds(one.point),
        rate(one.point.output_tokens_per_s.mid),
        whole_percent(one.headroom),
        LIMIT_WORDS[one.limit],
    ]


def _speeds(point: CurvePoint) -> list[str]:
    return [duration(point.ttft_s.mid), duration(point.tpot_s.mid), rate(point.tokens_per_s_per_user.mid)]


def _front(front: tuple[Candidate, ...], write: Writer) -> str:
    shown = write(_FRONT_HEAD, [_front_row(one) for one in front[:_FRONT_ROWS]], left=0)
    more = len(front) - _FRONT_ROWS
    dearer = f"\n… and {more} dearer ones (--json has them)" if more > 0 else ""
    gap = "" if write is table else "\n"  # a Markdown table stands in a paragraph of its own
    return f"Cost against speed: nothing is both cheaper and faster than any of these.\n{gap}{shown}{dearer}"


def _front_row(one: Candidate) -> list[str]:
    return [
        "?" if one.usd_per_hour is None else usd(one.usd_per_hour),
        rate(one.point.tokens_per_s_per_user.mid),
        duration(one.point.ttft_s.mid),
        rack_words(one),
        one.weights,
        one.kv,
        layout_words(one),
    ]


def _box_row(row: BoxRow) -> list[str]:
    best = row.best
    return [
        best.model,
        params(row.params),
        best.weights,
        best.kv,
        layout_words(best),
        duration(best.point.ttft_s.mid),
        rate(best.point.tokens_per_s_per_user.mid),
        rate(best.point.output_tokens_per_s.mid),
        rate(row.alone.tokens_per_s_per_user.mid),
        f"{row.at_once:,}",
        "" if best.strain <= 1 else f"{LIMIT_WORDS[best.limit]} by {whole_percent(best.strain - 1)}",
    ]


def _model(one: Candidate) -> str:
    return f"{one.model} ({one.engine})"


def _miss(miss: NearestMiss) -> str:
    lines = [miss.reason[0].upper() + miss.reason[1:] + "."]
    if miss.closest is not None:
        one = miss.closest
        speeds = f"TTFT {duration(one.point.ttft_s.mid)}, TPOT {duration(one.point.tpot_s.mid)}"
        lines.append(f"Nearest: {_summary(one)}: {speeds}")
    for relaxed in miss.relaxed:
        then = "still nothing" if relaxed.best is None else _summary(relaxed.best)
        lines.append(f"Without the {LIMIT_WORDS[relaxed.limit]} limit: {then}")
    return "\n".join(lines)


def _summary(one: Candidate) -> str:
    price = "" if one.usd_per_hour is None else f", {usd(one.usd_per_hour)} per hour"
    return f"{one.model} on {rack_words(one)}, {one.weights}, KV {one.kv}, {layout_words(one)}{price}"
