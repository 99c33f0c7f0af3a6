"""Forms and cost chart by keys: each answer is one step back, what is refused says why, nothing is lost on the way."""

from dataclasses import replace
from typing import Any

import pytest
from app_tools import LLAMA_70B, TOO_BIG, MakeApp, main_screen, screen_text, settled

from roofrack.catalog import Catalog
from roofrack.domain import AudienceSpec, ScenarioSpec
from roofrack.economics import cost_report
from roofrack.plan import plan
from roofrack_tui.app import RoofrackApp
from roofrack_tui.raster.chart import draw_chart
from roofrack_tui.raster.ink import plain_text
from roofrack_tui.screens.cost_chart import CostChartScreen, answer, costs_at, crossings, figure, numbers
from roofrack_tui.screens.people import PeopleScreen
from roofrack_tui.screens.prices import PricesScreen
from roofrack_tui.widgets.form import FormField
from roofrack_tui.widgets.prose import Prose

PRICED = ScenarioSpec(
    model="meta-llama/Llama-3.1-8B-Instruct",
    weights="bf16",
    rack=replace(LLAMA_70B.rack, gpus_per_node=1),
    workload=replace(LLAMA_70B.workload, concurrency=128),
)


def spec_of(app: RoofrackApp) -> ScenarioSpec:
    return main_screen(app).store.spec


async def press(pilot: Any, *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot)


async def fill(pilot: Any, text: str, *keys: str) -> None:
    """Put an answer into the blank in focus, which is faster than typing it, and press keys after it."""
    field = pilot.app.focused
    assert isinstance(field, FormField)
    field.value = text
    await pilot.pause()
    await press(pilot, *keys)


def focus(app: RoofrackApp, key: str) -> None:
    """Go to a blank."""
    next(field for field in app.screen.query(FormField) if field.blank.key == key).focus()


async def test_each_answer_is_one_step_back(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "U", *"5000", "enter")
        assert spec_of(app).audience == AudienceSpec(users=5000)
        assert "5,000 users" in screen_text(app)
        await fill(pilot, "10 %", "down")
        await fill(pilot, "20 %", "down")
        assert spec_of(app).audience == AudienceSpec(users=5000, online_share=0.1, active_share=0.2)
        assert "Little's law" in screen_text(app)
        await press(pilot, "escape")
        assert not isinstance(app.screen, PeopleScreen)
        for expected in (AudienceSpec(users=5000, online_share=0.1), AudienceSpec(users=5000), AudienceSpec()):
            await press(pilot, "z")
            assert spec_of(app).audience == expected
        await press(pilot, "Z", "Z", "Z")
        assert spec_of(app).audience.active_share == 0.2


async def test_refused_answers_change_nothing_and_typing_shows_the_result_at_once(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "U", "0", "down")
        assert "must be at least 1" in " ".join(screen_text(app).split())
        assert spec_of(app) == LLAMA_70B
        await press(pilot, "up", "x", *"12", "enter")
        assert "must be at least 1" not in screen_text(app)
        assert spec_of(app).audience.users == 12
        await press(pilot, "up", *"777")
        assert "777 users" in " ".join(screen_text(app).split())
        assert spec_of(app).audience.users == 12
        await press(pilot, "escape")
        assert spec_of(app).audience.users == 777
        await press(pilot, "U", "0", "escape")
        assert spec_of(app).audience.users == 777
        assert "not taken: users: must be at least 1" in screen_text(app)


async def test_x_makes_a_field_automatic_and_one_way_replaces_another(make_app: MakeApp) -> None:
    app = make_app(replace(LLAMA_70B, audience=AudienceSpec(users=1000, peak=3.0)))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "U", "down", "down", "down", *"40", "enter")
        assert spec_of(app).audience == AudienceSpec(sessions=40, peak=3.0)
        assert app.screen.query_one("#blank-0", FormField).value == ""
        await press(pilot, "up", "x", "down")
        assert spec_of(app).audience == AudienceSpec(peak=3.0)


async def test_named_levels_by_arrows_and_by_name(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "U")
        focus(app, "targets.tokens_per_s_per_user")
        await press(pilot, "right", "enter")
        assert spec_of(app).targets.tokens_per_s_per_user == 5
        await press(pilot, "up", "left", *"com", "enter")
        assert spec_of(app).targets.tokens_per_s_per_user == 20
        assert "20 comfortable" in screen_text(app)


