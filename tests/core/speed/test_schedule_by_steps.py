"""Loads on a replica whose every step takes a second: times are numbers of steps."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.speed.stepping import ranks, steps

from roofrack.speed.schedule import Requests, batch, closed, gathered, prefill_alone, saturated, single
from roofrack.speed.step import StepModel

PROMPT, ANSWER = 100, 21


def asked(**fields: Any) -> Requests:
    return Requests(**{"prompt": PROMPT, "output": ANSWER, "budget": 50, "whole_prompts": False, "slots": 10} | fields)


def seconds(**costs: Any) -> StepModel:
    return steps(
        **{"step_s": 1.0, "request_s": 0.0, "poll_steps": 0.0, "balance_steps": 0.0, "queue_share": 0.0} | costs
    )


def test_one_request_takes_a_step_for_each_part_of_its_prompt_and_each_token() -> None:
    found = single(seconds(request_s=0.25), asked())
    assert found.ttft_s == pytest.approx(0.25 + 2)  # the last step of the prompt brings the first token
    assert found.tpot_s == pytest.approx(1)
    assert found.e2e_s == pytest.approx(found.ttft_s + 20)
    assert found.output_tokens_per_s == pytest.approx(21 / found.e2e_s)
    assert (found.running, found.waiting) == (1, 0)


def test_a_decode_step_sees_half_of_the_answer_in_the_mean() -> None:
    found = single(seconds(step_s=0.0, kv_bytes_s=1e9), asked())
    assert found.tpot_s == pytest.approx(seconds(step_s=0.0, kv_bytes_s=1e9).time(1, 100 + 21 / 2).total_s)


@pytest.mark.parametrize(
    ("fields", "in_a_step"),
    [
        ({"budget": 50}, 50),
        ({"budget": 1000}, 100),
        ({"budget": 50, "whole_prompts": True}, 100),
        ({"prompt": 40_000, "budget": 50, "whole_prompts": True}, 16_384),
    ],
)
def test_how_much_of_a_prompt_a_step_carries(fields: dict[str, Any], in_a_step: int) -> None:
    requests = asked(**fields)
    assert requests.chunk == in_a_step
    assert prefill_alone(seconds(), requests).total_s == pytest.approx(requests.prompt / in_a_step)


def test_whole_prompts_are_bundled_up_to_the_budget() -> None:
    assert asked(budget=1000, whole_prompts=True).most == 1000
    assert asked(budget=50, whole_prompts=True).most == PROMPT
    assert asked(budget=50).most == 50
    assert asked(budget=10**6).most == 16_384


def test_a_batch_prefills_together_and_then_decodes() -> None:
    found = batch(seconds(request_s=0.25), asked(), 10)
    prefill = 10 * PROMPT / 50
    assert found.e2e_s == pytest.approx(0.25 + prefill + 20)
    assert found.output_tokens_per_s == pytest.approx(10 * 21 / found.e2e_s)
    assert prefill / 2 <= found.ttft_s - 0.25 < prefill  # the mean over the batch
    assert found.tpot_s == pytest.approx(1 + 0.9 * prefill / 2 / 20)  # nine of ten wait, half of the time in the mean
    assert (found.running, found.waiting) == (10, 0)


def test_a_batch_of_one_is_a_request_alone() -> None:
    together, alone = batch(seconds(), asked(), 1), single(seconds(), asked())
    assert (together.ttft_s, together.tpot_s, together.e2e_s) == pytest.approx(
        (alone.ttft_s, alone.tpot_s, alone.e2e_s)
    )


def test_a_batch_whose_prompts_fit_in_one_step_takes_one() -> None:
    assert batch(seconds(), asked(budget=5000), 10).e2e_s == pytest.approx(1 + 20)


def test_more_than_fit_go_in_waves() -> None:
    one, three = batch(seconds(), asked(), 10), batch(seconds(), asked(), 30)
    assert three.e2e_s == pytest.approx(3 * one.e2e_s)
    assert three.output_tokens_per_s == pytest.approx(one.output_tokens_per_s)
    assert three.ttft_s == pytest.approx(one.ttft_s + one.e2e_s)  # the mean request waits for one of the three
    assert (three.running, three.waiting) == (10, 20)


def test_answers_of_one_token_end_with_their_prompt() -> None:
    assert single(seconds(), asked(output=1)).e2e_s == pytest.approx(2)


@pytest.mark.parametrize("concurrency", [1, 4, 10, 25])
def test_requests_in_flight_are_rate_times_time(concurrency: int) -> None:
    """Little's law, of all of them and of those that run."""
    found = closed(seconds(), asked(), concurrency)
    rate = found.output_tokens_per_s / ANSWER
    assert rate * found.e2e_s == pytest.approx(concurrency, rel=1e-6)
    assert found.running == min(concurrency, 10)
    assert found.waiting == max(0, concurrency - 10)
    assert found.e2e_s == pytest.approx(found.ttft_s + 20 * found.tpot_s)


