"""Keys pressed, plans made: what a person does, and what must follow everywhere at once."""

from pathlib import Path

import pytest
from app_tools import LLAMA_70B, MakeApp, main_screen, said, screen_text, settled, shown

from roofrack.config import Config
from roofrack.report.command_line import command_line
from roofrack.results import Plan
from roofrack_tui.commands import COMMANDS
from roofrack_tui.messages import ScenarioChosen
from roofrack_tui.panes.formats import FormatsPane
from roofrack_tui.panes.model import ModelPane
from roofrack_tui.panes.rack import RackPane
from roofrack_tui.widgets.chart import Chart
from roofrack_tui.widgets.field import Field

SIZE = (120, 40)


KEYS: list[tuple[str, str, object]] = [
    ("2 j l", "rack.gpus_per_node", 8),
    ("2 j plus plus", "rack.gpus_per_node", 16),
    ("2 j minus", "rack.gpus_per_node", 2),
    ("2 j j right", "rack.nodes", 2),
    ("3 right", "weights", "fp8-block"),
    ("3 left", "weights", "fp16"),
    ("3 g", "weights", "bf16"),
    ("3 j l", "kv", "fp8"),
    ("4 l", "workload.prompt_tokens", 2048),
    ("4 j h", "workload.output_tokens", 128),
    ("4 j j h", "workload.context_tokens", 65536),
    ("4 j j j l", "workload.concurrency", 96),
    ("4 enter 5 0 0 enter", "workload.prompt_tokens", 500),
    ("4 j j j j l", "workload.load", "batch"),
    ("5 j h", "engine_version", "0.28"),
    ("5 j j h", "gpu_memory_fraction", 0.9),
    ("]", "workload.concurrency", 96),
    ("[", "workload.concurrency", 48),
    ("7 l", "workload.concurrency", 96),
    ("8 h h", "workload.concurrency", 32),
    ("6 g", "workload.concurrency", 1),
]


