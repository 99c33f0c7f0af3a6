"""Presets in words: units beside numbers, no names of fields, the newest version first."""

import re

from roofrack.catalog import Catalog
from roofrack.domain.base import version_numbers
from roofrack_tui.preset_words import label, preset_words

TERMS = {
    "kv_lora_rank",
    "q_lora_rank",
    "qk_nope_head_dim",
    "qk_rope_head_dim",
    "max_num_batched_tokens",
    "max_num_seqs",
}


def lines_of(text: str) -> dict[str, str]:
    """Values by label, of the outermost fields."""
    return dict(line.split("  ", 1) for line in text.splitlines() if "  " in line and not line.startswith(" "))


def test_values_have_their_units(whole_catalog: Catalog) -> None:
    found = lines_of(preset_words(whole_catalog.device("h100-sxm5-80gb")))
    assert found["memory"] == "81,559 MiB (79.6 GiB)"
    assert found["bandwidth"] == "3,350 GB/s"
    assert found["power"] == "700 W"
    assert found["unified memory"] == "no"
    assert lines_of(preset_words(whole_catalog.link("nvlink4")))["each way"] == "450 GB/s"
    assert lines_of(preset_words(whole_catalog.model("llama-3.1-70b")))["context"] == "131,072 tokens"


def test_engines_write_bytes_and_capabilities_as_devices_do(whole_catalog: Catalog) -> None:
    words = preset_words(whole_catalog.engine("vllm"))
    assert lines_of(words)["least compute capability"] == "7.0"
    assert lines_of(preset_words(whole_catalog.device("h100-sxm5-80gb")))["compute capability"] == "9.0"
    assert re.search(r"^ +graph  +10 MiB a layer$", words, re.MULTILINE)
    assert re.search(r"^ +sampler  +12 bytes a logit$", words, re.MULTILINE)
    assert not re.search(r"\d,\d{3},\d{3} bytes", words)


def test_nothing_is_called_as_in_a_file(whole_catalog: Catalog) -> None:
    presets = (
        *whole_catalog.models(),
        *whole_catalog.devices(),
        *whole_catalog.links(),
        *whole_catalog.weights_formats(),
        *whole_catalog.kv_formats(),
        *whole_catalog.engines(),
    )
    for preset in presets:
        text = preset_words(preset)
        labels = {line.strip().partition("  ")[0] for line in text.splitlines() if "  " in line.strip()}
        assert {word for word in labels if "_" in word} <= TERMS, preset
        assert not re.search(r"  (True|False|None)$", text, re.MULTILINE)


def test_the_newest_version_comes_first(whole_catalog: Catalog) -> None:
    for engine in whole_catalog.engines():
        versions = re.findall("^from version (.+)$", preset_words(engine), re.MULTILINE)
        assert versions == sorted(versions, key=version_numbers, reverse=True)
        assert len(versions) == len(engine.profiles)


def test_terms_of_the_field_stay() -> None:
    assert label("kv_lora_rank") == "kv_lora_rank"
    assert label("pcie_generation") == "PCIe generation"
    assert label("state_elements") == "state elements"
