"""`roofrack table`: computed, banded, priced, and the same in Markdown and CSV."""

import csv
import io

import pytest

from roofrack.catalog import default_catalog
from roofrack.value_table import table_csv, table_markdown, value_table

ROWS = value_table(default_catalog())


def test_every_class_on_every_kind() -> None:
    assert [row.model_class for row in ROWS[::4]] == ["7B", "30B", "70B", "130B"]
    assert {row.kind for row in ROWS} == {"CPU", "gaming GPU", "commercial GPU", "Mac"}
    assert len(ROWS) == 16


def test_cells_have_bands_and_value_follows_from_speed_and_price() -> None:
    for row in ROWS:
        assert row.one_user is not None, row
        assert row.many_users is not None, row
        assert row.many is not None
        assert row.one_user.low < row.one_user.mid < row.one_user.high
        assert row.usd is not None
        assert row.tokens_per_s_per_1000_usd is not None
        assert row.tokens_per_s_per_1000_usd.mid == pytest.approx(row.many_users.mid / row.usd * 1000)
        # On a CPU prompts take longer than sharing a step saves, and one user's speed leaves the prompt out.
        if row.kind != "CPU":
            assert row.many_users.mid >= row.one_user.mid * 0.99 or row.many == 1


def test_larger_models_are_slower_on_the_same_kind_of_one_device() -> None:
    for kind in ("CPU", "commercial GPU", "Mac"):
        speeds = [row.one_user.mid for row in ROWS if row.kind == kind and row.one_user]
        assert speeds == sorted(speeds, reverse=True)


def test_a_gaming_gpu_is_the_better_value() -> None:
    for name in ("7B", "30B", "70B"):
        value = {row.kind: row.tokens_per_s_per_1000_usd for row in ROWS if row.model_class == name}
        gaming, business = value["gaming GPU"], value["commercial GPU"]
        assert gaming is not None
        assert business is not None
        assert gaming.mid > business.mid


def test_markdown_and_csv() -> None:
    lines = table_markdown(ROWS).splitlines()
    assert len(lines) == 2 + len(ROWS)
    assert len({line.count("|") for line in lines}) == 1
    read = list(csv.DictReader(io.StringIO(table_csv(ROWS))))
    assert len(read) == len(ROWS)
    assert float(read[0]["one_user_low"]) < float(read[0]["one_user"]) < float(read[0]["one_user_high"])
