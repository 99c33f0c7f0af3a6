"""Models that other programs left on this disk, in the app."""

import json
from pathlib import Path

import pytest
from app_tools import LLAMA_70B, MakeApp, main_screen, screen_text, settled
from tests.core.readers.test_caches import hub_model
from tests.core.readers.test_names_on_disk import pulled

from roofrack.domain import RackSpec, ScenarioSpec
from roofrack_tui.panes.model import ModelPane
from roofrack_tui.screens.library import LibraryScreen
from roofrack_tui.widgets.filter import Filter
from roofrack_tui.widgets.menu import Menu

ON_4090 = ScenarioSpec(model="llama3.1:8b", rack=RackSpec(device="rtx-4090"), engine="llama.cpp")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path


async def test_one_file_with_two_names_is_one_row(make_app: MakeApp, store: Path) -> None:
    """Ollama's tags often share a blob: `llama3.1:latest` is `llama3.1:8b`."""
    pulled(store / "ollama", tag="latest")
    blob = pulled(store / "ollama")
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        rows = {row.id: row for row in main_screen(app).rows}
        assert rows[str(blob)].name == "llama3.1:8b, llama3.1:latest"
        await pilot.press("L")
        await settled(pilot)
        app.screen.query_one(Filter).value = "disk"
        await settled(pilot)
        assert "llama3.1:8b" in screen_text(app)


async def test_the_app_opens_a_model_by_its_name_in_ollama(make_app: MakeApp, store: Path) -> None:
    blob = pulled(store / "ollama")
    app = make_app(ON_4090)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        scenario = main_screen(app).store.plan.scenario
        assert (scenario.read_from, scenario.weights.id) == (str(blob), "fp16")
        option = main_screen(app).query_one(ModelPane).query_one(Menu).highlighted_option
        assert option is not None
        assert option.id == str(blob)


async def test_what_is_not_whole_says_so_in_the_table_and_the_plan(make_app: MakeApp, store: Path) -> None:
    pulled(store / "ollama", cut=5000)
    hub_model(store / "hub", "acme/Strange").joinpath("blobs", "aaa").write_text(
        json.dumps({"model_type": "telepathy"})
    )
    app = make_app(ON_4090)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "incomplete" in " ".join(notice.message for notice in main_screen(app).store.plan.warnings)
        await pilot.press("L")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, LibraryScreen)
        screen.query_one(Filter).value = "partial llama"
        await settled(pilot)
        assert "ollama 0G !" in screen_text(app)
        for typed, said in (
            ("partial llama", "the weights are missing or cut short"),
            ("partial strange", "cannot be used"),
        ):
            screen.query_one(Filter).value = typed
            await settled(pilot)
            assert said in screen_text(app)
