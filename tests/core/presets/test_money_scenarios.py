"""What the captions of the money stories claim is so."""

from dataclasses import replace

import pytest

from roofrack.catalog import default_catalog
from roofrack.catalog.library import SHIPPED
from roofrack.domain import RackSpec, ScenarioSpec, Targets
from roofrack.economics import cost_report, same_speed
from roofrack.evidence.charted import chart_points, charted
from roofrack.machine import machine
from roofrack.memory.kv import kv_bytes_per_token
from roofrack.plan import plan
from roofrack.results import CurvePoint, Plan
from roofrack.rules import rules
from roofrack.story import told
from roofrack.users import service

CATALOG = default_catalog()


def ready(name: str) -> ScenarioSpec:
    return CATALOG.scenario(name)


def made(spec: ScenarioSpec) -> Plan:
    return plan(spec, CATALOG)


def told_plans(name: str) -> list[Plan]:
    """The plan of each caption."""
    spec = ready(name)
    return [made(told(spec, number)) for number in range(len(spec.steps))]


def at(found: Plan) -> CurvePoint:
    assert found.at is not None
    return found.at


def per_million(found: Plan) -> float:
    """What a million output tokens costs as the verdict has it: everything charged to them, dollars."""
    assert found.cost.usd_per_million_output_tokens is not None
    return found.cost.usd_per_million_output_tokens


def about(value: float) -> object:
    """A number that a caption rounds, and that moves a little whenever the speed model is calibrated."""
    return pytest.approx(value, rel=0.2)


def test_the_newsletters_405b() -> None:
    alone, spread, batch, busy = told_plans("newsletter-405b")
    assert alone.cost.usd_per_hour == 32
    assert at(alone).ttft_s.mid / 0.018 == about(4)
    assert at(alone).tpot_s.mid / 0.015 == about(3)
    assert at(spread).decode.communication_s > 0.5 * at(spread).decode.total_s
    assert at(spread).tpot_s.mid > at(alone).tpot_s.mid
    assert kv_bytes_per_token(alone.scenario.model, CATALOG.kv_format("16bit")) == 504 * 1024
    assert batch.memory.kv_capacity_tokens == about(700_000)
    assert (per_million(alone), per_million(batch), per_million(busy)) == (about(400), about(11), about(6))
    report = cost_report(busy)
    assert report.comparison.api is not None
    assert (report.comparison.api.usd_per_million_prompt, report.comparison.api.usd_per_million_output) == (2.5, 10)
    assert per_million(busy) < 10
    assert report.comparison.break_even_utilisation_rent is not None
    assert 0.4 < report.comparison.break_even_utilisation_rent < 0.6
    assert report.comparison.break_even_utilisation_buy is not None
    assert 1 / 4 < report.comparison.break_even_utilisation_buy < 1 / 3


def test_the_economics_of_8b() -> None:
    alone, many, most, market = told_plans("8b-economics")
    assert at(alone).tpot_s.mid / 0.0048 == about(4 / 3)
    assert per_million(alone) / per_million(many) > 40
    busy = cost_report(many).busy
    assert busy is not None
    assert 0.3 < busy.prompt_share < 0.5
    assert many.memory.kv_capacity_tokens == about(450_000)
    served = service(most).capacity
    assert served.limit == "speed"
    assert 400 < served.requests.mid < 1000
    rules_of_market = {rule.id: rule for rule in rules(market)}
    earned = rules_of_market["R8.owner"].inputs
    assert (earned["revenue_usd"], earned["price_usd"]) == (pytest.approx(35_000, rel=0.01), 30_000)
    assert earned["electricity_usd"] == pytest.approx(2000, rel=0.01)
    found = cost_report(market).comparison
    assert found.break_even_utilisation_buy is not None
    assert found.break_even_utilisation_buy < 1 / 3
    assert found.break_even_utilisation_rent is not None
    assert 0.4 < found.break_even_utilisation_rent < 0.6


def test_a_thousand_users() -> None:
    rule, talking, content, sure = map(service, told_plans("thousand-users"))
    assert rule.demand is not None
    assert rule.demand.in_flight == pytest.approx(0.1)
    assert rule.users is not None
    assert rule.users > 200_000
    assert rule.racks == 1
    assert talking.demand is not None
    assert talking.demand.in_flight == about(90)
    assert (talking.racks, content.racks, sure.racks) == (2, 1, 3)
    assert content.capacity.limit == "slots"
    assert sure.availability.spares == 1


