"""What is sent part by part looks as if everything had been sent."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from terminal_emulator import Emulator, Screenful
from test_textual_screens import RandomApp, TwinDriver, actions, perform, widgets
from textual import active_app
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from roofrack.catalog import default_catalog
from roofrack.domain import RackSpec, ScenarioSpec
from roofrack_tui.app import RoofrackApp
from roofrack_tui.dirty_parts import PartsCompositor
from roofrack_tui.terminal import redraw


class TwiceCompositor(PartsCompositor):
    """Renders every update of parts in both ways, and shows what each of them sends on an empty terminal."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[Screenful, Screenful]] = []

    def render_partial_update(self) -> ChopsUpdate | None:
        changed = self._dirty_regions.copy()
        everything = Compositor.render_partial_update(self)
        self._dirty_regions = changed
        update = super().render_partial_update()
        if everything is not None and update is not None:
            self.shown.append((self._shown_by(everything), self._shown_by(update)))
        return update

    def _shown_by(self, update: ChopsUpdate) -> Screenful:
        terminal = Emulator(*self.size)
        terminal.feed(update.render_segments(active_app.get().console))
        return terminal.screenful()


class PartsApp(RandomApp):
    def get_default_screen(self) -> Screen[None]:
        screen: Screen[None] = Screen(id="_default")
        screen._compositor = TwiceCompositor()
        return screen


async def looks_whole(app: Any, driver: TwinDriver, pilot: Pilot[Any]) -> None:
    in_parts = driver.plain.screenful()
    redraw(app)
    await pilot.pause()
    assert in_parts == driver.plain.screenful()


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(widgets, st.lists(actions, max_size=6))
def test_random_screens(kinds: list[tuple[str, str, str, str]], steps: list[tuple[Any, ...]]) -> None:
    async def run() -> None:
        app = PartsApp(kinds)
        async with app.run_test(headless=False, size=(60, 20)) as pilot:
            driver, compositor = app._driver, app.screen._compositor
            assert isinstance(driver, TwinDriver)
            assert isinstance(compositor, TwiceCompositor)
            for step in [("key", "tab"), *steps, ("text", "the end", "", False)]:
                await perform(step, app, driver, pilot)
            assert compositor.shown
            for everything, parts in compositor.shown:
                assert (everything.cells, everything.links) == (parts.cells, parts.links)

    asyncio.run(run())


KEYS = [
    "right_square_bracket",
    "3",
    "right",
    "2",
    "tab",
    "plus",
    "1",
    "down",
    "slash",
    "q",
    "escape",
    "6",
    "right",
    "minus",
    "9",
    "down",
    "p",
    "7",
    "v",
    "z",
    "f1",
    "escape",
    "w",
    "escape",
]


@pytest.mark.slow
def test_the_planner() -> None:
    async def run() -> None:
        spec = ScenarioSpec(model="llama-3.1-8b", rack=RackSpec(device="h100-sxm5-80gb"))
        app = RoofrackApp(spec, default_catalog())
        app.driver_class = TwinDriver
        async with app.run_test(headless=False, size=(120, 40)) as pilot:
            driver = app._driver
            assert isinstance(driver, TwinDriver)
            await pilot.pause(0.5)
            for key in KEYS:
                await pilot.press(key)
                await pilot.pause(0.1)
                await looks_whole(app, driver, pilot)

    asyncio.run(run())


def test_only_widgets_in_changed_parts_are_rendered() -> None:
    async def run() -> None:
        app = PartsApp([("static", "one", "", "none"), ("static", "two", "", "none")])
        async with app.run_test(headless=False, size=(60, 20)) as pilot:
            await pilot.pause()
            compositor = app.screen._compositor
            other = app.query_one("#other", Static)
            compositor._dirty_regions = {Region(*other.region)}
            seen = []
            for widget in compositor.visible_widgets:
                widget.render_lines = _noting(widget.render_lines, widget, seen)  # type: ignore[method-assign]
            PartsCompositor.render_partial_update(compositor)
            assert other in seen
            assert seen == [other]  # nothing beside it, and not the screen behind it

    asyncio.run(run())


def _noting(render: Any, widget: Any, seen: list[Any]) -> Any:
    def noted(crop: Region) -> Any:
        seen.append(widget)
        return render(crop)

    return noted
