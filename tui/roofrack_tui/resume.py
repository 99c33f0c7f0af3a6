"""From one session to the next: what the app starts with, what it remembers when it is left."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple, cast

from roofrack.domain import ScenarioSpec
from roofrack.errors import InputError
from roofrack_tui.keymap import key_of
from roofrack_tui.messages import ScenarioChosen
from roofrack_tui.session import Pinned, Session, load_session, problem_of, save_session, session_path
from roofrack_tui.story import Story
from roofrack_tui.theme_names import DEFAULT_DARK, DEFAULT_LIGHT, THEMES

if TYPE_CHECKING:
    from roofrack_tui.app import RoofrackApp
    from roofrack_tui.capabilities import Capabilities
    from roofrack_tui.screens.main import MainScreen

_FOUND_OUT = ("default", "COLORFGBG")
"""Sources of a theme that nobody asked for."""

HINT = (
    "New here? 3 and arrows: quantization · {fewer} {more} users · {open} ready scenarios · {next-caption} their story"
    " · {help} explains all"
)
"""With the keys of commands, as `RESTORED`."""

_MOST_S_TO_LEAVE = 5
RESTORED = "restored the last session · {reset} starts fresh"


class Start(NamedTuple):
    """What to start with.

    Args:
        fresh: The scenario of a fresh start, which R goes back to.
        session: What was remembered; nothing where it is not to be used.
        theme: The theme of a fresh start.
        first: Whether nobody has started the app here before.
        note: What to say about it.
    """

    fresh: ScenarioSpec
    session: Session = Session()
    theme: str = DEFAULT_DARK
    first: bool = False
    note: str = ""


def remembered(fresh: ScenarioSpec, *, asked: bool, forget: bool) -> Start:
    """What the last session left.

    Args:
        fresh: The scenario of a fresh start.
        asked: Whether a plan was asked for, which wins over the remembered one.
        forget: Whether to start fresh.
    """
    try:
        session = load_session(session_path())
    except InputError as problem:
        return Start(fresh, note="" if forget else f"! {problem_of(problem)}")
    if session is None:
        return Start(fresh, first=not forget)
    if forget:
        return Start(fresh)
    if asked or session.spec is None:
        kept = Session(theme=session.theme, keys_shown=session.keys_shown)
        return Start(fresh, kept)
    return Start(fresh, session, note=RESTORED)


def theme_of(start: Start, settings: Capabilities) -> str:
    """The theme to start with: one that was asked for, else the remembered one, else what suits the terminal.

    Args:
        start: What to start with.
        settings: What was asked for and found out.
    """
    suits = settings.theme in (DEFAULT_DARK, DEFAULT_LIGHT) and settings.sources["theme"] in _FOUND_OUT
    return start.session.theme if suits and start.session.theme in THEMES else settings.theme


def begin(screen: MainScreen, start: Start) -> None:
    """Let the main screen look as it did the last time; called before anything is shown.

    Args:
        screen: The main screen.
        start: What to start with.
    """
    session = start.session
    screen.begin_at(session.pane, keys_shown=session.keys_shown)
    if story := _story(session, screen.store.spec):
        screen.set_reactive(type(screen).story, story)
    if start.first and not screen.presenting:
        screen.set_reactive(type(screen).hint, HINT.format_map({one.id: one.shown for one in screen.commands}))


def _story(session: Session, spec: ScenarioSpec) -> Story | None:
    """Where the story was, if the scenario is still the one that it is of."""
    opened = session.opened
    if opened is None or not spec.captions or (opened.captions, opened.steps) != (spec.captions, spec.steps):
        return None
    return Story(opened, min(session.caption, len(opened.captions) - 1))


def pin_again(screen: MainScreen, start: Start) -> None:
    """Pin what was pinned; where that cannot be done any more, say so.

    Args:
        screen: The main screen.
        start: What to start with.
    """
    if not start.session.pins:
        return
    from roofrack.compare import Member

    store = screen.store
    try:
        store.pins.take([Member(pin.spec, pin.name) for pin in start.session.pins], store.plan, store.catalog)
    except InputError as problem:
        screen.say(f"! the pins of the last session are left out: {problem}")
    else:
        screen.show_store(start.note)


def seen(app: RoofrackApp) -> None:
    """Take the hint away, and remember that it was seen.

    Args:
        app: The app.
    """
    screen = app.main_screen
    screen.hint = ""
    app.run_worker(partial(_write, _session(app)), thread=True)


def start_fresh(screen: MainScreen) -> None:
    """Leave what the last session left; the plan can be taken back.

    Args:
        screen: The main screen.
    """
    app, store = cast("RoofrackApp", screen.app), screen.store
    pinned = len(store.pins)
    store.pins.take((), store.plan, store.catalog)
    app.start = app.start._replace(session=Session())
    app.theme = app.theme_at_start = app.start.theme
    screen.show_keys(True)
    try:
        store.choose(ScenarioChosen(app.start.fresh))
        done = f"a fresh start · {key_of('undo', app.own_keys)} takes the plan back"
        if pinned:
            done += f", not the {pinned} that {'were' if pinned > 1 else 'was'} pinned"
    except InputError as problem:
        done = f"! {problem}"
    screen.show_store(done)


def leave(app: RoofrackApp) -> None:
    """Remember what the app was left with; what cannot be written is said on stderr.

    Args:
        app: The app.
    """
    if problem := _write(_session(app)):
        sys.stderr.write(f"roofrack: the session is not saved: {problem}\n")


def remember_if_hung_up(app: RoofrackApp) -> None:
    """Remember the session when the terminal goes away, as it does when an SSH connection breaks, and when the app is told to end.

    A terminal that is still there is left as it was found.

    Args:
        app: The app; it runs in the main thread.
    """

    def die_of(number: int) -> None:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def told_to_end(number: int, _frame: object) -> None:
        if not app.is_running:
            die_of(number)
        from roofrack.cli.exits import SIGNALLED

        signal.signal(number, signal.SIG_DFL)  # who asks twice is not to wait
        # The terminal takes the app's own way out, in its own turn.
        Thread(target=app.call_from_thread, args=(app.exit, None, SIGNALLED + number), daemon=True).start()

    def hung_up(number: int, frame: object) -> None:
        leave(app)
        if not _has_terminal():
            die_of(number)
        signal.alarm(_MOST_S_TO_LEAVE)  # it may go at any moment
        told_to_end(number, frame)

    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, hung_up)
    signal.signal(signal.SIGTERM, told_to_end)


def _has_terminal() -> bool:
    try:
        return sys.__stdin__ is not None and sys.__stdin__.isatty()
    except ValueError:  # closed
        return False


def _write(session: Session) -> str:
    try:
        save_session(session, session_path())
    except InputError as problem:
        return str(problem)
    return ""


def _session(app: RoofrackApp) -> Session:
    screen = app.main_screen
    store, story = screen.store, screen.story
    return Session(
        spec=store.spec,
        opened=story.base if story else None,
        caption=story.at if story else 0,
        pins=tuple(Pinned(spec=member.spec, name=member.name) for member in store.pins.members),
        theme=app.start.session.theme if app.theme == app.theme_at_start else app.theme,
        keys_shown=screen.keys_shown,
        pane=screen.pane_number,
    )
