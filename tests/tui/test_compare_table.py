"""The difference table row by row: its marks, what does not fit, its colours, and its curves at numbers of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from app_tools import LLAMA_70B, TOO_BIG, MakeApp, main_screen, screen_text, settled
from textual.pilot import Pilot
from textual.style import Style

from roofrack.catalog import Catalog
from roofrack.compare import compare_plans
from roofrack.plan import plan
from roofrack_tui.overlays import each_at, overlay
from roofrack_tui.pins import Line, Sight
from roofrack_tui.raster.strokes import mark
from roofrack_tui.screens.compare_table import Drawn, legend, table_rows
from roofrack_tui.widgets.chart import Chart
from roofrack_tui.widgets.prose import Prose


def drawn(width: int, *, plain: bool = False) -> Drawn:
    return Drawn(width, plain, lambda _: Style())


@pytest.fixture
def lines(catalog: Catalog) -> list[Line]:
    specs = {"fp8": LLAMA_70B, "bf16": replace(LLAMA_70B, weights="bf16"), "405B": TOO_BIG}
    made = [plan(spec, catalog) for spec in specs.values()]
    return [Line(one, name, n, n, n == 0) for n, (name, one) in enumerate(zip(specs, made, strict=True))]


def rows(lines: list[Line], width: int, *, plain: bool = False) -> dict[str, str]:
    """The table's rows by their labels."""
    comparison = compare_plans([line.plan for line in lines], [line.name for line in lines])
    return {
        row.plain[:16].strip(): row.plain[16:] for row in table_rows(comparison, lines, 0, drawn(width, plain=plain))
    }


@pytest.mark.parametrize("plain", [False, True])
def test_no_verdict_is_marked_as_a_plan_is(plain: bool) -> None:
    said = legend("fp8", drawn(78, plain=plain), 3)
    assert said.endswith("  ratios to fp8")
    signs = {word for word in said.split() if len(word) == 1}
    assert signs == ({"b", "w", "?", "="} if plain else {"✓", "✗", "?", "="})
    assert not signs & {mark(style, plain) for style in range(5)}


def test_ratios_stay_where_there_is_no_room_for_words(lines: list[Line]) -> None:
    narrow, wide = rows(lines[:2], 52, plain=True), rows(lines[:2], 78, plain=True)
    assert narrow["weights GiB"].split() == ["67.7", "131.4", "1.94x", "w"]
    assert wide["weights GiB"].split() == ["67.7", "131.4", "1.94x", "worse"]
    assert "b better" in legend("fp8", drawn(46, plain=True), 2)
    assert "better" not in legend("fp8", drawn(78, plain=True), 2)
    assert legend("fp8", drawn(78, plain=True), 2) == "~ bands overlap  ratios to fp8"


def test_what_is_neither_better_nor_worse_may_be_the_same(lines: list[Line]) -> None:
    table = rows(lines[:2], 78)
    assert table["memory/GPU GiB"].split() == ["73.9", "73.9", "="]
    assert table["GPUs"].split() == ["4", "4", "="]


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("width", [46, 62, 78, 118, 198])
def test_a_column_that_does_not_fit_says_so_and_is_not_judged(lines: list[Line], width: int, plain: bool) -> None:
    each = min(38, (width - 16) // 3)
    table = {label: row.ljust(3 * each)[2 * each : 3 * each] for label, row in rows(lines, width, plain=plain).items()}
    whole = "does not fit" if plain else "✗ does not fit"
    said = table["requests at once"].strip()
    assert said
    assert whole.startswith(said.rstrip("…"))
    assert table["KV tokens"].split() == ["–"]
    assert table["$/h"].split() == ["$19.32"]
    assert table["node power kW"].split() == ["5.10"]


def test_all_rows_are_as_wide_as_the_table(lines: list[Line]) -> None:
    comparison = compare_plans([line.plan for line in lines], [line.name for line in lines])
    for width in (46, 62, 78, 118, 198):
        found = table_rows(comparison, lines, 1, drawn(width))
        assert len({row.cell_length for row in found}) == 1
        assert found[0].cell_length <= width


def test_each_is_marked_at_a_number_of_its_own(lines: list[Line]) -> None:
    comparison = compare_plans([line.plan for line in lines[:2]], yardstick="best")
    spec = overlay("tpot", Sight(tuple(lines[:2])))
    found = each_at(spec, "tpot", lines[:2], comparison.points)
    assert spec.cursor == 64
    assert found.cursor is None
    for line, point, series in zip(lines, comparison.points, found.series[2:], strict=False):
        assert point is not None
        assert series.scatter
        assert series.style == line.style
        assert series.points == [(point.concurrency, point.tpot_s.mid)]
    assert len(each_at(spec, "ttft", lines[:2], [None, comparison.points[1]]).series) == 3


async def opened(pilot: Pilot[Any], *keys: str) -> None:
    await settled(pilot)
    await pilot.press(*keys)
    await settled(pilot)


async def test_marks_in_heads_follow_the_theme(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, "p", "3", "right", "c")
        seen = []
        for theme in ("roofrack-light", "roofrack-dark", "roofrack-light"):
            app.theme = theme
            await settled(pilot)
            head = app.screen.query_one("#compare-table", Prose)._rows[0]
            seen.append([str(span.style.foreground) for span in head.spans if isinstance(span.style, Style)])
        assert seen[0] == seen[2] != seen[1]
        assert len(seen[0]) == 2


async def test_at_their_best_there_is_no_common_cursor(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, "p", "3", "right", "c")
        assert "64 users" in screen_text(app)
        await opened(pilot, "b")
        assert "64 users" not in screen_text(app)
        assert "ratios to" in screen_text(app)  # the key of the marks stays below what ends it
        assert app.screen.query_one(Chart).spec.cursor is None
        pointed = next(line for line in app.screen._lines if line.on_screen)
        assert f"● {pointed.name} at its most, " in screen_text(app)


async def test_what_does_not_fit_is_said_in_words_and_without_praise(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "p", "3", "left", "2", "down", "minus", "minus", "c")
        text = screen_text(app)
        assert "● ✗ does not fit: GPU 0 (NVIDIA H100 SXM5 80GB) is 61.5 GiB over" in text
        assert "✓" not in text
        assert "ratios to" not in text  # there are none


async def test_with_nothing_pinned_the_key_that_pins_comes_first(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "c")
        line = screen_text(app).splitlines()[-1]
        assert "p Pin" in line
        assert "Swap" not in line
        assert "Unpin" not in line
        assert "Llama 3.1 70B · 4x H100 SXM5 80GB · fp8" in screen_text(app).splitlines()[1]
        await opened(pilot, "p", "right")
        assert "Unpin" in screen_text(app).splitlines()[-1]
        assert main_screen(app).store.pins.members
