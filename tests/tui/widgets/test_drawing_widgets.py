from __future__ import annotations

from collections.abc import Iterable

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message import Message
from textual.theme import BUILTIN_THEMES
from textual.widget import Widget

from roofrack_tui.raster.bars import Bar, Part
from roofrack_tui.raster.look import Look
from roofrack_tui.raster.slider import Stop
from roofrack_tui.raster.spec import ChartSpec, Layer, Series, Target, Zone
from roofrack_tui.widgets.chart import Chart
from roofrack_tui.widgets.drawing import Drawing, Latest
from roofrack_tui.widgets.memory_bars import MemoryBars
from roofrack_tui.widgets.slider import Slider
from roofrack_tui.widgets.stepper import Stepper

DOUBLINGS = [2.0**n for n in range(11)]
SPEC = ChartSpec(
    series=[Series("total", [(x, 10 * x) for x in DOUBLINGS], band=[(x, 8 * x, 12 * x) for x in DOUBLINGS])],
    zone=Zone(512, "wait"),
    cursor=32,
    x_unit="users",
    rooms=(7, 7),
)
STOPS = (Stop("bf16"), Stop("fp8"), Stop("nvfp4", off="needs Blackwell"), Stop("awq-int4"), Stop("q4_k_m"))
BARS = (Bar("GPU 0", [Part("weights", 16.9), Part("KV", 70.0)], capacity_gib=79.6),)


class Stage(App[None]):
    """Shows widgets and remembers what they posted."""

    def __init__(self, *widgets: Widget) -> None:
        super().__init__()
        self.widgets = widgets
        self.posted: list[Message] = []

    def compose(self) -> ComposeResult:
        yield from self.widgets

    def on_chart_cursor_moved(self, message: Chart.CursorMoved) -> None:
        self.posted.append(message)
        message.widget.spec = message.widget.spec._replace(cursor=message.x)

    def on_chart_hovered(self, message: Chart.Hovered) -> None:
        self.posted.append(message)

    def on_chart_zoomed(self, message: Chart.Zoomed) -> None:
        self.posted.append(message)
        message.widget.spec = message.widget.spec._replace(x_range=message.x_range)

    def on_slider_changed(self, message: Slider.Changed) -> None:
        self.posted.append(message)

    def on_slider_refused(self, message: Slider.Refused) -> None:
        self.posted.append(message)

    def on_stepper_changed(self, message: Stepper.Changed) -> None:
        self.posted.append(message)

    def of(self, kind: type[Message]) -> Iterable[Message]:
        return [message for message in self.posted if type(message) is kind]


def text_of(widget: Widget) -> list[str]:
    """What the widget shows, row by row."""
    return [widget.render_line(y).text for y in range(widget.content_size.height)]


async def test_chart_reads_its_lines_under_the_mouse_and_keeps_its_cursor() -> None:
    chart = Chart(SPEC._replace(readout=["320 total, of the plan"]))
    app = Stage(chart)
    async with app.run_test(size=(80, 20)) as pilot:
        raster = chart._raster
        assert raster is not None
        before = text_of(chart)
        assert "320 total, of the plan" in before[0]
        assert " 32 users " in before[-1]
        await pilot.hover(chart, offset=(raster.column_at(256), 5))
        await pilot.pause()
        over = text_of(chart)
        assert "total: 2,560" in over[0]
        assert "of the plan" not in over[0]
        assert " 256 users " in over[-1]
        assert over[5][raster.column_at(32)] == "│", "where the cursor is stays in sight"
        assert chart.spec.cursor == 32
        await pilot.hover(chart, offset=(0, 5))
        await pilot.pause()
        assert text_of(chart) == before
        await pilot.hover(chart, offset=(raster.column_at(256), 5))
        await pilot.press("right")
        await pilot.pause()
        assert " 64 users " in text_of(chart)[-1], "a key shows what it asked for"
        assert [message.x for message in app.of(Chart.CursorMoved)] == [64]


async def test_a_chart_of_nothing_but_marks_keeps_its_words_under_the_mouse() -> None:
    dots = Series("plans", [(x, 10 * x) for x in DOUBLINGS], scatter=True)
    chart = Chart(ChartSpec(series=[dots], cursor=32, readout=["in focus"], rooms=(7, 7)))
    async with Stage(chart).run_test(size=(80, 20)) as pilot:
        before = text_of(chart)
        await pilot.hover(chart, offset=(50, 5))
        await pilot.pause()
        assert text_of(chart) == before


async def test_chart_moves_its_cursor_by_keys() -> None:
    chart = Chart(SPEC)
    app = Stage(chart)
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("right", "l", "left", "h", "end", "G", "home", "g")
        assert [message.x for message in app.of(Chart.CursorMoved)] == [64, 128, 64, 32, 1024, 1]
        assert " 1 users " in text_of(chart)[-1]


