"""Runs that begin and end: as many requests as a benchmark sends, answers of many lengths."""

from functools import cache
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.catalog import default_catalog
from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain import RackSpec, ScenarioSpec
from roofrack.memory.capacity import plan_memory
from roofrack.results import StepTime
from roofrack.settle import settle
from roofrack.speed.constants import constants
from roofrack.speed.curve import requests_of
from roofrack.speed.schedule import Requests, batch, single
from roofrack.speed.simulate import poisson_arrivals, simulate
from roofrack.speed.spread import open_loop
from roofrack.speed.step import StepModel


@cache
def step() -> StepModel:
    scenario = settle(ScenarioSpec(model="llama-3.1-8b", rack=RackSpec(device="h100-sxm5-80gb")), default_catalog())
    return StepModel(scenario, constants(scenario, shipped_calibration()))


def asked(*, budget: int = 8192, whole: bool = False, slots: int = 256, max_tokens: int | None = None) -> Requests:
    return Requests(prompt=250, output=350, budget=budget, whole_prompts=whole, slots=slots, max_tokens=max_tokens)


def test_answers_of_one_token_have_the_pace_of_a_step() -> None:
    found = open_loop(step(), asked()._replace(output=1), 5.0, 20)
    assert found.spread is not None
    assert found.tpot_s == found.spread.tpot_s.p99 == found.spread.itl_s.mean == found.decode.total_s


def test_answers_are_as_long_as_they_were_given_in_the_order_of_arrival() -> None:
    arrivals = [0.0, 0.5, 1.0, 1.5, 2.0]
    served = sorted(simulate(step(), asked(), arrivals, outputs=(5, 1, 80)).served)
    assert [request.output for request in served] == [5, 1, 80, 5, 1]
    assert [request.arrived for request in served] == arrivals
    assert served[1].ended == served[1].first


def test_one_token_more_takes_one_step_more() -> None:
    ends = [simulate(step(), asked(), [0.0], outputs=(length,)).served[0].ended for length in (10, 11, 12)]
    one, other = ends[1] - ends[0], ends[2] - ends[1]
    assert one == pytest.approx(other, rel=0.001)
    assert one == pytest.approx(step().time(1, 260).total_s, rel=0.01)


def test_a_run_of_one_request_is_a_single_one() -> None:
    run, alone = open_loop(step(), asked(), 5.0, 1), single(step(), asked())
    assert run.ttft_s == pytest.approx(alone.ttft_s)
    assert run.tpot_s == pytest.approx(alone.tpot_s, rel=0.01)
    assert run.output_tokens_per_s == pytest.approx(350 / alone.e2e_s, rel=0.01)


def test_a_long_run_below_capacity_is_the_service_that_goes_on() -> None:
    run, steady = open_loop(step(), asked(), 5.0, 4000), open_loop(step(), asked(), 5.0)
    assert run.tpot_s == pytest.approx(steady.tpot_s, rel=0.03)
    assert run.ttft_s == pytest.approx(steady.ttft_s, rel=0.03)


def test_beyond_capacity_the_queue_grows_with_the_run() -> None:
    waits = [open_loop(step(), asked(slots=16), 100.0, requests).ttft_s for requests in (30, 100, 300)]
    assert waits[0] < waits[1] / 2
    assert waits[1] < waits[2] / 2


def test_short_answers_make_room_early() -> None:
    alike = open_loop(step(), asked(slots=64), 200.0, 100)
    varied = open_loop(step(), asked(slots=64, max_tokens=512), 200.0, 100)
    assert alike.spread is not None
    assert varied.spread is not None
    assert varied.ttft_s < alike.ttft_s / 1.5
    assert varied.spread.tpot_s.p99 > alike.spread.tpot_s.p99


def test_whoever_comes_at_a_random_moment_waits_for_the_step_under_way_and_no_longer() -> None:
    alone = single(step(), asked())
    run = open_loop(step(), asked(), 0.5, 200)
    decode = step().time(1, 600).total_s
    assert alone.ttft_s < run.ttft_s < alone.ttft_s + decode


