"""The pages about a plan: each says something true, and all say so when the plan does not fit."""

import asyncio
import re
from dataclasses import replace

import pytest
from tests.tui.app_tools import LLAMA_70B, TOO_BIG, MakeApp, screen_text, settled
from textual.pilot import Pilot

from roofrack.catalog import default_catalog
from roofrack.domain import RackSpec
from roofrack.evidence.not_modelled import NOT_MODELLED
from roofrack.rules import published_rules
from roofrack_tui.commands import COMMANDS
from roofrack_tui.screens.pages.rules import RulesPage, read_out
from roofrack_tui.screens.sheets import PAGES, SheetsScreen
from roofrack_tui.widgets.menu import Menu

SAYS = {
    "w": "TTFT = t(request)",
    "e": "predicted",
    "m": "per million output tokens",
    "u": "requests at once",
    "a": "host RAM",
    "r": "R1",
    "A": "Saturated tokens/s",
}

KEYS = {command.id: command.keys for command in COMMANDS if command.id in PAGES}
NAMES = [entry.name for entry in PAGES.values()]


def test_the_registry_opens_every_page() -> None:
    opened = {command.id for command in COMMANDS if command.action.startswith("dialog('sheets'")}
    assert opened == set(PAGES)
    assert all(f"dialog('sheets', '{command.id}')" == command.action for command in COMMANDS if command.id in PAGES)


async def opened(pilot: Pilot[int], key: str) -> SheetsScreen:
    """The pages, opened by a key of the main screen."""
    await settled(pilot)
    await pilot.press(key)
    await settled(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, SheetsScreen)
    return screen


