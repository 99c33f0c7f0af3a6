"""The verdict sentences of a service, against a rack simple enough to work out by hand.

The rack: TTFT is 0.1 s for each request in flight, TPOT 10 ms plus 1 ms for each, at most 100 run at once. With 101 output tokens
an answer with c in flight takes 0.1c + 100 × (0.010 + 0.001c) = 1 + 0.2c seconds, so it completes c / (1 + 0.2c) requests/s.
"""

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import NamedTuple

import pytest

from roofrack.catalog import default_catalog
from roofrack.domain import AudienceSpec, RackSpec, ScenarioSpec, Targets, WorkloadSpec
from roofrack.plan import plan
from roofrack.results import Band, CurvePoint, Plan
from roofrack.users import brief, service

SPEC = ScenarioSpec(
    model="llama-3.1-8b",
    rack=RackSpec(device="h100-sxm5-80gb"),
    workload=WorkloadSpec(prompt_tokens=100, output_tokens=101, context_tokens=4096),
)
PLAN = plan(SPEC, default_catalog())
MOST = 100


def point(c: int) -> CurvePoint:
    def exactly(value: float) -> Band:
        return Band(value, value, value)

    ttft, tpot = 0.1 * c, 0.010 + 0.001 * c
    answer = ttft + 100 * tpot
    assert PLAN.at is not None
    return PLAN.at._replace(
        concurrency=c,
        running=c,
        ttft_s=exactly(ttft),
        tpot_s=exactly(tpot),
        e2e_latency_s=exactly(answer),
        tokens_per_s_per_user=exactly(1 / tpot),
        requests_per_s=exactly(c / answer),
        output_tokens_per_s=exactly(101 * c / answer),
    )


def points(_: Plan, concurrencies: Sequence[int]) -> tuple[CurvePoint, ...]:
    return tuple(point(c) for c in concurrencies)


@pytest.fixture(autouse=True)
def _a_rack_worked_out_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    for room in ("capacity", "demand"):
        module = import_module(f"roofrack.users.{room}")  # the package has functions of the same names
        monkeypatch.setattr(module, "points", points)
        monkeypatch.setattr(module, "slots", lambda _: MOST)
    monkeypatch.setattr(import_module("roofrack.users.demand"), "alone", lambda _: point(1))


class Case(NamedTuple):
    audience: AudienceSpec
    targets: Targets
    racks: int | None
    users: int | None
    said: tuple[str, ...]


NOBODY = AudienceSpec()
CASES = {
    # Nothing asked: as many as run at once. 1 / 0.110 = 9.09 tokens/s each.
    "no targets": Case(
        NOBODY, Targets(), None, None, ("Serves 100 requests at once: 9.09 tokens/s", "the others wait")
    ),
    # 0.1 c ≤ 1
    "ttft 1 s": Case(
        NOBODY, Targets(ttft_s=1), None, None, ("Serves 10 requests", "11 requests at once, mean TTFT 1.1 s")
    ),
    # 0.010 + 0.001 c ≤ 0.050
    "tpot 50 ms": Case(NOBODY, Targets(tpot_s=0.0501), None, None, ("Serves 40 requests", "TPOT 51 ms")),
    # 1 / (0.010 + 0.001 c) ≥ 20 is the same
    "20 tokens/s": Case(
        NOBODY, Targets(tokens_per_s_per_user=19.99), None, None, ("Serves 40 requests", "comfortable")
    ),
    # 1 / 0.110 ≥ 5 holds for all
    "5 tokens/s": Case(
        NOBODY, Targets(tokens_per_s_per_user=5), None, None, ("Serves 100 requests", "the others wait")
    ),
    # the tighter one decides: TTFT 10, TPOT 40
    "both": Case(NOBODY, Targets(ttft_s=1, tpot_s=0.0501), None, None, ("Serves 10 requests", "mean TTFT")),
    # TTFT 0.1 s alone is twice 50 ms
    "hopeless": Case(NOBODY, Targets(ttft_s=0.05), None, None, ("No request keeps the targets", "2 times too slow")),
    # 1,000 × 1 % × 1 % = 0.1 in flight; 100 in flight are a million users
    "1 % of 1,000": Case(
        AudienceSpec(users=1000), Targets(), 1, 1_000_000, ("0.1 requests in flight: this rack is enough",)
    ),
    # 10 in flight are 100,000 users
    "1 % with ttft": Case(AudienceSpec(users=1000), Targets(ttft_s=1), 1, 100_000, ("up to 100,000 users",)),
    # 10^12 × 10^-4 = 10^8 in flight, 100 a rack
    "a trillion": Case(AudienceSpec(users=10**12), Targets(), 10**6, 10**6, ("that takes 1,000,000 racks",)),
    # 50,000 × 0.1 × 0.1 = 500
    "larger shares": Case(
        AudienceSpec(users=50_000, online_share=0.1, active_share=0.1),
        Targets(),
        5,
        10_000,
        ("500 requests in flight",),
    ),
    # the peak triples it: 30 in flight, 10 a rack
    "peak": Case(
        AudienceSpec(users=100_000, peak=3),
        Targets(ttft_s=1),
        3,
        33_333,
        ("30 requests in flight: that takes 3 racks",),
    ),
    # at 10 in flight an answer takes 3 s: 10 / 3 per s × (3 + 27) s = 100 sessions a rack
    "sessions": Case(
        AudienceSpec(sessions=250, think_s=27),
        Targets(ttft_s=1),
        3,
        100,
        ("3 racks, each rack enough for 100 sessions",),
    ),
    # without a pause each session is a request
    "no pause": Case(AudienceSpec(sessions=250, think_s=0), Targets(), 3, 100, ("250 requests in flight",)),
    # c / (1 + 0.2 c) = 4 at c = 20
    "a rate that fits": Case(
        AudienceSpec(requests_per_s=4), Targets(), 1, None, ("4 requests/s keep 20 requests in flight",)
    ),
    # the most is 100 / 21 = 4.76/s; 20/s take 4.2 racks
    "a rate that does not": Case(AudienceSpec(requests_per_s=20), Targets(), 5, None, ("that takes 5 racks",)),
    # within TTFT 1 s a rack completes 10 / 3 = 3.33/s; 10/s take 3
    "requests/s as target": Case(
        NOBODY, Targets(ttft_s=1, requests_per_s=9.9), 3, None, ("takes 3 such racks (3.33 here",)
    ),
    # one node of 99.5 % misses 99.9 %; two are one and its spare
    "spare": Case(
        AudienceSpec(users=1000),
        Targets(availability=0.999),
        2,
        1_000_000,
        ("Availability 99.9 %: 0 of 1 node can be counted on", "takes 1 spare (N+1)", "that takes 1 rack + 1 spare"),
    ),
    # 99 % is met by 99.5 %
    "no spare": Case(AudienceSpec(users=1000), Targets(availability=0.99), 1, 1_000_000, ("is met at full capacity",)),
    # nobody is served, however many racks
    "hopeless users": Case(
        AudienceSpec(users=1000), Targets(ttft_s=0.05), None, 0, ("no number of such racks keeps the targets",)
    ),
    # of p90, all but ln(10) - 1 = 1.30 of the wait beyond 0.1 s comes on top: 0.1 c + 1.3026 × 0.1 (c - 1) ≤ 1 → c ≤ 4.9
    "p90": Case(NOBODY, Targets(ttft_s=1, percentile=90), None, None, ("Serves 4 requests", "p90 TTFT")),
}


