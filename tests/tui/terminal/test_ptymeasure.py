"""The measuring instrument measures what a known program does."""

import sys

import pytest
from scripts.ptymeasure import measure, report
from scripts.ptyterminal import Terminal, key_bytes, parse_keys

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")

PROGRAM = """
import os, sys, time, tty
tty.setraw(0)
os.write(1, b"two words")
while (key := os.read(0, 100)) != b"\\x11":
    if key == b"q":
        os.write(1, b"\\x1b[?2026$p")
    elif key == b"s":
        os.write(1, b"a" * 30); time.sleep(0.05); os.write(1, b"b" * 12)
    elif key.startswith(b"\\x1b[?2026;2"):
        os.write(1, b"yes")
    elif key == b"x":
        sys.exit(3)
    elif key == b"w":
        os.write(1, b"%dx%d" % os.get_terminal_size())
print("bye")
sys.exit(7)
"""
COMMAND = [sys.executable, "-c", PROGRAM]


def test_a_known_program() -> None:
    run = measure(COMMAND, ["s", "down", "q", "w", "resize:33x7", "w"], (50, 9), start_quiet_s=0.1, idle_s=0.05)
    assert run.first_frame_bytes == len("two words")
    assert [key.bytes for key in run.keys] == [42, 0, len("\x1b[?2026$pyes"), 4, 0, 4]
    slow, silent = run.keys[:2]
    assert slow.settled_s is not None
    assert slow.first_byte_s is not None
    assert slow.settled_s - slow.first_byte_s > 0.045
    assert silent.settled_s is None
    assert run.stream.endswith(b"50x933x7")
    assert (run.idle_bytes, run.exit_status) == (0, 7)
    assert run.rss_bytes is None or 2**20 < run.rss_bytes < 2**27
    assert run.median_key_bytes == 8
    assert run.p95_key_bytes == 42
    assert "42 bytes" in report(run)


def test_a_program_that_ends_early_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="ended early"):
        measure(COMMAND, ["x"], (50, 9), start_quiet_s=0.05)


def test_the_screen_as_text() -> None:
    with Terminal(COMMAND, (20, 3)) as terminal:
        while not terminal.stream:
            terminal.read(1)
        assert terminal.screen() == ["two words", "", ""]


def test_keys() -> None:
    assert parse_keys("down*2 type:'a b' ctrl+q *") == ["down", "down", "a", "space", "b", "ctrl+q", "*"]
    assert key_bytes("ctrl+q") == b"\x11"
    assert key_bytes("shift+up") == b"\x1b[1;2A"
    assert key_bytes("click:3,0") == b"\x1b[<0;4;1M\x1b[<0;4;1m"
    with pytest.raises(ValueError, match="hyperspace"):
        key_bytes("hyperspace")
