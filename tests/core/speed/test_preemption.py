"""What a scheduler makes of a cache that runs out, and the percentiles that come of it."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.catalog import default_catalog
from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain import RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.plan import plan
from roofrack.results import CurvePoint, Percentiles
from roofrack.settle import settle
from roofrack.speed.constants import constants
from roofrack.speed.schedule import Cache, Requests
from roofrack.speed.simulate import Run, poisson_arrivals, simulate
from roofrack.speed.step import StepModel


@cache
def step() -> StepModel:
    scenario = settle(ScenarioSpec(model="llama-3.1-8b", rack=RackSpec(device="h100-sxm5-80gb")), default_catalog())
    return StepModel(scenario, constants(scenario, shipped_calibration()))


def run(
    memory: Cache | None, arrivals: list[float], *, prompt: int = 1000, output: int = 200, replaced: int = 0
) -> Run:
    asked = Requests(prompt=prompt, output=output, budget=8192, whole_prompts=False, slots=256, cache=memory)
    return simulate(step(), asked, arrivals, replaced=replaced)


def tight(tokens: float, *, reserved: float = 0.0, watermark: float = 0.0) -> Cache:
    return Cache(tokens=tokens, fixed_tokens=0, sequences=256, reserved=reserved, watermark=watermark)


def most_at_once(served: Run) -> int:
    events = sorted([(r.first, 1) for r in served.served] + [(r.ended, -1) for r in served.served])
    running = most = 0
    for _, change in events:
        running += change
        most = max(most, running)
    return most


def test_a_cache_that_holds_everything_changes_nothing() -> None:
    arrivals = poisson_arrivals(10, 500)
    assert run(None, arrivals).served == run(tight(10**9), arrivals).served


def test_prompts_alone_are_admitted_and_the_newest_is_preempted_when_blocks_run_out() -> None:
    crowded = run(tight(10_100), [0.0] * 10)  # ten prompts fit, ten answers do not
    assert crowded.preempted > 0
    assert len(crowded.served) == 10
    assert crowded.served[-1].ended > run(tight(12_100), [0.0] * 10).served[-1].ended


def test_answers_set_aside_are_never_preempted() -> None:
    careful = run(tight(10_100, reserved=1.0), [0.0] * 10)
    assert careful.preempted == 0
    assert most_at_once(careful) == 8  # 8 × 1,200 tokens fit into 10,100


def test_a_watermark_keeps_one_request_out() -> None:
    assert most_at_once(run(tight(11_990), [0.0] * 11, output=50)) == 11
    assert most_at_once(run(tight(11_990, watermark=0.1), [0.0] * 11, output=50)) == 10


def test_a_closed_load_replaces_what_has_ended() -> None:
    served = run(None, [0.0] * 4, replaced=16).served
    assert len(served) == 20
    later = sorted(request.arrived for request in served)[4:]
    ends = sorted(request.ended for request in served)[:16]
    assert all(
        arrived == pytest.approx(end, abs=step().constants.request_s + 0.1)
        for arrived, end in zip(later, ends, strict=True)
    )


@given(
    st.integers(1, 3000),
    st.integers(1, 300),
    st.floats(1.0, 6.0),
    st.sampled_from([0.0, 0.098, 1.0]),
    st.sampled_from([0.0, 0.01]),
    st.booleans(),
)
def test_whatever_the_memory_everybody_is_served(
    prompt: int, output: int, room: float, reserved: float, watermark: float, whole: bool
) -> None:
    memory = tight((prompt + output) * room, reserved=reserved, watermark=watermark)
    asked = Requests(prompt=prompt, output=output, budget=512, whole_prompts=whole, slots=8, cache=memory)
    found = simulate(step(), asked, poisson_arrivals(20, 40))
    assert len(found.served) == 40
    assert all(r.arrived < r.first <= r.ended for r in found.served)
    assert sum(count for _, count in found.gaps) == 40 * (output - 1)
    assert found.preempted == 0 or reserved < 1


def spec(load: str, concurrency: int = 48) -> ScenarioSpec:
    rate = 4.0 if load == "poisson" else None
    workload = WorkloadSpec(load=load, concurrency=concurrency, concurrencies=(1, concurrency), rate_per_s=rate)  # type: ignore[arg-type]
    return ScenarioSpec(model="llama-3.1-8b", rack=RackSpec(device="h100-sxm5-80gb"), workload=workload)


def spread(point: CurvePoint) -> dict[str, Percentiles]:
    assert point.spread is not None
    return point.spread._asdict()


@pytest.mark.parametrize("load", ["single", "batch", "closed", "saturated", "poisson"])
def test_percentiles_ascend_and_their_mean_is_the_plan_s(load: str) -> None:
    for point in plan(spec(load), percentiles=True).curve:
        found = spread(point)
        for values in found.values():
            assert 0 < values.p50 <= values.p90 <= values.p95 <= values.p99
        assert found["ttft_s"].mean == pytest.approx(point.ttft_s.mid)
        assert found["tpot_s"].mean == pytest.approx(point.tpot_s.mid)
        assert found["e2e_latency_s"].mean == pytest.approx(point.e2e_latency_s.mid)


def test_nobody_pays_for_percentiles_that_were_not_asked_for() -> None:
    assert all(point.spread is None for point in plan(spec("closed")).curve)


def test_alone_all_requests_fare_alike() -> None:
    alone = spread(plan(spec("single"), percentiles=True).curve[0])
    assert all(len(set(values)) == 1 for values in alone.values())


def test_prompts_of_others_stutter_the_stream_more_than_they_slow_it() -> None:
    point = plan(spec("closed"), percentiles=True).curve[-1]
    found = spread(point)
    assert found["itl_s"].p99 > 2 * found["tpot_s"].p99
    assert found["itl_s"].p50 < found["tpot_s"].p50
    assert found["ttft_s"].p99 > 1.5 * found["ttft_s"].p50
