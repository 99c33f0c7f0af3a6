"""What the real command writes to a real terminal: bytes are exact, so budgets on them are tests.

The budgets: a key's change fits into one TCP packet in the median and into the first window nearly always, so that the
planner feels local over a slow SSH connection.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from scripts.bench_app import KEYS
from scripts.ptymeasure import KeySample, Measurement, measure
from scripts.ptyterminal import parse_keys
from tests.tui.terminal.terminal_emulator import Emulator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

APP = (sys.executable, "-m", "roofrack")
MEDIAN_BYTES, P95_BYTES, FIRST_FRAME_BYTES = 1_400, 14_000, 30_000


@pytest.fixture(scope="module", params=[(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Measurement:
    """One run of the command, with all keys."""
    home = str(tmp_path_factory.mktemp("home"))
    places = {f"XDG_{name}_HOME": home for name in ("CONFIG", "STATE", "DATA", "CACHE")}
    keys = parse_keys("pause:1 " + " ".join(KEYS.values()))
    env = {**places, "HOME": home, "NO_COLOR": None, "TEXTUAL_THEME": None}
    return measure(
        APP, keys, request.param, env=env, quiet_s=0.3, start_quiet_s=1.5, patience_s=15, idle_s=1.0, quit_key="q"
    )


def test_the_first_frame_is_small(run: Measurement) -> None:
    assert 2_000 < run.first_frame_bytes <= FIRST_FRAME_BYTES


def test_a_key_is_one_packet_in_the_median(run: Measurement) -> None:
    assert 100 < run.median_key_bytes <= MEDIAN_BYTES, [(key.key, key.bytes) for key in run.keys]


def test_nearly_every_key_fits_into_the_first_window(run: Measurement) -> None:
    assert run.median_key_bytes < run.p95_key_bytes <= P95_BYTES, [(key.key, key.bytes) for key in run.keys]


def test_a_key_is_drawn_in_one_frame(run: Measurement) -> None:
    drawn = [key for key in run.keys if key.frames]
    twice = [key.key for key in drawn if key.frames > 1]
    assert len(drawn) > 25
    assert len(twice) <= 6, twice  # what was measured of another model or format is found in a thread


def shown(theme: str, keys: str, home: Path) -> tuple[KeySample, list[list[Any]]]:
    """The last key, and every cell with its colours as the terminal shows it after that."""
    env = {f"XDG_{name}_HOME": str(home / theme) for name in ("CONFIG", "STATE", "DATA", "CACHE")}
    env |= {"HOME": str(home), "NO_COLOR": None, "TEXTUAL_THEME": None}
    pressed = parse_keys(f"pause:1 {keys}")
    waits: dict[str, Any] = {"quiet_s": 0.5, "start_quiet_s": 1.5, "patience_s": 15, "quit_key": "q"}
    run = measure((*APP, "--theme", theme), pressed, (80, 24), env=env, **waits)
    terminal = Emulator(80, 24)
    terminal.feed_bytes(run.stream)
    return run.keys[-1], terminal.screenful().cells


def test_another_theme_is_drawn_whole_and_in_one_frame(tmp_path: Path) -> None:
    key, drawn = shown("roofrack-dark", "] t", tmp_path)
    assert key.frames == 1
    _, from_the_start = shown("roofrack-light", "]", tmp_path)
    assert drawn == from_the_start


def test_keys_have_an_effect(run: Measurement) -> None:
    silent = [key.key for key in run.keys if not key.bytes]
    assert len(silent) <= 3, silent  # leaving an empty filter, and a focus that is already there


def test_nothing_is_written_while_nobody_does_anything(run: Measurement) -> None:
    assert run.idle_bytes == 0
    assert run.exit_status == 0
