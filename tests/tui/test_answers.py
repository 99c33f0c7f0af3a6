"""Answers of forms: read as people write them, written as they are read, refused with a reason."""

import math
import re
from dataclasses import replace

import pytest
from app_tools import LLAMA_70B
from hypothesis import given
from hypothesis import strategies as st

from roofrack.catalog import Catalog
from roofrack.domain import AudienceSpec, MoneySpec, ScenarioSpec, Targets
from roofrack.errors import InputError
from roofrack.plan import plan
from roofrack.results import Plan
from roofrack_tui.answers import NUMBER, PERCENTILE, SECONDS, SHARE, WHOLE, Answered, Question
from roofrack_tui.screens.people import QUESTIONS, PeopleScreen
from roofrack_tui.screens.prices import PricesScreen

ABSURD = [
    "0",
    "-1",
    "-0.5",
    "1e400",
    "nan",
    "inf",
    "-inf",
    "300 %",
    "0 %",
    "abc",
    "1/0",
    "1e12",
    "10^12",
    "9" * 400,
    "½",
    "\x1b[31m",
    "--",
    "%",
    "$",
    "k",
    "ms",
    " . ",
]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (WHOLE, "1,000", 1000),
        (WHOLE, "1k", 1000),
        (WHOLE, "2.5M", 2_500_000),
        (WHOLE, "10^12", 10**12),
        (WHOLE, "1e12", 10**12),
        (SHARE, "99.9 %", 0.999),
        (SHARE, "1%", 0.01),
        (SHARE, "0.25", 0.25),
        (SECONDS, "500 ms", 0.5),
        (SECONDS, "2", 2.0),
        (SECONDS, "2 s", 2.0),
        (SECONDS, "3 min", 180.0),
        (NUMBER, "$2.50", 2.5),
        (PERCENTILE, "p95", 95.0),
        (PERCENTILE, "99 %", 99.0),
        (PERCENTILE, "mean", None),
    ],
)
def test_answers_are_read_as_people_write_them(kind: object, text: str, value: object) -> None:
    assert kind.read(text) == value  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "text"), [(WHOLE, "1.5"), (SHARE, "45"), (NUMBER, "nan"), (NUMBER, "1e999"), (SECONDS, "soon")]
)
def test_what_cannot_be_read_is_refused(kind: object, text: str) -> None:
    with pytest.raises(InputError):
        kind.read(text)  # type: ignore[attr-defined]


@given(st.floats(1e-6, 1e6))
def test_numbers_are_written_as_they_are_read(value: float) -> None:
    for kind in (NUMBER, SECONDS):
        assert math.isclose(kind.read(kind.write(value)), value, rel_tol=1e-9)
    share = value / 1e6
    assert math.isclose(SHARE.read(SHARE.write(share)), share, rel_tol=1e-9, abs_tol=1e-12)


def price_questions(catalog: Catalog) -> tuple[Question, ...]:
    made = plan(LLAMA_70B, catalog)
    return tuple(PricesScreen(made, catalog, lambda _: None).questions(made))


def test_every_field_of_people_targets_and_money_is_asked(catalog: Catalog) -> None:
    asked = {(one.part, one.field) for one in (*QUESTIONS, *price_questions(catalog))}
    wanted = {
        (part, name)
        for part, kind in (("audience", AudienceSpec), ("targets", Targets), ("money", MoneySpec))
        for name in kind.__dataclass_fields__
    }
    assert asked == wanted | {("", "usd_per_gpu_hour")}


def test_a_default_stands_in_the_field_and_its_source_below(catalog: Catalog) -> None:
    for question in price_questions(catalog):
        assert question.hint, question.field
        assert question.note, question.field
    by_field = {question.field: question for question in price_questions(catalog)}
    assert by_field["usd_per_kwh"].hint == "0.0929"
    assert "2026-01" in by_field["usd_per_kwh"].note
    assert "ycharts" in by_field["usd_per_kwh"].note


def test_one_way_to_name_an_audience_replaces_the_others() -> None:
    spec = replace(LLAMA_70B, audience=AudienceSpec(users=1000, think_s=20.0))
    talking = Answered("audience", "sessions", 50).next(spec)
    assert talking.audience == AudienceSpec(sessions=50, think_s=20.0)
    assert Answered("audience", "sessions", None).next(talking).audience == AudienceSpec(think_s=20.0)


def test_an_empty_answer_takes_the_default_again() -> None:
    spec = replace(LLAMA_70B, audience=AudienceSpec(online_share=0.5), money=MoneySpec(months=12, utilisation=0.9))
    for part, field in (("audience", "online_share"), ("money", "months"), ("money", "utilisation")):
        question = (
            next(one for one in (*QUESTIONS,) if one.field == field)
            if part == "audience"
            else Question("money", field, "", NUMBER)
        )
        spec = question.change("").next(spec)
    assert spec == LLAMA_70B


@pytest.mark.parametrize("text", ABSURD)
def test_absurd_answers_are_refused_or_planned_sensibly(catalog: Catalog, text: str) -> None:
    made = plan(replace(LLAMA_70B, targets=Targets(tpot_s=0.05)), catalog)
    for form in (PeopleScreen, PricesScreen):
        screen = form(made, catalog, lambda _: None)
        for question in screen.questions(made):
            planned = _answer(question, text, made.scenario.spec, catalog)
            if planned is None:
                continue
            try:
                screen.check(planned)
            except InputError:
                continue
            shown = " ".join(row.plain for row in screen.result(planned, 52))
            assert not re.search(r"\b(nan|inf)\b", shown, re.IGNORECASE), (question.field, shown)
            assert "\x1b" not in shown


def test_prices_are_asked_for_in_words_and_take_ids_too(catalog: Catalog) -> None:
    made = plan(LLAMA_70B, catalog)
    screen = PricesScreen(made, catalog, lambda _: None)
    asked = {question.field: question for question in screen.questions(made)}
    split, basis, price = asked["split"], asked["basis"], asked["usd_per_gpu"]
    assert (split.hint, split.choices) == ("GPU time", ("GPU time", "market prices", "all to output"))
    for typed, value in (("GPU time", "gpu-time"), ("gpu-time", "gpu-time"), ("all", "output"), ("Mar", "market")):
        change = split.change(typed)
        assert change.value == value
        assert split.text(change.next(LLAMA_70B)) == ("" if value == "gpu-time" else split.kind.write(value))
    assert basis.change("own").value == basis.change("owning").value == "own"
    with pytest.raises(InputError, match="'mine' is none of rent, owning"):
        basis.change("mine")
    assert price.text(price.change("30000").next(LLAMA_70B)) == "30,000"
    assert price.change("30,000").value == 30_000
    assert not [question.note for question in asked.values() if "://" in question.note]
    assert "mercatus-ai.com, 2026" in asked["cloud_overhead"].note


def _answer(question: Question, text: str, spec: ScenarioSpec, catalog: Catalog) -> Plan | None:
    try:
        return plan(question.change(text).next(spec), catalog)
    except (InputError, ValueError):
        return None
