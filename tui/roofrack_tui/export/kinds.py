"""What can be exported of a plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from roofrack.catalog import Catalog
from roofrack.domain import ScenarioSpec
from roofrack.results import Plan
from roofrack_tui.export.exhibit import Exhibit


class Subject(NamedTuple):
    """What is on screen.

    Args:
        plan: The plan.
        catalog: Where ids are looked up.
        base: The scenario that its story begins with; None where it has none.
        svg: The screen as SVG.
        beside: Names and plans of the pins, and of the plan where there are pins.
        shown: What a screen above the main one shows; None where the plan is what is on screen.
    """

    plan: Plan
    catalog: Catalog
    base: ScenarioSpec | None
    svg: str
    beside: tuple[tuple[str, Plan], ...] = ()
    shown: Exhibit | None = None


class Kind(NamedTuple):
    """A way to export it.

    Args:
        name: One word.
        suffix: The ending of its files, without the dot.
        says: What comes out.
        write: Makes it; PNG is made of the SVG in a process of its own.
    """

    name: str
    suffix: str
    says: str
    write: Callable[[Subject], str]


def _report(subject: Subject) -> str:
    from roofrack.report.markdown import full_report

    report = full_report(subject.plan, subject.catalog, subject.base) + "\n"
    return report + _comparison(subject) if subject.beside else report


def _comparison(subject: Subject) -> str:
    from roofrack.compare import compare_plans
    from roofrack.report.compare_text import compare_markdown

    names, plans = zip(*subject.beside, strict=True)
    return "\n" + compare_markdown(compare_plans(plans)._replace(names=names)) + "\n"


def _curves(subject: Subject) -> str:
    from roofrack.report.curve_csv import curve_csv, curves_csv

    return curves_csv(subject.beside) if subject.beside else curve_csv(subject.plan)


def _scenario(subject: Subject) -> str:
    from roofrack.report.scenario_toml import dump

    return dump(subject.plan.scenario.spec)


def _picture(subject: Subject) -> str:
    return subject.svg


PNG = "png"
KINDS = (
    Kind("Report", "md", "Markdown: verdict, tables, story, measurements, commands", _report),
    Kind("Curves", "csv", "CSV: one row per concurrency, with bands; pinned plans too", _curves),
    Kind("Picture", "svg", "SVG of this screen, sharp at any size", _picture),
    Kind("Slide", PNG, "PNG of this screen, drawn by Chromium", _picture),
    Kind("Scenario", "toml", "TOML: {open} and --scenario open it", _scenario),
)
"""What can be exported of the plan."""


def kinds_of(subject: Subject) -> tuple[Kind, ...]:
    """What can be exported of what is on screen.

    Args:
        subject: What that is.
    """
    shown = subject.shown
    if shown is None:
        return KINDS
    markdown, csv = shown.markdown, shown.csv
    own = {"md": Kind("Report", "md", f"Markdown: {shown.name}, as on this screen", lambda _: markdown())}
    if csv is not None:
        own["csv"] = Kind("Table", "csv", f"CSV: {shown.name}, plain numbers with their bands", lambda _: csv())
    return tuple(own.get(kind.suffix, kind) for kind in KINDS)
