"""A model or a device of one's own: by hand, from a file, pasted."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_tools import MakeApp, main_screen, screen_text, settled
from textual import events

from roofrack_tui.screens.own_preset import OwnPresetScreen
from roofrack_tui.widgets.filter import Filter
from roofrack_tui.widgets.form import FormField
from roofrack_tui.widgets.menu import Menu
from roofrack_tui.widgets.path_line import PathLine

SIZE = (120, 40)


async def test_a_device_from_the_form_is_saved_listed_and_planned(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("2", "n")
        await settled(pilot)
        assert isinstance(app.screen, OwnPresetScreen)
        await pilot.press("ctrl+s")
        assert isinstance(app.screen, OwnPresetScreen)
        answers = {"id": "lab-gpu", "vendor": "nvidia", "architecture": "Hopper", "compute_capability": "9.0"}
        answers |= {"memory_gib": "96", "bandwidth_gb_s": "4000", "fp16": "990", "fp8": "1980", "pcie": "5"}
        for key, value in answers.items():
            next(field for field in app.screen.query(FormField) if field.blank.key == key).value = value
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert (tmp_path / "own" / "devices" / "lab-gpu.toml").is_file()
        assert main_screen(app).store.plan.scenario.rack.device.id == "lab-gpu"
        await pilot.press("2", "L")
        await settled(pilot)
        assert app.screen.query_one(Menu).options[0].id == "lab-gpu"


async def test_a_model_is_added_from_a_file_by_keys_alone(make_app: MakeApp, tmp_path: Path) -> None:
    config = Path(__file__).parents[1] / "data" / "configs" / "Qwen--Qwen3-8B_config.json"
    (tmp_path / "c.json").write_bytes(config.read_bytes())
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("n")
        await settled(pilot)
        field = app.screen.focused
        assert isinstance(field, Filter), "what is typed first must reach the form"
        field.value = str(tmp_path)
        await pilot.press("end", "slash", "c", "full_stop", "j", "s", "o", "n", "enter")
        await settled(pilot)
        assert list((tmp_path / "own").rglob("*.toml"))
        await settled(pilot)
        scenario = main_screen(app).store.plan.scenario
        assert scenario.model.hidden == 4096, screen_text(app)[-400:]
        assert scenario.model.layer_count == 36


async def test_a_model_is_added_by_hand_with_keys_alone(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("n")
        await settled(pilot)
        answers = ("", "lab/m", "", "2", "64", "100", "8192", "", "", "", "8", "2", *[""] * 7, "256")
        for answer in answers:
            keys = ["slash" if c == "/" else c for c in answer]
            await pilot.press(*keys, "down")
        await pilot.press("ctrl+s")
        await settled(pilot)
        model = main_screen(app).store.plan.scenario.model
        assert (model.id, model.layer_count, model.hidden, model.attention_kind) == ("lab/m", 2, 64, "GQA")


async def test_a_pasted_configuration_is_a_model(make_app: MakeApp, tmp_path: Path) -> None:
    config = (Path(__file__).parents[1] / "data" / "configs" / "Qwen--Qwen3-8B_config.json").read_text()
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("n")
        await settled(pilot)
        app.post_message(events.Paste(config))
        await settled(pilot)
        assert "8.19B parameters" in screen_text(app)
        await pilot.press("down", *"lab", "slash", *"pasted", "ctrl+s")
        await settled(pilot)
        model = main_screen(app).store.plan.scenario.model
        assert (model.id, model.layer_count) == ("lab/pasted", 36)
        assert (tmp_path / "own" / "models" / "lab-pasted.toml").is_file()


async def test_the_path_of_a_file_is_completed(make_app: MakeApp, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    (folder / "config.json").write_text("{}", encoding="utf-8")
    (folder / "\x1b[31mconfigx").write_text("", encoding="utf-8")
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("n")
        await settled(pilot)
        field = app.screen.focused
        assert isinstance(field, PathLine)
        for typed_so_far, offered in ((f"{tmp_path}/check", f"{folder}/"), (f"{folder}/", f"{folder}/config.json")):
            field.value = typed_so_far
            field.cursor_position = len(typed_so_far)
            await settled(pilot)
            await pilot.press("right")
            assert field.value == offered
        for nothing in ("", "/nowhere/at/all", "\0", "~nobody/x"):
            field.value = nothing
            await settled(pilot)
            await pilot.press("right")
            assert field.value == nothing


@pytest.mark.parametrize("keys", [("n",), ("2", "n")], ids=["model", "device"])
async def test_hints_of_forms_are_whole_on_a_small_screen(make_app: MakeApp, keys: tuple[str, ...]) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(*keys)
        await settled(pilot)
        fields = app.screen.query(Filter)
        assert len(fields) > 20
        assert [field.placeholder for field in fields if len(field.placeholder) > field.content_size.width] == []
