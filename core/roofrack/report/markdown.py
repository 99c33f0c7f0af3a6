"""A plan as a Markdown report."""

from __future__ import annotations

from roofrack.report.command_line import command_line
from roofrack.report.plan_text import CURVE_HEAD, MEMORY_HEAD, cost_line, curve_rows, default_lines, memory_rows, title
from roofrack.report.table import markdown_table
from roofrack.results import Plan


def plan_markdown(plan: Plan) -> str:
    """The plan with its tables and the command that makes it again."""
    blocks = [
        f"# {plan.scenario.spec.title or plan.scenario.model.name}",
        title(plan.scenario),
        *plan.verdict,
        "## Memory per device, GiB",
        markdown_table(MEMORY_HEAD, memory_rows(plan)),
    ]
    if plan.curve:
        blocks += ["## Across concurrency", markdown_table(CURVE_HEAD, curve_rows(plan.curve), left=0)]
    blocks += ["## Cost", cost_line(plan)]
    if plan.scenario.defaults:
        blocks += ["## Taken as default", "\n".join("- " + line.strip() for line in default_lines(plan.scenario))]
    said = [notice.message for notice in plan.warnings if notice.code != "does-not-fit"]
    if said:
        blocks += ["## Notes", "\n".join(f"- {message}" for message in said)]
    blocks += ["## Again", f"```\n{command_line(plan.scenario.spec)}\n```"]
    return "\n\n".join(blocks)
