"""Identities of money: splits add up, tokens pay for the hour, break-even breaks even, and absurd input is refused."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.catalog import default_catalog
from roofrack.domain import MoneySpec, RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.economics import CostReport, cost_report, margins, same_speed, token_cost
from roofrack.economics.assumptions import HOURS_PER_MONTH
from roofrack.economics.compare import monthly_costs
from roofrack.economics.tokens import SPLIT_RULES
from roofrack.errors import InputError, UnknownIdError
from roofrack.machine import machine, node_power_w
from roofrack.plan import plan
from roofrack.results import Plan

CATALOG = default_catalog()
SPEC = ScenarioSpec(
    model="llama-3.1-70b",
    rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=4),
    weights="fp8",
    workload=WorkloadSpec(context_tokens=8192, concurrency=64),
)
PLAN = plan(SPEC, CATALOG)
SPLITS = st.sampled_from(list(SPLIT_RULES))
SHARES = st.floats(0.001, 1)
PRICES = st.floats(0.001, 1e6)


def report(made: Plan = PLAN, rent: float | None = None, **money: Any) -> CostReport:
    spec = replace(made.scenario.spec, money=MoneySpec(**money))
    price = rent or made.scenario.usd_per_device_hour
    scenario = replace(made.scenario, spec=spec, usd_per_device_hour=price)
    hour = None if price is None else price * scenario.rack.device_count
    return cost_report(made._replace(scenario=scenario, cost=made.cost._replace(usd_per_hour=hour)))


@given(PRICES, SHARES, SPLITS, st.floats(0.1, 10))
def test_prompt_and_output_together_pay_for_the_hour(hour: float, utilisation: float, split: Any, ratio: float) -> None:
    assert PLAN.at is not None
    found = token_cost(
        hour,
        PLAN.at,
        PLAN.scenario.workload,
        replicas=1,
        utilisation=utilisation,
        split=split,
        market_output_ratio=ratio,
    )
    paid = (
        found.usd_per_million_prompt * found.prompt_tokens_per_hour
        + found.usd_per_million_output * found.output_tokens_per_hour
    ) / 1e6
    assert paid == pytest.approx(hour)
    together = found.prompt_tokens_per_hour + found.output_tokens_per_hour
    assert found.usd_per_million_tokens * together / 1e6 == pytest.approx(hour)
    assert 0 <= found.prompt_share <= 1
    if split == "market":
        assert found.usd_per_million_output / found.usd_per_million_prompt == pytest.approx(ratio)


def test_everything_on_output_is_what_the_plan_itself_says() -> None:
    found = report(split="output")
    assert found.busy is not None
    assert found.busy.usd_per_million_output == pytest.approx(PLAN.cost.usd_per_million_output_tokens)
    assert found.busy.usd_per_million_prompt == 0


@given(SHARES)
def test_an_idle_rack_makes_dearer_tokens(utilisation: float) -> None:
    found = report(utilisation=utilisation)
    assert found.busy is not None
    assert found.mean is not None
    assert found.mean.usd_per_million_output * utilisation == pytest.approx(found.busy.usd_per_million_output)


def test_longer_prompts_carry_more_of_the_cost_by_gpu_time() -> None:
    shares = []
    for prompt in (128, 1024, 7000):
        made = plan(replace(SPEC, workload=replace(SPEC.workload, prompt_tokens=prompt)), CATALOG)
        busy = report(made).busy
        assert busy is not None
        shares.append(busy.prompt_share)
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1


@given(PRICES, st.floats(0.01, 100), SHARES, st.floats(0.0, 2), st.floats(1, 3))
def test_payback_pays_back(gpu: float, rent: float, utilisation: float, kwh: float, pue: float) -> None:
    found = report(rent=rent, usd_per_gpu=gpu, utilisation=utilisation, usd_per_kwh=kwh, pue=pue).comparison
    ways = {way.name: way for way in found.ways}
    for other, months in (("rent", found.payback_months_against_rent), ("api", found.payback_months_against_api)):
        if months is None:
            assert ways["buy"].usd_per_month >= ways[other].usd_per_month
        else:
            paid = ways["buy"].upfront_usd + ways["buy"].usd_per_month * months
            assert paid == pytest.approx(ways[other].usd_per_month * months)


@given(st.floats(100, 1e5), st.floats(0.1, 20), st.floats(0.01, 50), st.floats(0.01, 50))
def test_break_even_breaks_even(gpu: float, rent: float, prompt: float, output: float) -> None:
    prices = {"usd_per_gpu": gpu, "usd_per_million_prompt_api": prompt, "usd_per_million_output_api": output}
    found = report(rent=rent, **prices)
    even_rent, even_buy = found.comparison.break_even_utilisation_rent, found.comparison.break_even_utilisation_buy
    assert found.busy is not None
    for utilisation, way in ((even_rent, "rent_usd"), (even_buy, "buy_usd")):
        if utilisation is None:
            continue
        (point,) = monthly_costs(
            found.plan.scenario, found.assumed, found.busy, found.energy, found.comparison.api, (utilisation,)
        )
        assert point.api_usd == pytest.approx(getattr(point, way), rel=1e-6)


def test_a_comparison_is_what_its_months_cost() -> None:
    found = report(months=36).comparison
    for way in found.ways:
        assert way.total_usd == pytest.approx(way.upfront_usd + 36 * way.usd_per_month)
    assert [way.total_usd for way in found.ways] == sorted(way.total_usd for way in found.ways)


def test_the_api_is_the_middle_of_those_that_serve_this_model_or_the_one_named() -> None:
    middle = report().comparison.api
    assert middle is not None
    assert "providers" in middle.name
    assert "genai-prices" in middle.source
    named = report(api="openai:gpt-4o").comparison.api
    assert named is not None
    assert (named.usd_per_million_prompt, named.usd_per_million_output) == (2.5, 10)
    own = report(usd_per_million_prompt_api=1.0, usd_per_million_output_api=2.0).comparison.api
    assert own is not None
    assert (own.usd_per_million_prompt, own.usd_per_million_output, own.source) == (1, 2, "given")
    with pytest.raises(UnknownIdError, match="gpt-4o"):
        report(api="openai:gpt-4")


def test_energy_adds_up() -> None:
    found = report(utilisation=0.5, idle_power_share=0.2, pue=1.5, usd_per_kwh=0.1)
    assert found.energy is not None
    assert found.mean is not None
    watts = node_power_w(PLAN.scenario.rack.device, 4)
    assert watts == pytest.approx(4 * 700 * 10.2 / 5.6)
    assert found.energy.busy_w == pytest.approx(watts * 1.5)
    assert found.energy.mean_w == pytest.approx(watts * 1.5 * 0.6)
    assert found.energy.usd_per_month == pytest.approx(found.energy.mean_w / 1000 * HOURS_PER_MONTH * 0.1)
    per_hour = found.mean.output_tokens_per_hour
    assert found.energy.kwh_per_million_output == pytest.approx(found.energy.mean_w / 1000 / per_hour * 1e6)


def test_owning_is_write_off_site_and_electricity() -> None:
    found = report(usd_per_gpu=10_000, server_overhead=0.5, amortisation_years=5, usd_per_kw_month=0, usd_per_kwh=0)
    assert found.own_usd_per_hour == pytest.approx(4 * 10_000 * 1.5 / (5 * 8760))
    assert report(basis="own").basis == "own"


def test_every_number_says_where_it_is_from() -> None:
    notes = {note.name: note for note in report(pue=1.2).assumed.notes}
    assert notes["pue"].source == "given"
    assert "2026" in notes["usd-per-kwh"].source
    assert all(note.source for note in notes.values())
    assert {"utilisation", "usd-per-gpu", "usd-per-gpu-hour", "amortisation-years", "cloud-overhead"} <= set(notes)


def test_without_a_price_nothing_is_made_up() -> None:
    spec = replace(SPEC, model="llama-3.1-8b", rack=RackSpec(device="p40"), engine="llama.cpp", weights=None)
    found = cost_report(plan(spec, CATALOG))
    assert (found.rent_usd_per_hour, found.own_usd_per_hour, found.basis, found.busy, found.mean) == (None,) * 5
    assert [way.name for way in found.comparison.ways] == ["api"]


def test_a_plan_that_does_not_fit_still_has_a_price_an_hour() -> None:
    found = cost_report(plan(replace(SPEC, model="llama-3.1-405b", rack=RackSpec(device="h100-sxm5-80gb")), CATALOG))
    assert found.rent_usd_per_hour is not None
    assert (found.busy, found.mean, found.comparison.ways) == (None, None, ())


def test_a_gaming_card_is_cheaper_for_the_same_speed() -> None:
    small = replace(SPEC, model="llama-3.1-8b")
    business, gaming = (plan(replace(small, rack=RackSpec(device=d)), CATALOG) for d in ("h100-sxm5-80gb", "rtx-4090"))
    found = same_speed(business, gaming)
    back = same_speed(gaming, business)
    assert found.dearer is not None
    assert found.dearer > 1
    assert back.dearer == pytest.approx(1 / found.dearer)
    reached = found.others_for_same_speed * found.other.many_users.mid
    assert reached >= found.first.many_users.mid * (1 - 1e-9)
    assert reached - found.other.many_users.mid < found.first.many_users.mid
    with pytest.raises(InputError, match="same model"):
        same_speed(business, PLAN)


@given(st.floats(0, 100), PRICES, st.floats(0, 2000), st.floats(0, 2), st.floats(0.1, 10), st.floats(0, 1))
def test_margins_add_up(hour: float, price: float, watts: float, kwh: float, years: float, rented: float) -> None:
    found = margins(
        usd_per_hour=hour, price_usd=price, power_w=watts, usd_per_kwh=kwh, years=years, rented_share=rented
    )
    assert found.revenue_usd == pytest.approx(found.price_usd + found.electricity_usd + found.owner_usd, abs=1e-3)
    if found.payback_months is not None and math.isfinite(found.payback_months):
        assert (found.payback_months <= years * 12) == (found.owner_usd >= 0) or abs(found.owner_usd) < 1e-3


@pytest.mark.parametrize(
    "bad",
    [
        {"utilisation": 0},
        {"utilisation": 3},
        {"usd_per_kwh": -0.1},
        {"usd_per_gpu": 0},
        {"usd_per_gpu": -5},
        {"pue": 0.9},
        {"pue": math.inf},
        {"amortisation_years": 0},
        {"months": 0},
        {"cloud_overhead": math.nan},
        {"split": "fairly"},
        {"usd_per_million_prompt_api": -1},
    ],
)
def test_absurd_money_is_refused_by_name(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=rf"^{next(iter(bad))}: "):
        MoneySpec(**bad)


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.floats(1e-4, 1), st.floats(0, 100))
def test_no_price_makes_a_nan(gpu: float, rent: float, utilisation: float, api: float) -> None:
    found = report(rent=rent, usd_per_gpu=gpu, utilisation=utilisation, usd_per_million_prompt_api=api)
    numbers: list[float] = []
    _collect(found._replace(plan=None), numbers)  # type: ignore[arg-type]
    assert numbers
    assert all(math.isfinite(number) for number in numbers)


def _collect(value: object, into: list[float]) -> None:
    if isinstance(value, float | int):
        into.append(value)
    elif isinstance(value, tuple):
        for item in value:
            _collect(item, into)


def test_the_machine_of_a_plan() -> None:
    found = machine(PLAN)
    assert found.value("CPU cores") == 2 + 4
    ram = found.value("host RAM")
    assert ram is not None
    assert ram * 1e9 > PLAN.memory.weights_bytes
    offload = found.value("host RAM to offload")
    assert offload is not None
    assert offload > ram
    assert found.value("rack units") == 4
    power, site = found.value("power at the wall"), found.value("site power")
    assert power is not None
    assert site == pytest.approx(power * 1.54)
    assert found.size_class.name == "medium"
    assert all(part.rule and part.source for part in (*found.node, *found.site))
    disk = found.value("disk")
    assert disk is not None
    assert disk * 1e9 > 2 * PLAN.memory.weights_bytes


def test_the_machine_of_other_kinds() -> None:
    mac = plan(ScenarioSpec(model="qwen3-8b", rack=RackSpec(device="apple-m4-max-40c"), engine="llama.cpp"), CATALOG)
    assert machine(mac).value("host RAM") == pytest.approx(128 * 2**30 / 1e9)
    spread = plan(replace(SPEC, rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=8, nodes=2)), CATALOG)
    whole = machine(spread)
    assert whole.value("rack units") == 8
    assert whole.value("site rack units") == 16
    network = whole.value("network")
    assert network is not None
    assert network >= spread.scenario.rack.network.gb_s_per_direction * 8
