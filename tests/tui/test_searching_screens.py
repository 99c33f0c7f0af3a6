"""Search, box, table and pools as pictures; after a change that was meant: `make snapshots`, and look at each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from app_tools import LLAMA_70B, MakeApp
from test_screens import SIZES, look

from roofrack.catalog import Catalog
from roofrack.domain import WorkloadSpec
from roofrack.domain.workload import Targets

Compare = Callable[..., bool]

OUT_OF_REACH = replace(LLAMA_70B, workload=WorkloadSpec(concurrency=8), targets=Targets(ttft_s=0.002))


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("search", ["S"]),
        ("search-form", ["S", "e", "down", "down"]),
        ("search-chart", ["S", "v", "right", "right"]),
        ("box", ["b"]),
        ("pools", ["D"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_searched(
    snap_compare: Compare, make_searching_app: MakeApp, size: tuple[int, int], name: str, keys: list[str]
) -> None:
    look(snap_compare, make_searching_app(), size, *keys)


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_nothing_found(snap_compare: Compare, make_searching_app: MakeApp, size: tuple[int, int]) -> None:
    look(snap_compare, make_searching_app(OUT_OF_REACH), size, "S")


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_table(
    snap_compare: Compare, make_searching_app: MakeApp, whole_catalog: Catalog, size: tuple[int, int]
) -> None:
    look(snap_compare, make_searching_app(catalog=whole_catalog), size, "T", "2")


@pytest.mark.parametrize("options", [{"theme": "roofrack-light"}, {"ascii": True}], ids=["light", "ascii"])
def test_search_otherwise(snap_compare: Compare, make_searching_app: MakeApp, options: dict[str, Any]) -> None:
    look(snap_compare, make_searching_app(**options), (120, 40), "S")


def test_search_without_colour(
    snap_compare: Compare, make_searching_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    look(snap_compare, make_searching_app(), (120, 40), "S")
