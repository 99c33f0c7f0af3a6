"""The app: wiring only."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from rich.segment import Segment
from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.filter import LineFilter
from textual.screen import Screen

from roofrack.catalog import Catalog, default_catalog
from roofrack.config import Config
from roofrack.domain import ScenarioSpec
from roofrack.errors import InputError
from roofrack_tui.capabilities import Animation, Capabilities
from roofrack_tui.commands import ALL_COMMANDS
from roofrack_tui.config_check import unknown_theme
from roofrack_tui.keymap import Keys, keymap, rebound, with_keys
from roofrack_tui.one_frame import OneFrame
from roofrack_tui.plain import plain
from roofrack_tui.resume import Start, begin, leave, pin_again, remember_if_hung_up, remembered, seen, theme_of
from roofrack_tui.screens.main import MainScreen
from roofrack_tui.session import problem_of
from roofrack_tui.store import Store
from roofrack_tui.terminal import driver_class, redraw
from roofrack_tui.theme_names import DEFAULT_DARK
from roofrack_tui.themes import OWN, look_for

_NO_CONFIG = Config(Path())

_OBJECTS_BETWEEN_COLLECTIONS = 20_000
"""Python looks for rings of dead objects after 700 new ones, and now and then through all that was read since the start: a tenth of
the time of the first keys, 50 ms at one stretch. Few objects here are in rings, and 20,000 of them are a few megabytes."""


class RoofrackApp(App[int]):
    """The planner in a terminal.

    Args:
        spec: The scenario to start from.
        catalog: The presets.
        ascii: Draw with ASCII only.
        theme: Name of a theme.
        present: Larger marks and fewer words.
        animation: What may be animated.
        config: The configuration file: its keys, its costs for scenarios that are opened, what was wrong with it.
        start: What the last session left; None where nothing is remembered from one to the next.

    Raises:
        InputError: The scenario cannot be planned, or there is no such theme.
    """

    CSS_PATH = "roofrack.tcss"
    TITLE = "roofrack"
    ALLOW_SELECT = False  # drags are for sliders and charts, and a click beside everything ends Textual 8.2 here
    ENABLE_COMMAND_PALETTE = False  # commands.py names them all, and a list of our own offers them
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "quit", "Quit", show=False),
    ]

    def __init__(
        self,
        spec: ScenarioSpec,
        catalog: Catalog,
        *,
        ascii: bool = False,
        theme: str = DEFAULT_DARK,
        present: bool = False,
        animation: Animation = "none",
        config: Config = _NO_CONFIG,
        start: Start | None = None,
    ) -> None:
        self._styled_for = ""
        super().__init__(driver_class=driver_class())
        self.animation_level = animation
        self.ascii = ascii
        self.set_class(ascii, "-ascii")
        self.config = config
        self.start = start or Start(spec, theme=theme)
        self.theme_at_start = theme
        self.takes_detected = False
        self._one_frame = OneFrame(self)
        self.own_keys = Keys(config.tables.get("keys", {}), ascii)
        self.store = Store(spec, catalog, config, self.own_keys)
        self.look = look_for(ascii=ascii, present=present)
        for own in OWN:
            self.register_theme(own)
        if theme not in self.available_themes:
            raise unknown_theme(theme)
        self.theme = theme
        self._style_for_theme()
        self.set_keymap(keymap(self.own_keys.given))
        self._commands = rebound(ALL_COMMANDS, self.own_keys)

    def _style_for_theme(self) -> None:
        self._styled_for = self.theme
        self.stylesheet.set_variables(self.get_css_variables())

    def get_css_variables(self) -> dict[str, str]:
        """Colours of the theme; none while Textual asks before there is one."""
        return super().get_css_variables() if self._styled_for else {}

    def refresh_css(self, animate: bool = True) -> None:
        """Style everything again, unless it has been styled for this theme: Textual asks for that at the start.

        Args:
            animate: Whether changes may be animated.
        """
        if self._styled_for != self.theme:
            self._styled_for = self.theme
            super().refresh_css(animate)

    def push_screen(self, *asked: Any, **options: Any) -> Any:
        """Show a screen above, as Textual does; it is drawn as it comes."""
        self._one_frame.end()
        return super().push_screen(*asked, **options)

    def get_default_screen(self) -> Screen[None]:
        """The main screen."""
        screen = MainScreen(self.store, self.look, self._commands)
        screen.take_shape(self.size)
        screen.when_shown = self._draw_rest
        begin(screen, self.start)
        self.main_screen = screen
        return screen

    def _draw_rest(self) -> None:
        """Draw what the first picture left out, in one more frame."""
        self._one_frame.begin()
        self.main_screen.fill()

    def on_ready(self) -> None:
        """Collect garbage again where the start had put it off, without going through what is there to stay."""
        if not gc.isenabled():
            gc.freeze()
            gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
            gc.enable()
        self.app_resume_signal.subscribe(self, redraw)  # the shell has written over the screen
        self.call_after_refresh(self._greet)
        self.call_after_refresh(self._look_around)

    def _greet(self) -> None:
        """Say what was wrong with the configuration, or that this goes on from the last session, and pin what was pinned."""
        self.start = self.start._replace(note=with_keys(self.start.note, self.own_keys))
        if note := f"! {self.config.notice}" if self.config.notice else self.start.note:
            self.main_screen.say(note)
        pin_again(self.main_screen, self.start)

    def _look_around(self) -> None:
        from roofrack_tui.on_this_machine import look_around

        look_around(self, take=self.takes_detected)

    async def on_event(self, event: events.Event) -> None:
        """Draw once for an event of the user; take the hint of the very first start away with the first key or click."""
        if isinstance(event, events.InputEvent):
            self._one_frame.begin()
        elif isinstance(event, events.Resize):
            self._one_frame.end()
        if self.start.first and isinstance(event, events.Key | events.MouseDown):
            self.start = self.start._replace(first=False)
            seen(self)
        await super().on_event(event)

    def action_export(self) -> None:
        """Offer what can be exported of whatever is on screen."""
        self.main_screen.dialogs.export()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, and one that leaves only ASCII where that was asked for."""
        filters = super().get_line_filters()
        return [*filters, _AsciiOnly()] if self.ascii else filters