async def test_prices_change_the_cost_of_tokens_and_an_unknown_api_is_refused(make_app: MakeApp) -> None:
    app = make_app(PRICED)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "M")
        assert isinstance(app.screen, PricesScreen)
        before = cost_report(main_screen(app).store.plan).mean
        await press(pilot, *"10", "enter")
        after = cost_report(main_screen(app).store.plan).mean
        assert before is not None
        assert after is not None
        assert spec_of(app).usd_per_gpu_hour == 10
        assert after.usd_per_million_output > before.usd_per_million_output
        focus(app, "money.api")
        await pilot.pause()
        await fill(pilot, "nobody:nothing", "down")
        assert "unknown API price" in " ".join(screen_text(app).split())
        assert spec_of(app).money.api is None
        await press(pilot, "up")
        await fill(pilot, "openai:gpt-4o", "down")
        assert spec_of(app).money.api == "openai:gpt-4o"


async def test_forms_and_chart_open_for_a_plan_that_does_not_fit(make_app: MakeApp) -> None:
    app = make_app(TOO_BIG)
    async with app.run_test(size=(60, 20)) as pilot:
        await settled(pilot)
        for key in ("U", "M", "dollar_sign"):
            await press(pilot, key)
            assert "fit" in screen_text(app)
            await press(pilot, "down", "right", "enter", "escape")
            assert app.screen is main_screen(app)


async def test_the_chart_moves_and_takes_the_load(make_app: MakeApp) -> None:
    app = make_app(PRICED)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "dollar_sign")
        assert isinstance(app.screen, CostChartScreen)
        assert "45 % busy" in screen_text(app)
        await press(pilot, "right", "right")
        assert "55 % busy" in screen_text(app)
        assert spec_of(app).money.utilisation is None
        await press(pilot, "enter")
        assert spec_of(app).money.utilisation == 0.55
        await press(pilot, "escape", "z")
        assert spec_of(app).money.utilisation is None


def test_lines_cross_where_the_comparison_breaks_even(catalog: Catalog) -> None:
    report = cost_report(plan(replace(PRICED, usd_per_gpu_hour=2.0), catalog))
    crossed = {(turn.cheaper, turn.other): turn.percent for turn in crossings(report)}
    found = report.comparison
    assert found.break_even_utilisation_buy is not None
    assert crossed["buy", "api"] == pytest.approx(found.break_even_utilisation_buy * 100)
    assert found.break_even_utilisation_rent is not None
    assert crossed["rent", "api"] == pytest.approx(found.break_even_utilisation_rent * 100)
    for (cheaper, other), percent in crossed.items():
        (at,), (after,) = costs_at(report, (percent,)), costs_at(report, (min(100, percent * 1.1),))
        assert getattr(at, f"{cheaper}_usd") == pytest.approx(getattr(at, f"{other}_usd"))
        assert getattr(after, f"{cheaper}_usd") < getattr(after, f"{other}_usd")
    spec = figure(report, 45)
    assert {round(mark.x, 6) for mark in spec.verticals} >= {round(turn, 6) for turn in crossed.values()}
    assert [line.name for line in spec.series] == ["buy", "rent", "API"]


@pytest.mark.parametrize("size", [(56, 9), (76, 12), (116, 26)])
@pytest.mark.parametrize("percent", [30, 55, 80])
def test_every_upright_line_has_a_name(catalog: Catalog, size: tuple[int, int], percent: int) -> None:
    report = cost_report(plan(replace(PRICED, usd_per_gpu_hour=2.0), catalog))
    spec = figure(report, percent)
    assert len(spec.verticals) == 3
    _, *rows, _ = plain_text(draw_chart(spec, *size).rows)
    for line in spec.verticals:
        assert any(line.label in row or line.brief in row for row in rows)


def test_the_chart_says_the_cheapest_first(catalog: Catalog) -> None:
    report = cost_report(plan(PRICED, catalog))
    (at,) = costs_at(report, (45.0,))
    known = {"buy": at.buy_usd, "rent": at.rent_usd, "API": at.api_usd}
    cheapest = min((name for name in known if known[name] is not None), key=lambda name: known[name] or 0)
    assert f"{cheapest} is cheapest" in answer(report)[0].plain
    rows = numbers(report, 45.0, 76)
    assert rows[2].plain.startswith(cheapest)
    assert all(row.cell_length <= 76 for row in rows)


def test_an_api_alone_has_a_chart_too(catalog: Catalog) -> None:
    device = catalog.device("v100-sxm2-32gb")
    unpriced = replace(PRICED, rack=replace(PRICED.rack, device=device.id), weights=None)
    report = cost_report(plan(unpriced, catalog))
    if report.comparison.ways:
        assert figure(report, 45).series
        assert answer(report)


async def test_the_result_is_there_whenever_the_form_opens(make_app: MakeApp, whole_catalog: Catalog) -> None:
    """With a story on screen the first layout came before the first result, and its height of 0 was kept."""
    app = make_app(whole_catalog.scenario("newsletter-405b"), catalog=whole_catalog)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "greater_than_sign", "greater_than_sign")
        for key in ("M", "U"):
            await press(pilot, key)
            assert app.screen.query_one(Prose).size.height > 5
            await press(pilot, "escape")
