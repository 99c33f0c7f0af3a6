"""From one session to the next: what is written is read back, whatever else is in the file is said and ignored."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from app_tools import LLAMA_70B, TOO_BIG, MakeApp, main_screen, screen_text, settled
from hypothesis import given
from hypothesis import strategies as st
from scripts.ptyterminal import Terminal

from roofrack.config import Config
from roofrack.domain import RackSpec, ScenarioSpec, Step, Targets, WorkloadSpec
from roofrack.domain.scenario import RackChange
from roofrack.errors import InputError
from roofrack.story import told
from roofrack_tui.capabilities import Flags, capabilities
from roofrack_tui.keymap import key_problems
from roofrack_tui.resume import RESTORED, Start, leave, remembered, theme_of
from roofrack_tui.session import Pinned, Session, load_session, save_session, session_path
from roofrack_tui.theme_names import TERMINAL_DARK
from roofrack_tui.widgets.key_line import KeyLine

FRESH = replace(LLAMA_70B, weights=None)
STORY = replace(
    LLAMA_70B, steps=(Step(caption="As it is."), Step(caption="Two GPUs.", rack=RackChange(gpus_per_node=2)))
)
FULL = Session(
    spec=told(STORY, 1),
    opened=STORY,
    caption=1,
    pins=(Pinned(spec=LLAMA_70B, name="four"), Pinned(spec=TOO_BIG)),
    theme="nord",
    keys_shown=False,
    pane=4,
)

texts = st.text(max_size=20)
specs = st.builds(
    ScenarioSpec,
    title=texts,
    story=st.lists(texts, max_size=2).map(tuple),
    model=texts.filter(bool),
    weights=st.none() | texts,
    rack=st.builds(RackSpec, device=texts.filter(bool), gpus_per_node=st.integers(1, 64)),
    workload=st.builds(
        WorkloadSpec,
        concurrencies=st.none() | st.lists(st.integers(1, 99), min_size=1).map(tuple),
        rate_per_s=st.none() | st.floats(1e-6, 1e6),
    ),
    targets=st.builds(Targets, ttft_s=st.none() | st.floats(1e-6, 1e6)),
)
sessions = st.builds(
    Session,
    spec=st.none() | specs,
    opened=st.none() | specs,
    caption=st.integers(0, 9),
    pins=st.lists(st.builds(Pinned, spec=specs, name=texts), max_size=4).map(tuple),
    theme=st.none() | texts,
    keys_shown=st.booleans(),
    pane=st.integers(1, 9),
)


@given(sessions)
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, session: Session) -> None:
    path = tmp_path_factory.mktemp("state") / "session.json"
    save_session(session, path)
    assert load_session(path) == session
    found = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**found, "seal": "other"}), encoding="utf-8")
    assert load_session(path) == session  # now validated in full


def test_where_there_is_none_none_is_read(tmp_path: Path) -> None:
    assert load_session(tmp_path / "session.json") is None


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode()))
def test_any_other_file_is_an_input_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("state") / "session.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"session\.json: "):
        load_session(path)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"session": {"pane": 12}}, "pane"),
        ({"session": {"pane": "4"}}, "pane"),
        ({"session": {"spec": {"model": "m"}}}, r"spec\.rack"),
        ({"session": {"colour": "red"}}, "colour: unknown key"),
        ({"session": []}, "another version"),
        ({"version": 2}, "another version"),
        ({"version": None}, "another version"),
    ],
)
def test_a_file_that_somebody_changed_is_validated(tmp_path: Path, change: dict[str, Any], complaint: str) -> None:
    path = tmp_path / "session.json"
    save_session(FULL, path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(InputError, match=complaint):
        load_session(path)


def test_a_file_of_another_version_with_a_right_checksum_is_an_input_error(tmp_path: Path) -> None:
    from roofrack_tui.session import _seal

    for data in ({"fields": "of another time"}, {"spec": 3}, {"pins": 3}, {"spec": {"rack": []}}):
        path = tmp_path / "session.json"
        path.write_text(json.dumps({"version": 1, "seal": _seal(data), "session": data}))
        with pytest.raises(InputError, match="another version"):
            load_session(path)


def test_folders_pipes_and_large_files_are_said(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b" " * (2**20 + 1))
    for name, complaint in (("folder", "not a regular file"), ("pipe", "not a regular file"), ("large", "larger")):
        with pytest.raises(InputError, match=complaint):
            load_session(tmp_path / name)


def test_reading_ones_own_file_imports_no_pydantic(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    save_session(FULL, path)
    code = (
        "import sys, pathlib; from roofrack_tui.session import load_session;"
        f"assert load_session(pathlib.Path({str(path)!r})).pane == 4;"
        "assert not {'pydantic', 'textual', 'tempfile'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


_SAVES = """
import sys, pathlib
from dataclasses import replace
from roofrack_tui.session import load_session, save_session
path = pathlib.Path(sys.argv[1])
session = load_session(path)
print("ready", flush=True)
while True:
    session = replace(session, caption=(session.caption + 1) % 1000)
    save_session(session, path)
