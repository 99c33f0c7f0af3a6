"""Formats that go with a model, an engine and a device, and the reasons of those that do not."""

import pytest

from roofrack.catalog import Catalog, load_catalog
from roofrack.domain import RackSpec, ScenarioSpec
from roofrack.errors import InputError
from roofrack.runnable import as_kept_by, runs, runs_kv
from roofrack.settle import settle

LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
GPT_OSS = "openai/gpt-oss-120b"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return load_catalog(tmp_path_factory.mktemp("own"))


def settled_weights(catalog: Catalog, model: str, engine: str, device: str = "h100-sxm5-80gb") -> tuple[str, str]:
    scenario = settle(ScenarioSpec(model=model, engine=engine, rack=RackSpec(device=device, gpus_per_node=8)), catalog)
    return scenario.weights.id, next(note.why for note in scenario.defaults if note.field == "weights")


@pytest.mark.parametrize("name", ["mxfp4", "int4-g32"])
def test_a_format_of_experts_is_refused_where_there_are_none(catalog: Catalog, name: str) -> None:
    engine, device, found = catalog.engine("vllm"), catalog.device("h100-sxm5-80gb"), catalog.weights_format(name)
    assert runs(found, engine, device, catalog.model(GPT_OSS)) is None
    assert "quantises only experts, and" in (runs(found, engine, device, catalog.model(LLAMA)) or "")
    with pytest.raises(InputError, match="only experts") as refused:
        settle(ScenarioSpec(model=LLAMA, weights=name, rack=RackSpec(device="h100-sxm5-80gb")), catalog)
    assert "mxfp4" not in refused.value.hint


@pytest.mark.parametrize(
    ("model", "goes"),
    [
        ("deepseek-ai/DeepSeek-V3.2", True),
        ("deepseek-ai/DeepSeek-V3", False),
        (LLAMA, False),
        ("Qwen/Qwen3-Next-80B-A3B-Instruct", False),
    ],
)
def test_the_sparse_mla_layout_holds_only_such_caches(catalog: Catalog, model: str, goes: bool) -> None:
    found = runs_kv(
        catalog.kv_format("fp8_ds_mla"),
        catalog.engine("vllm"),
        catalog.device("h100-sxm5-80gb"),
        catalog.model(model),
    )
    assert (found is None) is goes
    if not goes:
        assert "layout of sparse MLA" in (found or "")


def test_every_other_kv_format_asks_nothing_of_the_model(catalog: Catalog) -> None:
    device = catalog.device("b200-sxm-180gb")
    for kv in catalog.kv_formats():
        for engine in catalog.engines():
            of = {
                runs_kv(kv, engine, device, catalog.model(name)) for name in (LLAMA, GPT_OSS, "deepseek-ai/DeepSeek-V3")
            }
            assert len(of) == 1 or kv.id == "fp8_ds_mla"


@pytest.mark.parametrize(
    ("model", "engine", "device", "weights"),
    [
        (GPT_OSS, "llama.cpp", "h100-sxm5-80gb", "mxfp4_moe"),
        (GPT_OSS, "vllm", "h100-sxm5-80gb", "mxfp4"),
        (LLAMA, "llama.cpp", "h100-sxm5-80gb", "q4_k_m"),
        (LLAMA, "vllm", "h100-sxm5-80gb", "bf16"),
        (LLAMA, "vllm", "v100-sxm2-32gb", "fp16"),
        ("deepseek-ai/DeepSeek-V3", "vllm", "h200-sxm-141gb", "fp8-block"),
        ("deepseek-ai/DeepSeek-V3", "llama.cpp", "h200-sxm-141gb", "q4_k_m"),
        ("moonshotai/Kimi-K2-Thinking", "vllm", "h200-sxm-141gb", "int4-g32"),
        ("moonshotai/Kimi-K2-Thinking", "llama.cpp", "h200-sxm-141gb", "q4_k_m"),
    ],
)
def test_weights_that_nobody_chose_are_the_vendors_own_where_those_are_quantised(
    catalog: Catalog, model: str, engine: str, device: str, weights: str
) -> None:
    found, why = settled_weights(catalog, model, engine, device)
    assert found == weights
    kept = catalog.weights_format(found).keeps(catalog.model(model).native_weights)
    assert (why == "what the vendor publishes") == kept


def test_an_engine_keeps_the_vendors_values_in_a_file_of_its_own(catalog: Catalog) -> None:
    here = RackSpec(device="h100-sxm5-80gb")
    for engine, found in (("llama.cpp", "mxfp4_moe"), ("vllm", "mxfp4")):
        assert (
            settle(ScenarioSpec(model=GPT_OSS, engine=engine, rack=here, weights="mxfp4"), catalog).weights.id == found
        )
    with pytest.raises(InputError, match="vLLM does not load GGUF MXFP4_MOE"):
        settle(ScenarioSpec(model=GPT_OSS, engine="vllm", rack=here, weights="mxfp4_moe"), catalog)


def test_a_format_that_is_loaded_is_never_exchanged(catalog: Catalog) -> None:
    for kept in catalog.weights_formats():
        for engine in kept.engines:
            assert as_kept_by(engine, kept, catalog.weights_formats) is kept
