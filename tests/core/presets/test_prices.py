"""Shipped prices: valid by pydantic, dated, with a source, for devices and models that exist."""

import statistics

import pytest
import tomli

from roofrack.catalog import default_catalog
from roofrack.catalog.library import SHIPPED
from roofrack.catalog.prices import shipped_prices
from roofrack.domain.base import Frozen
from roofrack.domain.money import ApiPrice, CostFact, HardwarePrice
from roofrack.errors import UnknownIdError
from roofrack.validation import validated

BOOK = shipped_prices()


@pytest.mark.parametrize(
    ("name", "table", "cls", "made"),
    [
        ("costs", "cost", CostFact, list(BOOK.costs.values())),
        ("hardware", "hardware", HardwarePrice, list(BOOK.hardware.values())),
        ("api", "api", ApiPrice, list(BOOK.apis)),
    ],
)
def test_rows_are_valid_and_unique(name: str, table: str, cls: type[Frozen], made: list[Frozen]) -> None:
    rows = tomli.loads((SHIPPED / "prices" / f"{name}.toml").read_text(encoding="utf-8"))[table]
    assert [validated(cls, row, name) for row in rows] == made
    assert len(made) == len({row.get("id") or row["device"] for row in rows})


def test_every_fact_is_dated_and_within_its_own_range() -> None:
    for fact in BOOK.costs.values():
        assert fact.source.date, fact.id
        assert fact.low is None or fact.low <= fact.value, fact.id
        assert fact.high is None or fact.value <= fact.high, fact.id
    for price in BOOK.hardware.values():
        assert price.source.date, price.device
        assert price.source.confidence != "A" or price.source.text.startswith("http"), price.device
    assert BOOK.api_source.date
    assert "genai-prices" in BOOK.api_source.text


def test_hardware_and_models_exist_and_no_device_is_priced_twice() -> None:
    catalog = default_catalog()
    for price in BOOK.hardware.values():
        assert catalog.device(price.device).price is None, price.device
    for api in BOOK.apis:
        assert not api.model or catalog.model(api.model).id == api.model


def test_the_market_ratio_is_that_of_the_list() -> None:
    ratios = [api.usd_per_million_output / api.usd_per_million_prompt for api in BOOK.apis]
    assert BOOK.costs["market-output-ratio"].value == pytest.approx(statistics.median(ratios), rel=0.1)


def test_an_api_price_is_found_by_id_or_by_a_name_that_is_unique() -> None:
    assert BOOK.api("openai:gpt-4o").usd_per_million_output == 10
    assert BOOK.api("GPT-4o").id == "openai:gpt-4o"
    with pytest.raises(UnknownIdError, match="gpt-oss-120b"):
        BOOK.api("gpt-oss-120b")
