"""Real Textual screens look the same with and without the cell diff."""

import asyncio
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from terminal_emulator import Emulator
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.drivers.headless_driver import HeadlessDriver
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Button, Checkbox, DataTable, Footer, Header, Input, OptionList, Sparkline, Static, Switch

from roofrack_tui.terminal import redraw
from roofrack_tui.terminal.output import DiffedOutput

TEXTS = [
    "",
    "ready",
    "38 tok/s each",
    "──────▶ ⣿⡇",
    "漢字とカナ",
    "cafe\u0301 ok",
    "👩\u200d👩\u200d👧 three",
    "1,000 │ 漢",
    "x" * 90,
    "a\nb\nc",
]
STYLES = [
    "",
    "bold red",
    "#12ab34 on #001122",
    "underline",
    "reverse",
    "link='https://example.org/m'",
    "dim italic on blue",
]
BORDERS = ["none", "round", "heavy", "dashed", "wide"]


class TwinDriver(HeadlessDriver):
    """Shows everything on two terminals: as Textual writes it, and diffed."""

    raw_bytes = diffed_bytes = 0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        size = self._get_terminal_size()
        self.plain, self.diffed = Emulator(*size), Emulator(*size)
        self._output = DiffedOutput(self._show)
        self._output.cells.resize(*size)
        self.write("\x1b[?1049h\x1b[?25l\x1b[?7l")

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        self.raw_bytes += len(data.encode())
        self.plain.feed(data)
        self._output.write(data)

    def _show(self, data: str) -> None:
        self.diffed_bytes += len(data.encode())
        self.diffed.feed(data)

    def redraw(self) -> None:
        self._output.cells.drop()

    def resize(self, width: int, height: int) -> None:
        self.plain.resize(width, height)
        self.diffed.resize(width, height)
        self._output.cells.resize(width, height)


def styled(text: str, style: str) -> Content:
    return Content.from_markup(f"[{style}]$text[/]" if style else "$text", text=text)


class RandomApp(App[None]):
    CSS = "Static, OptionList, DataTable { height: auto; max-height: 6; } Screen { layout: grid; grid-size: 2; }"

    def __init__(self, kinds: list[tuple[str, str, str, str]]) -> None:
        super().__init__(driver_class=TwinDriver)
        self.kinds = kinds
        self.animation_level = "none"

    def compose(self) -> ComposeResult:
        yield Header()
        with VerticalScroll():
            for kind, text, style, border in self.kinds:
                widget = make(kind, text, style)
                widget.styles.border = (border, "green") if border != "none" else None
                yield widget
        yield Static(id="other")
        yield Footer()


def make(kind: str, text: str, style: str) -> Widget:
    if kind == "table":
        table: DataTable[Any] = DataTable()
        table.add_columns("model", "GiB")
        table.add_rows([(styled(text, style), str(n)) for n in range(4)])
        return table
    makers: dict[str, Callable[[], Widget]] = {
        "static": lambda: Static(styled(text, style)),
        "input": lambda: Input(text.replace("\n", " ")),
        "options": lambda: OptionList(styled(text, style), "second", "third"),
        "button": lambda: Button(text.replace("\n", " ")),
        "checkbox": lambda: Checkbox(text.replace("\n", " ")),
        "switch": lambda: Switch(),
        "sparkline": lambda: Sparkline([1, 5, 2, 8, len(text)]),
    }
    return makers[kind]()


async def perform(action: tuple[Any, ...], app: RandomApp, driver: TwinDriver, pilot: Pilot[None]) -> None:
    match action:
        case ("key", key):
            await pilot.press(key)
        case ("text", text, style, layout):
            app.query_one("#other", Static).update(styled(text, style), layout=layout)
        case ("resize", width, height):
            driver.resize(width, height)
            await pilot.resize_terminal(width, height)
        case ("theme", theme):
            app.theme = theme
        case ("palette",):
            app.action_command_palette()
        case ("redraw",):
            redraw(app)
        case ("scribble",):  # somebody else writes to both terminals
            for emulator in (driver.plain, driver.diffed):
                emulator.feed("\x1b[2J\x1b[3;3Hwall: shutdown at noon\x1b[H")
            redraw(app)
    await pilot.pause()


kinds = st.sampled_from(["static", "static", "input", "options", "table", "button", "checkbox", "switch", "sparkline"])
widgets = st.lists(
    st.tuples(kinds, st.sampled_from(TEXTS), st.sampled_from(STYLES), st.sampled_from(BORDERS)), max_size=5
)
actions = st.one_of(
    st.tuples(st.just("key"), st.sampled_from(["tab", "down", "up", "a", "enter", "space", "pagedown", "escape"])),
    st.tuples(st.just("text"), st.sampled_from(TEXTS), st.sampled_from(STYLES), st.booleans()),
    st.tuples(st.just("resize"), st.integers(30, 70), st.integers(4, 30)),
    st.tuples(st.just("theme"), st.sampled_from(["textual-light", "nord", "ansi-dark"])),
    st.sampled_from([("palette",), ("redraw",), ("scribble",)]),
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(widgets, st.lists(actions, max_size=6))
def test_random_screens(kinds: list[tuple[str, str, str, str]], steps: list[tuple[Any, ...]]) -> None:
    async def run() -> None:
        app = RandomApp(kinds)
        async with app.run_test(headless=False, size=(60, 20)) as pilot:
            driver = app._driver
            assert isinstance(driver, TwinDriver)
            for step in [("key", "tab"), *steps]:
                await perform(step, app, driver, pilot)
                assert driver.diffed.screenful() == driver.plain.screenful(), step

    asyncio.run(run())
