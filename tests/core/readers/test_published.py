"""Every raw configuration that we have, against the published parameter count of its checkpoint."""

import csv
from typing import NamedTuple

import pytest
from tests.core.readers.making import DATA

from roofrack.memory.weights import active_params, total_params
from roofrack.readers import read_model


class Published(NamedTuple):
    config: str
    published_of: str
    published_params: int
    outside_params: int
    reason: str


def _rows() -> list[Published]:
    with (DATA / "published_params.csv").open(newline="") as file:
        return [
            Published(r["config"], r["published_of"], int(r["published_params"]), int(r["outside_params"]), r["reason"])
            for r in csv.DictReader(file)
        ]


ROWS = _rows()
ACTIVE_BILLIONS = {
    # As the names and model cards say; embeddings and head are in some vendors' figures and not in others'.
    "Qwen--Qwen3-235B-A22B": 22,
    "Qwen--Qwen3-30B-A3B": 3.3,
    "Qwen--Qwen3-Coder-480B-A35B-Instruct": 35,
    "Qwen--Qwen3.5-397B-A17B": 17,
    "deepseek-ai--DeepSeek-V3": 37,
    "deepseek-ai--DeepSeek-V4-Flash": 13,
    "deepseek-ai--DeepSeek-V4-Pro": 49,
    "mistralai--Mixtral-8x7B-v0.1": 12.9,
    "mistralai--Mixtral-8x22B-v0.1": 39,
    "moonshotai--Kimi-K2-Instruct": 32,
    "meta-llama--Llama-4-Scout-17B-16E-Instruct": 17,
    "meta-llama--Llama-4-Maverick-17B-128E-Instruct": 17,
    "nvidia--NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16": 55,
    "openai--gpt-oss-120b": 5.1,
    "zai-org--GLM-5": 40,
}


def test_every_configuration_has_a_published_count_and_none_is_left_out() -> None:
    files = {path.name.removesuffix("_config.json") for path in (DATA / "configs").glob("*_config.json")}
    files = {name for name in files if not name.endswith("_hf_quant")}
    assert {row.config for row in ROWS} == files
    assert len(files) >= 80


def test_what_stands_outside_the_decoder_has_a_reason() -> None:
    assert all(bool(row.outside_params) <= bool(row.reason) for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.config)
def test_totals_are_within_one_per_cent_of_the_published_count(row: Published) -> None:
    read = read_model(DATA / "configs" / f"{row.config}_config.json")
    counted = total_params(read.model) + row.outside_params
    assert counted == pytest.approx(row.published_params, rel=0.01)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.config)
def test_nothing_in_a_published_configuration_is_unexplained(row: Published) -> None:
    read = read_model(DATA / "configs" / f"{row.config}_config.json")
    assert read.warnings == ()


@pytest.mark.parametrize(("config", "billions"), ACTIVE_BILLIONS.items())
def test_active_parameters_are_what_the_vendor_says(config: str, billions: float) -> None:
    model = read_model(DATA / "configs" / f"{config}_config.json").model
    tables = 2 * model.vocab * model.hidden
    counted = active_params(model)
    assert counted - tables <= billions * 1e9 * 1.04
    assert counted >= billions * 1e9 * 0.97
