"""The pages about a plan: each says something true, and all say so when the plan does not fit."""

import pytest
from tests.tui.app_tools import LLAMA_70B, TOO_BIG, MakeApp, screen_text, settled

from roofrack_tui.commands import COMMANDS
from roofrack_tui.screens.sheets import PAGES, SheetsScreen

SAYS = {
    "w": "KV cache of one sequence",
    "e": "predicted",
    "m": "per million output tokens",
    "u": "requests at once",
    "a": "host RAM",
    "r": "R1",
    "A": "Saturated tokens/s",
}

NAMES = [entry.name for entry in PAGES.values()]


def test_the_registry_opens_every_page() -> None:
    opened = {command.keys for command in COMMANDS if command.action.startswith("dialog('sheets'")}
    assert opened == set(PAGES)
    assert all(f"dialog('sheets', '{command.keys}')" == command.action for command in COMMANDS if command.keys in PAGES)


@pytest.mark.parametrize("key", list(PAGES))
async def test_a_key_opens_its_page_and_escape_closes_it(key: str, make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press(key)
        await settled(pilot)
        assert isinstance(app.screen, SheetsScreen)
        assert SAYS[key] in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        assert not isinstance(app.screen, SheetsScreen)


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
    return next(key for key, entry in PAGES.items() if entry.name == name)
