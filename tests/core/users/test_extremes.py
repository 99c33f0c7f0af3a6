"""Whatever may be asked is answered in numbers: the ends of every range, alone and together."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from roofrack.catalog import default_catalog
from roofrack.domain import AudienceSpec, MoneySpec, RackSpec, ScenarioSpec, Targets, WorkloadSpec
from roofrack.economics import cost_report
from roofrack.economics.compare import monthly_costs
from roofrack.errors import InputError
from roofrack.plan import plan
from roofrack.report.money_text import cost_text, users_text
from roofrack.report.scenario_toml import load_scenario_file
from roofrack.rules import rules
from roofrack.users import brief, published_targets, service

CATALOG = default_catalog()
SPEC = ScenarioSpec(
    model="llama-3.1-8b",
    rack=RackSpec(device="h100-sxm5-80gb"),
    workload=WorkloadSpec(prompt_tokens=1000, output_tokens=200, context_tokens=4096),
)


def ends(low: float, high: float) -> Any:
    return st.none() | st.sampled_from([low, high]) | st.floats(low, high)


positive, share = ends(1e-12, 1e15), ends(1e-12, 1.0)
people = st.none() | st.sampled_from([1, 10**12, 10**13])
audiences = st.one_of(
    st.builds(
        AudienceSpec,
        users=people,
        online_share=st.sampled_from([1e-12, 1.0]),
        active_share=st.sampled_from([1e-12, 1.0]),
        peak=st.sampled_from([1.0, 1e6]),
    ),
    st.builds(AudienceSpec, sessions=people, think_s=ends(0, 1e7), peak=st.sampled_from([1.0, 1e6])),
    st.builds(AudienceSpec, requests_per_s=positive, node_availability=share),
)
targets = st.builds(
    Targets,
    ttft_s=positive,
    tpot_s=positive,
    percentile=ends(50, 99.99),
    tokens_per_s_per_user=positive,
    requests_per_s=positive,
    availability=ends(1e-9, 0.9999999),
)
moneys = st.builds(
    MoneySpec,
    utilisation=share,
    split=st.sampled_from(["gpu-time", "market", "output"]),
    basis=st.sampled_from(["rent", "own"]),
    usd_per_gpu=positive,
    server_overhead=ends(0, 100),
    usd_per_kwh=ends(0, 1000),
    pue=ends(1, 10),
    usd_per_kw_month=ends(0, 1e6),
    amortisation_years=ends(1e-9, 100),
    cloud_overhead=ends(0, 100),
    idle_power_share=ends(0, 1),
    usd_per_million_prompt_api=ends(0, 1e15),
    usd_per_million_output_api=ends(0, 1e15),
    months=st.sampled_from([1, 36, 600]),
)


def sound(text: str) -> None:
    assert not re.search(r"\b(nan|inf|None)\b", text, re.IGNORECASE), text


@settings(max_examples=60)
@given(audiences, targets)
def test_people_and_targets_at_the_ends_of_their_ranges(audience: AudienceSpec, wanted: Targets) -> None:
    made = plan(replace(SPEC, audience=audience, targets=wanted), CATALOG)
    found = service(made)
    sound(users_text(made, found, published_targets(made)))
    said = brief(found, wanted)
    sound(f"{said.answer} {said.breaks}")
    assert found.racks is None or found.racks >= 1
    assert found.users is None or found.users >= 0


@settings(max_examples=60)
@example(MoneySpec(usd_per_million_prompt_api=5e-324, usd_per_million_output_api=0.0), None)
@example(MoneySpec(utilisation=1e-12, amortisation_years=1e-9, usd_per_gpu=1e15), 1e15)
@given(moneys, st.none() | st.sampled_from([1e-12, 1e15]))
def test_prices_at_the_ends_of_their_ranges(money: MoneySpec, rent: float | None) -> None:
    made = plan(replace(SPEC, money=money, usd_per_gpu_hour=rent), CATALOG)
    report = cost_report(made)
    sound(cost_text(report))
    assert report.full_load is not None
    for cost in monthly_costs(
        made.scenario, report.assumed, report.full_load, report.energy, report.comparison.api, (0.01, 1.0)
    ):
        assert all(value is None or value >= 0 for value in cost)
    for rule in rules(made):
        sound(f"{rule.value} {rule.exact}".replace("None", ""))


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("[audience]\nusers = 0", "users"),
        ("[audience]\nusers = -1", "users"),
        ("[audience]\nusers = 1.5", "users"),
        ("[audience]\nusers = 1\nsessions = 1", "sessions"),
        ("[audience]\nonline_share = 3.0", "online_share"),
        ("[audience]\nthink_s = -1.0", "think_s"),
        ("[audience]\npeak = 0.0", "peak"),
        ("[audience]\nrequests_per_s = nan", "requests_per_s"),
        ("[targets]\nttft_s = 0.0", "ttft_s"),
        ("[targets]\ntpot_s = -1.0", "tpot_s"),
        ("[targets]\ntokens_per_s_per_user = inf", "tokens_per_s_per_user"),
        ("[targets]\navailability = 1.0", "availability"),
        ("[targets]\npercentile = 100.0", "percentile"),
        ("[money]\nutilisation = 0.0", "utilisation"),
        ("[money]\nutilisation = 3.0", "utilisation"),
        ("[money]\nusd_per_gpu = -1.0", "usd_per_gpu"),
        ("[money]\nusd_per_kwh = -0.1", "usd_per_kwh"),
        ("[money]\nmonths = 0", "months"),
        ('[money]\nsplit = "fair"', "split"),
        ("usd_per_gpu_hour = -2.0", "usd_per_gpu_hour"),
        ("[audience]\nusres = 1", "usres"),
    ],
)
def test_absurd_scenario_files_are_refused_by_field(tmp_path: Path, written: str, named: str) -> None:
    path = tmp_path / "absurd.toml"
    top, tables = ("", written) if written.startswith("[") else (written, "")
    path.write_text(f'model = "llama-3.1-8b"\n{top}\n[rack]\ndevice = "h100-sxm5-80gb"\n{tables}\n', encoding="utf-8")
    with pytest.raises(InputError, match=named):
        load_scenario_file(str(path))
