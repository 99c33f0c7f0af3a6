"""Every number of a plan derived: what the lines say is what the plan says."""

from __future__ import annotations

import re

import pytest

from roofrack.catalog import default_catalog
from roofrack.domain import Parallel, RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.errors import InputError
from roofrack.explain import NUMBERS, Derivation
from roofrack.explain import explain as derive
from roofrack.explain.derivation import constants_of
from roofrack.plan import plan
from roofrack.report.explain_text import derivation_json, derivations_text, mark, sources_of
from roofrack.report.units import duration
from roofrack.results import Plan


def planned(model: str = "llama-3.1-70b", device: str = "h100-sxm5-80gb", gpus: int = 4, **workload: object) -> Plan:
    spec = WorkloadSpec(**{"concurrency": 32, **workload})  # type: ignore[arg-type]
    return plan(ScenarioSpec(model=model, rack=RackSpec(device=device, gpus_per_node=gpus), workload=spec))


def one(made: Plan, number: str) -> Derivation:
    (found,) = derive(made, number)
    return found


@pytest.mark.parametrize(
    "made",
    [
        planned(),
        planned("gpt-oss-120b", gpus=2),
        planned("deepseek-v3", "h200-sxm-141gb", 8),
        planned("llama-3.1-8b", gpus=1, load="poisson", rate_per_s=2.0),
        planned("llama-3.1-8b", gpus=1, load="single", concurrency=1),
    ],
    ids=["dense", "mxfp4", "mla", "poisson", "single"],
)
def test_every_number_has_words_a_formula_steps_and_sources(made: Plan) -> None:
    found = derive(made)
    assert tuple(derivation.name for derivation in found) == NUMBERS
    for derivation in found:
        assert derivation.words.endswith(".")
        assert "=" in derivation.symbols
        assert derivation.lines
        assert derivation.value
        banded = derivation.name.endswith(("_s", "_user"))
        assert bool(derivation.band) is banded, derivation.name
    for name in ("ttft_s", "tpot_s", "weights_bytes", "kv_bytes_per_token", "kv_capacity_tokens"):
        assert sources_of(next(d for d in found if d.name == name)), name


def test_parts_of_the_weights_add_up() -> None:
    made = planned()
    gib = sum(float(line.value.split()[0].replace(",", "")) for line in one(made, "weights_bytes").lines[:-1])
    assert gib == pytest.approx(made.memory.weights_bytes / 2**30, abs=0.3)


def test_steps_of_tpot_are_those_of_the_plan() -> None:
    made = planned()
    at = made.at
    assert at is not None
    lines = {line.what: line for line in one(made, "tpot_s").lines}
    assert lines["weights"].value == duration(at.decode.weights_s)
    assert lines["step"].value == duration(at.decode.total_s)
    bandwidth, reached = made.scenario.rack.device.bandwidth_gb_s, constants_of(made).dense_bytes_s / 1e9
    assert lines["memory bandwidth"].value == f"{bandwidth:,.0f} GB/s"
    assert lines["weights are read at"].value == f"{reached:,.0f} GB/s"
    assert float(lines["weights are read at"].formula.split()[0]) == pytest.approx(reached / bandwidth, abs=0.005)


def test_fitted_constants_name_what_they_are_products_of() -> None:
    line = next(line for line in one(planned(), "tpot_s").lines if line.what == "host")
    assert re.fullmatch(
        r"fitted: vLLM from [\d.]+ \([\d,]+ rows\) × devices like .+ × the dense16 kernel .+", line.source
    )


def test_random_arrivals_have_percentiles() -> None:
    made = planned("llama-3.1-8b", gpus=1, load="poisson", rate_per_s=2.0)
    assert made.at is not None
    assert made.at.spread is not None
    (line,) = (line for line in one(made, "ttft_s").lines if line.what == "over requests")
    assert line.formula.startswith("p50 / p90 / p95 / p99")
    assert line.value.endswith(duration(made.at.spread.ttft_s.p99))
    assert not [line for line in one(planned(), "ttft_s").lines if line.what == "over requests"]


