"""How many people a plan serves, in words and aligned numbers."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from roofrack.errors import InputError
from roofrack.report.units import counted, duration, rate
from roofrack.results import Plan
from roofrack.users import Service, brief, published_targets, service, speed_class
from roofrack_tui.tabular import heading, pairs

_MUTED = "$foreground-muted"
_BADGE = 4
"""Cells that a badge adds to its words."""


def badge(text: str, *, good: bool) -> Content:
    """An answer that is seen first.

    Args:
        text: A few words.
        good: Whether it is what one hopes for.
    """
    mark, style = ("✓", "$text-success") if good else ("✗", "$text-error")
    return Content.styled(f" {mark} {text} ", f"bold reverse {style}")


def served(plan: Plan, width: int) -> list[Content]:
    """The answer, what breaks first, Little's law, and what circulating targets take.

    Args:
        plan: The plan.
        width: Cells across; longer rows are for the caller to wrap.
    """
    try:
        found = service(plan)
    except InputError as problem:
        return [badge("does not fit", good=False), Content(str(problem))]
    return [*_answer(plan, found, width), *_law(found), Content(), *_published(plan)]


def short(found: Service, plan: Plan, breaks: str = "breaks first") -> list[Content]:
    """The answer in two or three rows, for the verdict.

    Args:
        found: What the rack serves.
        plan: Its plan.
        breaks: What stands before the limit.
    """
    said = brief(found, plan.scenario.targets)
    mark, style = ("✓", "$text-success") if said.good else ("✗", "$text-error")
    rows = [Content.styled(f"{mark} {said.answer}", f"bold {style}")]
    return [*rows, Content.assemble((f"{breaks}: ", _MUTED), said.breaks)] if said.breaks else rows


def _answer(plan: Plan, found: Service, width: int) -> Iterator[Content]:
    said = brief(found, plan.scenario.targets)
    if len(said.answer) + _BADGE <= width:
        yield badge(said.answer, good=said.good)
    else:
        yield badge("within targets" if said.good else "not with this rack", good=said.good)
        yield Content.styled(said.answer, "bold")
    yield Content()
    rows = list(_numbers(found)) if found.capacity.missed_by is None else [("why", found.sentences[0])]
    yield from pairs([*rows, *_spares(found)], width)


def _numbers(found: Service) -> Iterator[tuple[str, str]]:
    at, capacity = found.capacity.at, found.capacity
    low, mid, high = (f"{edge:,.0f}" for edge in capacity.requests)
    speed = at.tokens_per_s_per_user.mid
    yield "at once", f"{mid} requests" + (f" ({low} to {high})" if low != high else "")
    yield "each", f"{rate(speed)} tok/s, {speed_class(speed)}"
    yield "latency", f"TTFT {duration(at.ttft_s.mid)}, TPOT {duration(at.tpot_s.mid)}"
    yield "completes", f"{rate(at.requests_per_s.mid)} requests/s"
    yield "breaks first", capacity.why


def _spares(found: Service) -> Iterator[tuple[str, str]]:
    """What the availability takes: beside all units at work where a demand says how many those are, else beside this rack's."""
    failures = found.availability
    if failures.target is None:
        return
    units, spares = (found.at_work, found.spares) if found.at_work else (failures.units, failures.spares)
    spare = "no number is enough" if spares is None else f"{spares} (N+{spares})"
    yield "spares", f"{spare} beside {counted(units, failures.unit)} for {failures.target * 100:.12g} %"


def _law(found: Service) -> Iterator[Content]:
    asked = found.demand
    if asked is None:
        return
    yield Content()
    yield heading("From people to requests")
    for step in asked.steps:
        yield Content(step)
    if asked.warning:
        yield Content.styled(f"! {asked.warning}", "$text-warning")


def _published(plan: Plan) -> Iterator[Content]:
    yield heading("What often-quoted targets take here")
    for target in published_targets(plan):
        mark, style = ("✓", "$text-success") if target.met else ("✗", "$text-warning")
        yield Content.assemble((f"{mark} {target.name}: ", style), (target.takes, _MUTED))
