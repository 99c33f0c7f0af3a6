"""The difference table: exact for known plans, and lawful for any."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roofrack.catalog import default_catalog
from roofrack.compare import Comparison, Member, compare, compare_plans
from roofrack.compare.table import _verdict
from roofrack.domain import ParallelSpec, RackSpec, ScenarioSpec, Targets, WorkloadSpec
from roofrack.errors import InputError
from roofrack.plan import plan
from roofrack.results import Band
from roofrack.users import capacity

BF16 = ScenarioSpec(
    model="meta-llama/Llama-3.1-70B-Instruct",
    weights="bf16",
    rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=4),
    usd_per_gpu_hour=2.0,
)
FP8 = replace(BF16, weights="fp8")
FP8_KV = replace(FP8, kv="fp8")
TWO_GPUS = replace(FP8, rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=2))
TOO_BIG = replace(BF16, rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=1))
POOL = (BF16, FP8, FP8_KV, TWO_GPUS, TOO_BIG, replace(BF16, rack=RackSpec(device="a100-sxm4-80gb", gpus_per_node=4)))


def cells(comparison: Comparison, row: str) -> list[tuple[float | None, float | None, str | None]]:
    found = comparison.row(row).cells
    return [(c.value.mid if c.value else None, c.ratio, c.verdict) for c in found]


def test_the_table_of_known_plans() -> None:
    table = compare([Member(BF16), Member(FP8), Member(FP8_KV), Member(TWO_GPUS)])
    # 80 layers of 8 KV heads of 128, keys and values: 2 bytes an element, or 1.
    kv = 2 * 80 * 8 * 128 * 2
    assert cells(table, "kv_bytes_per_token") == [
        (kv, 1.0, "first"),
        (kv, 1.0, "same"),
        (kv / 2, 0.5, "better"),
        (kv, 1.0, "same"),
    ]
    assert cells(table, "gpus") == [(4, 1.0, "first"), (4, 1.0, "same"), (4, 1.0, "same"), (2, 0.5, None)]
    assert cells(table, "usd_per_hour") == [(8, 1.0, "first"), (8, 1.0, "same"), (8, 1.0, "same"), (4, 0.5, "better")]
    # Eight boards of 700 W in a server of 10.2 kW: four of them 5.1 kW.
    assert [value for value, _, _ in cells(table, "power_w")] == [pytest.approx(w) for w in (5100, 5100, 5100, 2550)]
    weights = cells(table, "weights_bytes")
    assert weights[0][0] == 70_553_706_496 * 2
    assert weights[1][1] == pytest.approx(0.515, abs=0.01)
    assert [verdict for _, _, verdict in weights] == ["first", "better", "better", "better"]
    assert table.concurrency == 64
    assert table.notes == ("", "", "", "")


def test_rows_are_the_plans_own_numbers() -> None:
    table = compare([Member(BF16), Member(FP8)], concurrency=32)
    for n, spec in enumerate((BF16, FP8)):
        own = plan(replace(spec, workload=WorkloadSpec(concurrency=32)))
        assert own.at is not None
        assert table.points[n] == own.at
        for row in ("ttft_s", "tpot_s", "e2e_latency_s", "tokens_per_s_per_user", "output_tokens_per_s"):
            assert table.row(row).cells[n].value == getattr(own.at, row)
        cost = table.row("usd_per_million_output_tokens").cells[n].value
        assert cost is not None
        assert cost.mid == pytest.approx(own.cost.usd_per_million_output_tokens)
        assert cost.low == pytest.approx(8 / own.at.output_tokens_per_s.high / 3600 * 1e6)
        capacity_row = table.row("kv_capacity_tokens").cells[n].value
        assert capacity_row is not None
        assert capacity_row.mid == own.memory.kv_capacity_tokens


def test_all_plans_take_cursor_and_targets_of_the_first() -> None:
    first = replace(BF16, workload=WorkloadSpec(concurrency=8), targets=Targets(tpot_s=0.03))
    other = replace(FP8, workload=WorkloadSpec(concurrency=500), targets=Targets(ttft_s=9))
    table = compare([Member(first), Member(other)])
    assert [made.scenario.workload.concurrency for made in table.plans] == [8, 8]
    assert {made.scenario.targets for made in table.plans} == {Targets(tpot_s=0.03)}


def test_requests_that_wait_are_said() -> None:
    table = compare([Member(FP8), Member(TWO_GPUS)], concurrency=500)
    crowded = table.points[1]
    assert crowded is not None
    assert 0 < crowded.waiting == 500 - crowded.running
    assert table.notes == ("", f"{crowded.waiting} of 500 requests wait")


def test_each_at_its_own_best_within_the_targets() -> None:
    table = compare([Member(BF16), Member(FP8)], targets=Targets(tpot_s=0.05), yardstick="best")
    for n, made in enumerate(table.plans):
        best = capacity(made)
        assert table.points[n] == best.at
        assert table.row("requests_within_targets").cells[n].value == best.requests
        assert table.row("tpot_s").cells[n].value == best.at.tpot_s
    slow, fast = (made for made in table.points)
    assert slow is not None
    assert fast is not None
    assert slow.tpot_s.mid <= 0.05
    assert slow.concurrency < fast.concurrency


def test_a_target_that_no_request_keeps_leaves_no_place() -> None:
    table = compare([Member(BF16), Member(FP8)], targets=Targets(tpot_s=1e-4), yardstick="best")
    assert table.points == (None, None)
    assert all("misses the targets" in note for note in table.notes)
    assert cells(table, "requests_within_targets")[0] == (0, None, "first")
    assert cells(table, "ttft_s") == [(None, None, None), (None, None, None)]


def test_a_plan_that_does_not_fit_says_so_and_is_never_better() -> None:
    table = compare([Member(FP8), Member(TOO_BIG)])
    assert table.notes[1].startswith("does not fit: ")
    assert cells(table, "max_requests")[1] == (0, 0.0, "worse")
    for row in ("ttft_s", "output_tokens_per_s", "usd_per_million_output_tokens"):
        assert cells(table, row)[1] == (None, None, None)
    needed = table.row("memory_per_gpu_bytes").cells[1].value
    assert needed is not None
    device = table.plans[1].memory.devices[0]
    assert needed.mid == device.weights_bytes + device.activations_bytes + device.overhead_bytes + 1280 * 327_680
    assert f" {needed.mid / 2**30:.1f} GiB, and there is room for " in table.notes[1]
    for row in table.rows:
        assert row.cells[1].verdict != "better", row.id
    turned = compare([Member(TOO_BIG), Member(FP8)])
    assert cells(turned, "max_requests")[1][1:] == (None, "better")
    for row in turned.rows:
        assert row.cells[1].verdict != "worse", row.id


def test_a_price_that_is_unknown_is_missing_and_not_free() -> None:
    laptop = ScenarioSpec(
        model="Qwen/Qwen3-8B", rack=RackSpec(device="apple-m4-max-40c"), weights="q4_k_m", engine="llama.cpp"
    )
    priced = replace(laptop, rack=RackSpec(device="rtx-4090"))
    table = compare([Member(priced), Member(laptop)])
    assert table.plans[1].cost.usd_per_hour is None
    assert cells(table, "usd_per_hour")[1] == (None, None, None)
    assert cells(table, "usd_per_million_output_tokens")[1] == (None, None, None)


BANDS = st.tuples(*[st.floats(0.001, 1e6)] * 3).map(sorted).map(lambda ends: Band(*ends))


@given(BANDS, BANDS, st.sampled_from(["less", "more"]))
def test_a_verdict_turns_round_with_its_plans(one: Band, other: Band, better: Any) -> None:
    opposite = {"better": "worse", "worse": "better", "same": "same", "unclear": "unclear"}
    verdict = _verdict(better, one, other)
    assert verdict is not None
    assert _verdict(better, other, one) == opposite[verdict]
    overlap = one.low <= other.high and other.low <= one.high
    assert (verdict in ("same", "unclear")) == overlap
    if verdict == "better":
        assert (other.high < one.low) if better == "less" else (other.low > one.high)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(POOL), st.sampled_from(POOL), st.sampled_from([1, 7, 64, 900]))
def test_ratios_turn_round_with_their_plans(one: ScenarioSpec, other: ScenarioSpec, concurrency: int) -> None:
    catalog = default_catalog()
    there = compare([Member(one), Member(other)], catalog, concurrency=concurrency)
    back = compare([Member(other), Member(one)], catalog, concurrency=concurrency)
    assert there.names == tuple(reversed(back.names)) or one == other
    for row, turned in zip(there.rows, back.rows, strict=True):
        forth, again = row.cells[1].ratio, turned.cells[1].ratio
        if forth and again:
            assert forth * again == pytest.approx(1)
        assert row.cells[0].value == turned.cells[1].value
        if row.cells[1].value is not None and row.cells[1].value == row.cells[0].value:
            assert row.cells[1].verdict == "same"


def test_a_plan_beside_itself_differs_in_nothing() -> None:
    table = compare([Member(FP8), Member(FP8)])
    assert {cell.verdict for row in table.rows for cell in row.cells[1:]} == {"same"}
    assert len(set(table.names)) == 2


@pytest.mark.parametrize("count", [0, 1, 5])
def test_two_to_four_plans(count: int) -> None:
    with pytest.raises(InputError, match="two to 4"):
        compare([Member(BF16)] * count)


def test_the_plan_that_cannot_be_planned_is_named() -> None:
    with pytest.raises(InputError, match="plan 2: unknown model 'nosuch'"):
        compare([Member(BF16), Member(replace(BF16, model="nosuch"))])
    with pytest.raises(InputError, match="plan 1: "):
        compare([Member(replace(BF16, parallel=ParallelSpec(tp=3))), Member(FP8)])


def test_loads_without_a_cursor_are_compared_as_they_are() -> None:
    single = replace(FP8, workload=WorkloadSpec(load="single"))
    table = compare_plans([plan(FP8), plan(single)])
    assert [point.concurrency for point in table.points if point] == [64, 1]