class Recorded(StepModel):
    """Remembers what its steps carried."""

    def __init__(self) -> None:
        self.__dict__.update(step().__dict__)
        self.carried: list[tuple[float, float]] = []

    def time(self, decode: float, context: float, prompt: float = 0, prompt_context: float = 0) -> StepTime:
        self.carried.append((decode, prompt))
        return super().time(decode, context, prompt, prompt_context)


def test_who_decodes_takes_a_token_of_the_budget() -> None:
    recorded = Recorded()
    simulate(recorded, asked(budget=300), [0.0] * 200)
    mixed = [(decode, prompt) for decode, prompt in recorded.carried if decode and prompt]
    assert mixed
    assert max(decode + prompt for decode, prompt in mixed) == 300


@given(
    st.lists(st.integers(1, 300), min_size=1, max_size=20),
    st.integers(1, 40),
    st.floats(0.1, 300),
    st.integers(1, 600),
    st.booleans(),
)
def test_no_token_is_lost(outputs: list[int], count: int, rate: float, budget: int, whole: bool) -> None:
    run = simulate(step(), asked(budget=budget, whole=whole, slots=8), poisson_arrivals(rate, count), outputs=outputs)
    assert len(run.served) == count
    given_out = [outputs[place % len(outputs)] for place in range(count)]
    assert [request.output for request in sorted(run.served)] == given_out
    assert sum(times for _, times in run.gaps) == sum(length - 1 for length in given_out)
    assert all(r.arrived < r.first <= r.ended for r in run.served)


def test_a_batch_of_equal_answers_does_not_thin_out() -> None:
    assert batch(step(), asked(), 64) == batch(step(), asked(max_tokens=350), 64)


def test_a_batch_ends_with_its_longest_answer() -> None:
    alike, varied = batch(step(), asked(), 64), batch(step(), asked(max_tokens=512), 64)
    assert alike.e2e_s < varied.e2e_s < alike.e2e_s * 512 / 350
    assert varied.output_tokens_per_s < alike.output_tokens_per_s


@pytest.mark.parametrize(("concurrency", "whole"), [(40, False), (40, True), (200, True)])
def test_the_closed_form_of_a_batch_agrees_with_its_simulation(concurrency: int, whole: bool) -> None:
    requests = asked(max_tokens=512, slots=256, whole=whole)
    formula = batch(step(), requests, concurrency)
    run = open_loop(step(), requests, 1e6, concurrency)
    assert run.output_tokens_per_s == pytest.approx(formula.output_tokens_per_s, rel=0.1)


def test_two_thirds_of_a_thinning_batch_are_gone_before_the_end() -> None:
    run = simulate(step(), asked(), [0.0] * 90, outputs=(100, 200, 300))
    ends = [request.ended for request in run.served]
    assert fmean(ends[:30]) < fmean(ends[30:60]) < fmean(ends[60:])
    assert [request.output for request in run.served] == [100] * 30 + [200] * 30 + [300] * 30


def test_whole_prompts_are_bundled_up_to_the_longest_context() -> None:
    recorded = Recorded()
    simulate(recorded, asked(budget=1000, whole=True), [0.0] * 9)
    assert [prompt for decode, prompt in recorded.carried if prompt] == [1000, 250]  # 1000 twice, remembered
    assert asked(budget=100, whole=True).most == 250  # a prompt is never cut


@pytest.mark.parametrize(("asked_tokens", "at_once"), [(None, 512), (2048, 512), (100, 100)])
def test_llama_cpp_works_prompts_off_in_pieces(asked_tokens: int | None, at_once: int) -> None:
    """A batch of 2,048 tokens (`-b`) runs in pieces of 512 (`-ub`)."""
    rack = RackSpec(device="rtx-4090")
    spec = ScenarioSpec(model="llama-3.1-8b", rack=rack, engine="llama.cpp", max_num_batched_tokens=asked_tokens)
    scenario = settle(spec, default_catalog())
    assert requests_of(scenario, plan_memory(scenario)).chunk == at_once
