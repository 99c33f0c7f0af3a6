"""What the first picture has, and what comes right after it."""

import subprocess
import sys

import pytest
from app_tools import LLAMA_70B, MakeApp, screen_text, settled
from textual.geometry import Size

from roofrack_tui.chart_pane import ChartPane
from roofrack_tui.widgets.chart import Chart
from roofrack_tui.widgets.drawing import Drawing

WHAT_CHARTS_NEED = """
import sys
from roofrack_tui.app import RoofrackApp
from roofrack_tui.store import Store
loaded = [name for name in sys.modules if name.startswith(("roofrack_tui.raster", "roofrack_tui.figures"))]
print(*sorted(loaded))
"""


def test_nothing_that_draws_charts_is_read_in_for_it() -> None:
    ran = subprocess.run([sys.executable, "-c", WHAT_CHARTS_NEED], check=True, capture_output=True, text=True)
    parts = {name.removeprefix("roofrack_tui.raster") for name in ran.stdout.split()}
    assert parts == {"", ".ink", ".look", ".slider"}


async def test_charts_come_after_it(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    seen: list[object] = []
    draw_rest = app._draw_rest

    def noted() -> None:
        seen.extend(app.main_screen.query(Drawing).results(Chart))
        seen.append("Llama 3.1 70B" in screen_text(app))
        draw_rest()

    app._draw_rest = noted  # type: ignore[method-assign]
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert seen == [True]
        charts = app.main_screen.query(Chart)
        assert len(charts) == 3
        assert all(chart.spec is not None for chart in charts)


@pytest.mark.parametrize(("keys", "name"), [("8", "latency"), ("82", "rack"), ("28", "latency"), ("6", "memory")])
async def test_who_is_faster_than_charts_gets_where_he_wanted(make_app: MakeApp, keys: str, name: str) -> None:
    app = make_app(LLAMA_70B)
    draw_rest = app._draw_rest

    def typed_ahead() -> None:
        for key in keys:
            app.main_screen.action_go(int(key))
        draw_rest()

    app._draw_rest = typed_ahead  # type: ignore[method-assign]
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        pane = app.main_screen.pane_in_focus()
        assert pane is not None
        assert pane.id == name


async def test_a_size_that_is_told_again_lays_nothing_out(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        screen, laid_out = app.main_screen, []
        refresh = screen._refresh_layout

        def noted(size: Size | None = None, scroll: bool = False) -> None:
            laid_out.append(size)
            refresh(size, scroll)

        screen._refresh_layout = noted  # type: ignore[method-assign]
        await pilot.resize_terminal(120, 40)
        await settled(pilot)
        assert Size(120, 40) not in laid_out
        await pilot.resize_terminal(100, 30)
        await settled(pilot)
        assert Size(100, 30) in laid_out
        assert all(pane.query_one(Chart).spec for pane in screen.query(ChartPane))
