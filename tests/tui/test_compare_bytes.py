"""Pins may cost bytes, but a key still fits into one packet in the median."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

import pytest
from scripts.ptymeasure import measure
from scripts.ptyterminal import parse_keys

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

PINNED = parse_keys("pause:1 p 3 right right p right p 2 down + p +")
KEYS = parse_keys("] ] [ ] 3 right left 2 + - z Z c ] [ ] left right left b b v escape ] [")
"""With four plans pinned and a fifth on screen: cursor, slider, GPUs, undo; then the screen of comparisons."""


def test_keys_with_pins_stay_in_budget(tmp_path: Path) -> None:
    home = str(tmp_path)
    places = {f"XDG_{name}_HOME": home for name in ("CONFIG", "STATE", "DATA", "CACHE")}
    env = {**places, "HOME": home, "NO_COLOR": None, "TEXTUAL_THEME": None}
    run = measure(
        (sys.executable, "-m", "roofrack"),
        [*PINNED, *KEYS],
        (120, 40),
        env=env,
        quiet_s=0.3,
        start_quiet_s=1.5,
        patience_s=15,
        idle_s=1.0,
        quit_key="q",
    )
    seen = [(key.key, key.bytes) for key in run.keys][-len(KEYS) :]
    spent = sorted(count for _, count in seen if count)
    assert len(spent) >= len(KEYS) - 3, seen
    assert statistics.median(spent) <= 1_400, seen
    assert spent[round(0.95 * (len(spent) - 1))] <= 14_000, seen
    assert (run.idle_bytes, run.exit_status) == (0, 0)
