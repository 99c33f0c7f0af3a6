"""What the captions of the money stories claim is so."""

from dataclasses import replace

import pytest

from roofrack.catalog import default_catalog
from roofrack.domain import AudienceSpec, RackSpec, ScenarioSpec, Targets
from roofrack.economics import cost_report, same_speed
from roofrack.machine import machine
from roofrack.memory.kv import kv_bytes_per_token
from roofrack.plan import plan
from roofrack.results import Plan
from roofrack.sweep import points
from roofrack.users import service

CATALOG = default_catalog()


def ready(name: str) -> ScenarioSpec:
    return CATALOG.scenario(name)


def made(spec: ScenarioSpec) -> Plan:
    return plan(spec, CATALOG)


def test_the_newsletters_405b() -> None:
    spec = ready("newsletter-405b")
    found = made(spec)
    one = points(found, (1,))[0]
    assert one.ttft_s.mid > 0.018
    assert one.tpot_s.mid > 0.015
    assert kv_bytes_per_token(CATALOG.model(spec.model), CATALOG.kv_format("16bit")) == 504 * 1024
    assert found.memory.kv_capacity_tokens > 300_000
    assert found.cost.usd_per_hour == 32
    report = cost_report(found)
    assert report.busy is not None
    assert report.busy.usd_per_million_output < 10
    api = report.comparison.api
    assert api is not None
    assert (api.usd_per_million_prompt, api.usd_per_million_output) == (2.5, 10)


def test_the_economics_of_8b() -> None:
    spec = ready("8b-economics")
    alone, many = (
        cost_report(made(replace(spec, workload=replace(spec.workload, concurrency=n)))).busy for n in (1, 128)
    )
    assert alone is not None
    assert many is not None
    assert alone.usd_per_million_output > 10 * many.usd_per_million_output
    found = made(spec)
    assert found.memory.kv_capacity_tokens > 400_000
    assert service(found).capacity.limit != "slots"


def test_a_thousand_users() -> None:
    spec = ready("thousand-users")
    by_rule = service(made(spec))
    assert by_rule.demand is not None
    assert by_rule.demand.in_flight == pytest.approx(0.1)
    assert by_rule.users is not None
    assert by_rule.users > 100_000
    assert by_rule.availability.spares == 1
    talking = service(made(replace(spec, audience=AudienceSpec(sessions=300, think_s=30))))
    assert talking.demand is not None
    assert talking.demand.in_flight > 50 * by_rule.demand.in_flight


def test_size_classes() -> None:
    spec = ready("size-classes")
    found = made(spec)
    around = machine(found)
    assert (around.size_class.name, around.size_class.ram_gb, around.size_class.cores) == ("medium", 128, 32)
    assert found.at is not None
    assert found.at.bound != "compute"
    assert found.memory.max_concurrency < 10
    slim = made(replace(spec, weights="fp8"))
    assert slim.memory.max_concurrency > 3 * found.memory.max_concurrency
    assert not made(replace(spec, workload=replace(spec.workload, context_tokens=131072))).memory.fits


def test_gaming_against_business() -> None:
    spec = ready("gaming-against-business")
    business, gaming = made(spec), made(replace(spec, rack=RackSpec(device="rtx-4090")))
    found = same_speed(business, gaming)
    assert found.dearer is not None
    assert found.dearer_alone is not None
    assert found.dearer > 2
    assert found.dearer_alone > 2
    assert found.first.requests > 100
    assert 10 <= found.other.requests <= 16
    cards = [CATALOG.device(name) for name in ("h100-sxm5-80gb", "rtx-4090")]
    assert cards[1].bandwidth_gb_s / cards[0].bandwidth_gb_s == pytest.approx(1 / 3, rel=0.1)
    prices = [card.price.usd for card in cards if card.price]
    assert prices[0] / prices[1] == pytest.approx(19, rel=0.02)
    assert [card.power_w for card in cards] == [700, 450]


def test_the_research_centres_curves() -> None:
    spec = ready("a100-pair")
    found = made(spec)
    assert {point.concurrency for point in found.curve} >= {1, 20, 128}
    longer = made(replace(spec, workload=replace(spec.workload, prompt_tokens=2193)))
    assert longer.at is not None
    assert found.at is not None
    assert longer.at.ttft_s.mid > 5 * found.at.ttft_s.mid


def test_stories_with_targets_and_audience_survive_a_file(tmp_path: object) -> None:
    from pathlib import Path

    from roofrack.report.scenario_toml import load_scenario_file, save_scenario_file

    path = Path(str(tmp_path)) / "mine.toml"
    spec = replace(ready("thousand-users"), targets=Targets(ttft_s=1.0, percentile=95.0))
    save_scenario_file(spec, path)
    assert load_scenario_file(path) == spec