"""


def test_killed_at_any_moment_it_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    save_session(FULL, path)
    saved = 0
    for moment in range(12):
        process = subprocess.Popen([sys.executable, "-c", _SAVES, str(path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(moment * 0.003)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        found = load_session(path)
        assert found is not None
        assert replace(found, caption=1) == FULL
        saved += found.caption != 1
    assert saved  # some were killed only after they had written


def start(session: Session = FULL, **changes: Any) -> Start:
    return Start(FRESH, session, **{"note": RESTORED, **changes})


async def test_everything_is_as_it_was(make_app: MakeApp) -> None:
    app = make_app(told(STORY, 1), start=start(), theme="nord")
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        screen = main_screen(app)
        assert screen.store.spec == FULL.spec
        assert screen.story is not None
        assert (screen.story.base, screen.story.at) == (STORY, 1)
        assert [member.spec for member in screen.store.pins.members] == [LLAMA_70B, TOO_BIG]
        assert screen.store.pins.members[0].name == "four"
        focus = screen.pane_in_focus()
        assert focus is not None
        assert focus.number == 4
        assert not screen.keys_shown
        leave(app)
    assert load_session(session_path()) == replace(FULL, theme="nord")


async def test_it_is_said_in_the_key_line_and_r_starts_fresh(make_app: MakeApp) -> None:
    app = make_app(told(STORY, 1), start=start(replace(FULL, keys_shown=True)), theme="nord")
    app.start = app.start._replace(theme="roofrack-light")
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "restored the last session · R starts fresh" in screen_text(app)
        await pilot.press("R")
        await settled(pilot)
        screen = main_screen(app)
        assert screen.store.spec == FRESH
        assert app.theme == "roofrack-light"
        assert not len(screen.store.pins)
        assert "a fresh start · z takes the plan back, not the 2 that were pinned" in screen_text(app)
        await pilot.press("z")
        await settled(pilot)
        assert screen.store.spec == FULL.spec
        leave(app)
    found = load_session(session_path())
    assert found is not None
    assert found.theme is None


async def test_it_names_the_key_that_somebody_has(make_app: MakeApp) -> None:
    for session in (FULL, replace(FULL, pins=())):
        own = Config(Path("config.toml"), {"keys": {"reset": "ctrl+r"}})
        app = make_app(told(STORY, 1), start=start(session), config=own)
        async with app.run_test(size=(120, 40)) as pilot:
            await settled(pilot)
            assert main_screen(app).query_one(KeyLine).message == "restored the last session · ^R starts fresh"


async def test_pins_that_cannot_be_made_any_more_are_said(make_app: MakeApp) -> None:
    gone = replace(LLAMA_70B, model="no/such-model")
    session = Session(spec=LLAMA_70B, pins=(Pinned(spec=gone),))
    app = make_app(start=start(session))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "the pins of the last session are left out" in main_screen(app).query_one(KeyLine).message


async def test_a_theme_chosen_in_the_app_is_remembered_and_one_that_was_asked_for_is_not(make_app: MakeApp) -> None:
    for keys, theme in (("t", "roofrack-dark"), ("", None)):
        app = make_app(start=Start(FRESH), theme="roofrack-light")
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press(*keys)
            await settled(pilot)
            leave(app)
        found = load_session(session_path())
        assert found is not None
        assert found.theme == theme


def test_what_was_asked_for_wins() -> None:
    save_session(FULL, session_path())
    asked = remembered(FRESH, asked=True, forget=False)
    assert asked.session == Session(theme="nord", keys_shown=False)
    assert (asked.note, asked.first) == ("", False)
    assert remembered(FRESH, asked=False, forget=True) == Start(FRESH)
    assert remembered(FRESH, asked=False, forget=False) == Start(FRESH, FULL, note=RESTORED)


def test_a_broken_file_is_said_and_ignored() -> None:
    path = session_path()
    path.parent.mkdir(parents=True)
    path.write_text("{")
    found = remembered(FRESH, asked=False, forget=False)
    assert found.session == Session()
    assert found.note.startswith("! the last session is ignored: ")
    assert not found.first


@pytest.mark.parametrize(
    ("flags", "environ", "theme"),
    [
        (Flags(), {}, "nord"),
        (Flags(theme="dracula"), {}, "dracula"),
        (Flags(), {"ROOFRACK_THEME": "dracula"}, "dracula"),
        (Flags(), {"TEXTUAL_THEME": "dracula"}, "dracula"),
        (Flags(), {"COLORFGBG": "0;15"}, "nord"),
        (Flags(), {"TERM": "linux"}, TERMINAL_DARK),
    ],
)
def test_the_remembered_theme_stands_behind_what_was_asked_for(
    flags: Flags, environ: dict[str, str], theme: str
) -> None:
    known = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_COLOR_SYSTEM": "auto"}
    if environ.get("TERM") == "linux":
        known["TEXTUAL_COLOR_SYSTEM"] = "standard"
    settings = capabilities(flags, {**known, **environ}, Config(Path()))
    assert theme_of(start(), settings) == theme
    assert theme_of(start(replace(FULL, theme="no-such-theme")), settings) != "no-such-theme"


HINT = "New here? 3 and arrows: quantization · [ ] users · o ready scenarios · > their story · ? explains all"


async def test_what_is_said_names_the_keys_that_somebody_has(make_app: MakeApp) -> None:
    own = {"fewer": "(", "open": "ctrl+o", "jump": "o", "help": "f1", "undo": "ctrl+u", "compare": "ctrl+k"}
    assert key_problems(own) == []
    app = make_app(start=remembered(FRESH, asked=False, forget=False), config=Config(Path(), {"keys": own}))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "( ] users · ^O ready scenarios · > their story · F1 explains all" in screen_text(app)
        await pilot.press("p", "3", "right", "p")
        await settled(pilot)
        assert "; ^K compares" in screen_text(app)
        await pilot.press("R")
        await settled(pilot)
        assert "a fresh start · ^U takes the plan back" in screen_text(app)


async def test_the_hint_goes_with_the_first_key_and_never_comes_again(make_app: MakeApp) -> None:
    app = make_app(start=remembered(FRESH, asked=False, forget=False))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert HINT in screen_text(app)
        await pilot.press("j")
        await settled(pilot)
        assert HINT not in screen_text(app)
    assert session_path().is_file()
    assert not remembered(FRESH, asked=False, forget=False).first


async def test_nothing_is_remembered_of_apps_that_are_not_told_to(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("3", "right", "q")
        assert HINT not in screen_text(app)
    assert not session_path().exists()


def wait_for(terminal: Terminal, shown: str) -> None:
    """Read until a text is on screen."""
    deadline = time.monotonic() + 20
    while shown not in "\n".join(terminal.screen()) and time.monotonic() < deadline:
        terminal.read_until_quiet(0.2, 1)
    assert shown in "\n".join(terminal.screen())


def test_the_real_command_goes_on_where_it_was_left() -> None:
    command = [sys.executable, "-m", "roofrack"]
    for keys, shown in ((["4", "q"], "New here?"), (["q"], "restored the last session")):
        with Terminal(command, (120, 40), {"TERM": "xterm-256color"}) as terminal:
            wait_for(terminal, shown)
            for key in keys:
                terminal.press(key)
                terminal.read_until_quiet(0.2, 5)
    found = load_session(session_path())
    assert found is not None
    assert found.pane == 4


def test_a_start_in_the_configuration_comes_before_the_last_session(tmp_path: Path) -> None:
    save_session(FULL, session_path())
    config = tmp_path / "config.toml"
    config.write_text('[start]\nscenario = "laptop"\n')
    env = {"TERM": "xterm-256color", "ROOFRACK_CONFIG": str(config)}
    with Terminal([sys.executable, "-m", "roofrack"], (120, 40), env) as terminal:
        wait_for(terminal, "Qwen3 30B A3B ·")


def test_a_broken_connection_loses_nothing() -> None:
    with Terminal([sys.executable, "-m", "roofrack"], (120, 40), {"TERM": "xterm-256color"}) as terminal:
        wait_for(terminal, "New here?")
        for key in ("4", "l"):
            terminal.press(key)
            terminal.read_until_quiet(0.3, 5)
        assert terminal.break_off() == -signal.SIGHUP
    found = load_session(session_path())
    assert found is not None
    assert found.spec is not None
    assert found.spec.workload.prompt_tokens == 2048


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_told_to_end_it_leaves_the_terminal_as_it_was_and_remembers(number: signal.Signals, code: int) -> None:
    with Terminal([sys.executable, "-m", "roofrack"], (120, 40), {"TERM": "xterm-256color"}) as terminal:
        wait_for(terminal, "New here?")
        for key in ("4", "l", "?"):  # help lies over it
            terminal.press(key)
            terminal.read_until_quiet(0.3, 5)
        terminal.signal(number)
        said, deadline = b"", time.monotonic() + 10
        while not terminal.ended and time.monotonic() < deadline:
            said += terminal.read(0.1)
        assert terminal.ended
        assert terminal.close() == code
    for switched_off in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l"):
        assert switched_off in said
    found = load_session(session_path())
    assert found is not None
    assert found.spec is not None
    assert found.spec.workload.prompt_tokens == 2048


def test_the_terminal_knows_its_size_whatever_the_environment_says() -> None:
    lies: dict[str, str | None] = {"COLUMNS": "999999", "LINES": "999999", "TERM": "xterm-256color"}
    with Terminal([sys.executable, "-m", "roofrack"], (80, 24), lies) as terminal:
        wait_for(terminal, "FITS")
        assert "? Help" in terminal.screen()[-1]
        terminal.press("resize:60x20")
        terminal.read_until_quiet(0.5, 10)
        assert "? Help" in terminal.screen()[-1]
