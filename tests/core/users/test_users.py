"""From people to requests, capacity within targets, spares: hand-checked cases and properties."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.catalog import default_catalog
from roofrack.domain import AudienceSpec, ParallelSpec, RackSpec, ScenarioSpec, Targets, WorkloadSpec
from roofrack.errors import InputError
from roofrack.plan import plan
from roofrack.results import Plan
from roofrack.sweep import points, slots
from roofrack.users import availability, capacity, demand, published_targets, service, speed_class, ttft_at
from roofrack.users.availability import at_least, spares

CATALOG = default_catalog()
SPEC = ScenarioSpec(
    model="llama-3.1-8b", rack=RackSpec(device="h100-sxm5-80gb"), workload=WorkloadSpec(context_tokens=8192)
)
PLAN = plan(SPEC, CATALOG)
EIGHT = plan(replace(SPEC, rack=RackSpec(device="l40s", gpus_per_node=4), parallel=ParallelSpec(dp=4)), CATALOG)


def planned(targets: Targets | None = None, **audience: object) -> Plan:
    changed = replace(SPEC, audience=AudienceSpec(**audience), targets=targets or Targets())
    return PLAN._replace(scenario=replace(PLAN.scenario, spec=changed, targets=changed.targets))


def test_the_one_percent_rule_of_a_thousand_users() -> None:
    found = demand(planned(users=1000))
    assert found is not None
    assert found.in_flight == pytest.approx(0.1)
    assert "10" in found.steps[0]
    assert "1 % rule" in found.warning


def test_shares_and_peak_multiply() -> None:
    found = demand(planned(users=10_000, online_share=0.2, active_share=0.1, peak=3))
    assert found is not None
    assert found.in_flight == pytest.approx(600)
    assert found.warning == ""


@pytest.mark.parametrize("think", [0.0, 5.0, 60.0])
@pytest.mark.parametrize("sessions", [1, 40, 100_000])
def test_sessions_obey_littles_law(sessions: int, think: float) -> None:
    found = demand(planned(sessions=sessions, think_s=think))
    assert found is not None
    answer = found.in_flight / found.requests_per_s
    assert found.requests_per_s * (answer + think) == pytest.approx(sessions)
    assert found.in_flight <= sessions * (1 + 1e-9)


def test_sessions_that_one_rack_serves_are_its_steady_state() -> None:
    found = demand(planned(sessions=60, think_s=10))
    assert found is not None
    point = points(PLAN, (max(1, round(found.in_flight)),))[0]
    assert found.in_flight / found.requests_per_s == pytest.approx(point.e2e_latency_s.mid, rel=0.05)


def test_a_rate_is_carried_by_the_fewest_requests_that_make_it() -> None:
    found = demand(planned(requests_per_s=2, peak=2))
    assert found is not None
    assert found.requests_per_s == 4
    assert points(PLAN, (math.ceil(found.in_flight),))[0].requests_per_s.mid >= 4 * 0.9


def test_nobody_named_means_no_demand() -> None:
    assert demand(PLAN) is None
    assert service(PLAN).serves is None


@pytest.mark.parametrize(
    ("targets", "limit"),
    [
        (Targets(), "slots"),
        (Targets(ttft_s=0.5), "ttft"),
        (Targets(tpot_s=0.02), "tpot"),
        (Targets(tokens_per_s_per_user=20), "speed"),
        (Targets(ttft_s=3600, tpot_s=3600), "slots"),
    ],
)
def test_capacity_is_the_last_concurrency_that_keeps_the_targets(targets: Targets, limit: str) -> None:
    found = capacity(PLAN, targets)
    assert found.limit == limit
    low, mid, high = found.requests
    assert 0 <= low <= mid <= high <= slots(PLAN)
    at, following = points(PLAN, (round(mid), round(mid) + 1))
    assert _kept(at, targets)
    if limit != "slots":
        assert not _kept(following, targets)
    else:
        assert mid == slots(PLAN)


def _kept(point: object, targets: Targets) -> bool:
    ttft, tpot = point.ttft_s.mid, point.tpot_s.mid  # type: ignore[attr-defined]
    return all(
        (
            targets.ttft_s is None or ttft <= targets.ttft_s,
            targets.tpot_s is None or tpot <= targets.tpot_s,
            targets.tokens_per_s_per_user is None or 1 / tpot >= targets.tokens_per_s_per_user * (1 - 1e-9),
        )
    )


def test_a_target_that_not_even_one_request_keeps() -> None:
    found = capacity(PLAN, Targets(ttft_s=1e-6))
    assert found.requests == (0, 0, 0)
    assert found.missed_by is not None
    assert found.missed_by > 1000
    made = service(planned(Targets(ttft_s=1e-6), users=1000))
    assert (made.racks, made.serves) == (None, False)
    assert "no number of such racks" in " ".join(made.sentences)


@given(st.floats(0.05, 20), st.floats(0.05, 20))
def test_a_looser_target_never_serves_fewer(one: float, other: float) -> None:
    tight, loose = sorted((one, other))
    assert capacity(PLAN, Targets(ttft_s=tight)).requests.mid <= capacity(PLAN, Targets(ttft_s=loose)).requests.mid


def test_a_percentile_asks_for_more_than_the_mean() -> None:
    one, many = points(PLAN, (1, 200))
    mean, p90, p99 = (ttft_at(many, one, percentile) for percentile in (None, 90, 99))
    assert mean < p90 < p99
    assert ttft_at(one, one, 99) == one.ttft_s.mid
    strict, lax = (capacity(PLAN, Targets(ttft_s=0.5, percentile=p)).requests.mid for p in (99, None))
    assert strict < lax


@given(st.integers(1, 10**12), st.floats(0.0001, 1), st.floats(0.0001, 1))
def test_racks_carry_what_users_ask(users: int, online: float, active: float) -> None:
    found = service(planned(Targets(tpot_s=0.03), users=users, online_share=online, active_share=active))
    assert found.racks is not None
    assert found.demand is not None
    carried = found.racks * found.capacity.requests.mid
    assert carried >= found.demand.in_flight * (1 - 1e-6)
    assert carried - found.capacity.requests.mid < max(found.demand.in_flight, 1) * (1 + 1e-6)
    assert found.users is not None


def test_the_published_targets_are_read_both_ways() -> None:
    ttft, tpot, requests, always = published_targets(EIGHT)
    assert (ttft.name, tpot.name) == ("100 ms as TTFT", "100 ms as TPOT")
    assert tpot.met
    short, late = (
        published_targets(
            plan(replace(EIGHT.scenario.spec, workload=replace(SPEC.workload, prompt_tokens=n)), CATALOG)
        )[0]
        for n in (128, 4096)
    )
    assert short.met
    assert "kept up to" in short.takes
    assert not late.met
    assert "too slow" in late.takes
    assert requests.reached < 100
    assert f"{math.ceil(100 / requests.reached)} such nodes" in requests.takes
    assert always.reached == pytest.approx(0.995)
    assert "N+1" in always.takes


@pytest.mark.parametrize(
    ("needed", "units", "works", "probability"),
    [(1, 1, 0.9, 0.9), (2, 2, 0.9, 0.81), (1, 2, 0.9, 0.99), (2, 3, 0.9, 0.972), (3, 2, 0.9, 0), (5, 9, 1, 1)],
)
def test_at_least_so_many_of_them_work(needed: int, units: int, works: float, probability: float) -> None:
    assert at_least(needed, units, works) == pytest.approx(probability)


@given(st.integers(1, 3000), st.floats(0.5, 0.9999), st.floats(0.5, 0.99999))
def test_spares_are_enough_and_one_fewer_is_not(units: int, works: float, target: float) -> None:
    found = spares(units, works, target)
    assert found is not None
    assert at_least(units, units + found, works) >= target
    if found:
        assert at_least(units, units + found - 1, works) < target


def test_replicas_of_a_node_fail_together() -> None:
    found = availability(EIGHT.scenario, 0.999)
    assert (found.unit, found.units, found.replicas_per_unit, found.spares) == ("node", 1, 4, 1)
    wide = plan(
        replace(
            SPEC,
            model="llama-3.1-405b",
            rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=8, nodes=4),
            parallel=ParallelSpec(tp=8, pp=2),
        ),
        CATALOG,
    )
    spanning = availability(wide.scenario, 0.99)
    assert (spanning.unit, spanning.units) == ("replica of 2 nodes", 2)
    assert spanning.unit_availability == pytest.approx(0.995**2)
    assert (spanning.surviving, spanning.spares) == (1, 1)


@pytest.mark.parametrize(
    ("speed", "said"),
    [(1, "slow"), (5, "usable"), (5.3, "reading speed"), (19.9, "reading speed"), (20, "comfortable")],
)
def test_speed_classes(speed: float, said: str) -> None:
    assert speed_class(speed) == said


@pytest.mark.parametrize(
    "bad",
    [
        {"users": 0},
        {"users": 10**14},
        {"users": 5, "sessions": 5},
        {"users": 5, "online_share": 0},
        {"users": 5, "active_share": 1.5},
        {"sessions": 5, "think_s": -1},
        {"sessions": 5, "think_s": math.nan},
        {"requests_per_s": 0},
        {"users": 5, "peak": 0.5},
        {"users": 5, "node_availability": 0},
    ],
)
def test_absurd_audiences_are_refused_by_name(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"^\w+: ") as caught:
        AudienceSpec(**bad)
    assert str(caught.value).partition(":")[0] in bad


def test_a_plan_that_does_not_fit_serves_nobody() -> None:
    with pytest.raises(InputError, match="does not fit"):
        service(plan(replace(SPEC, model="llama-3.1-405b"), CATALOG))
