"""Predictions of measurements: from nothing but the row's configuration, for every engine that ships a measurement."""

from collections import Counter
from collections.abc import Callable

import pytest

from roofrack.evidence.case import Unpredictable
from roofrack.evidence.engines import engine_name, plain_version, version_at
from roofrack.evidence.measurement import Measurement
from roofrack.evidence.predict import METRICS, Predictor
from roofrack.evidence.shipped import all_shipped

Row = Callable[..., Measurement]


def test_every_engine_that_was_measured_is_predicted(predictor: Predictor) -> None:
    predicted, refused = Counter[str](), {}
    for row in all_shipped():
        if predicted[row.engine] or not row.completed or row.model.startswith("unresolved:"):
            continue
        try:
            band = predictor.predict(row)
        except Unpredictable as why:
            refused[row.engine] = str(why)
            continue
        assert 0 < band.low <= band.mid <= band.high
        predicted[row.engine] += 1
    engines = {row.engine for row in all_shipped()}
    assert engines == set(predicted), refused
    assert {"transformers", "exllamav2", "lmdeploy", "mlc", "other:autoawq"} <= engines


def test_few_models_and_formats_are_unknown(predictor: Predictor) -> None:
    rows = all_shipped()
    reasons = Counter[str]()
    for row in rows[::7]:
        try:
            predictor.case(row)
        except Unpredictable as why:
            reasons[str(why)] += 1
    assert sum(reasons.values()) < 0.02 * len(rows[::7]), reasons


def test_the_measured_value_is_not_looked_at(row: Row, predictor: Predictor) -> None:
    fresh = Predictor(predictor.catalog)
    assert fresh.predict(row(value=1e-9)) == predictor.predict(row(value=123.0))


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_is_predicted_with_a_band(row: Row, predictor: Predictor, metric: str) -> None:
    band = predictor.predict(row(metric=metric, load="single" if "code" in metric or "fill" in metric else "closed"))
    assert 0 < band.low <= band.mid <= band.high


