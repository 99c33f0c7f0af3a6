"""A plan as a Markdown report."""

from __future__ import annotations

import re
from collections.abc import Sequence

from roofrack.advice import next_limit
from roofrack.catalog import Catalog
from roofrack.domain import ScenarioSpec
from roofrack.errors import InputError
from roofrack.evidence.nearest import Evidence
from roofrack.report.command_line import command_line
from roofrack.report.evidence import EVIDENCE_HEAD, evidence_rows
from roofrack.report.plan_text import CURVE_HEAD, MEMORY_HEAD, cost_line, curve_rows, default_lines, memory_rows, title
from roofrack.report.table import markdown_table
from roofrack.report.units import duration, rate, usd
from roofrack.results import Plan
from roofrack.story import told

_STORY_HEAD = ("", "what is said", "at once", "users", "TTFT", "TPOT", "tok/s each", "tok/s total", "$/M output tokens")


def plan_markdown(plan: Plan, found: tuple[Evidence, ...] = (), steps: Sequence[Plan] = ()) -> str:
    """The plan with its tables and the commands that make it again.

    Args:
        plan: The plan.
        found: Measurements near it.
        steps: The plans of its story, one a caption.
    """
    blocks = [
        f"# {_plain(plan.scenario.spec.title or plan.scenario.model.name)}",
        title(plan.scenario),
        *plan.verdict,
        "## Memory per device, GiB",
        markdown_table(MEMORY_HEAD, memory_rows(plan)),
    ]
    if plan.curve:
        blocks += ["## Across concurrency", markdown_table(CURVE_HEAD, curve_rows(plan.curve), left=0)]
    if steps:
        blocks += ["## Story", markdown_table(_STORY_HEAD, [_story_row(*row) for row in enumerate(steps)], left=2)]
    elif captions := plan.scenario.spec.captions:
        blocks += ["## Story", "\n".join(f"{number}. {_plain(text)}" for number, text in enumerate(captions, 1))]
    if found:
        blocks += ["## Measured nearby", markdown_table(EVIDENCE_HEAD, evidence_rows(found), left=2)]
    blocks += ["## Cost", cost_line(plan)]
    if plan.scenario.defaults:
        blocks += ["## Taken as default", "\n".join("- " + line.strip() for line in default_lines(plan.scenario))]
    said = [notice.message for notice in plan.warnings if notice.code != "does-not-fit"]
    if said:
        blocks += ["## Notes", "\n".join(f"- {message}" for message in said)]
    commands = [command_line(plan.scenario.spec, command) for command in ("plan", "explain", "cost")]
    blocks += ["## Again", "```\n" + "\n".join(commands) + "\n```"]
    return "\n\n".join(blocks)


def full_report(plan: Plan, catalog: Catalog, base: ScenarioSpec | None = None) -> str:
    """The plan as Markdown with the measurements near it and the plans of its story.

    Args:
        plan: The plan.
        catalog: Where ids are looked up.
        base: The scenario that its story begins with, where the plan is of a later step.
    """
    from roofrack.evidence.nearest import evidence_for

    return plan_markdown(plan, evidence_for(plan, catalog=catalog), _told(base or plan.scenario.spec, catalog))


def _told(base: ScenarioSpec, catalog: Catalog) -> tuple[Plan, ...]:
    """The plans of a story that changes the plan; none where it does not, or where one of them cannot be planned."""
    from roofrack.plan import plan

    try:
        return tuple(plan(told(base, number), catalog) for number in range(len(base.steps)))
    except InputError:
        return ()


def _story_row(at: int, plan: Plan) -> list[str]:
    caption = _plain(plan.scenario.spec.captions[at])
    point, cost = plan.at, plan.cost.usd_per_million_output_tokens
    if point is None:
        return [str(at + 1), caption, "does not fit", *[""] * (len(_STORY_HEAD) - 3)]
    numbers = (rate(point.tokens_per_s_per_user.mid), rate(point.output_tokens_per_s.mid))
    return [
        str(at + 1),
        caption,
        f"{next_limit(plan.scenario, plan.memory).concurrency:,}",
        f"{point.concurrency:,}",
        duration(point.ttft_s.mid),
        duration(point.tpot_s.mid),
        *numbers,
        "" if cost is None else usd(cost),
    ]


def _plain(text: str) -> str:
    """Words that a person wrote, so that Markdown shows them as they are."""
    return re.sub(r"([\\`*_<>\[\]#])", r"\\\1", text)
