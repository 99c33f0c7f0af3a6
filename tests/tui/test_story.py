"""Telling a story: captions, the plans that they are said of, and the way back."""

from dataclasses import replace
from typing import Any

import pytest
from app_tools import LLAMA_70B, MakeApp, main_screen, screen_text, settled
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widgets import Input

from roofrack.domain import ScenarioSpec, Step
from roofrack.domain.scenario import RackChange, WorkloadChange
from roofrack.story import told
from roofrack_tui.raster.digits import ROWS, large
from roofrack_tui.story import Story, story_of
from roofrack_tui.widgets.caption import CaptionStrip, caption_rows
from roofrack_tui.widgets.key_line import KeyLine
from roofrack_tui.widgets.menu import Menu

STEPS = (
    Step(caption="As it is."),
    Step(caption="Half of the GPUs.", rack=RackChange(gpus_per_node=2)),
    Step(caption="And many users.", rack=RackChange(gpus_per_node=2), workload=WorkloadChange(concurrency=256)),
    Step(caption="Back again."),
)
STORY = replace(LLAMA_70B, steps=STEPS)
PLAIN = replace(LLAMA_70B, story=("First, as it is.", "Then the same, said otherwise."))


def spec(pilot: Pilot[Any]) -> ScenarioSpec:
    return main_screen(pilot.app).store.spec  # type: ignore[arg-type]


def caption(pilot: Pilot[Any]) -> str:
    strip = main_screen(pilot.app).query_one(CaptionStrip)  # type: ignore[arg-type]
    return str(strip.render()) if strip.display else ""


async def press(pilot: Pilot[Any], *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot)


async def test_captions_change_the_plan_forth_and_back(make_app: MakeApp) -> None:
    async with make_app(STORY, present=True).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "  1/4 >" in caption(pilot)
        assert "As it is." in caption(pilot)
        await press(pilot, "greater_than_sign")
        assert "< 2/4 > " in caption(pilot)
        assert "Half of the GPUs." in caption(pilot)
        assert spec(pilot) == told(STORY, 1)
        assert "2x H100" in screen_text(pilot.app)  # type: ignore[arg-type]
        await press(pilot, "greater_than_sign")
        assert spec(pilot).workload.concurrency == 256
        await press(pilot, "less_than_sign", "less_than_sign")
        assert "1/4" in caption(pilot)
        assert spec(pilot) == STORY


async def test_undo_takes_plan_and_caption_back_together(make_app: MakeApp) -> None:
    async with make_app(STORY, present=True).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "greater_than_sign", "greater_than_sign")
        await press(pilot, "z")
        assert "2/4" in caption(pilot)
        assert spec(pilot) == told(STORY, 1)
        await press(pilot, "z")
        assert "1/4" in caption(pilot)
        await press(pilot, "Z", "Z")
        assert "3/4" in caption(pilot)


async def test_what_the_person_changes_meanwhile_keeps_the_caption_and_the_next_step_is_as_written(
    make_app: MakeApp,
) -> None:
    async with make_app(STORY, present=True).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "greater_than_sign", "right_square_bracket", "3", "right")
        assert "2/4" in caption(pilot)
        assert spec(pilot).weights != STORY.weights
        await press(pilot, "greater_than_sign")
        assert spec(pilot) == told(STORY, 2)


async def test_the_ends_are_said_and_nothing_changes(make_app: MakeApp) -> None:
    async with make_app(STORY, present=True).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "less_than_sign")
        line = main_screen(pilot.app).query_one(KeyLine)  # type: ignore[arg-type]
        assert line.message == "that was the first caption"
        assert spec(pilot) == STORY


async def test_a_plain_story_leaves_the_plan_to_the_one_who_tells(make_app: MakeApp) -> None:
    async with make_app(PLAIN, present=True).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "3", "right")
        mine = spec(pilot)
        await press(pilot, "greater_than_sign")
        assert "2/2" in caption(pilot)
        assert spec(pilot) == mine


@pytest.mark.parametrize("focus", ["1", "7", "9"])
async def test_a_presenters_remote_turns_captions_whatever_has_the_focus(make_app: MakeApp, focus: str) -> None:
    async with make_app(STORY, present=True).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, focus, "pagedown")
        assert "2/4" in caption(pilot)
        await press(pilot, "pageup")
        assert "1/4" in caption(pilot)