async def test_keys_change_the_scenario(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        for keys, field, value in KEYS:
            app.screen.post_message(ScenarioChosen(LLAMA_70B))
            for pane in main_screen(app).panes:
                pane._last = None
            await pilot.press("1", *keys.split())
            await settled(pilot)
            chosen: object = shown(pilot).scenario.spec
            for name in field.split("."):
                chosen = getattr(chosen, name)
            assert chosen == value, keys


async def test_a_degree_that_does_not_divide_the_heads_is_refused_and_the_field_shows_what_holds(
    make_app: MakeApp,
) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("2", "down", "down", "down", "left")
        await settled(pilot)
        assert shown(pilot).scenario.spec == LLAMA_70B
        assert said(pilot).startswith("!")
        assert main_screen(app).query_one("#tp", Field).value == 4


async def test_every_pane_shows_the_same_plan_after_each_key(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        for key in ["3", "right", "]", "2", "j", "l", "z", "4", "l", "Z", "1", "down"]:
            await pilot.press(key)
            await settled(pilot)
            made = shown(pilot)
            screen = main_screen(app)
            assert all(pane.plan is made for pane in screen.panes)
            cursors = {chart.spec.cursor for chart in screen.query(Chart)}
            assert cursors == {made.scenario.workload.concurrency}
            assert f"At {made.scenario.workload.concurrency} users" in screen_text(app) or not made.memory.fits


async def test_only_fields_that_step_have_keys_for_it(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        for pane, field, steps in (("2", "device", False), ("5", "engine-name", False), ("4", "load", True)):
            await pilot.press(pane)
            app.screen.query_one(f"#{field}").focus()
            await settled(pilot)
            told = {what for _, what in main_screen(app).keys_here()}
            assert "Choose" in told
            assert ("Next" in told) is steps, field


async def test_q_quits(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("q")
        await pilot.pause()
    assert app.return_code == 0


async def test_x_makes_a_field_automatic_again(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("3", "x")
        await settled(pilot)
        assert shown(pilot).scenario.spec.weights is None
        await pilot.press("2", "j", "j", "j", "j", "l")
        await settled(pilot)
        assert shown(pilot).scenario.spec.parallel.pp == 2
        await pilot.press("x")
        await settled(pilot)
        assert shown(pilot).scenario.spec.parallel.pp is None


async def test_y_copies_the_command_line(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("y")
        await settled(pilot)
        assert app.clipboard == command_line(LLAMA_70B)
        assert said(pilot).startswith("copied: roofrack plan")


async def test_help_is_about_the_pane_in_focus(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        for pane, word in (
            ("2", "all-reduces"),
            ("3", "Slide the weights"),
            ("8", "TTFT shoots up"),
            ("9", "80 % band"),
        ):
            await pilot.press(pane, "question_mark")
            await settled(pilot)
            assert word in screen_text(app)
            await pilot.press("escape")
            await settled(pilot)
            assert len(app.screen_stack) == 1


@pytest.mark.parametrize("size", [SIZE, (80, 24), (64, 20)])
async def test_number_keys_and_tab_go_to_panes(make_app: MakeApp, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        screen = main_screen(app)
        for number in range(1, 10):
            await pilot.press(str(number))
            pane = screen.pane_in_focus()
            assert pane is not None
            assert pane.number == number
            assert pane.region
        await pilot.press("tab")
        assert isinstance(screen.pane_in_focus(), ModelPane)
        await pilot.press("tab", "tab")
        assert isinstance(screen.pane_in_focus(), FormatsPane)
        await pilot.press("shift+tab")
        assert isinstance(screen.pane_in_focus(), RackPane)


async def test_zoom_is_the_same_in_all_charts_and_escape_undoes_it(make_app: MakeApp) -> None:
    app = make_app()

    def ranges() -> set[tuple[float, float] | None]:
        return {chart.spec.x_range for chart in main_screen(app).query(Chart)}

    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        whole = ranges()
        await pilot.press("7", "k")
        await settled(pilot)
        assert len(whole) == len(ranges()) == 1
        assert ranges() != whole
        await pilot.press("escape")
        await settled(pilot)
        assert ranges() == whole


async def test_the_palette_offers_the_registrys_commands(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p")
        await settled(pilot)
        text = screen_text(app)
        assert all(command.label in text for command in COMMANDS[:12] if command.in_palette)
        await pilot.press(*"light or dark", "enter")
        await settled(pilot)
        assert app.theme == "roofrack-light"


async def test_any_theme_can_be_chosen(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+t", *"solarized-l", "enter")
        await settled(pilot)
        assert app.theme == "solarized-light"


async def test_presenting_draws_blocks_and_fewer_words_and_goes_back(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("P")
        await settled(pilot)
        assert {(c.look.rendering, c.look.sparse) for c in main_screen(app).query(Chart)} == {("blocks", True)}
        await pilot.press("P")
        await settled(pilot)
        assert {(c.look.rendering, c.look.sparse) for c in main_screen(app).query(Chart)} == {("braille", False)}


async def test_the_key_line_can_be_hidden(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert "q Quit" in screen_text(app)
        await pilot.press("full_stop")
        await settled(pilot)
        assert "q Quit" not in screen_text(app)
        await pilot.press("full_stop")
        await settled(pilot)
        assert "q Quit" in screen_text(app)


async def test_mouse_clicks_keys_tabs_and_charts(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.click("#input-tabs", offset=(13, 0))
        await settled(pilot)
        pane = main_screen(app).pane_in_focus()
        assert pane is not None
        assert pane.number == 2
        chart = main_screen(app).query_one("#throughput Chart", Chart)
        await pilot.click(chart, offset=(chart.size.width - 12, 6))
        await settled(pilot)
        assert shown(pilot).scenario.workload.concurrency > 64


async def test_a_setting_of_one_pane_does_not_redraw_another(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        rack = main_screen(app).query_one("#rack")
        drawn: list[Plan] = []
        rack.show_plan = drawn.append  # type: ignore[attr-defined]
        await pilot.press("]", "]")
        await settled(pilot)
        assert not drawn


async def test_the_key_line_says_what_keys_do_while_a_number_is_typed(make_app: MakeApp) -> None:
    app = make_app(config=Config(Path("config.toml"), {"keys": {"step-type": "ctrl+e"}}))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)

        async def line(*keys: str) -> str:
            await pilot.press(*keys)
            await settled(pilot)
            return screen_text(app).splitlines()[-1].rstrip()

        assert "^E Type a number" in await line("2", "down")
        assert await line("ctrl+e") == " ^E Take it  Esc Keep what was  Bksp Erase"
        assert await line("8") == " ^E Take it  Esc Keep what was  Bksp Erase"
        assert "^E Type a number" in await line("escape")
        assert main_screen(app).query_one("#gpus", Field).value == 4
        await line("ctrl+e", "8")
        assert "^E Type a number" in await line("ctrl+e")
        assert main_screen(app).query_one("#gpus", Field).value == 8
        await line("ctrl+e", "4")
        assert "Type a number" not in await line("8"), "typed on"
        assert "Take it" not in await line("tab"), "another pane takes what was typed"
