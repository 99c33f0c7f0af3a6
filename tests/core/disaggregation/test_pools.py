"""Two pools: laws that hold whatever the constants of the speed model are."""

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roofrack.disaggregation import Disaggregation, Load, across_loads, disaggregate, for_pools
from roofrack.disaggregation.compare import BULK_SHARE
from roofrack.disaggregation.steady import queue_s
from roofrack.domain.scenario import ParallelSpec, RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.domain.workload import Targets
from roofrack.errors import InputError
from roofrack.memory.kv import kv_bytes
from roofrack.plan import plan

SPEC = ScenarioSpec(
    model="llama-3.1-8b",
    rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=8),
    workload=WorkloadSpec(prompt_tokens=4000, output_tokens=256, concurrency=64),
)
NEWSLETTER = ScenarioSpec(
    model="llama-3.1-405b",
    weights="fp8",
    rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=8, nodes=4),
    workload=WorkloadSpec(prompt_tokens=100, output_tokens=65, concurrency=64),
)


def at(concurrency: int, **workload: Any) -> ScenarioSpec:
    return dataclasses.replace(SPEC, workload=dataclasses.replace(SPEC.workload, concurrency=concurrency, **workload))


def test_the_wait_of_one_server_is_pollaczek_and_khinchine() -> None:
    for busy in (0.1, 0.5, 0.9):
        assert queue_s(busy, 1, 2.0) == pytest.approx(busy / (2 * (1 - busy)) * 2.0)
    assert queue_s(0.0, 4, 1.0) == 0
    # Erlang C of 2 erlang on 3 servers is 4/9: the wait is half of 4/9 · 1 / (3 − 2).
    assert queue_s(2.0, 3, 1.0) == pytest.approx(4 / 9 / 2)


def littles_law(load: Load, output_tokens: int) -> float:
    return load.requests_per_s.mid * (load.ttft_s.mid + max(output_tokens - 1, 1) * load.tpot_s.mid)


@settings(max_examples=25)
@given(st.integers(1, 3000), st.integers(30, 20_000), st.integers(1, 2000))
def test_littles_law_and_capacities_hold_at_any_load(concurrency: int, prompt: int, output: int) -> None:
    found = disaggregate(at(concurrency, prompt_tokens=prompt, output_tokens=output), prefill_gpus=4, decode_gpus=4)
    load = found.load
    assert littles_law(load, output) == pytest.approx(concurrency, rel=1e-4)
    assert load.requests_per_s.mid <= found.prefill.requests_per_s * (1 + 1e-6)
    assert load.requests_per_s.mid <= found.decode.requests_per_s * (1 + 1e-6)
    assert 0 <= found.transfer.busy <= 1
    for band in (load.ttft_s, load.tpot_s, load.requests_per_s, load.output_tokens_per_s):
        assert 0 < band.low < band.mid < band.high
        assert math.isfinite(band.high)
    assert load.output_tokens_per_s.mid == pytest.approx(load.requests_per_s.mid * output)


def test_more_requests_are_more_a_second_and_slower_each() -> None:
    found = [disaggregate(at(n), prefill_gpus=4, decode_gpus=4).load for n in (1, 8, 64, 256)]
    rates = [one.requests_per_s.mid for one in found]
    assert rates == sorted(rates)
    assert [one.ttft_s.mid for one in found] == sorted(one.ttft_s.mid for one in found)


def test_a_larger_pool_never_completes_less() -> None:
    fixed = dataclasses.replace(SPEC, parallel=ParallelSpec(tp=1, pp=1))
    # Both pools in one node: beyond it they would hand over by a slower link.
    rates = [disaggregate(fixed, prefill_gpus=n, decode_gpus=4).load.requests_per_s.mid for n in (1, 2, 3, 4)]
    assert rates == sorted(rates)
    assert rates[0] < rates[-1]


def test_the_transfer_is_the_prompts_cache_over_the_link() -> None:
    inside = disaggregate(SPEC, prefill_gpus=4, decode_gpus=4)
    model = inside.scenario.model
    assert inside.transfer.bytes_per_request == kv_bytes(model, inside.scenario.kv, 4000) == 4000 * 131_072
    assert inside.transfer.link == inside.scenario.rack.link.id
    two_nodes = dataclasses.replace(SPEC, parallel=ParallelSpec(tp=1, pp=1))
    across = disaggregate(two_nodes, prefill_gpus=8, decode_gpus=8)
    network = across.scenario.rack.network
    assert across.transfer.link == network.id
    assert across.transfer.bytes_s == pytest.approx(network.gb_s_per_direction * 1e9 * BULK_SHARE)
    slow = dataclasses.replace(two_nodes, rack=dataclasses.replace(SPEC.rack, network="ethernet-10g"))
    slowed = disaggregate(slow, prefill_gpus=8, decode_gpus=8)
    assert slowed.transfer.seconds > across.transfer.seconds
    assert slowed.load.ttft_s.mid > across.load.ttft_s.mid


def test_decoding_alone_is_faster_than_with_prompts_between() -> None:
    """One prefill GPU and one that decodes: TPOT below that of a GPU that does both for the same sequences."""
    spec = dataclasses.replace(at(16), parallel=ParallelSpec(tp=1, pp=1))
    pools = disaggregate(spec, prefill_gpus=1, decode_gpus=1)
    both = plan(dataclasses.replace(spec, rack=RackSpec(device="h100-sxm5-80gb"))).at
    assert both is not None
    assert pools.load.tpot_s.mid < both.tpot_s.mid


