"""Long commands say how far they are on a terminal, nowhere else, and can be stopped."""

from __future__ import annotations

import io
import sys

import pytest
from scripts.ptyterminal import Terminal

from roofrack.cli.progress import Progress, Watched


class Stderr(io.StringIO):
    """A stream that is a terminal, or is none."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize("terminal", [True, False])
def test_a_percentage_is_written_when_it_changes_and_goes_at_the_end(
    monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    monkeypatch.setattr(sys, "stderr", stderr := Stderr(terminal=terminal))
    shown = Progress("predicting")
    rows = Watched(range(400), shown)
    with shown:
        assert list(rows) == list(range(400))
    parts = [f"\rpredicting: {percent} % (Ctrl-C stops)" for percent in range(100)]
    assert stderr.getvalue() == ("".join([*parts, "\r\033[K"]) if terminal else "")
    assert (len(rows), rows[1], list(rows[398:])) == (400, 1, [398, 399])


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(
    ("command", "says", "code"),
    [
        (("accuracy",), b"predicting: ", 130),
        # What a search has found when it is stopped is its answer.
        (("search", "llama-3.1-8b", "--users", "5000", "--slo-tpot", "0.05"), b"searching: ", 0),
    ],
    ids=["accuracy", "search"],
)
def test_a_command_says_how_far_it_is_and_can_be_stopped(command: tuple[str, ...], says: bytes, code: int) -> None:
    with Terminal([sys.executable, "-m", "roofrack", *command], (80, 24)) as terminal:
        terminal.read_until(says)
        assert terminal.close("ctrl+c", patience_s=30) == code
        assert b"Traceback" not in terminal.stream
