"""What any textbook on inference says must hold, whatever the constants are."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.catalog import default_catalog
from roofrack.domain import ParallelSpec, RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.errors import InputError
from roofrack.memory.weights import active_params
from roofrack.plan import plan
from roofrack.results import Plan
from roofrack.speed.schedule import Requests, closed
from roofrack.speed.step import StepModel

LLAMA_8B, LLAMA_70B = "llama-3.1-8b", "llama-3.1-70b"


def spec(model: str = LLAMA_8B, device: str = "h100-sxm5-80gb", gpus: int = 1, **more: object) -> ScenarioSpec:
    workload = WorkloadSpec(**{"context_tokens": 8192, **more.pop("workload", {})})  # type: ignore[arg-type, dict-item]
    rack = RackSpec(device=device, gpus_per_node=gpus, **more.pop("rack", {}))  # type: ignore[arg-type]
    return ScenarioSpec(model=model, rack=rack, workload=workload, **more)  # type: ignore[arg-type]


def tpot(planned: Plan) -> float:
    assert planned.at is not None, planned.memory.reason
    return planned.at.tpot_s.mid


@pytest.mark.parametrize("weights", ["bf16", "fp8", "awq-int4"])
@pytest.mark.parametrize(("model", "gpus"), [(LLAMA_8B, 1), (LLAMA_70B, 4), ("mixtral-8x7b", 4)])
def test_single_stream_never_beats_bandwidth(model: str, gpus: int, weights: str) -> None:
    planned = plan(spec(model, gpus=gpus, weights=weights, workload={"load": "single"}))
    scenario = planned.scenario
    bandwidth = scenario.rack.device.bandwidth_gb_s * 1e9 * gpus
    fewest_bytes = active_params(scenario.model) * scenario.weights.bits / 8
    # The embedding row is looked up, not streamed: the bound leaves the whole table out.
    fewest_bytes -= scenario.model.vocab * scenario.model.hidden * 2
    assert tpot(planned) > fewest_bytes / bandwidth
    assert planned.at is not None
    assert planned.at.tokens_per_s_per_user.high < bandwidth / fewest_bytes


def test_prefill_never_beats_the_dense_rate() -> None:
    planned = plan(spec(workload={"load": "single", "prompt_tokens": 8000, "output_tokens": 10}))
    assert planned.at is not None
    flops = 2 * (active_params(planned.scenario.model) - 2 * 128256 * 4096) * 8000
    assert planned.at.ttft_s.low > flops / 989.4e12


def test_throughput_saturates_where_compute_takes_over() -> None:
    planned = plan(spec(workload={"concurrencies": (1, 2, 4, 256, 512), "prompt_tokens": 128, "output_tokens": 512}))
    rates = {point.concurrency: point.output_tokens_per_s.mid for point in planned.curve}
    assert rates[2] > 1.8 * rates[1]
    assert rates[512] < 1.8 * rates[256]
    assert planned.curve[0].bound == "weights"


def test_batching_raises_throughput_and_slows_each_user() -> None:
    points = plan(spec(workload={"concurrencies": (1, 4, 16, 64)})).curve
    totals = [point.output_tokens_per_s.mid for point in points]
    each = [point.tpot_s.mid for point in points]
    assert totals == sorted(totals)
    assert each == sorted(each)


def test_tensor_parallelism_over_pcie_is_visibly_worse_than_over_nvlink() -> None:
    over_nvlink = plan(spec(LLAMA_70B, gpus=4, rack={"link": "nvlink"}))
    over_pcie = plan(spec(LLAMA_70B, gpus=4, rack={"link": "pcie"}))
    assert tpot(over_pcie) > 1.15 * tpot(over_nvlink)
    assert over_pcie.at is not None
    assert over_nvlink.at is not None
    assert over_pcie.at.decode.communication_s > 3 * over_nvlink.at.decode.communication_s


def test_eight_gpus_are_not_one() -> None:
    one = plan(spec(workload={"load": "single"}))
    eight = plan(spec(gpus=8, parallel=ParallelSpec(tp=8), workload={"load": "single"}))
    assert tpot(one) / 8 < tpot(eight) < tpot(one)


def test_replicas_multiply_throughput_and_leave_latency() -> None:
    one = plan(spec(parallel=ParallelSpec(tp=1), workload={"concurrency": 8}))
    four = plan(spec(gpus=4, parallel=ParallelSpec(tp=1), workload={"concurrency": 32}))
    assert one.at is not None
    assert four.at is not None
    assert four.scenario.parallel.dp == 4
    assert four.at.output_tokens_per_s.mid == pytest.approx(4 * one.at.output_tokens_per_s.mid)
    assert four.at.tpot_s.mid == pytest.approx(one.at.tpot_s.mid)


def test_pipeline_stages_do_not_speed_up_one_request() -> None:
    one = plan(spec(workload={"load": "single"}))
    staged = plan(spec(gpus=4, parallel=ParallelSpec(pp=4), workload={"load": "single"}))
    assert tpot(staged) >= tpot(one)


def test_a_moe_model_decodes_faster_than_a_dense_one_of_its_size() -> None:
    dense = plan(spec("qwen3-32b", workload={"load": "single"}))
    sparse = plan(spec("qwen3-30b-a3b", workload={"load": "single"}))
    assert tpot(sparse) < tpot(dense) / 2


def test_experts_touched_grow_with_the_batch() -> None:
    planned = plan(spec("mixtral-8x7b", gpus=4, workload={"concurrencies": (1, 64)}))
    weights = [point.decode.weights_s for point in planned.curve if point.concurrency in (1, 64)]
    assert weights[1] > 2 * weights[0]


def test_past_the_memory_limit_requests_wait() -> None:
    planned = plan(
        spec(device="rtx-4090", workload={"concurrencies": (1, 8, 4096), "prompt_tokens": 4000, "output_tokens": 500})
    )
    last = planned.curve[-1]
    fit = planned.memory.workload_concurrency
    # Those inside are at all stages of their answers, so a few more run than would fit if all were at its end.
    assert fit <= last.running <= (fit + 1) * 4500 / (4000 + 0.6 * 500) < 4096
    assert last.waiting == 4096 - last.running
    assert last.ttft_s.mid > 10 * planned.curve[0].ttft_s.mid
    inside = [point for point in planned.curve if point.concurrency <= fit]
    assert all(point.waiting == 0 for point in inside)


@pytest.mark.parametrize("load", ["single", "batch", "closed"])
def test_identities(load: str) -> None:
    planned = plan(spec(workload={"load": load, "concurrencies": (1, 16, 128)}))
    output = planned.scenario.workload.output_tokens
    for point in planned.curve:
        for band in point:
            if hasattr(band, "mid"):
                assert 0 < band.low < band.mid < band.high < math.inf
        assert point.requests_per_s.mid == pytest.approx(point.output_tokens_per_s.mid / output)
        assert point.tokens_per_s_per_user.mid == pytest.approx(1 / point.tpot_s.mid)
        assert point.running + point.waiting == point.concurrency
        if load == "closed":  # Little's law
            assert point.concurrency == pytest.approx(point.requests_per_s.mid * point.e2e_latency_s.mid, rel=1e-3)


def test_random_arrivals_meet_the_closed_load_of_the_same_concurrency() -> None:
    opened = plan(spec(LLAMA_70B, gpus=4, workload={"load": "poisson", "rate_per_s": 3.0}))
    assert opened.at is not None
    assert opened.at.requests_per_s.mid == pytest.approx(3.0, rel=0.05)
    assert opened.at.concurrency == pytest.approx(3.0 * opened.at.e2e_latency_s.mid, abs=1)
    closed_plan = plan(spec(LLAMA_70B, gpus=4, workload={"concurrency": opened.at.concurrency}))
    assert tpot(opened) == pytest.approx(tpot(closed_plan), rel=0.1)


def test_more_arrivals_than_it_can_serve_are_said() -> None:
    flooded = plan(spec(LLAMA_70B, gpus=4, workload={"load": "poisson", "rate_per_s": 500.0}))
    assert flooded.at is not None
    assert "rate-beyond-capacity" in {notice.code for notice in flooded.warnings}
    assert flooded.at.requests_per_s.mid < 100
    with pytest.raises(InputError, match="rate"):
        plan(spec(workload={"load": "poisson"}))


def test_saturation_is_the_most_that_a_closed_load_reaches() -> None:
    full = plan(spec(workload={"load": "saturated"}))
    (point,) = full.curve
    assert full.memory.workload_concurrency <= point.running == point.concurrency <= full.scenario.max_num_seqs
    for closed_point in plan(spec()).curve:
        assert closed_point.output_tokens_per_s.mid <= point.output_tokens_per_s.mid * (1 + 1e-5)


def test_the_shipped_calibration_is_valid_and_measured() -> None:
    import tomli

    import roofrack_presets
    from roofrack.catalog.calibration import shipped_calibration
    from roofrack.domain.calibration import Calibration
    from roofrack.validation import validated

    text = Path(roofrack_presets.__file__).with_name("calibration.toml").read_text(encoding="utf-8")
    assert validated(Calibration, tomli.loads(text), "calibration.toml") == shipped_calibration()
    assert sum(era.rows for era in shipped_calibration().eras) > 5000
    for engine in default_catalog().engines():
        assert shipped_calibration().era(engine.id, engine.default_version).rows > 0


def _step(model: str, device: str, gpus: int) -> tuple[StepModel, int]:
    from roofrack.catalog.calibration import shipped_calibration
    from roofrack.settle import settle
    from roofrack.speed.constants import constants

    scenario = settle(spec(model, device, gpus), default_catalog())
    return StepModel(scenario, constants(scenario, shipped_calibration())), scenario.max_num_batched_tokens


@given(
    st.sampled_from(
        [(LLAMA_8B, "h100-sxm5-80gb", 1), ("gpt-oss-120b", "h100-sxm5-80gb", 2), ("deepseek-v3", "h200-sxm-141gb", 8)]
    ),
    st.integers(1, 2000),
    st.integers(1, 100_000),
    st.integers(1, 4000),
)
def test_more_work_never_takes_less_time(case: tuple[str, str, int], decode: int, context: int, prompt: int) -> None:
    step, _ = _step(*case)
    base = step.time(decode, context, prompt, prompt / 2).total_s
    assert step.time(decode + 1, context, prompt, prompt / 2).total_s >= base
    assert step.time(decode, context + 100, prompt, prompt / 2).total_s >= base
    assert step.time(decode, context, prompt + 100, prompt / 2).total_s >= base
    assert step.time(decode, context, prompt, prompt / 2 + 50).total_s >= base


@given(st.integers(1, 400), st.integers(16, 8000), st.integers(2, 2000))
def test_more_concurrency_never_lowers_tpot(concurrency: int, prompt: int, output: int) -> None:
    step, budget = _step(LLAMA_8B, "h100-sxm5-80gb", 1)
    asked = Requests(prompt=prompt, output=output, budget=budget, whole_prompts=False, slots=1000)
    now, more = closed(step, asked, concurrency), closed(step, asked, concurrency + 1)
    assert more.tpot_s >= now.tpot_s * (1 - 1e-4)
    assert more.ttft_s >= now.ttft_s * (1 - 1e-4)


@given(st.floats(1.01, 10))
def test_more_bandwidth_never_slows_decode(factor: float) -> None:
    catalog = default_catalog()
    from roofrack.catalog.calibration import shipped_calibration
    from roofrack.settle import settle
    from roofrack.speed.constants import constants

    scenario = settle(spec(), catalog)
    group = scenario.rack.groups[0]
    faster = replace(group.device, bandwidth_gb_s=group.device.bandwidth_gb_s * factor)
    wider = replace(scenario, rack=replace(scenario.rack, groups=(replace(group, device=faster),)))
    slow = StepModel(scenario, constants(scenario, shipped_calibration())).time(8, 1000).total_s
    fast = StepModel(wider, constants(wider, shipped_calibration())).time(8, 1000).total_s
    assert fast < slow
