"""What the first picture has, and what comes right after it."""

import subprocess
import sys

from app_tools import LLAMA_70B, MakeApp, screen_text, settled
from textual.geometry import Size

from roofrack_tui.chart_pane import ChartPane
from roofrack_tui.panes.latency import LatencyPane
from roofrack_tui.widgets.chart import Chart

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


async def test_charts_are_empty_in_it_and_then_drawn(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    seen: list[bool] = []
    ready = app._draw_rest

    def noted() -> None:
        seen.extend(chart.spec is None for chart in app.main_screen.query(Chart))
        seen.append("Llama 3.1 70B" in screen_text(app))
        ready()

    app._draw_rest = noted  # type: ignore[method-assign]
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert seen == [True] * 4
        assert all(chart.spec is not None for chart in app.main_screen.query(Chart))


async def test_a_chart_that_is_gone_to_at_once_is_drawn(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8", "right_square_bracket")
        await settled(pilot)
        assert isinstance(app.main_screen.pane_in_focus(), LatencyPane)
        assert "TTFT" in screen_text(app)
        assert app.store.spec.workload.concurrency == 96


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