async def test_a_key_opens_its_page_and_escape_closes_it(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        for key in KEYS.values():
            await pilot.press(key)
            await settled(pilot)
            assert isinstance(app.screen, SheetsScreen)
            assert SAYS[key] in screen_text(app)
            await pilot.press("escape")
            await settled(pilot)
            assert not isinstance(app.screen, SheetsScreen)


async def test_a_click_on_a_page_that_has_just_gone_leaves_the_keys_alive(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, "w")
        gone = screen.focused
        assert gone is not None
        await pilot.press("A")
        await settled(pilot)
        screen.set_focus(gone)  # what Textual does for a click, by the map of the frame before
        assert screen.focused is not gone
        await pilot.press("escape")
        await settled(pilot)
        assert app.screen is not screen


async def test_pages_turned_faster_than_they_are_made_leave_one_and_no_dead_focus(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, "w")
        await asyncio.gather(*(screen.action_page(page) for page in ("evidence", "money", "why", "rules", "users")))
        await settled(pilot)
        (shown,) = screen.query_one("#sheet-page").children
        assert type(shown).__name__ == PAGES["users"].widget
        assert screen.focused is None or screen.focused.is_attached
        await pilot.press("escape")
        await settled(pilot)
        assert app.screen is not screen


async def test_a_page_after_one_that_was_scrolled_is_not_empty(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("w")
        for key in ("a", "m", "u", "A", "r", "e"):
            await settled(pilot)
            before = screen_text(app)
            await pilot.press("pagedown")
            await settled(pilot)
            assert screen_text(app) != before, "it did not scroll"
            await pilot.press(key)
            await settled(pilot)
            assert SAYS[key] in screen_text(app)


async def test_why_derives_one_number_at_a_time(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("w")
        await settled(pilot)
        titles = []
        for _ in range(12):
            titles.append(next(line for line in screen_text(app).splitlines() if ": " in line))
            await pilot.press("right")
            await settled(pilot)
        assert len(set(titles)) == 12
        assert "▸TTFT" in screen_text(app)  # it comes round
        await pilot.press("left")
        await settled(pilot)
        assert "▸$ per hour" in screen_text(app)


async def test_evidence_says_when_there_is_none(make_app: MakeApp) -> None:
    far = replace(LLAMA_70B, rack=RackSpec(device="v100-sxm2-32gb", gpus_per_node=8), weights="fp16")
    app = make_app(far)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("e")
        await settled(pilot)
        assert "No measurement near this plan" in screen_text(app)
        assert "Volta" in screen_text(app)


async def test_evidence_marks_what_lies_outside_its_band(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("e")
        await settled(pilot)
        text = screen_text(app)
        for word in (
            "measured",
            "predicted",
            "error",
            "80 % band",
            "with vLLM of 2025-10-29, prompt 922",
            "ai-dynamo/aiconfigurator 2025-10",
            "lie in the 80 % band",
        ):
            assert word in text


async def test_accuracy_marks_the_plan_s_own_engine_and_devices(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(120, 200)) as pilot:
        await settled(pilot)
        await pilot.press("A")
        await settled(pilot)
        text = screen_text(app)
        marked = {
            line.partition("▸ ")[2].partition(",")[0] for line in text.splitlines() if "▸ " in line and "," in line
        }
        assert {"vLLM", "hopper"} <= marked
        by_engine = text.partition("By engine and metric")[2].partition("By class of devices")[0]
        engines = [line.partition(",")[0].strip(" ▸│").casefold() for line in by_engine.splitlines() if ", " in line]
        assert {"transformers", "tensorrt-llm"} <= set(engines)
        assert engines == sorted(engines)
        assert all(one.what in text for one in NOT_MODELLED[:3])


async def test_pages_turn_and_come_round(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("w")
        seen = []
        for _ in PAGES:
            await pilot.press("tab")
            await settled(pilot)
            seen.append(next(name for name in NAMES if f"▸{_key(name)} {name}" in screen_text(app)))
        assert seen == [*NAMES[1:], "Why"]


async def test_pages_that_are_left_before_they_have_found_anything(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("w", "e", "A", "w", "tab", "shift+tab", "e", "escape", "e")
        await settled(pilot)
        assert "measured" in screen_text(app)


async def test_a_plan_that_does_not_fit_has_pages_too(make_app: MakeApp) -> None:
    app = make_app(TOO_BIG)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("w")
        for _ in PAGES:
            await settled(pilot)
            assert isinstance(app.screen, SheetsScreen)
            assert len(screen_text(app).strip()) > 100
            await pilot.press("tab")


def _key(name: str) -> str:
    return next(KEYS[page] for page, entry in PAGES.items() if entry.name == name)


async def test_rules_show_what_differs_everything_on_enter_and_the_published_examples(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("r")
        await settled(pilot)
        assert "It knows no KV cache" in screen_text(app)
        await pilot.press("enter")
        await settled(pilot)
        assert "why they differ" in screen_text(app)
        assert "70" in screen_text(app)
        await pilot.press("escape", "p")
        await settled(pilot)
        assert "168" in screen_text(app)
        assert "2x A100 80 GB" in screen_text(app)
        await pilot.press("p", "tab")
        await settled(pilot)
        assert not app.screen.query("RulesPage")


async def test_no_number_of_the_rules_is_cut(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(80, 90)) as pilot:
        await settled(pilot)
        await pilot.press("r")
        await settled(pilot)
        text = screen_text(app)
    assert re.search(r"KV cache of a token,… +\d+M +[\d,]+ bytes/token", text)
    assert not re.search(r"\d…", text)


async def test_a_title_that_a_row_of_the_rules_cuts_is_whole_below_it(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(160, 50)) as pilot:
        await settled(pilot)
        await pilot.press("r")
        await settled(pilot)
        page = app.screen.query_one(RulesPage)
        for n, rule in enumerate(page._rules):
            if rule.id in {"R6.real", "R8.owner"}:
                page.query_one(Menu).highlighted = n
                await settled(pilot)
                assert f"{rule.title}: " in screen_text(app)
                assert "inputs and source" in screen_text(app)


def test_a_title_pushes_nothing_out() -> None:
    rule = next(rule for rule in published_rules(default_catalog()) if rule.id == "R8.gpus")
    roomy, tight = (" ".join(line.plain.strip() for line in read_out(rule, "Enter", 74, rows)) for rows in (7, 6))
    assert f"says     {rule.title}: 16 GPUs" in roomy
    assert "says     16 GPUs" in tight
    assert len(read_out(rule, "Enter", 74, 6)) == 6
    assert tight.endswith("Enter    inputs and source")


async def test_a_page_leads_to_what_changes_its_numbers(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("m", "M")
        await settled(pilot)
        assert type(app.screen).__name__ == "PricesScreen"
        await pilot.press("escape")
        await settled(pilot)
        assert len(app.screen_stack) == 1


def test_a_wrong_sign_is_never_right() -> None:
    from roofrack_tui.screens.pages.rules import _factor

    assert _factor(-0.24) == float("inf")
    assert _factor(0.5) == _factor(2) == 2


async def test_on_sixty_columns_errors_are_whole_and_pages_go_by_their_keys(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(60, 20)) as pilot:
        await settled(pilot)
        await pilot.press("e")
        await settled(pilot)
        text = screen_text(app)
        assert "w ▸e Evidence  m  u  a  r  A" in text
        rows = [line for line in text.splitlines() if " TPOT " in line]
        assert rows
        assert all(line[: line.rindex("%")].rstrip()[-1].isdigit() for line in rows)
        assert re.search(r"quantity  +at once  +measured  +predicted  +error", text), "columns stand apart"
        await pilot.resize_terminal(120, 40)
        await settled(pilot)
        assert "▸e Evidence  m Money" in screen_text(app)


@pytest.mark.parametrize("width", [80, 120])
async def test_the_foot_names_the_keys_of_the_page_that_is_shown(make_app: MakeApp, width: int) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(width, 20)) as pilot:
        await settled(pilot)
        for key, said in (("e", ""), ("r", "p published examples"), ("w", "→ Next number"), ("m", "")):
            await pilot.press(key)
            await settled(pilot)
            foot = next(line for line in screen_text(app).splitlines() if "turns the page" in line)
            parts = foot.strip("╰─╯ ").split(" · ")
            assert parts == [part for part in ("Tab turns the page", said, "Esc goes back") if part]
