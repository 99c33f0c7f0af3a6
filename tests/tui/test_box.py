"""What a rack serves, in the app."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from app_tools import LLAMA_70B, MakeApp, main_screen, screen_text, settled
from searching_tools import answer, field, opened
from test_any_terminal import with_hostile_model

from roofrack.domain import RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.plan import plan
from roofrack_tui.screens.box import BoxScreen
from roofrack_tui.widgets.menu import Menu

pytestmark = pytest.mark.usefixtures("find_once")


async def test_the_box_lists_what_the_rack_serves(make_searching_app: MakeApp) -> None:
    app = make_searching_app(replace(LLAMA_70B, workload=WorkloadSpec(concurrency=4)))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, "b")
        assert isinstance(screen, BoxScreen)
        kept = [row.plan.strain <= 1 for row in screen.rows]
        assert kept == sorted(kept, reverse=True)
        assert any(kept)
        assert len(screen.found.rows) + len(screen.found.too_large) == 8
        text = screen_text(app)
        assert f"{sum(kept)} of 8 models keep the targets" in text
        assert text.count("DeepSeek") == text.count("DeepSeek V3 fits in no format") == 1
        await pilot.press("e")
        await answer(pilot, "load", "10^12")
        assert field(app, "load")._problem
        await answer(pilot, "load", "64")
        await answer(pilot, "tpot_s", "1 ms")
        assert "None of 8 models keeps the targets" in screen_text(app)
        await pilot.press("escape")
        assert isinstance(app.focused, Menu)
        assert "✗ TPOT" in screen_text(app)
        chosen = screen.row.plan
        await pilot.press("enter")
        await settled(pilot)
        assert main_screen(app).store.plan.at == plan(chosen.spec).at
        assert main_screen(app).store.spec.rack == LLAMA_70B.rack


async def test_hostile_names_are_text_in_the_box(
    make_searching_app: MakeApp, small_library: Path, tmp_path: Path
) -> None:
    catalog = with_hostile_model(small_library, tmp_path / "evil")
    app = make_searching_app(ScenarioSpec(model="evil/model", rack=RackSpec(device="h100-sxm5-80gb")), catalog=catalog)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, "b")
        assert "[bold red]" in screen_text(app)
        await pilot.press("escape")
        screen = await opened(pilot)
        text = screen_text(app)
        assert screen.found.ranked
        assert "[bold red]" in text
        assert not set("\x1b\x07\u202e\u202c\u200b") & set(text)
