"""Ids, aliases, hub ids, driver names, and what is offered for a name that nobody has."""

import pytest

from roofrack.catalog import Catalog, default_catalog
from roofrack.errors import UnknownIdError


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("h100-sxm5-80gb", "h100-sxm5-80gb"),
        ("H100-SXM", "h100-sxm5-80gb"),
        ("h100 sxm", "h100-sxm5-80gb"),
        ("  rtx   4090 ", "rtx-4090"),
        ("4090", "rtx-4090"),
        ("NVIDIA H100 80GB HBM3", "h100-sxm5-80gb"),
        ("nvidia a100-sxm4-80gb", "a100-sxm4-80gb"),
        ("NVIDIA A100-PCIE-40GB", "a100-pcie-40gb"),
        ("NVIDIA GB10", "dgx-spark-gb10"),
        ("AMD Instinct MI300X", "mi300x"),
        ("AMD Instinct MI355 OAM", "mi355x"),
        ("NVIDIA GeForce RTX 4090", "rtx-4090"),
    ],
)
def test_devices_by_id_alias_and_driver_name(shipped: Catalog, written: str, found: str) -> None:
    assert shipped.device(written).id == found


def test_models_by_hub_id_and_alias(shipped: Catalog) -> None:
    assert shipped.model("llama-3.1-70b") is shipped.model("META-LLAMA/llama-3.1-70b-instruct")


def test_an_object_is_made_once(shipped: Catalog) -> None:
    assert shipped.device("4090") is shipped.device("rtx-4090")
    assert shipped.device("4090") in shipped.devices()


def test_the_error_of_the_contract(shipped: Catalog) -> None:
    with pytest.raises(UnknownIdError) as error:
        shipped.device("h100")
    assert str(error.value) == "unknown GPU 'h100': did you mean h100-sxm5-80gb, h100-pcie-80gb, h100-nvl-94gb?"


@pytest.mark.parametrize(
    ("written", "offered"),
    [
        ("h200", {"h200-sxm-141gb", "h200-nvl-141gb"}),
        ("a100-80gb", {"a100-sxm4-80gb", "a100-pcie-80gb"}),
        ("m4-max", {"apple-m4-max-32c", "apple-m4-max-40c"}),
        ("Orin (nvgpu)", {"jetson-agx-orin-64gb", "jetson-orin-nano-super-8gb"}),
        ("rxt-4090", {"rtx-4090"}),
    ],
)
def test_what_is_ambiguous_or_misspelt_is_offered_not_guessed(
    shipped: Catalog, written: str, offered: set[str]
) -> None:
    with pytest.raises(UnknownIdError) as error:
        shipped.device(written)
    assert offered <= set(error.value.near)


@pytest.mark.parametrize(
    "written", ["", " ", "zzzzzz", "\x00", "x" * 100_000, "[red]", "\x1b]0;title\x07", "ℌ", "\u202e"]
)
def test_nonsense_finds_nothing_and_its_error_is_clean(shipped: Catalog, written: str) -> None:
    with pytest.raises(UnknownIdError) as error:
        shipped.device(written)
    assert len(str(error.value)) < 500
    assert str(error.value).isprintable()


def test_each_kind_says_what_it_is(shipped: Catalog) -> None:
    lookups = {
        "model": shipped.model,
        "GPU": shipped.device,
        "link": shipped.link,
        "weights format": shipped.weights_format,
        "KV format": shipped.kv_format,
        "engine": shipped.engine,
        "scenario": shipped.scenario,
    }
    for kind, lookup in lookups.items():
        with pytest.raises(UnknownIdError, match=f"unknown {kind} 'no-such-thing'"):
            lookup("no-such-thing")


def test_words_of_the_field_resolve(shipped: Catalog) -> None:
    assert shipped.weights_format("awq").id == "awq-int4"
    assert shipped.weights_format("Q4-K-M").id == "q4_k_m"
    assert shipped.kv_format("auto").id == "16bit"
    assert shipped.engine("TensorRT-LLM").id == "trtllm"
    assert shipped.engine("ollama").id == "llama.cpp"
    assert shipped.link("10gbe").id == "ethernet-10g"


def test_the_default_catalogue_is_opened_once() -> None:
    assert default_catalog() is default_catalog()
