"""The app on a pseudo-terminal: its first frame against a bare Textual app that runs in turn, bytes, idleness, memory."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.bench_result import Result
from scripts.ptymeasure import Measurement, measure
from scripts.ptyterminal import parse_keys

APP = (str(Path(sys.executable).with_name("roofrack")), "--fresh")
"""The installed command, as people start it; `python -m` takes some milliseconds more."""

_HELLO = """
from textual.app import App
from textual.widgets import Static

class Hello(App):
    def compose(self):
        yield Static("hello from a bare app")

    def on_key(self, event):
        self.query_one(Static).update(f"{event.key} pressed")

Hello().run()
"""
BARE = (sys.executable, "-c", _HELLO)
KEYS = {
    "cursor": "] ] ] [",
    "slider": "3 right right left right",
    "GPUs": "2 down + + - -",
    "model": "1 down down up up",
    "filter": "/ type:deepseek escape escape",
    "focus": "tab tab tab",
    "undo": "z z z Z",
}
"""All kinds of keys that change something, none of them much more often than the others."""

BARE_KEYS = "a b c d e f g h i j"

_ROUNDS = 9
_KEY_ROUNDS = 3


def app(size: tuple[int, int] = (120, 40)) -> list[Result]:
    """What the app costs its user and the line to it.

    Args:
        size: Columns and rows of the terminal.
    """
    runs = [(_run(APP, size), _run(BARE, size).first_frame_s) for _ in range(_ROUNDS)]
    ratio = statistics.median(run.first_frame_s / bare for run, bare in runs)
    whole = statistics.median((run.second_frame_s or run.first_frame_s) / bare for run, bare in runs)
    mine, bare = statistics.median(run.first_frame_s for run, _ in runs), statistics.median(bare for _, bare in runs)
    used, *again = (
        measure(APP, parse_keys(" ".join(KEYS.values())), size, quiet_s=0.25, idle_s=2.0 if first else 0.0)
        for first in (True, *[False] * (_KEY_ROUNDS - 1))
    )
    bare_key = measure(BARE, parse_keys(BARE_KEYS), size, quiet_s=0.25).median_settled_s
    settled = statistics.median(run.median_settled_s for run in (used, *again))
    where = f"{size[0]}x{size[1]}"
    memory = (used.rss_bytes or 0) / 2**20
    return [
        Result(
            f"app, first frame, {where}",
            f"{mine * 1000:.0f} ms, bare {bare * 1000:.0f} ms",
            f"{ratio:.2f}x",
            "≤ 1.6x a bare Textual app",
            ratio <= 1.6,
        ),
        Result(
            f"app, first frame with charts, {where}", f"{whole * bare * 1000:.0f} ms", f"{whole:.2f}x", "none", True
        ),
        Result(
            f"app, bytes to the first frame, {where}",
            f"{used.first_frame_bytes:,}",
            "",
            "≤ 30,000",
            used.first_frame_bytes <= 30_000,
        ),
        Result(
            f"app, bytes a key, median, {where}",
            f"{used.median_key_bytes:,.0f}",
            "",
            "≤ 1,400",
            used.median_key_bytes <= 1400,
        ),
        Result(
            f"app, bytes a key, 95th percentile, {where}",
            f"{used.p95_key_bytes:,.0f}",
            "",
            "≤ 14,000",
            used.p95_key_bytes <= 14_000,
        ),
        Result(
            f"app, key to settled screen, median, {where}",
            f"{settled * 1000:.0f} ms, bare {bare_key * 1000:.0f} ms",
            f"{settled / bare_key:.1f}x",
            "≤ 20 ms",
            settled <= 0.02,
        ),
        Result(f"app, bytes while idle for {used.idle_s:g} s", f"{used.idle_bytes}", "", "0", used.idle_bytes == 0),
        Result("app, resident memory", f"{memory:.0f} MiB", "", "≤ 60 MiB", memory <= 60),
    ]


def _run(command: Sequence[str], size: tuple[int, int]) -> Measurement:
    return measure(command, (), size)
