"""The table of model classes, and prefill and decode on pools of their own."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import Any

import pytest
from app_tools import LLAMA_70B, TOO_BIG, MakeApp, screen_text, settled
from textual.containers import VerticalScroll
from textual.pilot import Pilot

from roofrack.catalog import Catalog
from roofrack.disaggregation import AtLoad, across_loads, disaggregate
from roofrack.domain import ParallelSpec, RackSpec, ScenarioSpec
from roofrack.domain.workload import Targets
from roofrack.report.units import steady_rate
from roofrack.value_table import table_csv, table_markdown, value_table
from roofrack_tui.screens.disaggregating import PoolsScreen, when
from roofrack_tui.screens.table import MEASURES, TableScreen
from roofrack_tui.widgets.prose import Prose


async def opened(pilot: Pilot[int], key: str) -> Any:
    await settled(pilot)
    await pilot.press(key)
    await settled(pilot)
    return pilot.app.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_number_of_the_table_is_on_screen_with_its_band(
    make_app: MakeApp, whole_catalog: Catalog, size: tuple[int, int]
) -> None:
    rows = value_table(whole_catalog)
    app = make_app(LLAMA_70B, catalog=whole_catalog)
    async with app.run_test(size=size) as pilot:
        assert isinstance(await opened(pilot, "T"), TableScreen)
        for n, measure in enumerate(MEASURES):
            text = " ".join(screen_text(app).split())
            assert f"{n + 1}: {measure.name}" in text
            for row in rows:
                band = measure.of(row)
                assert band is not None
                assert steady_rate(band.mid) in text
                assert f"{steady_rate(band.low)}–{steady_rate(band.high)}" in text
            assert text.count("▲") == 4 + 1, "one of each class, and what the mark means"
            await pilot.press("right")
        assert f"1: {MEASURES[0].name}" in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        assert not isinstance(app.screen, TableScreen)


async def test_the_end_of_the_table_is_reached_where_it_scrolls(make_app: MakeApp, whole_catalog: Catalog) -> None:
    last = [row for row in value_table(whole_catalog) if row.model_class == "130B"]
    app = make_app(LLAMA_70B, catalog=whole_catalog)
    async with app.run_test(size=(60, 20)) as pilot:
        await opened(pilot, "T")
        await pilot.press("end")
        await settled(pilot)
        text = screen_text(app)
        for row in last:
            assert row.one_user is not None
            assert f"{steady_rate(row.one_user.low)}–{steady_rate(row.one_user.high)}" in text
        assert "▲ most · 80 % bands" in text


async def test_pools_of_a_plan_that_fixes_replicas_choose_their_own(make_app: MakeApp) -> None:
    spec = replace(
        LLAMA_70B, parallel=ParallelSpec(tp=2, dp=2), targets=Targets(ttft_s=2.0, percentile=95, availability=0.9)
    )
    app = make_app(spec)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, "D")
        text = screen_text(app)
        assert "Pools choose their own layout" in text
        assert "the TTFT percentile, availability left out" in text
        assert "Within the targets" in text


async def test_rows_are_laid_out_beside_the_scroll_bar_that_they_call_for(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "D")
        prose, scroll = app.screen.query_one(Prose), app.screen.query_one(VerticalScroll)
        assert scroll.show_vertical_scrollbar
        rows = prose.lines(0, prose.size.height, prose.size)
        said = " ".join("".join(row.text for row in rows).split())
        assert re.search(r"x the tokens/s, [\d.]+x the TPOT, [\d.]+x the TTFT of the same GPUs doing both\.", said)


async def test_the_table_is_copied_whole(make_app: MakeApp, whole_catalog: Catalog) -> None:
    app = make_app(LLAMA_70B, catalog=whole_catalog)
    rows = value_table(whole_catalog)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "T")
        await pilot.press("y")
        assert app.clipboard == table_markdown(rows)
        assert "copied as Markdown" in screen_text(app)
        await pilot.press("c")
        assert app.clipboard == table_csv(rows)
        assert len(list(csv.DictReader(io.StringIO(app.clipboard)))) == 16


@pytest.mark.parametrize(
    ("ratios", "said"),
    [
        ((1.2, 0.9, 0.6), "✓ pools do more"),
        ((1.2, 1.0, 1.09), "✓ pools do more"),
        ((1.05, 0.44, 1.25), "more, but later: TTFT"),
        ((1.05, 1.2, 3.0), "more, but later: TPOT and TTFT"),
        ((0.99, 0.5, 0.5), "together does more"),
    ],
)
def test_more_tokens_are_no_gain_where_a_time_grows(ratios: tuple[float, float, float], said: str) -> None:
    assert any(row.plain.rstrip().endswith(f"x  {said}") for row in when([AtLoad(64, 2, 2, *ratios)], 78))


async def test_pools_start_from_the_best_split_and_keys_move_it(make_app: MakeApp, catalog: Catalog) -> None:
    spec = ScenarioSpec(model=LLAMA_70B.model, weights="fp8", rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=8))
    best = disaggregate(spec, catalog)
    app = make_app(spec)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, "D")
        assert isinstance(screen, PoolsScreen)
        assert f"{best.prefill.gpus} prefill + {best.decode.gpus} decode, 64 at once" in screen_text(app)
        assert best.verdict[-1] in screen_text(app)
        assert "When it pays" in screen_text(app)
        loads = [one for one in across_loads(spec, catalog) if one.better]
        later = [one for one in loads if max(one.ttft, one.tpot) > 1.1]
        assert screen_text(app).count("✓ pools do more") == len(loads) - len(later)
        assert screen_text(app).count("more, but later: ") == len(later)
        await pilot.press("right")
        await settled(pilot)
        assert f"{best.prefill.gpus + 1} prefill + {best.decode.gpus - 1} decode" in screen_text(app)
        for _ in range(10):
            await pilot.press("right")
            await settled(pilot)
        assert "no such pair of pools" in screen_text(app) or "7 prefill + 1 decode" in screen_text(app)
        await pilot.press("x")
        await settled(pilot)
        assert f"{best.prefill.gpus} prefill + {best.decode.gpus} decode, 64 at once" in screen_text(app)
        assert "no such pair" not in screen_text(app)
        await pilot.press("D")
        await settled(pilot)
        assert not isinstance(app.screen, PoolsScreen)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (TOO_BIG, "fits in no such pair of pools"),
        (ScenarioSpec(model="meta-llama/Llama-3.1-8B-Instruct", rack=RackSpec(device="rtx-4090")), "two"),
    ],
    ids=["does not fit", "one GPU"],
)
async def test_pools_that_cannot_be_are_refused_in_a_sentence(make_app: MakeApp, spec: ScenarioSpec, said: str) -> None:
    app = make_app(spec)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "D")
        text = " ".join(screen_text(app).replace("│", " ").split())
        assert "Not for this plan" in text
        assert said in text
        await pilot.press("right", "left", "x")
        await settled(pilot)
        assert "Not for this plan" in screen_text(app)
