"""What physics makes monotone, anywhere in the catalogue; `python -m scripts.check_monotone` sweeps all of it."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scripts.check_monotone import DEVICE_COUNTS, coarser, memory_strays, settled, speed_strays

from roofrack.catalog import default_catalog
from roofrack.domain import WorkloadSpec
from roofrack.domain.scenario import Scenario
from scripts import check_monotone

CATALOG = default_catalog()


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A model on the fewest devices of a kind that hold it, in a format that its engine runs there."""
    model, device, engine = (
        draw(st.sampled_from([row.id for row in rows]))
        for rows in (CATALOG.models(), CATALOG.devices(), CATALOG.engines())
    )
    weights = draw(st.sampled_from([None, *(row.id for row in CATALOG.weights_formats())]))
    prompt = draw(st.sampled_from([16, 128, 1024, 4096]))
    workload = WorkloadSpec(prompt_tokens=prompt, output_tokens=draw(st.integers(2, 64) | st.integers(64, 1024)))
    fitting = (settled(model, device, count, weights, engine, CATALOG, workload) for count in DEVICE_COUNTS)
    found = next(filter(None, fitting), None)
    assume(found is not None)
    assert found is not None
    return found


@settings(max_examples=80)
@given(scenarios())
def test_speed_goes_the_way_that_physics_says(scenario: Scenario) -> None:
    assert list(speed_strays(scenario)) == []


@pytest.mark.parametrize(
    ("engine", "model", "device", "weights"),
    [
        ("sglang", "XiaomiMiMo/MiMo-7B-Base", "mi325x", "bf16"),
        ("sglang", "baidu/ERNIE-4.5-0.3B-PT", "h800-sxm5-80gb", "fp32"),
        ("trtllm", "microsoft/phi-4", "h20-96gb", "gptq-int4"),
        ("llama.cpp", "ibm-granite/granite-4.1-3b", "p40", "q3_k_s"),
    ],
)
def test_answers_of_two_tokens_are_quicker_with_more_bandwidth(
    engine: str, model: str, device: str, weights: str
) -> None:
    """Prompts bound by arithmetic gain nothing from bandwidth; neither may what a burst of them waits grow by it."""
    scenario = settled(model, device, 1, weights, engine, CATALOG, WorkloadSpec(prompt_tokens=128, output_tokens=2))
    assert scenario is not None
    assert list(speed_strays(scenario)) == []


@settings(max_examples=60)
@given(scenarios())
def test_fewer_bits_never_need_more_memory(scenario: Scenario) -> None:
    assert list(memory_strays(scenario, CATALOG)) == []


@pytest.mark.parametrize(
    ("few", "many", "expected"),
    [
        ("fp8", "bf16", True),
        ("bf16", "fp8", False),
        ("bf16", "bf16", False),
        ("q4_k_m", "q8_0", True),
        ("mxfp4", "fp8", False),
    ],
)
def test_formats_are_compared_part_by_part(few: str, many: str, expected: bool) -> None:
    assert coarser(CATALOG.weights_format(few), CATALOG.weights_format(many)) is expected


def test_a_stray_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = settled("llama-3.1-8b", "h100-sxm5-80gb", 1, None, "vllm", CATALOG, WorkloadSpec())
    assert scenario is not None
    group = scenario.rack.groups[0]
    slower = replace(group.device, bandwidth_gb_s=group.device.bandwidth_gb_s / 2)
    wrong = replace(scenario, rack=replace(scenario.rack, groups=(replace(group, device=slower),)))
    monkeypatch.setattr(check_monotone, "_quicker", lambda _: wrong)
    rules = {stray.rule for stray in speed_strays(scenario)}
    assert "more bandwidth never slows a decode step of 1" in rules
    assert all("bandwidth" in rule for rule in rules)
