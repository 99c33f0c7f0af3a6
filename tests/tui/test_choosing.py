"""Models, devices, formats and remedies chosen from lists: filters, marks, and what is refused."""

from dataclasses import replace

import pytest
from app_tools import LLAMA_70B, MODELS, TOO_BIG, MakeApp, main_screen, said, screen_text, settled, shown
from textual.widgets import Input

from roofrack.catalog import Catalog
from roofrack.plan import plan
from roofrack_tui.widgets.menu import Menu
from roofrack_tui.widgets.slider import Slider

SIZE = (120, 40)


async def test_moving_through_the_models_plans_each(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        models = [row.id for row in main_screen(app).rows]
        at = models.index(LLAMA_70B.model)
        await pilot.press("down")
        await settled(pilot)
        assert shown(pilot).scenario.model.id == models[at + 1]
        await pilot.press("k", "k")
        await settled(pilot)
        assert shown(pilot).scenario.model.id == models[at - 1]
        await pilot.press("z")
        await settled(pilot)
        assert shown(pilot).scenario.model.id == LLAMA_70B.model


async def test_the_filter_narrows_the_list_and_chooses_nothing_until_told(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"gpt oss")
        await settled(pilot)
        menu = main_screen(app).query_one("#models", Menu)
        assert [option.id for option in menu.options] == ["openai/gpt-oss-120b"]
        assert shown(pilot).scenario.model.id == LLAMA_70B.model
        await pilot.press("enter")
        await settled(pilot)
        assert shown(pilot).scenario.model.id == "openai/gpt-oss-120b"


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_the_filter_says_how_many_it_found(make_app: MakeApp, width: int) -> None:
    app = make_app()
    async with app.run_test(size=(width, 24)) as pilot:
        await settled(pilot)
        models, listed = len(MODELS), main_screen(app).query_one("#models", Menu)
        assert f" of {models}" not in screen_text(app)
        await pilot.press("slash", *"llama")
        await settled(pilot)
        assert 1 < listed.option_count < models
        line = next(line for line in screen_text(app).splitlines() if line.startswith(" llama "))
        assert f" {listed.option_count} of {models} " in f"{line} "
        await pilot.press(*"x" * 60)
        await settled(pilot)
        assert f" of {models}" not in screen_text(app), "nothing is found, and there is no room"
        await pilot.press("escape")
        await settled(pilot)
        assert f" of {models}" not in screen_text(app)


async def test_a_filter_that_finds_nothing_says_so_and_chooses_nothing(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        before = app.store.plan
        await pilot.press("/", *"zzzz")
        await settled(pilot)
        assert "nothing matches" in screen_text(app)
        await pilot.press("enter")
        await settled(pilot)
        assert app.store.plan is before
        await pilot.press("escape")
        await settled(pilot)
        assert "nothing matches" not in screen_text(app)


async def test_what_a_filter_does_not_understand_is_said_above_what_it_finds(make_app: MakeApp) -> None:
    for size in ((80, 24), SIZE):
        app = make_app()
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            await pilot.press("/", *"gpt oss siz<9b")
            await settled(pilot)
            assert "unknown quantity 'siz': did you" in screen_text(app)
            await pilot.press("enter")
            await settled(pilot)
            assert shown(pilot).scenario.model.id == "openai/gpt-oss-120b"
            await pilot.press("/")
            main_screen(app).query_one("#filter", Input).value = "./some/where"
            await settled(pilot)
            assert "Enter opens this file" in screen_text(app)


async def test_letters_in_the_filter_are_letters(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"qz?1[")
        await settled(pilot)
        assert app.is_running
        assert main_screen(app).query_one("#filter", Input).value == "qz?1["


async def test_escape_leaves_the_filter_and_never_the_app(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("slash", "x", "x", "escape")
        await settled(pilot)
        menu = main_screen(app).query_one("#models", Menu)
        assert menu.has_focus
        assert menu.option_count == len(main_screen(app).rows)
        await pilot.press(*["escape"] * 5)
        assert app.is_running
        assert len(app.screen_stack) == 1


async def test_models_are_marked_by_whether_they_fit(make_app: MakeApp, catalog: Catalog) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        lines = screen_text(app).splitlines()
        for model in catalog.models():
            (line,) = [line for line in lines if line[3:].startswith(f"{model.name} ")]
            fits = plan(replace(LLAMA_70B, model=model.id), catalog).memory.fits
            assert line[1] == ("✓" if fits else "✗"), line
        assert main_screen(app).marks["meta-llama/Llama-3.1-405B-Instruct"] is False


async def test_a_device_is_picked_from_a_list_that_filters(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("2", "enter")
        await settled(pilot)
        assert len(app.screen_stack) == 2
        await pilot.press(*"h200", "enter")
        await settled(pilot)
        assert shown(pilot).scenario.rack.device.id == "h200-sxm-141gb"
        await pilot.press("enter", "escape")
        await settled(pilot)
        assert shown(pilot).scenario.rack.device.id == "h200-sxm-141gb"


async def test_a_device_that_cannot_run_the_format_takes_it_back_and_says_so(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("2", "enter", *"v100", "enter")
        await settled(pilot)
        assert shown(pilot).scenario.spec.weights is None
        assert "weights back to automatic" in said(pilot)


async def test_a_stop_that_cannot_run_says_why(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        kv = main_screen(app).query_one("#kv-slider", Slider)
        off = next(stop for stop in kv.stops if stop.off)
        kv.post_message(Slider.Refused(kv, off))
        await settled(pilot)
        assert off.off in said(pilot)


async def test_a_remedy_is_taken_with_two_keys(make_app: MakeApp) -> None:
    app = make_app(TOO_BIG)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert not shown(pilot).memory.fits
        assert "DOES NOT FIT" in screen_text(app)
        await pilot.press("f", "enter")
        await settled(pilot)
        assert shown(pilot).memory.fits
        assert "✓ FITS" in screen_text(app)
        await pilot.press("z")
        await settled(pilot)
        assert shown(pilot).scenario.spec == TOO_BIG
