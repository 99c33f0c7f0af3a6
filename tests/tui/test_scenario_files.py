"""Scenarios saved as files, opened again, and the ready ones."""

from pathlib import Path

import pytest
from app_tools import LLAMA_70B, MakeApp, said, settled, shown
from textual.widgets import Input

from roofrack.catalog import Catalog
from roofrack.report.scenario_toml import load_scenario_file

SIZE = (120, 40)


async def test_a_scenario_is_saved_and_opened_again(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app()
    path = tmp_path / "mine.toml"
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("2", "j", "l", "s")
        await settled(pilot)
        app.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await settled(pilot)
        assert "saved" in said(pilot)
        saved = load_scenario_file(path)
        assert saved == shown(pilot).scenario.spec
        await pilot.press("z", "o")
        await settled(pilot)
        app.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await settled(pilot)
        assert shown(pilot).scenario.spec == saved


async def test_a_name_without_a_path_goes_among_ones_own_scenarios(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("s", "enter")
        await settled(pilot)
        assert "/roofrack/presets/scenarios/llama-3.1-70b-4x-h100-sxm5-80gb-fp8.toml" in said(pilot)
        await pilot.press("o", *"llama-3.1-70b-4x", "enter")
        await settled(pilot)
        assert shown(pilot).scenario.spec == LLAMA_70B


async def test_a_file_that_is_no_scenario_is_named_and_nothing_changes(make_app: MakeApp, tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("model = 3")
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("o")
        await settled(pilot)
        app.screen.query_one(Input).value = str(broken)
        await pilot.press("enter")
        await settled(pilot)
        assert said(pilot).startswith("!")
        assert "broken.toml" in said(pilot)
        assert shown(pilot).scenario.spec == LLAMA_70B


async def test_a_ready_scenario_opens_with_what_it_teaches(make_app: MakeApp, whole_catalog: Catalog) -> None:
    app = make_app(catalog=whole_catalog)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("o", *"laptop", "enter")
        await settled(pilot)
        spec = shown(pilot).scenario.spec
        assert spec == whole_catalog.scenario("laptop")
        assert said(pilot).startswith(spec.captions[0])


@pytest.mark.parametrize("name", Catalog(Path("/nowhere")).scenario_ids())
async def test_every_ready_scenario_can_be_looked_at(make_app: MakeApp, whole_catalog: Catalog, name: str) -> None:
    spec = whole_catalog.scenario(name)
    app = make_app(spec, catalog=whole_catalog)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("6", "7", "8", "9")
        await settled(pilot)
        assert shown(pilot).scenario.spec == spec
