"""Months, electricity and prices computed by hand, and where each number is said to be from."""

import re
from dataclasses import replace
from typing import Any

import pytest

from roofrack.catalog import default_catalog
from roofrack.catalog.prices import shipped_prices
from roofrack.domain import MoneySpec, ParallelSpec, RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.domain.base import Source
from roofrack.economics import CostReport, cost_report, margins, same_speed
from roofrack.economics.assumptions import assumptions, dated
from roofrack.economics.cards import side
from roofrack.economics.compare import monthly_costs
from roofrack.economics.tokens import token_cost
from roofrack.plan import plan
from roofrack.report.money_text import cost_text
from roofrack.results import Plan
from roofrack.settle import settle
from roofrack.sweep import points, slots

CATALOG = default_catalog()
HOURS = 730
H100 = RackSpec(device="h100-sxm5-80gb", gpus_per_node=4)
LLAMA = ScenarioSpec(
    model="llama-3.1-8b",
    rack=H100,
    workload=WorkloadSpec(prompt_tokens=900, output_tokens=100, context_tokens=4096, concurrency=32),
)
ONE = replace(H100, gpus_per_node=1)
WATTS = 4 * 700 * 10.2 / 5.6
"""Four of eight cards of a machine that draws 10.2 kW, of which the cards draw 5.6."""


def report(rack: RackSpec = H100, *, rent: float | None = 2.0, **money: Any) -> CostReport:
    spec = replace(LLAMA, rack=rack, usd_per_gpu_hour=rent, money=MoneySpec(**money))
    return cost_report(plan(spec, CATALOG))


def notes(spec: ScenarioSpec) -> dict[str, tuple[float, str]]:
    return {note.name: (note.value, note.source) for note in assumptions(settle(spec, CATALOG)).notes}


def test_a_month_of_each_way() -> None:
    found = report(
        usd_per_gpu=10_000,
        server_overhead=0.5,
        cloud_overhead=0.1,
        utilisation=0.25,
        idle_power_share=0.2,
        pue=1.5,
        usd_per_kwh=0.1,
        usd_per_kw_month=150,
        amortisation_years=5,
        months=24,
        usd_per_million_prompt_api=1,
        usd_per_million_output_api=3,
    )
    assert found.plan.at is not None
    requests = found.plan.at.requests_per_s.mid * 3600 * HOURS * 0.25
    electricity = WATTS / 1000 * 1.5 * (0.25 + 0.75 * 0.2) * HOURS * 0.1
    upfront = 4 * 10_000 * 1.5
    months = {
        "buy": (upfront, WATTS / 1000 * 150 + electricity),
        "rent": (0, 4 * 2.0 * HOURS * 1.1),
        "api": (0, requests * (900 * 1 + 100 * 3) / 1e6),
    }
    ways = {way.name: way for way in found.comparison.ways}
    assert set(ways) == set(months)
    for name, (once, month) in months.items():
        way = ways[name]
        assert (way.upfront_usd, way.usd_per_month) == (pytest.approx(once), pytest.approx(month))
        assert way.total_usd == pytest.approx(once + 24 * month)
        assert way.usd_per_million_output == pytest.approx(way.total_usd / (requests * 100 * 24) * 1e6)
    assert found.busy is not None
    (point,) = monthly_costs(
        found.plan.scenario, found.assumed, found.busy, found.energy, found.comparison.api, (0.25,)
    )
    assert point.buy_usd == pytest.approx(upfront / 60 + months["buy"][1])
    assert (point.rent_usd, point.api_usd) == (pytest.approx(months["rent"][1]), pytest.approx(months["api"][1]))
    assert point.output_tokens == pytest.approx(requests * 100)


def test_a_chart_without_an_api_has_no_line_of_it() -> None:
    found = report()
    assert found.busy is not None
    (point,) = monthly_costs(found.plan.scenario, found.assumed, found.busy, found.energy, None, (0.5,))
    assert point.api_usd is None
    assert point.rent_usd is not None


