"""Rows of a search: racks by the names of their devices, and how much of the tightest target a plan uses up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from app_tools import LLAMA_70B

from roofrack.catalog import Catalog
from roofrack.domain import Targets
from roofrack.plan import plan
from roofrack.results import CurvePoint
from roofrack.search import Candidate
from roofrack.search.results import Limit
from roofrack_tui.screens.searching_rows import (
    Found,
    about,
    formats,
    rack_name,
    search_head,
    search_row,
    tightest,
    used,
)
from roofrack_tui.widgets.columns import Columns

TARGETS = Targets(ttft_s=2.0, tpot_s=0.05, tokens_per_s_per_user=20.0)


@pytest.fixture
def point(catalog: Catalog) -> CurvePoint:
    made = plan(LLAMA_70B, catalog).at
    assert made is not None
    return made


def found(point: CurvePoint, strain: float = 0.5, limit: Limit = "tpot", nodes: int = 1, device: str = "") -> Candidate:
    return Candidate(
        spec=replace(LLAMA_70B, targets=TARGETS),
        model=LLAMA_70B.model,
        engine="vllm",
        device=device or "h100-sxm5-80gb",
        gpus_per_node=4,
        nodes=nodes,
        weights="fp8",
        kv="fp8",
        tp=2,
        pp=1,
        dp=12,
        ep=1,
        working=12,
        gpus=4 * nodes,
        usd_per_hour=9.0,
        power_w=2800.0,
        point=point,
        strain=strain,
        limit=limit,
    )


def test_racks_have_the_names_of_their_devices(point: CurvePoint, catalog: Catalog) -> None:
    assert rack_name(found(point), catalog) == "4x H100 SXM5 80GB"
    assert rack_name(found(point, nodes=5, device="rtx-4090"), catalog) == "5 nodes of 4x RTX 4090"
    row = search_row(found(point, nodes=5, device="rtx-4090"), catalog, several=False)
    assert [cell.text for cell in row.cells[:3]] == ["5 nodes of 4x RTX 4090", "fp8", "TP2 DP12"]
    large = search_row(found(point, nodes=8), catalog, several=False)
    assert Columns(large.cells[:1]).content(28).plain == "8 nodes of 4x H100 SXM5 80GB"
    assert Columns(large.cells[:1]).content(27).plain.rstrip() == "8 nodes of 4x H100 SXM5"


@pytest.mark.parametrize(
    ("strain", "limit", "share", "words"),
    [
        (0.97, "ttft", "97 %", "TTFT takes 97 % of 2.0 s"),
        (0.24, "tpot", "24 %", "TPOT takes 24 % of 50 ms"),
        (0.8, "speed", "80 %", "tokens/s: 25 % above 20"),
        (3.7, "tpot", "370 %", "TPOT takes 370 % of 50 ms"),
        (38.4, "ttft", "38x", "TTFT takes 38x 2.0 s"),
        (0.5, "room", "50 %", "room: 50 % used"),
        (0.0, "room", "–", "no target is tight"),
    ],
)
def test_what_is_used_of_a_target(point: CurvePoint, strain: float, limit: Limit, share: str, words: str) -> None:
    one = found(point, strain, limit)
    assert (used(one), tightest(one)) == (share, words)


def test_what_a_limit_was_lifted_for_is_not_judged(point: CurvePoint, catalog: Catalog) -> None:
    lifted = search_row(found(point), catalog, several=False, judged=False)
    assert [cell.text for cell in lifted.cells[-2:]] == ["–", "–"]


def test_the_power_of_boards_is_called_so(point: CurvePoint, catalog: Catalog) -> None:
    said = about(Found((), found(point)), catalog)
    assert said[1].plain.endswith(" · boards 2.8 kW")
    assert said[0].plain == "4x H100 SXM5 80GB · TP 2 DP 12 · fp8, KV fp8 · Llama 3.1 70B"


@pytest.mark.parametrize("width", [56, 65, 66, 74, 83, 84, 96, 100, 105, 140])
def test_no_rack_of_several_nodes_is_cut(point: CurvePoint, catalog: Catalog, width: int) -> None:
    for device, shown in (("h100-sxm5-80gb", "11 nodes of 4x H100 SXM5"), ("rtx-4090", "11 nodes of 4x RTX 4090")):
        one = found(point, nodes=11, device=device)._replace(weights="gptq-int4")
        row = Columns(search_row(one, catalog, several=False).cells).content(width).plain
        assert shown in row
        assert "…" not in row
        assert "gptq-int4" in row
        assert len(row) == len(Columns(search_head(several=False)).content(width).plain) == width


def test_a_small_cache_is_named_beside_the_weights(point: CurvePoint, catalog: Catalog) -> None:
    one = found(point)
    assert formats(one, catalog) == "fp8, KV fp8"
    assert formats(one._replace(kv="16bit"), catalog) == "fp8"
    assert formats(one._replace(weights="nvfp4", kv="nvfp4"), catalog) == "nvfp4, KV nvfp4"