async def test_at_work_the_page_keys_scroll_lists_and_the_strip_comes_when_asked_for(make_app: MakeApp) -> None:
    async with make_app(STORY).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        menu = main_screen(pilot.app).query_one(Menu)  # type: ignore[arg-type]
        before = menu.highlighted
        await press(pilot, "1", "pagedown")
        assert menu.highlighted != before
        await press(pilot, "z")
        assert caption(pilot) == ""
        await press(pilot, "greater_than_sign")
        assert "1/4" in caption(pilot)
        assert spec(pilot) == STORY
        await press(pilot, "greater_than_sign")
        assert "2/4" in caption(pilot)
        await press(pilot, "escape")
        assert caption(pilot) == ""


async def test_without_a_story_the_keys_say_so(make_app: MakeApp) -> None:
    async with make_app(LLAMA_70B, present=True).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert caption(pilot) == ""
        await press(pilot, "greater_than_sign")
        assert "no story" in main_screen(pilot.app).query_one(KeyLine).message  # type: ignore[arg-type]


async def test_opening_another_scenario_ends_the_story(make_app: MakeApp, whole_catalog: Any) -> None:
    async with make_app(STORY, present=True, catalog=whole_catalog).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "greater_than_sign")
        await press(pilot, "o")
        await press(pilot, *"laptop")
        await press(pilot, "enter")
        assert "1/3" in caption(pilot)
        assert "MacBook" in caption(pilot)
        await press(pilot, "z")
        assert "2/4" in caption(pilot) or "1/4" in caption(pilot)


async def test_while_presenting_on_a_small_screen_the_chart_has_the_place_of_the_forms(make_app: MakeApp) -> None:
    async with make_app(STORY, present=True).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        screen = main_screen(pilot.app)  # type: ignore[arg-type]
        assert not screen.query_one("#model").display
        high = screen.query_one("#throughput").size.height
        await press(pilot, "3")
        assert screen.query_one("#quant").display
        await press(pilot, "7")
        assert not screen.query_one("#quant").display
        assert screen.query_one("#throughput").size.height == high >= 14


async def test_a_caption_that_has_no_room_says_so(make_app: MakeApp) -> None:
    long = replace(LLAMA_70B, story=("word " * 40,))
    async with make_app(long).run_test(size=(60, 20)) as pilot:
        await settled(pilot)
        await press(pilot, "greater_than_sign")
        assert caption(pilot).endswith("…")


async def test_letters_typed_into_the_filter_turn_nothing(make_app: MakeApp) -> None:
    async with make_app(STORY, present=True).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "slash", "less_than_sign", "4")
        assert pilot.app.screen.query_one(Input).value == "<4"
        assert "1/4" in caption(pilot)


def test_a_story_follows_the_nearest_caption_of_the_same_plan() -> None:
    last = Story(STORY, 3)
    assert story_of(STORY, last) == last
    assert story_of(STORY, Story(STORY, 1)) == Story(STORY, 0)
    assert story_of(told(STORY, 2), Story(STORY, 0)) == Story(STORY, 2)
    assert story_of(LLAMA_70B, last) is None
    assert story_of(PLAIN, last) == Story(PLAIN)


@given(st.integers(-2, 6))
def test_no_caption_lies_outside(at: int) -> None:
    story = Story(STORY)
    for _ in range(abs(at)):
        story = story.turned(1 if at > 0 else -1) or story
    assert 0 <= story.at < len(STEPS)


def test_the_strip_has_room_for_the_longest_caption() -> None:
    captions = ("short", "word " * 40)
    assert caption_rows(captions, 120) == 2
    assert caption_rows(captions, 80) == 4
    assert caption_rows((), 80) == 0


@given(st.floats(0.01, 99_999))
def test_large_numbers_are_three_rows_of_equal_width_and_tell_numbers_apart(value: float) -> None:
    rows = large(f"{value:,.2f}")
    assert len(rows) == ROWS
    assert len({len(row) for row in rows}) == 1
    assert set("".join(rows)) <= set(" ▀▄█")
    assert large(f"{value + 1:,.2f}") != rows