class _AsciiOnly(LineFilter):
    """Writes every other character with ASCII ones."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 (part of the interface)
        """The same line in ASCII, as wide as before."""
        return [Segment(plain(text), style, control) for text, style, control in segments]


def run(
    spec: ScenarioSpec | None,
    settings: Capabilities,
    config: Config,
    *,
    fresh: ScenarioSpec,
    forget: bool = False,
    remember: bool = True,
) -> int:
    """Open the app and wait until it is closed.

    Args:
        spec: The scenario that was asked for; None where none was.
        settings: How the app is to look and behave.
        config: The configuration file.
        fresh: What to start from where nothing was asked for.
        forget: Start fresh, whatever the last session left.
        remember: Whether this session goes on from the last one, and the next from this.

    Returns:
        The exit code.

    Raises:
        InputError: The scenario cannot be planned.
    """
    asked = spec is not None or any(config.get("start", name) for name in ("scenario", "model"))
    start = remembered(fresh, asked=asked, forget=forget) if remember else Start(fresh)
    try:
        app = _app(spec or start.session.spec or fresh, settings, config, start)
        app.takes_detected = spec is None and start.session.spec is None
    except InputError as problem:
        if spec is not None or start.session.spec is None:
            raise
        app = _app(fresh, settings, config, Start(fresh, note=f"! {problem_of(problem)}"))
    if remember:
        remember_if_hung_up(app)
    app.run(mouse=settings.mouse)
    if remember:
        leave(app)
    return app.return_code or 0


def _app(spec: ScenarioSpec, settings: Capabilities, config: Config, start: Start) -> RoofrackApp:
    return RoofrackApp(
        spec,
        default_catalog(),
        ascii=settings.ascii,
        theme=theme_of(start, settings),
        present=settings.present,
        animation=settings.animation,
        config=config,
        start=start._replace(theme=settings.theme),
    )
