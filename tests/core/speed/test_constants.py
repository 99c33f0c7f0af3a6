"""Every factor reaches the constants that it is named after, and no others."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.catalog import default_catalog
from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain import ParallelSpec, RackSpec, Scenario, ScenarioSpec
from roofrack.domain.calibration import Adjustments, Calibration, EngineFactor
from roofrack.settle import settle
from roofrack.speed.constants import constants, dense_rate

CATALOG, SHIPPED = default_catalog(), shipped_calibration()
SPEC = ScenarioSpec(
    model="llama-3.1-8b",
    weights="fp8",
    rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=4, nodes=2),
    parallel=ParallelSpec(tp=4, pp=2),
)
STREAMED = {"dense_bytes_s", "expert_bytes_s", "plain_bytes_s"}
MULTIPLIED = {"dense_flops", "expert_flops", "plain_flops"}


def settled(**fields: Any) -> Scenario:
    return settle(replace(SPEC, **fields), CATALOG)


SLOW = replace(
    SHIPPED,
    physics=replace(SHIPPED.physics, stream=0.02, kv_read=0.02, compute=0.02, attention=0.02, power_exponent=0),
    eras=tuple(replace(era, token_s=0) for era in SHIPPED.eras),
)
"""So far below the best share of the hardware that factors are felt in full, with power enough; requests take the same for any prompt."""


def halved(part: str, field: str) -> Calibration:
    """Slow hardware with one factor of all rows of a part halved."""
    found = getattr(SLOW, part)
    rows = found if isinstance(found, tuple) else (found,)
    changed = tuple(replace(row, **{field: getattr(row, field) / 2}) for row in rows)
    return replace(SLOW, **{part: changed if isinstance(found, tuple) else changed[0]})


def changes(calibration: Calibration = SLOW, scenario: Scenario | None = None) -> dict[str, float]:
    """By how much each constant differs from that of slow hardware."""
    base = constants(settled(), SLOW)._asdict()
    now = constants(scenario or settled(), calibration)._asdict()
    return {name: now[name] / base[name] for name in base if now[name] != base[name]}


@pytest.mark.parametrize(
    ("part", "field", "reached"),
    [
        ("physics", "stream", STREAMED),
        ("physics", "expert_stream", {"expert_bytes_s"}),
        ("physics", "kv_read", {"kv_bytes_s"}),
        ("physics", "compute", MULTIPLIED),
        ("physics", "expert_compute", {"expert_flops"}),
        ("physics", "attention", {"attention_flops"}),
        ("physics", "activation_stream", {"activation_bytes_s"}),
        ("physics", "activation_passes", {"activation_passes"}),
        ("physics", "latent_attention", {"latent_attention"}),
        ("physics", "latent_layer", {"latent_layer"}),
        ("physics", "moe_layer", {"moe_layer"}),
        ("physics", "stage_loss", {"stage_loss"}),
        ("physics", "queue_share", {"queue_share"}),
        ("physics", "burst_rounds", {"burst_rounds"}),
        ("eras", "stream", STREAMED),
        ("eras", "compute", MULTIPLIED),
        ("eras", "kv_read", {"kv_bytes_s"}),
        ("eras", "attention", {"attention_flops"}),
        ("eras", "moe_layer", {"moe_layer"}),
        ("eras", "link_latency", {"link_s", "stage_link_s"}),
        ("eras", "layer_s", {"layer_s"}),
        ("eras", "launch_s", {"launch_s"}),
        ("eras", "step_s", {"step_s"}),
        ("eras", "sequence_s", {"sequence_s"}),
        ("eras", "request_s", {"request_s"}),
        ("eras", "poll_steps", {"poll_steps"}),
        ("device_classes", "stream", STREAMED),
        ("device_classes", "compute", MULTIPLIED),
        ("device_classes", "attention", {"attention_flops"}),
        ("device_classes", "layer", {"layer_s"}),
        ("device_classes", "host", {"step_s", "sequence_s"}),
        ("kernels", "stream", STREAMED),
        ("kernels", "compute", MULTIPLIED),
        ("kernels", "moe_layer", {"moe_layer"}),
        ("kernels", "layer", {"layer_s"}),
        ("links", "latency_s", {"link_s", "stage_link_s"}),
        ("links", "share", {"link_bytes_s", "stage_link_bytes_s"}),
    ],
)
def test_a_factor_reaches_what_it_is_named_after(part: str, field: str, reached: set[str]) -> None:
    found = changes(halved(part, field))
    assert found == pytest.approx(dict.fromkeys(reached, 0.5), rel=0.01)


def test_each_token_of_a_prompt_takes_time_on_the_host_before_the_first_of_the_answer() -> None:
    eras = tuple(replace(era, token_s=3e-6) for era in SLOW.eras)
    scenario = settled()
    slower, none = (constants(scenario, calibration).request_s for calibration in (replace(SLOW, eras=eras), SLOW))
    assert slower - none == pytest.approx(3e-6 * scenario.workload.prompt_tokens)


@pytest.mark.parametrize(("parallel", "waited"), [({"dp": 8, "ep": 8}, 5), ({"tp": 8, "ep": 8}, 0), ({"dp": 8}, 0)])
def test_prompts_wait_for_those_of_other_replicas_where_experts_are_spread_over_them(
    parallel: dict[str, int], waited: int
) -> None:
    eras = tuple(replace(era, balance_steps=5) for era in SHIPPED.eras)
    without = tuple(replace(era, balance_steps=0) for era in SHIPPED.eras)
    scenario = settled(
        model="deepseek-ai/DeepSeek-R1-0528",
        rack=RackSpec(device="h200-sxm-141gb", gpus_per_node=8),
        parallel=ParallelSpec(**{"tp": 1, "dp": 1, "pp": 1, "ep": 1} | parallel),
    )
    found = [constants(scenario, replace(SHIPPED, eras=rows)).balance_steps for rows in (eras, without)]
    assert found[0] - found[1] == pytest.approx(waited)


def test_no_factor_passes_the_best_share_of_the_hardware() -> None:
    physics = replace(SHIPPED.physics, stream=1.0, kv_read=1.0, compute=1.0, attention=1.0)
    found = constants(settled(), replace(SHIPPED, physics=physics))
    device = settled().rack.device
    for rate in (found.dense_bytes_s, found.expert_bytes_s, found.kv_bytes_s, found.plain_bytes_s):
        assert rate <= device.bandwidth_gb_s * 1e9 * physics.best_share
    assert device.rates.fp8 is not None
    assert found.dense_flops <= device.rates.fp8 * 1e12 * physics.best_share


@pytest.mark.parametrize(
    ("field", "reached"),
    [
        ("stream", {*STREAMED, "kv_bytes_s"}),
        ("compute", {*MULTIPLIED, "attention_flops"}),
        ("host", {"layer_s", "launch_s", "step_s", "sequence_s"}),
        ("request", {"request_s"}),
    ],
)
def test_a_persons_own_factors_reach_the_same(field: str, reached: set[str]) -> None:
    own = replace(settled(), adjustments=Adjustments(**{field: 0.5}))
    assert changes(scenario=own) == pytest.approx(dict.fromkeys(reached, 0.5), rel=0.01)
    lucky = constants(replace(settled(), adjustments=Adjustments(stream=2.0, compute=2.0)), SHIPPED)
    device = settled().rack.device
    assert lucky.dense_bytes_s <= device.bandwidth_gb_s * 1e9
    assert lucky.dense_flops <= (device.rates.fp8 or 0) * 1e12


def test_groups_inside_a_node_use_its_link_and_wider_ones_the_network() -> None:
    rack = settled().rack
    inside, across = constants(settled(), SHIPPED), constants(settled(parallel=ParallelSpec(tp=8)), SHIPPED)
    shares = [SHIPPED.link(link.id, link.kind).share for link in (rack.link, rack.network)]
    assert inside.link_bytes_s == pytest.approx(rack.link.gb_s_per_direction * 1e9 * shares[0])
    assert across.link_bytes_s == pytest.approx(rack.network.gb_s_per_direction * 1e9 * shares[1])
    assert (inside.one_shot, across.one_shot) == (True, False)
    assert inside.stage_link_bytes_s == across.link_bytes_s  # two stages of four, on two nodes
    near = constants(settled(parallel=ParallelSpec(tp=2, pp=2)), SHIPPED)
    assert near.stage_link_bytes_s == inside.link_bytes_s


@pytest.mark.parametrize(
    ("weights", "device", "rate"),
    [
        ("bf16", "h100-sxm5-80gb", "bf16"),
        ("fp8", "h100-sxm5-80gb", "fp8"),
        ("fp8", "a100-sxm4-80gb", "bf16"),
        ("awq-int4", "h100-sxm5-80gb", "bf16"),
        ("int8", "a100-sxm4-80gb", "int8"),
    ],
)
def test_matrices_run_at_the_rate_of_their_type_where_the_device_has_units_for_it(
    weights: str, device: str, rate: str
) -> None:
    scenario = settled(weights=weights, rack=RackSpec(device=device), parallel=ParallelSpec())
    found = constants(scenario, SHIPPED)
    units = getattr(scenario.rack.device.rates, rate) * 1e12
    era = SHIPPED.era("vllm", scenario.engine_version)
    kind = SHIPPED.device_class(scenario.rack.device, "vllm", scenario.engine_version)
    kernel = SHIPPED.kernel(scenario.weights.kernel, "vllm", scenario.engine_version, kind.id)
    share = SHIPPED.physics.compute * era.compute * kind.compute * kernel.compute * found.sustained
    assert found.dense_flops == pytest.approx(units * (share**-12 + SHIPPED.physics.best_share**-12) ** (-1 / 12))


def test_a_format_of_experts_leaves_the_rest_to_plain_kernels() -> None:
    one = {"rack": RackSpec(device="h100-sxm5-80gb"), "parallel": ParallelSpec()}
    packed = settled(model="gpt-oss-120b", weights="mxfp4", **one)
    assert packed.weights.experts_only
    found = constants(packed, SHIPPED)
    assert found.dense_bytes_s == found.plain_bytes_s
    assert found.dense_flops == found.plain_flops


def rows(part: str, **fields: Any) -> Calibration:
    """Slow hardware with fields of all rows of a part replaced."""
    return replace(SLOW, **{part: tuple(replace(row, **fields) for row in getattr(SLOW, part))})


def on(device: str, calibration: Calibration = SLOW, **rates: float) -> Any:
    """The constants of fp8 weights on one device, some of whose rates are replaced."""
    scenario = settled(rack=RackSpec(device=device), parallel=ParallelSpec())
    (group,) = scenario.rack.groups
    changed = replace(group.device, rates=replace(group.device.rates, **rates))
    return constants(
        replace(scenario, rack=replace(scenario.rack, groups=(replace(group, device=changed),))), calibration
    )


POWERED = replace(SLOW, physics=replace(SLOW.physics, power_knee=0.5, power_exponent=0.4))


def powered(watts: float | None, bf16: float = 1000.0, device: str = "h100-sxm5-80gb") -> Any:
    """The constants of one device with so much power, of 1,000 TFLOPS."""
    scenario = settled(weights="bf16", rack=RackSpec(device=device), parallel=ParallelSpec())
    (group,) = scenario.rack.groups
    changed = replace(group.device, power_w=watts, rates=replace(group.device.rates, bf16=bf16))
    return constants(replace(scenario, rack=replace(scenario.rack, groups=(replace(group, device=changed),))), POWERED)


def test_a_matrix_product_gets_what_the_boards_power_sustains() -> None:
    """Far from the knee of 0.5 TFLOPS a watt: all of the rate, or (0.5 / what the data sheet promises for a watt) to the power of 0.4."""
    assert powered(None).sustained == pytest.approx(powered(1000).sustained)  # 1 TFLOPS a watt
    assert powered(20_000).sustained == pytest.approx(1, abs=1e-4)
    assert powered(100).sustained == pytest.approx((0.5 / 10) ** 0.4, rel=1e-4)
    assert powered(2000).sustained == pytest.approx(2 ** (-0.4 / 4))  # at the knee itself
    for watts in (100, 700, 2000):
        full, held = powered(1e6), powered(watts)
        assert held.dense_flops / full.dense_flops == pytest.approx(held.sustained, rel=1e-3)
        assert held.dense_bytes_s == full.dense_bytes_s


@given(st.floats(10, 2000), st.floats(1, 5), st.floats(10, 5000), st.floats(1, 5))
def test_more_power_or_a_higher_rate_never_slows_a_product(
    watts: float, more: float, rate: float, faster: float
) -> None:
    flops = powered(watts, rate).dense_flops
    assert powered(watts * more, rate).dense_flops >= flops * (1 - 1e-9)
    assert powered(watts, rate * faster).dense_flops >= flops * (1 - 1e-9)


def test_rates_are_shares_of_the_devices_own() -> None:
    device, found = settled().rack.device, constants(settled(), SLOW)
    assert found.activation_bytes_s == device.bandwidth_gb_s * 1e9 * SLOW.physics.activation_stream
    era = SLOW.era("vllm", settled().engine_version)
    kind = SLOW.device_class(device, "vllm", settled().engine_version)
    kernel = SLOW.kernel(settled().weights.kernel, "vllm", settled().engine_version, kind.id)
    share = 0.02 * era.stream * kind.stream * kernel.stream
    assert found.dense_bytes_s == pytest.approx(device.bandwidth_gb_s * 1e9 * share, rel=1e-6)


def test_an_engine_may_read_the_cache_of_a_class_of_devices_in_its_own_way() -> None:
    plain = constants(settled(), rows("device_classes", kv_read=0.5, kv_read_by_engine=())).kv_bytes_s
    for engine, factor in (("vllm", 2), ("sglang", 1)):
        own = (EngineFactor(engine=engine, factor=1.0),)
        found = constants(settled(), rows("device_classes", kv_read=0.5, kv_read_by_engine=own)).kv_bytes_s
        assert found == pytest.approx(factor * plain, rel=1e-3)


def test_engines_that_accumulate_at_16_bits_use_the_faster_units_of_gaming_cards() -> None:
    device = CATALOG.device("rtx-4090")
    assert device.rates.fp16_accumulate is not None
    assert device.rates.bf16 is not None
    scenario = settled(weights="bf16", rack=RackSpec(device="rtx-4090"), parallel=ParallelSpec())
    halves = {"consumer_stream": 0.5}
    calibration = rows("device_classes", **halves)
    slow = constants(scenario, replace(calibration, eras=tuple(replace(e, fp16_accumulate=False) for e in SLOW.eras)))
    fast = constants(scenario, replace(calibration, eras=tuple(replace(e, fp16_accumulate=True) for e in SLOW.eras)))
    assert fast.dense_flops / slow.dense_flops == pytest.approx(device.rates.fp16_accumulate / device.rates.bf16)
    assert fast.dense_bytes_s / slow.dense_bytes_s == pytest.approx(0.5, rel=1e-3)


def test_weights_that_only_newer_devices_multiply_are_unpacked_first() -> None:
    """Units for FP8 are of no use where the kernels for them need a newer device; nor where a kernel works at 16 bits."""
    assert on("a100-sxm4-80gb", fp8=5000).dense_flops == on("a100-sxm4-80gb").dense_flops
    h100 = CATALOG.device("h100-sxm5-80gb").rates
    own, at_16_bit = (on("h100-sxm5-80gb", rows("kernels", rate=rate)).dense_flops for rate in ("own", "16bit"))
    assert own / at_16_bit == pytest.approx((h100.fp8 or 0) / (h100.bf16 or 1))


def test_bounds_are_taken_as_they_stand() -> None:
    found = constants(
        settled(), replace(rows("eras", graph_tokens=1234), kernels=rows("kernels", writes_out_rows=56).kernels)
    )
    assert (found.graph_tokens, found.writes_out_rows) == (1234, 56)


@pytest.mark.parametrize(
    ("version", "weights", "launches"), [("2850", "fp16", 47), ("2850", "q4_k_m", 47 + 7), ("9100", "q4_k_m", 32)]
)
def test_packed_weights_take_a_launch_more_for_each_matrix_where_they_are_written_out(
    version: str, weights: str, launches: int
) -> None:
    scenario = settled(engine="llama.cpp", engine_version=version, weights=weights)
    assert constants(scenario, SHIPPED).layer_launches == launches
    assert constants(settled(), SHIPPED).layer_launches == 0


def test_what_was_never_measured_is_counted() -> None:
    assert constants(settled(), SHIPPED).surprise == 0
    unmeasured = replace(
        SHIPPED,
        eras=tuple(replace(row, rows=0) for row in SHIPPED.eras),
        device_classes=tuple(replace(row, rows=0) for row in SHIPPED.device_classes),
    )
    assert constants(settled(), unmeasured).surprise == 2


def test_what_has_no_bound_is_infinite() -> None:
    endless = replace(
        SHIPPED,
        eras=tuple(replace(row, graph_tokens=None) for row in SHIPPED.eras),
        kernels=tuple(replace(row, writes_out_rows=None) for row in SHIPPED.kernels),
    )
    assert constants(settled(), endless).graph_tokens == constants(settled(), endless).writes_out_rows == math.inf


def test_a_device_without_units_for_any_type_is_named() -> None:
    device = settled().rack.device
    assert dense_rate(device, ("fp4", "fp8", "bf16")) == (device.rates.fp8 or 0) * 1e12
    with pytest.raises(ValueError, match="h100-sxm5-80gb has no rate for any of fp4"):
        dense_rate(device, ("fp4",))