def test_metrics_of_one_run_agree(row: Row, predictor: Predictor) -> None:
    def of(metric: str) -> float:
        return predictor.predict(row(metric=metric)).mid

    assert of("total_tokens_per_s") == pytest.approx(of("output_tokens_per_s") * 6)
    assert of("requests_per_s") == pytest.approx(of("output_tokens_per_s") / 200)
    assert of("itl") == of("tpot")
    assert of("e2e_latency") == pytest.approx(of("ttft") + 199 * of("tpot"))
    assert of("weights_memory_per_gpu") == pytest.approx(8.03e9 * 2 / 2**30, rel=0.01)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"model": "unresolved:GPT-J-6B"}, "unknown model unresolved:GPT-J-6B"),
        ({"gpu": "voodoo2"}, "unknown GPU voodoo2"),
        ({"engine": "other:abacus"}, "unknown engine abacus"),
        ({"weights": "int3"}, "unknown weights format int3"),
        ({"metric": "joy"}, "metric joy is not predicted"),
        ({"metric": ""}, "metric (empty) is not predicted"),
        ({"load": "bursty"}, "load bursty is not known"),
        ({"load": "poisson"}, "a poisson load without request_rate"),
        ({"problem": "column tp is not a number"}, "column tp is not a number"),
        ({"options": (("gpu_memory_fraction", "most"),)}, "option gpu_memory_fraction is not a number"),
        ({"options": (("gpu_memory_fraction", "7"),)}, "gpu_memory_fraction: must be above 0 and at most 1, not 7"),
    ],
)
def test_what_cannot_be_predicted_says_why(
    row: Row, predictor: Predictor, changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(Unpredictable) as refused:
        predictor.predict(row(**changes))
    assert str(refused.value) == reason


def test_formats_beyond_what_a_planner_would_advise_are_predicted(row: Row, predictor: Predictor) -> None:
    for changes in ({"gpu": "v100-pcie-16gb", "weights": "awq-int4"}, {"gpu": "a100-sxm4-80gb", "weights": "fp8"}):
        assert predictor.predict(row(**changes)).mid > 0


@pytest.mark.parametrize(
    ("written", "engine", "version"),
    [
        ("vllm", "vllm", "0.19.1rc1.dev339"),
        ("other:vllm-tpu", "vllm", ""),
        ("other:ctransformers", "llama.cpp", ""),
        ("transformers", "transformers", "4.38.2"),
    ],
)
def test_engines_as_written(written: str, engine: str, version: str) -> None:
    assert engine_name(written) == engine
    assert plain_version(version) in ("0.19.1", "", "4.38.2")


@pytest.mark.parametrize(
    ("engine", "date", "version"),
    [
        ("vllm", "2024-09", "0.5"),
        ("vllm", "2025-10-29", "0.10"),
        ("trtllm", "2025-12-25", "1.2"),
        ("llama.cpp", "2024-05", "2000"),
        ("vllm", "2020", "0.2"),
        ("vllm", "", "0.33"),
        ("transformers", "2024-05", ""),
    ],
)
def test_a_run_without_version_used_one_that_was_out_some_weeks_before(engine: str, date: str, version: str) -> None:
    assert version_at(engine, date) == version


def test_an_eight_bit_cache_goes_with_eight_bit_weights_of_late(row: Row, predictor: Predictor) -> None:
    def kv(**changes: object) -> str:
        return predictor.case(row(gpu="h200-sxm-141gb", engine_version="", **changes)).scenario.kv.id

    assert kv(weights="fp8", date="2025-10") == "fp8"
    assert kv(weights="fp8", date="2024-10") == "16bit"
    assert kv(weights="bf16", date="2025-10") == "16bit"
    assert kv(weights="fp8", date="2025-10", kv="16bit") == "16bit"


def test_options_of_a_log_count(row: Row, predictor: Predictor) -> None:
    def tokens(**options: str) -> float:
        return predictor.predict(row(metric="kv_capacity_tokens", load="", options=tuple(options.items()))).mid

    assert tokens(gpu_memory_fraction="0.5") < tokens(gpu_memory_fraction="0.9")
    assert tokens(device_total_gib="40") < tokens(device_total_gib="79")


def test_percentiles_are_ordered(row: Row, predictor: Predictor) -> None:
    arriving = {"load": "poisson", "concurrency": None, "request_rate": 8.0}
    for metric, load in (("ttft", arriving), ("tpot", arriving), ("ttft", {"concurrency": 64})):
        stats = [predictor.predict(row(metric=metric, stat=stat, **load)).mid for stat in ("p50", "p90", "p95", "p99")]
        assert stats == sorted(stats)
        assert stats[0] < stats[-1]


def test_a_percentile_that_is_not_modelled_is_refused(row: Row, predictor: Predictor) -> None:
    with pytest.raises(Unpredictable, match="p99 of output_tokens_per_s under closed load is not predicted"):
        predictor.predict(row(metric="output_tokens_per_s", stat="p99"))


def test_requests_that_fare_alike_have_one_value(row: Row, predictor: Predictor) -> None:
    assert predictor.predict(row(load="single", stat="p99")) == predictor.predict(row(load="single", stat="mean"))


@pytest.mark.parametrize(
    ("changes", "same_as"),
    [
        ({"engine": "TensorRT-LLM", "engine_version": "1.0.0rc3"}, {"engine": "trtllm", "engine_version": "1.0.0"}),
        (
            {"engine": "ollama", "weights": "Q4_K_M", "load": "single"},
            {"engine": "llama.cpp", "weights": "q4_k_m", "load": "single"},
        ),
        ({"gpus": None, "tp": 2, "link": "NVLink 4.0"}, {"gpus": 2, "tp": 2, "link": "nvlink"}),
        ({"gpus": 2, "tp": 2, "link": "carrier pigeon"}, {"gpus": 2, "tp": 2, "link": "unknown"}),
        ({"kv": "auto", "gpu": "NVIDIA H100 80GB HBM3"}, {}),
        ({"engine_version": "", "date": "spring"}, {"engine_version": "0.33"}),
    ],
)
def test_other_spellings_mean_the_same(
    row: Row, predictor: Predictor, changes: dict[str, object], same_as: dict[str, object]
) -> None:
    assert predictor.predict(row(**changes)) == predictor.predict(row(**same_as))


def test_formats_of_any_number_of_bits(row: Row, predictor: Predictor) -> None:
    def weights(name: str) -> float:
        return predictor.predict(row(engine="exllamav2", weights=name, metric="weights_memory_per_gpu")).mid

    assert weights("exl2-4.0") < weights("exl2-4.65") < weights("exl2-5.0")
    assert weights("mlx-4bit") < weights("mlx-6bit") < weights("mlx-8bit")
    assert weights("ud-iq2_xxs") == weights("iq2_xxs")
