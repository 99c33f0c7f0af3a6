"""The simulation against what can be said without it."""

from functools import cache
from itertools import pairwise
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.catalog import default_catalog
from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain import RackSpec, ScenarioSpec
from roofrack.settle import settle
from roofrack.speed.constants import constants
from roofrack.speed.schedule import Requests, closed, single
from roofrack.speed.simulate import poisson_arrivals, simulate
from roofrack.speed.step import StepModel


@cache
def step() -> StepModel:
    scenario = settle(ScenarioSpec(model="llama-3.1-8b", rack=RackSpec(device="h100-sxm5-80gb")), default_catalog())
    return StepModel(scenario, constants(scenario, shipped_calibration()))


def asked(prompt: int = 1000, output: int = 200, slots: int = 256, *, whole: bool = False) -> Requests:
    return Requests(prompt=prompt, output=output, budget=8192, whole_prompts=whole, slots=slots)


def test_one_request_alone_is_the_single_load() -> None:
    (served,) = simulate(step(), asked(), [0.0]).served
    alone = single(step(), asked())
    assert served.first == pytest.approx(alone.ttft_s)
    assert served.ended == pytest.approx(alone.e2e_s, rel=0.01)


@pytest.mark.parametrize("whole", [False, True])
def test_everything_that_arrives_is_served_in_order_and_causally(whole: bool) -> None:
    arrivals = poisson_arrivals(20, 2000)
    served = simulate(step(), asked(slots=32, whole=whole), arrivals).served
    assert sorted(request.arrived for request in served) == arrivals
    assert all(request.arrived < request.first < request.ended for request in served)
    firsts = [request.first for request in sorted(served)]
    assert all(later >= earlier - 0.1 for earlier, later in pairwise(firsts))


def test_slots_bound_what_runs_at_once() -> None:
    served = simulate(step(), asked(slots=4), [0.0] * 40).served
    events = sorted([(r.first, 1) for r in served] + [(r.ended, -1) for r in served])
    running = most = 0
    for _, change in events:
        running += change
        most = max(most, running)
    assert most <= 5  # a first token and the last one of its predecessor fall into the same step


def test_a_steady_stream_meets_the_closed_form() -> None:
    served = simulate(step(), asked(), poisson_arrivals(10, 4000)).served
    warm = sorted(served)[500:]
    in_flight = 10 * fmean(r.ended - r.arrived for r in warm)
    steady = closed(step(), asked(), in_flight)
    assert fmean((r.ended - r.first) / 199 for r in warm) == pytest.approx(steady.tpot_s, rel=0.05)
    assert steady.output_tokens_per_s / 200 == pytest.approx(10, rel=0.05)


def test_the_same_seed_gives_the_same_run() -> None:
    assert poisson_arrivals(5, 100) == poisson_arrivals(5, 100)
    assert poisson_arrivals(5, 100) != poisson_arrivals(5, 100, seed=2)
    assert fmean(poisson_arrivals(5, 20_000)[-1:]) == pytest.approx(4000, rel=0.05)


@given(st.integers(1, 20_000), st.integers(1, 500), st.integers(1, 64), st.floats(0.01, 200), st.booleans())
def test_any_request_is_served_in_finite_time(prompt: int, output: int, slots: int, rate: float, whole: bool) -> None:
    served = simulate(step(), asked(prompt, output, slots, whole=whole), poisson_arrivals(rate, 60)).served
    assert len(served) == 60
    assert all(0 <= r.arrived < r.first and r.first <= r.ended for r in served)
