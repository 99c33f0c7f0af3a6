"""Every shipped model against what is published about it.

`models.csv` beside this file holds, per model, the decoder's parameters as counted on the modelling code, the KV bytes per
token with no window capped and no index, and the active parameters; empty where there is no such figure.
"""

import csv
import re
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import tomli

from roofrack.catalog import default_catalog
from roofrack.domain import LatentAttention, Model, RecurrentState, SoftmaxAttention
from roofrack.memory.kv import kv_parts
from roofrack.memory.weights import active_params, total_params
from roofrack.validation import trusted, validated

FOLDER = files("roofrack_presets") / "models"
TABLES: list[dict[str, Any]] = [
    table
    for file in sorted(FOLDER.iterdir(), key=lambda file: file.name)
    if file.name.endswith(".toml")
    for table in tomli.loads(file.read_text(encoding="utf-8"))["model"]
]
MODELS = [trusted(Model, table) for table in TABLES]
COUNTED = {
    row["id"]: row for row in csv.DictReader((Path(__file__).parent / "models.csv").read_text("utf-8").splitlines())
}
ALL = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)

TOLERANCE = 0.01
ROUNDED_BY_VENDORS = 0.12
"""Vendors give active parameters to one or two digits, some with the embedding and head, some without."""
MATRICES_OUTSIDE_LAYERS = 0.004
"""Most that norms, biases and the like may be: what the shapes do not explain is no remainder but a mistake."""


def test_the_library_is_whole() -> None:
    assert len(MODELS) >= 219
    assert {model.id for model in MODELS} >= COUNTED.keys()
    assert sum(len(model.hub_ids) for model in MODELS) >= 1000


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table["id"]))
def test_the_strict_path_makes_the_same_model(table: dict[str, Any]) -> None:
    assert validated(Model, table, table["id"]) == trusted(Model, table)


@ALL
def test_the_total_is_the_published_one_or_the_difference_has_a_reason(model: Model) -> None:
    stored = total_params(model) + model.tower_params + model.draft_params
    assert model.params_published, "no published total"
    off = abs(stored - model.params_published) / model.params_published
    assert off <= TOLERANCE or model.params_note, f"{stored:,} against {model.params_published:,}"


@ALL
def test_the_decoder_is_the_one_counted_on_its_code(model: Model) -> None:
    if model.id in COUNTED and (counted := COUNTED[model.id]["decoder_params"]):
        assert total_params(model) == int(counted)
    assert model.other_params <= MATRICES_OUTSIDE_LAYERS * total_params(model)


@ALL
def test_a_token_takes_the_published_bytes(model: Model) -> None:
    if model.id not in COUNTED or not (published := COUNTED[model.id]["kv_bytes_per_token_uncapped"]):
        return
    parts = kv_parts(model, default_catalog().kv_format("16bit"), caps_windows=False)
    assert sum(part.bytes_per_token for part in parts if part.kind != "index") == int(published)


@ALL
def test_active_parameters_are_the_published_ones(model: Model) -> None:
    active = active_params(model)
    assert active <= total_params(model)
    assert (active < total_params(model)) == (model.is_moe or model.lookup_params > 0)
    if model.id in COUNTED and (counted := COUNTED[model.id]["active_params"]):
        assert active == pytest.approx(int(counted), rel=TOLERANCE)
    if published := model.active_params_published:
        tables = model.vocab * model.hidden * (1 if model.tied_embeddings else 2)
        assert (active - tables) * (1 - ROUNDED_BY_VENDORS) <= published <= active * (1 + ROUNDED_BY_VENDORS)


@ALL
def test_every_fact_has_a_source(model: Model) -> None:
    assert model.source.text
    assert re.fullmatch(r"20\d\d(-\d\d){0,2}", model.source.date)
    assert model.published_source
    assert model.licence
    assert not model.released or re.fullmatch(r"20\d\d-\d\d-\d\d", model.released)
    assert model.name
    assert model.family


@ALL
def test_layers_that_no_shape_expresses_say_how_they_were_counted(model: Model) -> None:
    explicit = any(
        (isinstance(group.attention, SoftmaxAttention) and group.attention.mixer_params is not None)
        or group.extra_params
        for group in model.layers
    )
    assert model.notes or not explicit


@ALL
def test_shapes_are_possible(model: Model) -> None:
    assert model.layer_count == len(model.order)
    assert any(group.attention is not None for group in model.layers)
    for group in model.layers:
        mixer = group.attention
        if isinstance(mixer, SoftmaxAttention):
            assert 32 <= mixer.head_dim <= 512
            assert (mixer.window_tokens or 0) <= model.max_context_tokens
        if isinstance(mixer, LatentAttention):
            assert mixer.kv_lora_rank in (256, 512)
        if isinstance(mixer, RecurrentState):
            assert mixer.state_elements or mixer.conv_elements
            assert mixer.state_bits in (16, 32)


def test_no_name_stands_for_two_models() -> None:
    repeated = Counter(name.lower() for model in MODELS for name in (model.id, *model.aliases, *model.hub_ids))
    assert [name for name, count in repeated.items() if count > 1] == []
    shown = Counter(model.name for model in MODELS)
    assert [name for name, count in shown.items() if count > 1] == []


def test_every_name_finds_its_model() -> None:
    catalog = default_catalog()
    for model in MODELS:
        for name in (model.id, *model.aliases, *model.hub_ids):
            assert catalog.model(name).id == model.id, name


def test_a_thousand_repositories_of_the_hub_mean_what_they_meant() -> None:
    """The most downloaded repositories with the shapes of a row: fine-tunes and quantised copies, each pinned to its row."""
    rows = list(csv.DictReader((Path(__file__).parent / "hub_repositories.csv").read_text("utf-8").splitlines()))
    assert len({row["repository"].lower() for row in rows}) == len(rows) == 1000
    catalog = default_catalog()
    assert [row for row in rows if catalog.model(row["repository"]).id != row["model"]] == []


@ALL
def test_the_native_format_is_one_we_know(model: Model) -> None:
    known = default_catalog().weights_format(model.native_weights)
    assert known.id == model.native_weights
    assert model.is_moe or not known.experts_only


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("llama-2-7b", "MHA"),
        ("llama-3.1-8b", "GQA"),
        ("falcon-7b", "MQA"),
        ("deepseek-v3", "MLA"),
        ("deepseek-v3.2", "MLA+sparse"),
        ("gemma-3-27b", "GQA+window"),
        ("qwen3-next-80b-a3b", "GQA+linear"),
        ("kimi-linear", "MLA+linear"),
    ],
)
def test_the_kind_of_attention_in_a_word(name: str, kind: str) -> None:
    assert default_catalog().model(name).attention_kind == kind


@pytest.mark.parametrize(
    ("name", "native", "advertised"),
    [("qwen3-8b", 40_960, 131_072), ("mistral-small-4", 1_048_576, 262_144), ("step-3.7-flash", 65_536, 262_144)],
)
def test_native_context_is_not_advertised_context(name: str, native: int, advertised: int) -> None:
    model = default_catalog().model(name)
    assert (model.max_context_tokens, model.advertised_context_tokens) == (native, advertised)