def test_a_closed_load_of_one_is_a_request_alone() -> None:
    found, alone = closed(seconds(request_s=0.5), asked(), 1), single(seconds(request_s=0.5), asked())
    assert (found.ttft_s, found.tpot_s) == pytest.approx((alone.ttft_s, alone.tpot_s))


def test_what_waits_for_a_slot_waits_in_its_first_token() -> None:
    full, beyond = closed(seconds(), asked(), 10), closed(seconds(), asked(), 25)
    assert beyond.output_tokens_per_s == pytest.approx(full.output_tokens_per_s)
    assert beyond.tpot_s == pytest.approx(full.tpot_s)
    assert beyond.ttft_s == pytest.approx(full.ttft_s + 15 / (full.output_tokens_per_s / ANSWER))


def test_a_queue_that_never_ends_leaves_no_slot_empty() -> None:
    idle = {"request_s": 5.0, "poll_steps": 1.0}
    always, replaced = saturated(seconds(**idle), asked()), closed(seconds(**idle), asked(), 10)
    assert always.output_tokens_per_s > replaced.output_tokens_per_s
    assert (always.running, always.waiting) == (10, 0)


def test_a_request_waits_for_the_scheduler_only_where_others_keep_it_busy() -> None:
    """One request finds it idle; of eight, seven may be in its way."""
    polls, none = ({"poll_steps": steps_more, "burst_rounds": 1e9} for steps_more in (3.0, 0.0))
    for concurrency, share in ((1, 0), (2, 1 / 2), (8, 7 / 8)):
        later, sooner = (closed(seconds(**costs), asked(), concurrency) for costs in (polls, none))
        assert later.ttft_s - sooner.ttft_s == pytest.approx(3 * share, abs=1e-4)
    assert closed(seconds(**polls), asked(), 1).ttft_s == pytest.approx(single(seconds(**polls), asked()).ttft_s)


def test_replicas_that_balance_hold_even_a_request_alone() -> None:
    assert closed(seconds(balance_steps=20.0), asked(), 1).ttft_s == pytest.approx(2 + 20)


def test_chunks_follow_each_other_through_a_pipeline_where_the_engine_does_that() -> None:
    two = steps(ranks(pp=2), step_s=1.0)
    behind, beside = (prefill_alone(two, asked(prompt=400, pipelines_prompts=flag)).total_s for flag in (False, True))
    assert behind / 2 < beside < behind
    alone = asked(prompt=50, pipelines_prompts=True)
    assert prefill_alone(two, alone).total_s == pytest.approx(1)  # nothing to follow it
    one = seconds()
    assert prefill_alone(one, asked(pipelines_prompts=True)) == prefill_alone(one, asked())


def test_the_fewer_layers_a_device_has_the_more_chunks_its_queue_of_launches_holds() -> None:
    load = asked(prompt=400, pipelines_prompts=True)
    layers = steps().layers
    holds_one, holds_half = (steps(ranks(pp=2), step_s=1.0, layer_launches=n * 1024 / (layers / 2)) for n in (1, 2))
    assert (holds_one.queued_chunks, holds_half.queued_chunks) == (1, 0.5)
    assert prefill_alone(holds_half, load).total_s > prefill_alone(holds_one, load).total_s
    assert prefill_alone(holds_one, load) == prefill_alone(steps(ranks(pp=2), step_s=1.0), load)


@pytest.mark.parametrize(
    ("waits", "steps_more"), [({"receive_interval": 31}, 15), ({"held_steps": 20}, 20), ({"receive_interval": 1}, 0)]
)
def test_a_request_alone_waits_for_the_next_look_or_for_all_the_time_that_it_is_held(
    waits: dict[str, int], steps_more: float
) -> None:
    assert closed(seconds(), asked(**waits), 1).ttft_s == pytest.approx(2 + steps_more)


def test_prompts_that_are_held_wait_for_each_other_and_start_together() -> None:
    """Of many that join the first, the last waits for nothing: half of the time in the mean."""
    waits = [gathered(asked(held_steps=20), per_step) for per_step in (0.0, 0.1, 1.0, 1000.0)]
    assert waits[0] == (1, 20)
    assert waits[1] == pytest.approx((3, 20 * 2 / 3))
    assert waits[2] == pytest.approx((21, 20 * 11 / 21))
    assert waits[3][1] == pytest.approx(10, rel=1e-3)


def test_whoever_came_since_the_last_look_starts_together() -> None:
    few, many = (gathered(asked(receive_interval=11), per_step) for per_step in (1e-9, 3.0))
    assert few == pytest.approx((1, 5))
    assert many == pytest.approx((30, 5))
    assert gathered(asked(), 3.0) == (1, 0)


def test_gathered_prompts_share_a_step_instead_of_each_having_one() -> None:
    costs = {"dense_flops": 1e13}
    load = asked(budget=10_000, prompt=100, output=200, slots=50)
    apart = closed(seconds(**costs), load, 50)
    together = closed(seconds(**costs), load._replace(held_steps=20), 50)
    assert together.ttft_s > apart.ttft_s + 10 * apart.decode.total_s * 0.9
    assert together.tpot_s <= apart.tpot_s * 1.001
