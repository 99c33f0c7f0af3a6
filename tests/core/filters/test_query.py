"""The filter language: what each item means, what half a line means, and that nothing breaks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.catalog import Catalog, load_catalog
from roofrack.errors import InputError
from roofrack.filters import DEVICES, MODELS, Facts, device_facts, model_facts, parse
from roofrack.memory.kv import kv_bytes_per_token
from roofrack.memory.weights import active_params, total_params
from roofrack.report.listing import listing


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return load_catalog(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def models(catalog: Catalog) -> list[Facts]:
    kv = catalog.kv_format("16bit")
    return [model_facts(model, kv) for model in catalog.models()]


def names(line: str, rows: Sequence[Facts]) -> list[str]:
    query = parse(line, MODELS)
    assert not query.problems, query.problems
    return [row.name for row in query.select(rows, lambda row: row, MODELS)]


def test_every_item_narrows_and_each_is_true_of_what_is_left(catalog: Catalog) -> None:
    rows = listing("models", catalog, ["moe", "<40b", "gqa", "licence:apache", "context>=128k", "kv<=100kib"])
    assert rows
    for row in rows:
        model, kv = catalog.model(row["id"]), catalog.kv_format("16bit")
        assert model.is_moe
        assert "GQA" in model.attention_kind
        assert "apache" in model.licence
        assert (model.params_published or total_params(model)) < 40e9
        assert model.max_context_tokens >= 128 * 1024
        assert kv_bytes_per_token(model, kv) <= 100 * 1024


@pytest.mark.parametrize("kind", ["mha", "gqa", "mqa", "mla", "window", "linear", "sparse"])
def test_a_kind_is_the_attention_kind_and_not_a_part_of_a_name(catalog: Catalog, kind: str) -> None:
    expected = {m.id for m in catalog.models() if kind in m.attention_kind.lower().split("+")}
    assert {row["id"] for row in listing("models", catalog, [kind])} == expected
    assert 0 < len(expected) < len(catalog.models())


def test_dense_and_moe_share_out_the_library(models: list[Facts]) -> None:
    assert len(names("dense", models)) + len(names("moe", models)) == len(models)


def test_facts_of_a_model_are_those_published(catalog: Catalog) -> None:
    kv = catalog.kv_format("16bit")
    dense, moe = catalog.model("llama-3.1-8b"), catalog.model("gpt-oss-120b")
    assert moe.active_params_published is not None
    facts = model_facts(moe, kv, place="partial", disk_gib=60.5)
    assert facts.numbers["params"] == moe.params_published
    assert facts.numbers["active"] == moe.active_params_published
    assert facts.numbers["disk"] == 60.5
    assert {"moe", "partial", "disk"} <= facts.kinds
    assert "preset" not in facts.kinds
    assert model_facts(dense, kv).numbers["active"] == total_params(dense)
    assert "disk" not in model_facts(dense, kv).numbers
    assert model_facts(replace(dense, params_published=None), kv).numbers["params"] == total_params(dense)
    unsaid = replace(moe, active_params_published=None)
    assert model_facts(unsaid, kv).numbers["active"] == active_params(moe)


def test_facts_of_a_device(catalog: Catalog) -> None:
    device = catalog.device("h100-sxm5-80gb")
    facts = device_facts(device)
    assert facts.numbers["memory"] == device.memory_mib / 1024
    assert facts.numbers["tflops"] == device.rates.bf16
    half = device_facts(replace(device, rates=replace(device.rates, bf16=None, fp16=65)))
    assert half.numbers["tflops"] == 65
    assert "fp8" in facts.kinds
    old = device_facts(catalog.device("v100-sxm2-32gb"))
    assert not {"fp8", "fp4", "unified"} & old.kinds
    assert device.link is not None
    assert facts.labels["link"] == device.link.link


@pytest.mark.parametrize(
    ("line", "gib", "admitted"),
    [("memory=80", 80, True), ("memory=80", 80.1, True), ("memory=80", 79.3, True), ("memory=80", 90, False)],
)
def test_equal_means_about_equal(catalog: Catalog, line: str, gib: float, admitted: bool) -> None:
    device = replace(catalog.device("h100-sxm5-80gb"), memory_mib=round(gib * 1024))
    assert parse(line, DEVICES).admits(device_facts(device)) is admitted


@pytest.mark.parametrize(
    ("lower", "upper"), [("<40b", ">=40b"), ("released<2025-06", "released>=2025-06"), ("kv<100k", "kv>=100k")]
)
def test_a_bound_and_its_opposite_share_out_what_is_known(models: list[Facts], lower: str, upper: str) -> None:
    both = names(lower, models) + names(upper, models)
    assert len(both) == len(models) - (
        0 if "released" not in lower else sum("released" not in m.numbers for m in models)
    )


@pytest.mark.parametrize(
    ("line", "date", "admitted"),
    [
        ("released=2025", "2025-12", True),
        ("released=2025", "2026-01", False),
        ("released<=2025", "2025-12", True),
        ("released>2025", "2025-12", False),
        ("released>2025", "2026", True),
        ("released>=2025", "2025", True),
        ("released=2025-07", "2025-07-31", True),
        ("released<2025-07", "2025-06", True),
        ("released>2000", "", False),
    ],
)
def test_a_date_is_as_wide_as_it_is_written(catalog: Catalog, line: str, date: str, admitted: bool) -> None:
    model = replace(catalog.model("llama-3.1-8b"), released=date)
    assert parse(line, MODELS).admits(model_facts(model, catalog.kv_format("16bit"))) is admitted


@pytest.mark.parametrize(
    ("line", "key", "sign", "value"),
    [
        ("<40b", "params", "<", 40e9),
        ("<40", "params", "<", 40e9),
        (">=500m", "params", ">=", 5e8),
        ("size>1.5t", "params", ">", 1.5e12),
        ("active<5b", "active", "<", 5e9),
        ("kv<64kib", "kv", "<", 65536),
        ("ctx>=128k", "context", ">=", 131072),
    ],
)
def test_units_of_models(line: str, key: str, sign: str, value: float) -> None:
    (bound,) = parse(line, MODELS).bounds
    assert bound[:3] == (key, sign, value)


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        (">=80gib", "memory", 80),
        (">=80gb", "memory", 80e9 / 2**30),
        (">3tb/s", "bandwidth", 3000),
        ("<4$", "price", 4),
        ("<$4", "price", 4),
        ("price<4", "price", 4),
        (">100tflops", "tflops", 100),
        ("<1kw", "power", 1000),
        (">24", "memory", 24),
    ],
)
def test_units_of_devices(line: str, key: str, value: float) -> None:
    (bound,) = parse(line, DEVICES).bounds
    assert bound.key == key
    assert bound.value == pytest.approx(value)


def test_a_range_has_both_ends_and_one_unit_is_enough(models: list[Facts]) -> None:
    assert names("7..9b", models) == names("7b..9b", models) == names(">=7b <=9b", models)
    assert names("7..9b", models)


def test_orders_are_those_that_people_want_first_and_a_minus_turns_them(catalog: Catalog) -> None:
    per_token = [row["kv_bytes_per_token"] for row in listing("models", catalog, ["sort:kv"])]
    assert per_token == sorted(per_token)
    bandwidths = [row["bandwidth_gb_s"] for row in listing("gpus", catalog, ["sort:bandwidth"])]
    assert bandwidths == sorted(bandwidths, reverse=True)
    assert [row["bandwidth_gb_s"] for row in listing("gpus", catalog, ["sort:-bandwidth"])] == bandwidths[::-1]
    assert names_of(catalog, "sort:name") == names_of(catalog, "sort:-name")[::-1]


def names_of(catalog: Catalog, line: str) -> list[str]:
    return [row["name"].lower() for row in listing("gpus", catalog, [line, "nvidia"])]


@pytest.mark.parametrize("line", ["sort:price", "sort:-price"])
def test_what_is_not_known_comes_last_either_way(catalog: Catalog, line: str) -> None:
    prices = [row["usd_per_hour"] for row in listing("gpus", catalog, [line])]
    known = [price for price in prices if price is not None]
    assert prices[: len(known)] == known
    assert known == sorted(known, reverse="-" in line)
    assert len(known) < len(prices)


def test_a_device_is_found_by_what_its_driver_calls_it(catalog: Catalog) -> None:
    assert [row["id"] for row in listing("gpus", catalog, ["NVIDIA", "H100", "80GB", "HBM3"])] == ["h100-sxm5-80gb"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("sort:z", "sort by one of name, size"),
        ("<", "needs a number"),
        ("kv<lots", "needs a number"),
        ("kvv<3", "did you mean kv"),
        ("released<soon", "needs a number"),
    ],
)
def test_what_is_not_understood_is_said_and_left_out(catalog: Catalog, line: str, words: str) -> None:
    query = parse(f"llama {line}", MODELS)
    assert query.words == ("llama",)
    assert not query.bounds
    assert words in query.problems[0]
    with pytest.raises(InputError, match="filter"):
        listing("models", catalog, [line])


def test_half_an_order_is_one_where_it_can_mean_only_one() -> None:
    assert parse("sort:k", MODELS).sort == "kv"
    assert parse("sort:s", MODELS).sort == "params"
    assert parse("sort:lic", MODELS).problems


def test_fits_is_the_callers_to_judge(catalog: Catalog) -> None:
    with pytest.raises(InputError, match="--rack"):
        listing("models", catalog, ["fits"])
    assert [r["id"] for r in listing("gpus", catalog, ["fits"], lambda name: name == "rtx-4090")] == ["rtx-4090"]


def test_names_with_colons_and_dots_are_words() -> None:
    assert parse("qwen3:8b a..b gpt-oss:latest", MODELS).words == ("qwen3:8b", "a..b", "gpt-oss:latest")


@given(st.text(max_size=600))
def test_no_line_breaks_it(line: str) -> None:
    for subject in (MODELS, DEVICES):
        query = parse(line, subject)
        assert all(bound.key in subject.quantities for bound in query.bounds)
        assert all("\x1b" not in problem for problem in query.problems)


@given(
    st.lists(
        st.sampled_from(
            ["moe", "dense", "gqa", "<40b", ">7b", "llama", "qwen", "sort:size", "sort:-kv", "released>2024"]
        ),
        max_size=5,
    )
)
def test_more_items_never_leave_more_rows(items: list[str]) -> None:
    rows = _small()
    for count in range(len(items)):
        fewer = parse(items[: count + 1], MODELS).select(rows, lambda row: row, MODELS)
        assert len(fewer) <= len(parse(items[:count], MODELS).select(rows, lambda row: row, MODELS))


def _small() -> list[Facts]:
    if not _ROWS:
        from pathlib import Path

        catalog = load_catalog(Path("/nonexistent"))
        _ROWS.extend(model_facts(model, catalog.kv_format("16bit")) for model in catalog.models()[::5])
        assert device_facts(catalog.device("h100-sxm5-80gb")).kinds >= {"nvidia", "fp8"}
    return _ROWS


_ROWS: list[Facts] = []