def test_a_band_says_what_was_never_measured() -> None:
    assert "wider because" not in one(planned(), "tpot_s").band
    unmeasured = planned("llama-3.1-8b", "gaudi3", 1)
    assert "wider because nothing of" in one(unmeasured, "tpot_s").band


def test_nothing_near_is_said() -> None:
    assert one(planned("llama-3.1-8b", "gaudi3", 1), "tpot_s").nearest.startswith("no measurement of tpot")
    assert "predicted" in one(planned("gpt-oss-120b", gpus=2), "tpot_s").nearest
    assert one(planned(), "usd_per_hour").nearest == ""


def test_what_does_not_fit_explains_its_memory_only() -> None:
    tight = planned("llama-3.1-405b", gpus=1)
    assert not tight.memory.fits
    names = {derivation.name for derivation in derive(tight)}
    assert {"weights_bytes", "kv_bytes_per_token", "kv_capacity_tokens", "usd_per_hour"} <= names
    assert "tpot_s" not in names
    with pytest.raises(InputError, match="tpot_s needs a plan that fits"):
        derive(tight, "tpot_s")
    with pytest.raises(InputError, match="'speed' cannot be explained"):
        derive(tight, "speed")


def test_without_a_price_it_says_so() -> None:
    free = next(
        row
        for row in default_catalog().devices()
        if row.rent is None and row.vendor == "nvidia" and row.memory_mib > 40_000
    )
    assert one(planned("llama-3.1-8b", free.id, 1), "usd_per_hour").value == "no price known"


def test_text_lists_each_source_once_and_json_is_flat() -> None:
    derivation = one(planned(), "tpot_s")
    text = derivations_text((derivation,))
    for number, source in enumerate(sources_of(derivation), 1):
        assert text.count(f"[{number}] {source}") == 1
    assert mark("", ()) == ""
    made = derivation_json(derivation)
    assert set(made) == {"id", "title", "value", "words", "formula", "steps", "band", "nearest"}
    assert made["formula"].startswith("TPOT = ")


def test_the_nearest_measurement_is_told_by_names() -> None:
    spec = ScenarioSpec(
        model="meta-llama/Llama-3.1-70B-Instruct",
        weights="fp8",
        rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=4),
    )
    (found,) = derive(plan(spec, default_catalog()), "tpot_s")
    assert found.nearest.startswith("TPOT ")
    assert "vLLM of " in found.nearest
    assert not re.search(r"\b(vllm|inferencex_aic|h100-sxm5-80gb)\b", found.nearest)
    assert "of vLLM from " in found.band


def test_pieces_of_a_long_prompt_are_counted_and_what_runs_side_by_side_is_said() -> None:
    def pieces(prompt: int, **choices: object) -> list[tuple[str, str]]:
        spec = ScenarioSpec(
            model="llama-3.1-70b",
            rack=RackSpec(device="rtx-4090", gpus_per_node=4),
            workload=WorkloadSpec(prompt_tokens=prompt, load="single"),
            **choices,  # type: ignore[arg-type]
        )
        return [(x.formula, x.value) for x in one(plan(spec), "ttft_s").lines if x.what == "pieces of the prompt"]

    split = {"engine": "llama.cpp", "weights": "q4_k_m", "parallel": Parallel(pp=4)}
    ((through, took),) = pieces(4096, **split)
    assert through == "8 of at most 512 tokens through 4 stages; queues hold 1.6"
    assert 8 / 4 < float(took.removesuffix(" steps")) < 8
    assert pieces(4096, weights="awq-int4") == [("2 of at most 2,048 tokens, one after another", "2 steps")]
    assert pieces(512, **split) == pieces(512, weights="awq-int4") == []