def test_every_node_draws_power() -> None:
    one, two = report(), report(replace(H100, nodes=2))
    assert one.energy is not None
    assert two.energy is not None
    assert one.energy.machine_kw == pytest.approx(WATTS / 1000)
    assert two.energy.machine_kw == pytest.approx(2 * WATTS / 1000)
    assert two.energy.busy_w == pytest.approx(2 * one.energy.busy_w)


def test_without_a_known_power_there_is_no_electricity_and_no_purchase() -> None:
    device = replace(CATALOG.device("h100-sxm5-80gb"), power_w=None)
    made = plan(LLAMA, CATALOG)
    (group,) = made.scenario.rack.groups
    rack = replace(made.scenario.rack, groups=(replace(group, device=device),))
    found = cost_report(made._replace(scenario=replace(made.scenario, rack=rack)))
    assert found.energy is None
    assert "buy" not in {way.name for way in found.comparison.ways}


def test_one_price_of_an_api_replaces_that_one_alone() -> None:
    middle = report().comparison.api
    mixed = report(usd_per_million_output_api=7.0).comparison.api
    assert middle is not None
    assert mixed is not None
    assert (mixed.usd_per_million_prompt, mixed.usd_per_million_output) == (middle.usd_per_million_prompt, 7)
    assert (mixed.name, mixed.source) == (middle.name, middle.source)


@pytest.mark.parametrize(
    ("own", "prices"),
    [
        ({}, None),
        ({"usd_per_million_prompt_api": 2.0}, (2, 0)),
        ({"usd_per_million_output_api": 3.0}, (0, 3)),
    ],
)
def test_a_model_that_no_api_serves_has_ones_own_price(
    own: dict[str, float], prices: tuple[float, float] | None
) -> None:
    spec = replace(LLAMA, model="deepseek-v2-lite", money=MoneySpec(**own))
    api = cost_report(plan(spec, CATALOG)).comparison.api
    assert (None if api is None else (api.usd_per_million_prompt, api.usd_per_million_output)) == prices


def test_where_prices_are_from() -> None:
    given = notes(replace(LLAMA, usd_per_gpu_hour=3.5, money=MoneySpec(usd_per_gpu=9_000, split="market")))
    assert given["usd-per-gpu"] == (9_000, "given")
    assert given["usd-per-gpu-hour"] == (3.5, "given")
    assert "market-output-ratio" in given
    shipped = notes(LLAMA)
    assert shipped["usd-per-gpu-hour"][1].startswith("middle of published rents, $")
    assert shipped["usd-per-gpu"][1] not in ("given", "no price known")
    assert "market-output-ratio" not in shipped
    unpriced = notes(ScenarioSpec(model="llama-3.1-8b", rack=RackSpec(device="p40"), engine="llama.cpp"))
    assert not {"usd-per-gpu", "usd-per-gpu-hour"} & set(unpriced)


def test_a_price_that_only_the_book_knows() -> None:
    book = shipped_prices().hardware["a100-sxm4-80gb"]
    found = notes(replace(LLAMA, rack=RackSpec(device="a100-sxm4-80gb")))
    assert found["usd-per-gpu"] == (book.usd, dated(book.source))


def test_the_price_of_a_whole_machine_has_no_host_on_top() -> None:
    mac = ScenarioSpec(model="llama-3.1-8b", rack=RackSpec(device="apple-m4-max-40c"), engine="llama.cpp")
    alone = assumptions(settle(mac, CATALOG))
    assert (alone.whole_machine, alone.server_overhead) == (True, 0)
    assert "server-overhead" not in {note.name for note in alone.notes}
    asked = replace(mac, money=MoneySpec(server_overhead=0.2))
    assert assumptions(settle(asked, CATALOG)).server_overhead == 0.2
    assert notes(asked)["server-overhead"] == (0.2, "given")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (Source(text="the maker", date="2025", confidence="A"), "the maker, 2025"),
        (Source(text="the maker", confidence="A"), "the maker"),
        (Source(text="a blog", date="2025", confidence="B"), "a blog, 2025 (secondary source)"),
        (Source(text="a guess", confidence="C"), "a guess"),
        (Source(text="from memory", confidence="C"), "from memory"),
    ],
)
def test_what_is_not_sure_says_so_once(source: Source, said: str) -> None:
    assert dated(source) == said


