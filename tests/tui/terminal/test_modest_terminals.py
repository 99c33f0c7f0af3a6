"""What reaches terminals that can do little, byte by byte."""

import os
import sys
from pathlib import Path

from scripts.ptyterminal import Terminal

MOUSE_ON = b"\x1b[?1000h"


def first_screen(*arguments: str, **environment: str | None) -> bytes:
    with Terminal([sys.executable, "-m", "roofrack", *arguments], (100, 30), environment) as terminal:
        return terminal.read_until(b"FITS")


def test_a_console_gets_ascii_and_sixteen_colours() -> None:
    stream = first_screen(TERM="linux", COLORTERM=None)
    assert stream.isascii()
    assert b"38;2;" not in stream
    assert b"38;5;" not in stream
    assert MOUSE_ON in stream


def test_the_configuration_and_flags_rule_the_mouse() -> None:
    path = Path(os.environ["XDG_CONFIG_HOME"]) / "roofrack" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("[display]\nmouse = false\n", encoding="utf-8")
    assert MOUSE_ON not in first_screen()
    assert MOUSE_ON in first_screen("--mouse")
    path.unlink()
    assert MOUSE_ON not in first_screen("--no-mouse")


def test_256_colours_are_no_more_than_those() -> None:
    stream = first_screen(TERM="xterm-256color", COLORTERM=None)
    assert b"38;5;" in stream
    assert b"38;2;" not in stream
