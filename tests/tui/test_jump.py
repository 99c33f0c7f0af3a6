"""Jumping: every field in sight has a letter, and the letter goes there."""

import pytest
from app_tools import MakeApp, main_screen, screen_text, settled

from roofrack_tui.jump import LETTERS, targets
from roofrack_tui.screens.jump import JumpScreen


def test_letters_are_used_once() -> None:
    assert len(set(LETTERS)) == len(LETTERS) == 52


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (64, 20)])
async def test_letters_go_to_its_field(make_app: MakeApp, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        found = targets(main_screen(app).panes)
        in_sight = [field for pane in main_screen(app).panes if pane.display for field in pane.fields if field.display]
        assert [target.field for target in found] == in_sight
        for target in found[::5]:
            await pilot.press("ctrl+o")
            await settled(pilot)
            lines = screen_text(app).splitlines()
            assert lines[target.at.y][target.at.x] == target.letter
            await pilot.press(target.letter)
            await settled(pilot)
            assert app.focused is target.field
            assert not isinstance(app.screen, JumpScreen)


async def test_letters_hide_no_word(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        before = screen_text(app).splitlines()
        for target in targets(main_screen(app).panes):
            assert not before[target.at.y][target.at.x].isalnum(), target


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (64, 20)])
async def test_letters_stand_in_the_pane_of_their_field(make_app: MakeApp, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        panes = main_screen(app).panes
        for target in targets(panes):
            pane = next(pane for pane in panes if target.field in pane.fields)
            assert pane.region.contains_point((target.at.x, target.at.y)), target


async def test_digits_go_to_panes_behind_tabs_and_escape_stays(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        before = screen_text(app)
        await pilot.press("ctrl+o", "escape")
        await settled(pilot)
        assert screen_text(app) == before
        await pilot.press("ctrl+o", "8")
        await settled(pilot)
        assert main_screen(app).pane_number == 8


async def test_a_resize_ends_it(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+o")
        await pilot.resize_terminal(90, 30)
        await settled(pilot)
        assert not isinstance(app.screen, JumpScreen)