def spread(**rack: Any) -> Plan:
    return plan(replace(LLAMA, rack=replace(H100, **rack), money=MoneySpec(usd_per_gpu=10_000)), CATALOG)


def test_a_side_is_its_speed_and_the_price_of_all_its_devices() -> None:
    made = spread(nodes=2)
    found = side(made)
    one, many = points(made, (1, slots(made)))
    assert found.name.startswith("2 × 4x ")
    assert (found.requests, found.usd) == (slots(made), 80_000)
    assert (found.one_user, found.many_users) == (one.tokens_per_s_per_user, many.output_tokens_per_s)
    assert found.usd_per_token_s == pytest.approx(80_000 / many.output_tokens_per_s.mid)
    assert found.usd_per_token_s_alone == pytest.approx(80_000 / one.tokens_per_s_per_user.mid)
    assert found.usd_per_hour == made.cost.usd_per_hour


def test_a_rack_of_one_request_is_as_fast_with_many_as_alone() -> None:
    made = plan(replace(LLAMA, max_num_seqs=1, rack=RackSpec(device="h100-sxm5-80gb")), CATALOG)
    found = side(made)
    assert found.requests == 1
    assert found.name.startswith("1x ")
    assert found.one_user.mid == pytest.approx(points(made, (1,))[0].tokens_per_s_per_user.mid)
    assert found.many_users == points(made, (1,))[0].output_tokens_per_s


def test_as_many_of_the_other_rack_as_reach_the_same_speed_are_paid() -> None:
    small = replace(LLAMA, rack=RackSpec(device="rtx-4090"), money=MoneySpec(usd_per_gpu=1_500))
    found = same_speed(spread(), plan(small, CATALOG))
    assert found.others_for_same_speed > 1
    assert found.others_usd == 1_500 * found.others_for_same_speed
    alike = same_speed(spread(), spread())
    assert (alike.others_for_same_speed, alike.dearer, alike.dearer_alone) == (1, 1, 1)


def test_a_speed_without_a_price_is_compared_without_one() -> None:
    p40 = replace(LLAMA, rack=RackSpec(device="p40"), engine="llama.cpp")
    priced = replace(p40, money=MoneySpec(usd_per_gpu=300))
    for first, other in ((p40, priced), (priced, p40)):
        found = same_speed(plan(first, CATALOG), plan(other, CATALOG))
        assert (found.dearer, found.dearer_alone) == (None, None)
        assert found.others_for_same_speed == 1
    assert same_speed(plan(priced, CATALOG), plan(p40, CATALOG)).others_usd is None


def test_two_years_of_a_rented_card() -> None:
    found = margins(usd_per_hour=2, price_usd=20_000, power_w=1000, usd_per_kwh=0.1, years=2, rented_share=0.5)
    assert found.revenue_usd == 2 * 17_520 * 0.5
    assert found.electricity_usd == pytest.approx(1_752)
    assert found.owner_usd == pytest.approx(17_520 - 20_000 - 1_752)
    assert found.owner_share == pytest.approx(found.owner_usd / 17_520)
    assert found.payback_months == pytest.approx(20_000 / ((17_520 - 1_752) / 24))
    assert found.maker_usd == 15_000


def test_speed_for_money_counts_every_device() -> None:
    found = report(usd_per_gpu=10_000, rent=2.5)
    assert found.plan.at is not None
    rate = found.plan.at.output_tokens_per_s.mid
    assert found.tokens_per_s_per_1000_usd == pytest.approx(rate / 40)
    assert found.tokens_per_s_per_usd_hour == pytest.approx(rate / 10)


def test_an_hour_of_ones_own_rack_has_its_site_and_its_electricity() -> None:
    found = report(
        usd_per_gpu=10_000, server_overhead=0, amortisation_years=4, usd_per_kw_month=100, usd_per_kwh=0.2, pue=1.5,
        utilisation=1,
    )  # fmt: skip
    kilowatts = WATTS / 1000
    month = 40_000 / 48 + kilowatts * 100 + kilowatts * 1.5 * HOURS * 0.2
    assert found.own_usd_per_hour == pytest.approx(month / HOURS)


