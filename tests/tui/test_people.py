"""Whom a plan serves, on screen: the hand-checked verdicts, in the verdict, the headline, the form and the page."""

from dataclasses import replace

import pytest
from app_tools import LLAMA_70B, TOO_BIG
from tests.core.users.test_verdicts import BRIEF, CASES, PLAN, SPEC, _a_rack_worked_out_by_hand  # noqa: F401 (a fixture)
from textual.content import Content

from roofrack.catalog import Catalog
from roofrack.domain import AudienceSpec, Targets
from roofrack.plan import plan
from roofrack.results import Plan
from roofrack.users import service
from roofrack_tui.figures import latency_chart, throughput_chart
from roofrack_tui.people_words import served
from roofrack_tui.screens.pages.users import UsersPage
from roofrack_tui.store import Store
from roofrack_tui.words import headline, verdict


def by_hand(name: str) -> Plan:
    """The plan of a hand-checked case."""
    case = CASES[name]
    spec = replace(SPEC, audience=case.audience, targets=case.targets)
    return PLAN._replace(scenario=replace(PLAN.scenario, spec=spec, targets=case.targets))


def text(rows: list[Content]) -> str:
    return " ".join(" ".join(row.plain for row in rows).split())


@pytest.mark.parametrize("name", CASES)
def test_every_verdict_is_on_screen(name: str) -> None:
    made = by_hand(name)
    found = service(made)
    answer, _, breaks = BRIEF[name].partition(" | ")
    for width in (30, 44, 80):
        rows = verdict(made, (), width, 0, found)
        assert all(row.cell_length <= width for row in rows)
        said = text(rows)
        assert answer in said
        assert (f"breaks first: {breaks}" in said) == bool(breaks)
    first, second = (row.plain for row in headline(made, 200, found))
    assert answer in first
    assert breaks in second
    page = text(list(UsersPage(made).rows(200)))
    for sentence in found.sentences:
        assert " ".join(sentence.split()) in page


@pytest.mark.parametrize("width", [33, 36, 52, 70])
@pytest.mark.parametrize("name", ["a trillion", "hopeless", "spare", "sessions"])
def test_the_form_shows_the_answer_first(name: str, width: int) -> None:
    rows = served(by_hand(name), width)
    assert rows[0].plain.strip()[0] == BRIEF[name][0]
    assert rows[0].cell_length <= width
    assert BRIEF[name][2:].partition(" | ")[0] in text(rows[:2])


def test_a_plan_that_does_not_fit_says_so(catalog: Catalog) -> None:
    made = plan(replace(TOO_BIG, audience=AudienceSpec(users=1000)), catalog)
    assert "does not fit" in text(served(made, 60))
    assert Store(replace(TOO_BIG, audience=AudienceSpec(users=1000)), catalog).service is None


def test_the_store_works_it_out_once_and_only_where_asked(catalog: Catalog) -> None:
    assert Store(LLAMA_70B, catalog).service is None
    store = Store(replace(LLAMA_70B, targets=Targets(tpot_s=0.05)), catalog)
    assert store.service is not None
    assert store.service is store.service


def test_charts_mark_targets_and_the_capacity_within_them(catalog: Catalog) -> None:
    targets = Targets(ttft_s=1.0, percentile=95.0, tpot_s=0.05, tokens_per_s_per_user=25.0, requests_per_s=3.0)
    made = plan(replace(LLAMA_70B, targets=targets), catalog)
    speed = throughput_chart(made, None, 40)
    assert [(line.y, line.side) for line in speed.targets] == [(25.0, "right"), (3.0 * 256, "left")]
    wait = latency_chart(made, None, 40)
    assert [(line.y, line.label) for line in wait.targets] == [
        (1.0, "TTFT p95 target 1.0 s"),
        (0.04, "TPOT target 40 ms"),
    ]
    for chart in (speed, wait):
        assert any(mark.x == 40 and "within targets" in mark.label for mark in chart.verticals)
    assert not any("within" in mark.label for mark in throughput_chart(made, None, 10**6).verticals)
    assert not any("within" in mark.label for mark in throughput_chart(made, None, 0).verticals)