async def test_chart_asks_only_for_stops_given() -> None:
    app = Stage(Chart(SPEC._replace(cursor=None, cursor_stops=(3, 5, 7))))
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("right", "right", "right", "right")
        assert [message.x for message in app.of(Chart.CursorMoved)] == [3, 5, 7]


async def test_chart_answers_the_mouse() -> None:
    chart = Chart(SPEC)
    app = Stage(chart)
    async with app.run_test(size=(80, 20)) as pilot:
        place = chart._raster.column_at(256)
        await pilot.hover(chart, offset=(place, 5))
        assert [message.x for message in app.of(Chart.Hovered)] == [256]
        await pilot.mouse_down(chart, offset=(place, 5))
        await pilot.hover(chart, offset=(79, 5))
        await pilot.mouse_up(chart, offset=(79, 5))
        assert [message.x for message in app.of(Chart.CursorMoved)] == [256, 1024]
        await pilot.hover(chart, offset=(0, 5))
        assert app.of(Chart.Hovered)[-1].x is None


async def test_chart_zooms_and_returns() -> None:
    chart = Chart(SPEC)
    app = Stage(chart)
    async with app.run_test(size=(80, 20)) as pilot:
        column = chart._raster.column_at(32)
        await pilot.press("up")
        low, high = app.of(Chart.Zoomed)[-1].x_range
        assert 1 < low < 32 < high < 1024
        assert chart._raster.column_at(32) == pytest.approx(column, abs=1)
        await pilot.press("down")
        assert app.of(Chart.Zoomed)[-1].x_range is None
        await pilot.press(*["k"] * 30)
        low, high = app.of(Chart.Zoomed)[-1].x_range
        assert high / low >= 1.5
        await pilot.press("0")
        assert chart.spec.x_range is None


async def test_empty_chart_takes_keys_without_harm() -> None:
    app = Stage(Chart(ChartSpec()))
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("left", "right", "home", "end", "up", "down", "0")
        assert not app.of(Chart.CursorMoved)


async def test_only_rows_that_changed_are_refreshed(monkeypatch: pytest.MonkeyPatch) -> None:
    flat = ChartSpec(series=[Series("s", [(1, 5), (64, 5)])], cursor=8, left=SPEC.left._replace(high=10))
    chart = Chart(flat)
    app = Stage(chart)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        refreshed: list[tuple[Region, ...]] = []
        monkeypatch.setattr(chart, "refresh", lambda *regions, **_: refreshed.append(regions))

        def changed_by(spec: ChartSpec) -> list[int]:
            before = [chart.render_line(y).text for y in range(20)]
            chart.spec = spec
            return [y for y in range(20) if chart.render_line(y).text != before[y]]

        target = changed_by(flat._replace(targets=[Target(9, "SLO")]))
        assert 1 <= len(target) <= 2
        assert [y for region in refreshed[0] for y in region.line_range] == target
        assert not changed_by(flat._replace(targets=[Target(9, "SLO")], cursor_stops=(1, 2)))
        assert len(refreshed) == 1
        cursor = changed_by(flat._replace(targets=[Target(9, "SLO")], cursor=4))
        assert [y for region in refreshed[1] for y in region.line_range] == cursor
        assert 10 < len(cursor) < 20
        assert len(refreshed[1]) < len(cursor)  # rows that touch are one region
        assert {(region.x, region.width) for regions in refreshed for region in regions} == {(0, 60)}


async def test_slider_moves_by_keys_and_passes_over_what_is_off() -> None:
    slider = Slider(STOPS, "bf16")
    app = Stage(slider)
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.press("right", "l", "h", "end", "home", "G", "g", "left")
        chosen = [message.choice.id for message in app.of(Slider.Changed)]
        assert chosen == ["fp8", "awq-int4", "fp8", "q4_k_m", "bf16", "q4_k_m", "bf16"]
        assert slider.selected == "bf16"


async def test_slider_says_why_it_refuses() -> None:
    slider = Slider(STOPS[1:3], "fp8")
    app = Stage(slider)
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.press("right")
        assert [message.choice.off for message in app.of(Slider.Refused)] == ["needs Blackwell"]
        assert slider.selected == "fp8"
        place = slider._raster.owners[1].index(1)
        await pilot.click(slider, offset=(place, 1))
        assert len(app.of(Slider.Refused)) == 2
        assert not app.of(Slider.Changed)


async def test_slider_follows_a_drag() -> None:
    slider = Slider(STOPS, "bf16")
    app = Stage(slider)
    async with app.run_test(size=(60, 10)) as pilot:
        places = [slider._raster.owners[1].index(n) for n in range(5)]
        await pilot.mouse_down(slider, offset=(places[1], 1))
        await pilot.hover(slider, offset=(places[3], 1))
        await pilot.hover(offset=(places[4], 7))
        await pilot.mouse_up(offset=(places[4], 7))
        await pilot.hover(slider, offset=(places[0], 1))
        assert [message.choice.id for message in app.of(Slider.Changed)] == ["fp8", "awq-int4", "q4_k_m"]