def test_margins_are_of_one_card() -> None:
    found = report(usd_per_gpu=10_000, rent=2.5, pue=1.5, usd_per_kwh=0.2, amortisation_years=3).margins
    assert found is not None
    assert (found.revenue_usd, found.price_usd) == (pytest.approx(2.5 * 8760 * 3), 10_000)
    assert found.electricity_usd == pytest.approx(WATTS / 4 / 1000 * 1.5 * 8760 * 3 * 0.2)


def test_tokens_are_counted_without_a_price() -> None:
    p40 = replace(LLAMA, rack=RackSpec(device="p40"), engine="llama.cpp")
    unpriced, priced = (cost_report(plan(replace(p40, usd_per_gpu_hour=usd), CATALOG)) for usd in (None, 1.0))
    assert (unpriced.busy, unpriced.margins, unpriced.tokens_per_s_per_usd_hour) == (None, None, None)
    assert unpriced.full_load is not None
    assert priced.full_load == priced.busy
    assert priced.busy is not None
    assert unpriced.full_load.output_tokens_per_hour == priced.busy.output_tokens_per_hour
    assert unpriced.full_load.usd_per_hour == 0


@pytest.mark.parametrize("split", ["output", "market", "gpu-time"])
def test_the_price_of_a_token(split: Any) -> None:
    made = plan(replace(LLAMA, rack=replace(H100, gpus_per_node=2), parallel=ParallelSpec(dp=2)), CATALOG)
    assert made.at is not None
    at, load = made.at, made.scenario.workload
    found = token_cost(6.0, at, load, replicas=2, utilisation=0.5, split=split, market_output_ratio=4)
    together = at.running / 2  # requests that share a decode step
    prefill, decode = at.prefill.total_s, at.decode.total_s / together * 99
    share = {"output": 0, "market": 900 / (900 + 4 * 100), "gpu-time": prefill / (prefill + decode)}[split]
    requests = at.requests_per_s.mid * 3600 * 0.5
    assert found.prompt_share == pytest.approx(share)
    assert found.usd_per_million_prompt == pytest.approx(6 * share / (requests * 900) * 1e6)
    assert found.usd_per_million_output == pytest.approx(6 * (1 - share) / (requests * 100) * 1e6)
    assert found.usd_per_million_tokens == pytest.approx(6 / (requests * 1000) * 1e6)
    assert found.usd_per_request == pytest.approx(6 / requests)
    assert found.rule.endswith(" (4)") == (split == "market")


def test_a_request_alone_carries_its_whole_decode() -> None:
    lonely = plan(replace(LLAMA, workload=replace(LLAMA.workload, concurrency=1), parallel=ParallelSpec(dp=4)), CATALOG)
    assert lonely.at is not None
    found = token_cost(1.0, lonely.at, lonely.scenario.workload, replicas=4, utilisation=1)
    prefill, decode = lonely.at.prefill.total_s, lonely.at.decode.total_s * 99
    assert found.prompt_share == pytest.approx(prefill / (prefill + decode))


def test_rent_with_and_without_extras_is_told_apart() -> None:
    """Two dollars an hour are 2.80 with 40 % on top: a month of 730 hours costs 2,044, and the row of the comparison says so."""
    text = cost_text(report(ONE, rent=2.0, cloud_overhead=0.4, usd_per_gpu=30_000))
    assert "$2.00 per hour rented ($2.80 with 40 % for storage, traffic and management)" in text
    assert "charged as rented, extras apart." in text
    assert re.search(r"^rent \+40 % +\$0 +\$2,044 ", text, re.MULTILINE)
    assert "on, written off over 4 years." in text
    plain = cost_text(report(ONE, rent=2.0, cloud_overhead=0))
    assert "$2.00 per hour rented; " in plain
    assert "charged as rented." in plain
    assert re.search(r"^rent +\$0 +\$1,460 ", plain, re.MULTILINE)
