"""Ctrl+Z and fg, on a real terminal: whoever comes back sees the whole app."""

import signal
import sys
import time

from scripts.ptyterminal import Terminal
from terminal_emulator import Emulator

ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"


def test_coming_back_draws_everything() -> None:
    with Terminal([sys.executable, "-m", "roofrack"], (100, 30)) as terminal:
        terminal.read_until(b"FITS")
        terminal.read_until_quiet(0.5, 10)
        terminal.press("3")
        terminal.read_until_quiet(0.5, 10)
        before = terminal.screen()
        terminal.press("ctrl+z")
        terminal.read_until(LEAVE)
        time.sleep(0.3)  # it stops just after that
        terminal.signal(signal.SIGCONT)
        terminal.read_until_quiet(1.0, 20)
        again = bytes(terminal.stream).rpartition(ENTER)[2]
        emulator = Emulator(100, 30)
        emulator.feed_bytes(again)
        assert emulator.text() == before