def test_the_newsletters_pools_of_12_and_16() -> None:
    found = disaggregate(NEWSLETTER, prefill_gpus=12, decode_gpus=16)
    assert (found.prefill.gpus, found.decode.gpus) == (12, 16)
    assert found.prefill.tp * found.prefill.pp <= 12
    assert found.usd_per_hour is not None
    assert found.usd_per_hour == pytest.approx(28 * (found.scenario.usd_per_device_hour or 0))
    assert found.aggregated is not None
    assert found.aggregated.tp * found.aggregated.pp * found.aggregated.dp <= 28
    assert found.load.usd_per_million_output_tokens == pytest.approx(
        found.usd_per_hour / (found.load.output_tokens_per_s.mid * 3600) * 1e6
    )


def test_a_chosen_split_uses_the_whole_rack_and_is_the_best() -> None:
    best = disaggregate(SPEC)
    assert best.prefill.gpus + best.decode.gpus == 8
    others = [disaggregate(SPEC, prefill_gpus=n).load.requests_per_s.mid for n in range(1, 8)]
    assert best.load.requests_per_s.mid == pytest.approx(max(others))


def test_a_rack_of_many_nodes_is_split_in_steps() -> None:
    found = disaggregate(
        dataclasses.replace(at(2000), rack=dataclasses.replace(SPEC.rack, nodes=100), parallel=ParallelSpec(tp=1, pp=1))
    )
    assert found.prefill.gpus + found.decode.gpus == 800
    assert (found.prefill.tp, found.decode.pp) == (1, 1)


def within(found: Disaggregation) -> tuple[float, float]:
    together = found.aggregated.most if found.aggregated else None
    return (
        found.most.requests_per_s.mid if found.most else 0.0,
        together.requests_per_s.mid if together else 0.0,
    )


@pytest.mark.parametrize("tpot", [0.005, 0.008, 0.012, 0.03, 0.1])
def test_what_pays_is_what_completes_more_within_the_targets(tpot: float) -> None:
    targets = Targets(ttft_s=1.0, tpot_s=tpot)
    found = disaggregate(dataclasses.replace(SPEC, targets=targets))
    mine, theirs = within(found)
    assert found.pays == (mine > theirs)
    for load in (found.most, found.aggregated.most if found.aggregated else None):
        if load is not None:
            assert load.ttft_s.mid <= 1.0 + 1e-9
            assert load.tpot_s.mid <= tpot + 1e-9
    assert found.verdict[-1] == ("Two pools pay." if found.pays else found.verdict[-1])


@pytest.mark.parametrize(
    ("spec", "pools", "match"),
    [
        (SPEC, {"prefill_gpus": 0, "decode_gpus": 4}, "prefill-gpus"),
        (SPEC, {"prefill_gpus": -1}, "prefill-gpus"),
        (SPEC, {"decode_gpus": 10**9}, "decode-gpus"),
        (SPEC, {"prefill_gpus": 8}, "leave none"),
        (dataclasses.replace(SPEC, parallel=ParallelSpec(dp=2)), {}, "dp"),
        (SPEC, {"prefill_gpus": 4000, "decode_gpus": 4000}, "together"),
        (dataclasses.replace(SPEC, rack=RackSpec(device="h100-sxm5-80gb")), {}, "at least 2"),
        (dataclasses.replace(SPEC, model="llama-3.1-405b"), {"prefill_gpus": 1, "decode_gpus": 1}, "fits in no"),
        (dataclasses.replace(SPEC, targets=Targets(percentile=95)), {}, "percentile"),
        (
            dataclasses.replace(SPEC, workload=WorkloadSpec(load="poisson", rate_per_s=1.0)),
            {"prefill_gpus": 4, "decode_gpus": 4},
            "load",
        ),
    ],
)
def test_absurd_pools_are_refused_by_name(spec: ScenarioSpec, pools: dict[str, Any], match: str) -> None:
    with pytest.raises(InputError, match=match):
        disaggregate(spec, **pools)


def test_across_loads_is_what_each_load_alone_says() -> None:
    spec = ScenarioSpec(model="llama-3.1-70b", weights="fp8", rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=4))
    found = across_loads(spec, loads=(1, 64))
    assert [one.concurrency for one in found] == [1, 64]
    for one in found:
        alone = disaggregate(dataclasses.replace(spec, workload=WorkloadSpec(concurrency=one.concurrency)))
        assert alone.aggregated is not None
        together = alone.aggregated.load
        assert (one.prefill_gpus, one.decode_gpus) == (alone.prefill.gpus, alone.decode.gpus)
        assert one.tokens * together.output_tokens_per_s.mid == pytest.approx(alone.load.output_tokens_per_s.mid)
        assert one.tpot * together.tpot_s.mid == pytest.approx(alone.load.tpot_s.mid)
        assert one.better == alone.pays
    assert not found[0].better, "one request has nothing to gain from a second pool"


def test_what_pools_cannot_be_judged_by_is_left_out_and_said() -> None:
    plain = ScenarioSpec(model="llama-3.1-8b", rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=2))
    assert for_pools(plain) == (plain, ())
    asked = dataclasses.replace(
        plain,
        parallel=ParallelSpec(tp=1, dp=2),
        targets=Targets(ttft_s=1.0, percentile=95, availability=0.99),
        workload=WorkloadSpec(load="poisson", rate_per_s=2.0),
    )
    spec, said = for_pools(asked)
    assert disaggregate(spec).prefill.gpus == 1
    assert spec.targets == Targets(ttft_s=1.0)
    assert "their own layout" in said[0]
    assert "the TTFT percentile, availability left out" in said[1]
    assert "not for arrivals" in said[2]
