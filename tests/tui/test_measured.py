"""Published measurements on the charts: found off the interface's thread, of the plan on screen and of no other."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Any

import pytest
from app_tools import LLAMA_70B, MakeApp, main_screen, settled

from roofrack.catalog import Catalog
from roofrack.domain import RackSpec
from roofrack.domain.scenario import Scenario
from roofrack.evidence import charted as charted_module
from roofrack.evidence.measurement import Measurement
from roofrack.plan import plan
from roofrack.settle import settle
from roofrack_tui.figures import throughput_chart
from roofrack_tui.measured import NOTHING_MEASURED, Measurements, marks, marks_of_one, names_of
from roofrack_tui.messages import ConcurrencyChosen, ScenarioChosen
from roofrack_tui.panes.latency import LatencyPane
from roofrack_tui.panes.memory import MemoryPane
from roofrack_tui.panes.throughput import ThroughputPane
from roofrack_tui.raster.chart import draw_chart
from roofrack_tui.raster.ink import plain_text
from roofrack_tui.widgets.chart import Chart

SIZE = (120, 40)
FOUND = Measurements(tokens_per_s_per_user=((8, 90.0),), ttft_s=((8, 0.1),), tpot_s=((8, 0.011), (16, 0.013)))


def test_each_quantity_has_the_look_and_the_axis_of_its_line() -> None:
    throughput, latency = marks(FOUND, ("total", "each")), marks(FOUND, ("tpot", "ttft"))
    assert [(m.x, m.y, m.side, m.style) for m in throughput] == [(8, 90.0, "right", 1)]
    assert [(m.x, m.side, m.style) for m in latency] == [(8, "right", 1), (16, "right", 1), (8, "left", 7)]
    assert [(m.side, m.style) for m in marks_of_one(FOUND, "tpot")] == [("left", None)] * 2
    assert marks(NOTHING_MEASURED, ("total", "each", "ttft", "tpot")) == []


def test_marks_say_how_else_they_ran(catalog: Catalog) -> None:
    scenario = settle(LLAMA_70B, catalog)  # vLLM, 1,024 and 256 tokens
    rows = charted_module.charted(scenario)
    assert names_of(rows, scenario) == (
        "measured 2025: 922 → 922 tokens",
        "measured: 922 → 922 tokens",
        "measured 922→922",
        "other runs",
    )
    own = [row._replace(prompt_tokens=1000.0, output_tokens=250.0) for row in rows]
    assert names_of(own, scenario) == ("measured 2025", "measured")
    two_years = [own[0]._replace(date="2024-05-01"), own[1]._replace(date="")]
    assert names_of([*own, *two_years], scenario)[0] == "measured 2024–25"
    others = [row._replace(engine="sglang") for row in own]
    assert names_of(others, scenario) == (
        "measured 2025: another engine",
        "measured: another engine",
        "measured otherwise",
        "other runs",
    )
    both = [rows[0]._replace(engine="sglang"), rows[0]._replace(engine="sglang", prompt_tokens=2000.0)]
    assert names_of(both, scenario)[0] == "measured 2025: another engine, other lengths"
    assert names_of(both, scenario)[-2:] == ("measured otherwise", "other runs")
    assert all("measured" in name for name in names_of(both, scenario)[:-1])


@pytest.mark.parametrize(
    ("width", "said"),
    [(90, "□ measured 2025: 922 → 922 tokens"), (46, "□ measured 922→922"), (60, "□ measured: 922 → 922 tokens")],
)
def test_as_many_words_as_there_is_room_for(catalog: Catalog, width: int, said: str) -> None:
    made = plan(LLAMA_70B, catalog)
    names = ("measured 2025: 922 → 922 tokens", "measured: 922 → 922 tokens", "measured 922→922", "other runs")
    found = FOUND._replace(names=names)
    drawn = draw_chart(throughput_chart(made)._replace(measured=marks(found, ("each",))), width, 12)
    assert plain_text(drawn.rows)[0].partition("each ")[2].partition("   ")[0].strip() == said


async def test_they_stand_on_both_charts_of_speed(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        screen = main_screen(app)
        assert screen.measured.tpot_s
        for kind, expected in ((ThroughputPane, True), (LatencyPane, True), (MemoryPane, False)):
            assert bool(screen.query_one(kind).query_one(Chart).spec.measured) is expected


async def test_a_plan_that_nobody_measured_has_none_at_once(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        screen = main_screen(app)
        workload = replace(LLAMA_70B.workload, prompt_tokens=90_000)
        screen.post_message(ScenarioChosen(replace(LLAMA_70B, workload=workload)))
        await pilot.pause()
        assert screen.measured == NOTHING_MEASURED
        await settled(pilot)
        assert screen.query_one(LatencyPane).query_one(Chart).spec.measured == []
        await pilot.press("z")
        await pilot.pause()
        assert screen.measured.tpot_s  # remembered: no second look


async def test_only_another_model_or_device_is_read_about(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = charted_module.measured_of

    def counted(scenario: Scenario) -> tuple[Measurement, ...]:
        asked.append(threading.current_thread().name)
        return real(scenario)

    monkeypatch.setattr(charted_module, "measured_of", counted)
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        screen = main_screen(app)
        before = screen.measured
        for users in (8, 16, 32):
            screen.post_message(ConcurrencyChosen(users))
            await settled(pilot)
        assert screen.measured == before
        screen.post_message(ScenarioChosen(replace(LLAMA_70B, rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=2))))
        await pilot.pause()
        assert screen.measured.tpot_s != before.tpot_s  # in the very frame of the plan
        assert screen.measured.tpot_s
        assert len(asked) == 1
        assert asked[0] != threading.main_thread().name


async def test_only_the_last_of_many_quick_changes_is_read_about(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def noted(scenario: Scenario) -> tuple[Measurement, ...]:
        asked.append(scenario.model.id)
        return ()

    monkeypatch.setattr(charted_module, "measured_of", noted)
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        asked.clear()
        screen = main_screen(app)
        for model in ("Qwen/Qwen3-32B", "google/gemma-3-27b-it", "openai/gpt-oss-120b"):
            screen.measure(_planned(screen, model).scenario)
        await settled(pilot)
        assert asked == ["openai/gpt-oss-120b"]


def _planned(screen: Any, model: str) -> Any:
    from roofrack.plan import plan

    return plan(replace(LLAMA_70B, model=model, weights=None), screen.store.catalog)


async def test_nothing_stirs_afterwards(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        screen = main_screen(app)
        drawn = screen.query_one(LatencyPane).query_one(Chart).spec
        await asyncio.sleep(0.2)
        assert screen.query_one(LatencyPane).query_one(Chart).spec is drawn
        assert not screen.looks_up
        assert [worker for worker in app.workers if not worker.is_finished] == []