@pytest.mark.parametrize("name", CASES)
def test_the_verdict_is_right(name: str) -> None:
    case = CASES[name]
    spec = replace(SPEC, audience=case.audience, targets=case.targets)
    found = service(PLAN._replace(scenario=replace(PLAN.scenario, spec=spec, targets=case.targets)))
    text = " ".join(found.sentences)
    for words in case.said:
        assert words in text
    assert (found.racks, found.users) == (case.racks, case.users)
    assert found.serves == (None if case.audience == NOBODY else case.racks == 1)


BRIEF = {
    "no targets": "✓ 100 requests at once | room for requests, 100 run at once",
    "ttft 1 s": "✓ 10 requests at once within the targets | TTFT, beyond 10 at once",
    "tpot 50 ms": "✓ 40 requests at once within the targets | TPOT, beyond 40 at once",
    "20 tokens/s": "✓ 40 requests at once within the targets | speed, beyond 40 at once",
    "5 tokens/s": "✓ 100 requests at once within the targets | room for requests, 100 run at once",
    "both": "✓ 10 requests at once within the targets | TTFT, beyond 10 at once",
    "hopeless": "✗ not even one request keeps TTFT: 2× too slow | ",
    "1 % of 1,000": "✓ serves 1,000,000 users | room for requests, 100 run at once",
    "1 % with ttft": "✓ serves 100,000 users | TTFT, beyond 10 at once",
    "a trillion": "✗ 1,000,000 of 1,000,000,000,000 users; takes 1,000,000 racks | room for requests, 100 run at once",
    "larger shares": "✗ 10,000 of 50,000 users; takes 5 racks | room for requests, 100 run at once",
    "peak": "✗ 33,333 of 100,000 users; takes 3 racks | TTFT, beyond 10 at once",
    "sessions": "✗ 100 of 250 sessions; takes 3 racks | TTFT, beyond 10 at once",
    "no pause": "✗ 100 of 250 sessions; takes 3 racks | room for requests, 100 run at once",
    "a rate that fits": "✓ enough for 4 requests/s | room for requests, 100 run at once",
    "a rate that does not": "✗ takes 5 racks | room for requests, 100 run at once",
    "requests/s as target": "✗ takes 3 racks | TTFT, beyond 10 at once",
    "spare": "✗ serves 1,000,000 users; takes 1 rack + 1 spare | room for requests, 100 run at once",
    "no spare": "✓ serves 1,000,000 users | room for requests, 100 run at once",
    "hopeless users": "✗ not even one request keeps TTFT: 2× too slow | ",
    "p90": "✓ 4 requests at once within the targets | TTFT, beyond 4 at once",
}


@pytest.mark.parametrize("name", CASES)
def test_so_it_is_in_a_few_words(name: str) -> None:
    case = CASES[name]
    spec = replace(SPEC, audience=case.audience, targets=case.targets)
    said = brief(service(PLAN._replace(scenario=replace(PLAN.scenario, spec=spec, targets=case.targets))), case.targets)
    assert f"{'✓' if said.good else '✗'} {said.answer} | {said.breaks}" == BRIEF[name]


def test_a_target_of_availability_alone_asks_for_its_spare() -> None:
    targets = Targets(availability=0.999)
    spec = replace(SPEC, targets=targets)
    said = brief(service(PLAN._replace(scenario=replace(PLAN.scenario, spec=spec, targets=targets))), targets)
    assert (said.good, said.answer) == (False, "100 requests at once within the targets with 1 spare")