async def test_slider_set_from_outside_posts_nothing() -> None:
    slider = Slider(STOPS, "bf16")
    app = Stage(slider)
    async with app.run_test(size=(60, 10)) as pilot:
        slider.selected = "fp8"
        slider.stops = (*STOPS, Stop("q2_k"))
        await pilot.pause()
        assert not app.posted
        assert "q2_k" in text_of(slider)[0]
        assert "fp8" in text_of(slider)[0]


def test_a_burst_collapses_only_within_one_widget() -> None:
    one, other = Slider(STOPS), Slider(STOPS)
    first = Slider.Changed(one, STOPS[0])
    assert first.can_replace(Slider.Changed(one, STOPS[1]))
    assert not first.can_replace(Slider.Changed(other, STOPS[1]))
    assert not first.can_replace(Slider.Refused(one, STOPS[2]))
    assert first.control is one
    assert issubclass(Chart.CursorMoved, Latest)


async def test_stepper_steps_types_and_clicks() -> None:
    stepper = Stepper("users", 64, low=1, high=1000)
    app = Stage(stepper)
    async with app.run_test(size=(30, 5)) as pilot:
        await pilot.press("plus", "minus", "minus", "right", "equals_sign", "2", "5", "0", "enter")
        assert [message.value for message in app.of(Stepper.Changed)] == [65, 64, 63, 64, 65, 250]
        await pilot.press("9", "9", "9", "9", "9", "enter")
        assert stepper.value == 1000
        await pilot.press("7", "escape")
        assert stepper.value == 1000
        await pilot.press("1", "2", "backspace", "enter")
        assert stepper.value == 1
        await pilot.press("minus", "0", "enter")
        assert stepper.value == 1
        await pilot.click(stepper, offset=(28, 0))
        assert stepper.value == 2
        await pilot.click(stepper, offset=(26, 0))
        assert stepper.value == 1
        assert text_of(stepper) == ["users 1                  [- +]"]


async def test_stepper_goes_along_its_steps() -> None:
    stepper = Stepper("GPUs", 3, low=1, high=16, steps=(1, 2, 4, 8, 16))
    app = Stage(stepper)
    async with app.run_test(size=(30, 5)) as pilot:
        await pilot.press("plus", "plus", "plus", "plus", "minus")
        assert [message.value for message in app.of(Stepper.Changed)] == [4, 8, 16, 8]


async def test_stepper_takes_what_was_typed_when_focus_leaves() -> None:
    stepper = Stepper("users", 64)
    app = Stage(stepper, Stepper("other"))
    async with app.run_test(size=(30, 5)) as pilot:
        await pilot.press("5", "tab")
        assert stepper.value == 5


def every_widget() -> list[Drawing]:
    stack = ChartSpec(
        stack=[Layer("KV", [(1, 10), (64, 100)])],
        targets=[Target(79.6, "capacity", kind="limit")],
        zone=Zone(32, "does not fit", kind="over"),
        cursor=16,
    )
    return [Chart(SPEC), Chart(stack), MemoryBars(BARS), Slider(STOPS, "fp8"), Stepper("users", 64)]


@pytest.mark.parametrize("rendering", ["braille", "blocks", "ascii"])
async def test_without_colour_every_segment_is_styled(rendering: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    widgets = every_widget()
    for widget in widgets:
        widget.look = Look(rendering)
    app = Stage(*widgets)
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("right", "tab", "right")
        assert app.no_color
        shown = "\n".join(row for widget in widgets for row in text_of(widget))
        assert "over by 7.3 GiB" in shown
        assert "does not fit" in shown
        for widget in widgets:
            for y in range(widget.content_size.height):
                assert all(segment.style is not None for segment in widget.render_line(y))


async def test_drawings_have_no_timers() -> None:
    widgets = every_widget()
    async with Stage(*widgets).run_test(size=(80, 40)) as pilot:
        await pilot.pause()
        assert not any(list(widget._timers) for widget in widgets)


@pytest.mark.parametrize("theme", sorted(BUILTIN_THEMES))
async def test_every_theme_can_be_shown(theme: str) -> None:
    app = Stage(*every_widget())
    async with app.run_test(size=(80, 40)) as pilot:
        before = app.widgets[0].render_line(5)
        app.theme = theme
        await pilot.pause()
        after = app.widgets[0].render_line(5)
        assert theme == "textual-dark" or before != after


@pytest.mark.parametrize("size", [(1, 1), (5, 2), (20, 5), (60, 20), (200, 60)])
async def test_any_size_and_resizing(size: tuple[int, int]) -> None:
    app = Stage(*every_widget())
    async with app.run_test(size=size) as pilot:
        await pilot.resize_terminal(80, 24)
        await pilot.resize_terminal(*size)
        await pilot.press("right", "tab", "right", "tab", "tab")