def test_size_classes() -> None:
    small, medium, slim, large = told_plans("size-classes")
    classes = [machine(found).size_class for found in (small, medium, large)]
    assert [(known.name, known.ram_gb, known.cores) for known in classes] == [
        ("small", 32, 16),
        ("medium", 128, 32),
        ("large", 256, 64),
    ]
    assert 24 <= small.memory.workload_concurrency <= 60
    assert medium.memory.max_concurrency < 10
    assert not made(
        replace(medium.scenario.spec, workload=replace(medium.scenario.spec.workload, context_tokens=131072))
    ).memory.fits
    assert at(medium).bound == at(slim).bound == "weights"
    assert slim.memory.max_concurrency / medium.memory.max_concurrency == about(8)
    too_large = replace(
        large.scenario.spec,
        model="meta-llama/Llama-3.1-405B-Instruct",
        rack=RackSpec(device="a100-sxm4-80gb", gpus_per_node=8),
    )
    assert not made(too_large).memory.fits


def test_gaming_against_business() -> None:
    gaming, business, many, group = told_plans("gaming-against-business")
    found = same_speed(business, gaming)
    assert at(business).tokens_per_s_per_user.mid / at(gaming).tokens_per_s_per_user.mid == about(2.5)
    assert found.dearer_alone == about(7)
    assert found.dearer == about(3)
    assert found.first.requests > 200
    assert 10 <= found.other.requests <= 16
    assert not at(many).waiting
    assert not at(group).waiting
    cards = [CATALOG.device(name) for name in ("h100-sxm5-80gb", "rtx-4090")]
    assert cards[1].bandwidth_gb_s / cards[0].bandwidth_gb_s == pytest.approx(1 / 3, rel=0.1)
    prices = [card.price.usd for card in cards if card.price]
    assert prices[0] / prices[1] == pytest.approx(19, rel=0.02)
    assert [card.power_w for card in cards] == [700, 450]


def centre_seconds(prompt_tokens: int, requests: int) -> float | None:
    """What the research centre measured for 100 tokens each; None where the run did not complete."""
    text = (SHIPPED / "measurements" / "inria.csv").read_text(encoding="utf-8")
    rows = (
        text.partition("# gpu = a100-pcie-40gb")[2]
        .partition("# model = mistralai/Mixtral-8x7B-Instruct-v0.1")[2]
        .partition("#")[0]
    )
    (row,) = (
        line.split(",")
        for line in rows.splitlines()
        if line.startswith(f"awq-int4,2,1,2,2,{prompt_tokens},{requests},")
    )
    return float(row[7]) if row[8] == "1" else None


def test_the_research_centres_curves() -> None:
    group, crowd, longer, longest, newer = told_plans("a100-pair")
    assert centre_seconds(31, 128) == 18.5
    assert round(12_800 / 18.5, -2) == 700
    assert (centre_seconds(31, 16), centre_seconds(822, 16), centre_seconds(2193, 16)) == (4.3, 8.5, 15.5)
    assert centre_seconds(822, 32) is not None
    assert centre_seconds(822, 64) is None
    assert at(group).tokens_per_s_per_user.low < 20 < at(group).tokens_per_s_per_user.high
    for found, concurrency, prompt_tokens in ((crowd, 128, 31), (longer, 16, 822), (longest, 16, 2193)):
        seconds = centre_seconds(prompt_tokens, concurrency)
        assert seconds is not None
        shown = chart_points(charted(found.scenario), "output_tokens_per_s")
        assert any(point == (concurrency, pytest.approx(100 * concurrency / seconds)) for point in shown)
    for found, tokens_per_s in ((crowd, 12_800 / 18.5), (longer, 1600 / 8.5), (longest, 1600 / 15.5)):
        assert at(found).output_tokens_per_s.low < tokens_per_s < at(found).output_tokens_per_s.high
    short = made(replace(longer.scenario.spec, workload=replace(longer.scenario.spec.workload, prompt_tokens=31)))
    assert at(short).output_tokens_per_s.mid / at(longer).output_tokens_per_s.mid == pytest.approx(2, rel=0.25)
    assert at(newer).output_tokens_per_s.mid > 2 * at(crowd).output_tokens_per_s.mid


def test_stories_with_targets_and_audience_survive_a_file(tmp_path: object) -> None:
    from pathlib import Path

    from roofrack.report.scenario_toml import load_scenario_file, save_scenario_file

    path = Path(str(tmp_path)) / "mine.toml"
    spec = replace(ready("thousand-users"), targets=Targets(ttft_s=1.0, percentile=95.0))
    save_scenario_file(spec, path)
    assert load_scenario_file(path) == spec
