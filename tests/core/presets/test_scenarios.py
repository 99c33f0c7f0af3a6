"""The ready scenarios: everything in them resolves, all of them fit, and what their captions claim is so."""

from dataclasses import replace

import pytest

from roofrack.catalog import default_catalog
from roofrack.catalog.library import SHIPPED
from roofrack.domain.scenario import ParallelSpec, RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.memory.kv import kv_bytes, kv_parts
from roofrack.memory.weights import weights_parts
from roofrack.plan import plan
from roofrack.results import Plan

CATALOG = default_catalog()
READY = dict(zip(CATALOG.scenario_ids(), CATALOG.scenarios(), strict=True))


def test_there_are_enough_and_each_is_its_file() -> None:
    assert len(READY) >= 8
    assert set(READY) == {path.stem for path in SHIPPED.glob("scenarios/*.toml")}
    assert {"70b-precisions", "405b-two-nodes", "moe-against-dense", "long-context", "laptop", "a100-pair"} <= set(
        READY
    )
    assert len({spec.title for spec in READY.values()}) == len(READY)


@pytest.mark.parametrize("name", READY)
def test_a_scenario_resolves_fits_and_tells_something(name: str) -> None:
    spec = READY[name]
    assert spec.title
    assert 2 <= len(spec.captions) <= 5
    assert all(20 < len(caption) <= 240 for caption in spec.captions)
    found = plan(spec, CATALOG)
    assert found.memory.fits, found.memory.reason
    assert found.at is not None
    assert found.memory.workload_concurrency >= 1


def _fits(spec: ScenarioSpec) -> bool:
    return plan(spec, CATALOG).memory.fits


def _plan(spec: ScenarioSpec) -> Plan:
    return plan(spec, CATALOG)


def _gib(model: str, weights: str) -> float:
    parts = weights_parts(CATALOG.model(model), CATALOG.weights_format(weights))
    return sum(part.bytes for part in parts) / 2**30


def _on(spec: ScenarioSpec, gpus: int, nodes: int = 1, **changes: object) -> ScenarioSpec:
    rack = replace(spec.rack, gpus_per_node=gpus, nodes=nodes)
    changed: ScenarioSpec = replace(spec, rack=rack, parallel=ParallelSpec(), **changes)
    return changed


def test_70b_at_four_precisions() -> None:
    spec = READY["70b-precisions"]
    assert _gib(spec.model, "bf16") == pytest.approx(131, abs=0.5)
    assert _fits(_on(spec, 2))
    assert _fits(_on(spec, 1, weights="awq-int4"))
    assert not _fits(_on(spec, 1, weights="bf16"))
    parts = kv_parts(CATALOG.model(spec.model), CATALOG.kv_format("16bit"))
    assert sum(part.bytes_per_token for part in parts) == 320 * 1024
    wide, slim = (_plan(replace(spec, weights=weights)) for weights in ("bf16", "fp8"))
    assert slim.memory.max_concurrency > wide.memory.max_concurrency


def test_405b_needs_two_nodes_and_at_fp8_one() -> None:
    spec = READY["405b-two-nodes"]
    assert _gib(spec.model, "bf16") == pytest.approx(756, abs=0.5)
    assert not _fits(_on(spec, 8))
    assert _fits(_on(spec, 8, weights="fp8"))


def test_a_mixture_of_experts_is_faster_for_one_and_as_large() -> None:
    spec = READY["moe-against-dense"]
    dense = replace(spec, model="Qwen/Qwen3-32B")
    alone = WorkloadSpec(prompt_tokens=1024, output_tokens=512, context_tokens=8192, concurrency=1)
    fast, slow = (_plan(replace(one, workload=alone)).at for one in (spec, dense))
    assert fast is not None
    assert slow is not None
    assert slow.tpot_s.mid > 2 * fast.tpot_s.mid
    assert _gib(spec.model, "bf16") == pytest.approx(_gib(dense.model, "bf16"), rel=0.1)


def test_a_long_context_outweighs_the_model() -> None:
    spec = READY["long-context"]
    model, whole = CATALOG.model(spec.model), CATALOG.kv_format("16bit")
    assert kv_bytes(model, whole, 131072) == 40 * 2**30
    assert _gib(spec.model, "awq-int4") < 40
    short, long = (_plan(replace(spec, kv=kv)).memory.max_concurrency for kv in ("16bit", "fp8"))
    assert long >= 2 * short


def test_a_laptop() -> None:
    spec = READY["laptop"]
    assert _gib(spec.model, "q4_k_m") == pytest.approx(17, abs=0.6)
    found = CATALOG.weights_format("q4_k_m")
    assert (round(found.bits, 1), round(found.head_bits, 1)) == (4.8, 6.6)
    device = CATALOG.device(spec.rack.device)
    assert device.usable_share == 0.75
    assert _gib("Qwen/Qwen3-32B", "q4_k_m") == pytest.approx(_gib(spec.model, "q4_k_m"), rel=0.1)


def test_one_gaming_card() -> None:
    spec = READY["8b-one-card"]
    assert _gib(spec.model, "bf16") == pytest.approx(15, abs=0.1)
    assert 20_000 < _plan(spec).memory.kv_capacity_tokens < 90_000
    assert not _fits(replace(spec, workload=replace(spec.workload, context_tokens=131072)))
    assert _gib(spec.model, "bf16") - _gib(spec.model, "awq-int4") > 9


def test_deepseek_fills_more_than_half_and_is_not_divided() -> None:
    spec = READY["deepseek-v3-h200"]
    memory = 8 * CATALOG.device(spec.rack.device).memory_mib / 1024
    assert 0.5 < _gib(spec.model, "fp8-block") / memory < 0.6
    parts = kv_parts(CATALOG.model(spec.model), CATALOG.kv_format("16bit"))
    assert sum(part.bytes_per_token for part in parts) == 70_272
    assert {part.tp_divisor for part in _plan(spec).memory.kv} == {1}


def test_gpt_oss_keeps_windows() -> None:
    spec = READY["gpt-oss-one-gpu"]
    memory = _plan(spec).memory
    assert memory.kv_bytes_per_token == 36 * 1024
    assert memory.kv_fixed_bytes == 4.5 * 2**20


def test_four_cards_over_pcie_spend_more_on_communication_than_with_nvlink() -> None:
    spec = READY["pcie-against-nvlink"]
    assert CATALOG.device(spec.rack.device).link is None
    rack = RackSpec(device="l40s", gpus_per_node=4, link="nvlink4")
    over_pcie, over_nvlink = _plan(spec).at, _plan(replace(spec, rack=rack)).at
    assert over_pcie is not None
    assert over_nvlink is not None
    assert over_pcie.decode.communication_s > 2 * over_nvlink.decode.communication_s
