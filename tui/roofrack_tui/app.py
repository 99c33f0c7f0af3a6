"""The app: wiring only."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.filter import LineFilter
from textual.screen import Screen

from roofrack.catalog import Catalog, default_catalog
from roofrack.catalog.near import near
from roofrack.domain import ScenarioSpec
from roofrack.errors import UnknownIdError
from roofrack_tui.commands import COMMANDS
from roofrack_tui.plain import plain
from roofrack_tui.screens.main import MainScreen
from roofrack_tui.store import Store
from roofrack_tui.terminal import driver_class
from roofrack_tui.themes import DARK, LIGHT, look_for


class RoofrackApp(App[int]):
    """The planner in a terminal.

    Args:
        spec: The scenario to start from.
        catalog: The presets.
        ascii: Draw with ASCII only.
        theme: Name of a theme; None takes TEXTUAL_THEME, else the app's own.
        present: Larger marks and fewer words.

    Raises:
        InputError: The scenario cannot be planned, or there is no such theme.
    """

    CSS_PATH = "roofrack.tcss"
    TITLE = "roofrack"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", "Quit", show=False)]

    def __init__(
        self,
        spec: ScenarioSpec,
        catalog: Catalog,
        *,
        ascii: bool = False,
        theme: str | None = None,
        present: bool = False,
    ) -> None:
        super().__init__(driver_class=driver_class())
        self.animation_level = "none"
        self.ascii = ascii
        self.store = Store(spec, catalog)
        self.look = look_for(ascii=ascii, present=present)
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        wanted = theme or os.environ.get("TEXTUAL_THEME") or DARK.name
        if wanted not in self.available_themes:
            raise UnknownIdError("theme", wanted, near(wanted, {name: name for name in self.available_themes}))
        self.theme = wanted

    def get_default_screen(self) -> Screen[None]:
        """The main screen."""
        screen = MainScreen(self.store, self.look)
        screen.set_class(self.ascii, "-ascii")
        screen.take_shape(self.size)
        return screen

    def on_ready(self) -> None:
        """Collect garbage again after `run` had put it off, without going through what is there to stay."""
        if not gc.isenabled():
            gc.freeze()
            gc.enable()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, and one that leaves only ASCII where that was asked for."""
        filters = super().get_line_filters()
        return [*filters, _AsciiOnly()] if self.ascii else filters

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers: the registry's commands, and themes."""
        if isinstance(screen, MainScreen):
            for command in COMMANDS:
                if command.in_palette:
                    yield SystemCommand(
                        command.label, command.help, lambda action=command.action: screen.run_action(action)
                    )
        yield SystemCommand("Theme", "Choose among all themes.", self.action_change_theme)


class _AsciiOnly(LineFilter):
    """Writes every other character with ASCII ones."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 (part of the interface)
        """The same line in ASCII, as wide as before."""
        return [Segment(plain(text), style, control) for text, style, control in segments]


def run(
    spec: ScenarioSpec | None,
    *,
    ascii: bool = False,
    mouse: bool = True,
    theme: str | None = None,
    present: bool = False,
) -> int:
    """Open the app and wait until it is closed.

    Args:
        spec: The scenario to start from; None takes the first to look at.
        ascii: Draw with ASCII only.
        mouse: Whether the app listens to the mouse.
        theme: Name of a theme.
        present: Larger marks and fewer words.

    Returns:
        The exit code.

    Raises:
        InputError: The scenario cannot be planned, or there is no such theme.
    """
    from roofrack.cli.options import DEFAULT_MODEL, DEFAULT_RACK

    # Nearly everything made until the first picture stays: looking for garbage in it costs a tenth of the start.
    gc.disable()
    try:
        start = spec or ScenarioSpec(model=DEFAULT_MODEL, rack=DEFAULT_RACK)
        app = RoofrackApp(start, default_catalog(), ascii=ascii, theme=theme, present=present)
        app.run(mouse=mouse)
    finally:
        gc.enable()
    return app.return_code or 0
