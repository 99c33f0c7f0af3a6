"""The driver in a real process on a real pseudo-terminal, beside the same process without it."""

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripts.ptyterminal import Terminal, parse_size
from terminal_emulator import Emulator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")

APP = [sys.executable, str(Path(__file__).with_name("small_app.py"))]
OFF = {"ROOFRACK_NO_CELL_DIFF": "1"}
SIZE = (100, 30)
QUIET_S = 0.08
PATIENCE_S = 5.0
FOCUS_OUT, FOCUS_IN = "\x1b[O", "\x1b[I"


class Twins:
    """The app without and with the driver, and what their terminals show."""

    def __init__(self) -> None:
        self.terminals = [Terminal(APP, SIZE, env=env) for env in (OFF, {})]
        self.emulators = [Emulator(*SIZE) for _ in self.terminals]
        for terminal in self.terminals:
            while b"Suspend" not in terminal.stream and not terminal.ended:
                terminal.read(0.5)
        self.show()

    def show(self) -> None:
        """Show what came until both were quiet."""
        for terminal, emulator in zip(self.terminals, self.emulators, strict=True):
            terminal.read_until_quiet(QUIET_S, PATIENCE_S)
            emulator.feed_bytes(bytes(terminal.stream[emulator.fed :]))

    def press(self, key: str) -> None:
        for terminal, emulator in zip(self.terminals, self.emulators, strict=True):
            if key.startswith("resize:"):
                emulator.resize(*parse_size(key[7:]))
            terminal.press(key)
        self.show()

    def scribble(self) -> None:
        """Another program writes to both terminals."""
        for emulator in self.emulators:
            emulator.feed("\x1b[m\x1b[2J\x1b[Hwall: shutdown at noon")

    def assert_same(self) -> None:
        """The screens are the same, at the latest when a slow machine has caught up."""
        deadline = time.monotonic() + PATIENCE_S
        while not self._screens_equal() and time.monotonic() < deadline:
            self.show()
        assert self._screens_equal(), [emulator.text() for emulator in self.emulators]

    def _screens_equal(self) -> bool:
        plain, diffed = (emulator.screenful() for emulator in self.emulators)
        return diffed == plain

    def wait_for(self, sequence: bytes, count: int = 1) -> None:
        """Show what comes until both have sent a sequence so many times."""
        deadline = time.monotonic() + PATIENCE_S
        while min(terminal.stream.count(sequence) for terminal in self.terminals) < count:
            assert time.monotonic() < deadline
            self.show()


@pytest.fixture(scope="module")
def twins() -> Iterator[Twins]:
    twins = Twins()
    yield twins
    for terminal in twins.terminals:
        terminal.close()


def test_keys_sizes_and_focus_lead_to_the_same_screens(twins: Twins) -> None:
    twins.assert_same()
    for key in ["down", "j", "resize:60x12", "j", FOCUS_OUT, FOCUS_IN, "down", "resize:110x33", "ctrl+p", "escape"]:
        twins.press(key)
        twins.assert_same()
    plain, diffed = (len(terminal.stream) for terminal in twins.terminals)
    assert diffed < plain / 3


def test_redraw_mends_the_screen(twins: Twins) -> None:
    twins.scribble()
    twins.press("ctrl+l")
    assert any("model 3" in row for row in twins.emulators[1].text())
    assert not any("shutdown" in row for row in twins.emulators[1].text())
    twins.assert_same()


def test_focus_makes_it_forget(twins: Twins) -> None:
    twins.press(FOCUS_OUT)
    twins.scribble()
    twins.press(FOCUS_IN)
    twins.assert_same()
    twins.press("ctrl+l")


def test_suspend_and_resume(twins: Twins) -> None:
    for terminal in twins.terminals:
        terminal.press("z")
    twins.wait_for(b"\x1b[?1049l")
    twins.scribble()
    for terminal in twins.terminals:
        terminal.signal(signal.SIGCONT)
    twins.wait_for(b"\x1b[?1049h", count=2)
    twins.press("j")
    twins.press("ctrl+l")
    assert any("model 3" in row for row in twins.emulators[1].text())
    twins.assert_same()
