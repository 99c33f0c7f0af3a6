"""Run a terminal program on a pseudo-terminal and measure what its user feels.

    python -m scripts.ptymeasure --size 120x40 --keys "down*20 tab type:llama resize:80x24" -- roofrack

For each key: bytes written, the time a processor was busy, and the time until the last of them (a program has settled when it stays quiet). For the
start: the time until text is on screen, and the bytes until quiet. Then the bytes of an idle stretch, and the resident
memory. Keys are named as Textual names them; `NAME*N` repeats, `type:TEXT` types, `click:X,Y` clicks (from 0),
`resize:WxH` resizes the terminal, `pause:SECONDS` waits unmeasured.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import shlex
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from scripts.ptyterminal import Terminal, parse_keys, parse_size

_FRAME_BEGIN: Final = b"\x1b[?2026h"
_ESCAPES: Final = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P_^][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")


@dataclass(frozen=True, slots=True)
class KeySample:
    """What one key did."""

    key: str
    bytes: int
    first_byte_s: float | None
    """None if the program wrote nothing."""
    settled_s: float | None
    """Time until the last byte before the program went quiet."""
    quiet: bool
    """False if the program was still writing when the patience ended."""
    cpu_s: float | None = None
    """Time the program had a processor, until it was quiet."""
    frames: int = 0
    """Synchronized updates (DEC mode 2026): how often the screen was drawn."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run of a program."""

    command: tuple[str, ...]
    size: tuple[int, int]
    first_frame_s: float
    second_frame_s: float | None
    """Time until the synchronized update after the first frame; None where there was none before the program was quiet."""
    first_frame_bytes: int
    """Bytes until the program was quiet after its start."""
    keys: tuple[KeySample, ...]
    idle_s: float
    idle_bytes: int
    rss_bytes: int | None
    """Resident memory of the program and its children at the end; None where the system does not tell."""
    exit_status: int
    stream: bytes
    """All that the program wrote before it was asked to quit."""

    @property
    def median_key_bytes(self) -> float:
        """Median over the keys that had an effect."""
        return statistics.median([key.bytes for key in self.keys if key.bytes] or [0])

    @property
    def p95_key_bytes(self) -> float:
        """95th percentile (nearest rank) over the keys that had an effect."""
        return _nearest_rank([key.bytes for key in self.keys if key.bytes], 0.95)

    @property
    def median_settled_s(self) -> float:
        """Median time until the screen had settled, over the keys that had an effect."""
        return statistics.median([key.settled_s for key in self.keys if key.settled_s is not None] or [0.0])

    @property
    def p95_settled_s(self) -> float:
        """95th percentile of the same."""
        return _nearest_rank([key.settled_s for key in self.keys if key.settled_s is not None], 0.95)


def _nearest_rank(values: Sequence[float], share: float) -> float:
    ranked = sorted(values)
    return ranked[math.ceil(share * len(ranked)) - 1] if ranked else 0.0


def measure(
    command: Sequence[str],
    keys: Sequence[str] = (),
    size: tuple[int, int] = (120, 40),
    *,
    env: Mapping[str, str | None] | None = None,
    quiet_s: float = 0.1,
    start_quiet_s: float = 0.5,
    patience_s: float = 5.0,
    idle_s: float = 0.0,
    quit_key: str = "ctrl+q",
) -> Measurement:
    """Run a program and press keys.

    Args:
        command: Program and arguments.
        keys: Key names; see the module's documentation.
        size: Columns and rows.
        env: Variables to add to the environment (None removes one).
        quiet_s: A key is over when the program was quiet for so long, s.
        start_quiet_s: The same for the start, s.
        patience_s: The longest wait for quiet, s.
        idle_s: How long to listen to the idle program after the keys, s.
        quit_key: What ends the program.

    Raises:
        RuntimeError: The program ended before it was asked to, or showed nothing.
    """
    with Terminal(command, size, env) as terminal:
        first_frame_s, second_frame_s = _first_frames(terminal, start_quiet_s, patience_s * 4)
        first_frame_bytes = len(terminal.stream)
        samples = [sample for key in keys if (sample := _press(terminal, key, quiet_s, patience_s))]
        before_idle = len(terminal.stream)
        deadline = time.perf_counter() + idle_s
        while (left := deadline - time.perf_counter()) > 0 and not terminal.ended:
            terminal.read(left)
        if terminal.ended:
            raise RuntimeError(f"{shlex.join(command)} ended early:\n{_plain(terminal.stream)[-2000:]}")
        stream, rss = bytes(terminal.stream), terminal.rss_bytes()
        status = terminal.close(quit_key)
    idle_bytes = len(stream) - before_idle
    return Measurement(
        tuple(command),
        size,
        first_frame_s,
        second_frame_s,
        first_frame_bytes,
        tuple(samples),
        idle_s,
        idle_bytes,
        rss,
        status,
        stream,
    )


def _first_frames(terminal: Terminal, quiet_s: float, patience_s: float) -> tuple[float, float | None]:
    frame_at, data, deadline = None, b"", terminal.started_at + patience_s
    while frame_at is None and not terminal.ended and time.perf_counter() < deadline:
        data += terminal.read(0.05)
        if len(_plain(data).split()) >= 2:
            frame_at = time.perf_counter()
    if frame_at is None:
        raise RuntimeError(f"nothing on screen:\n{_plain(data)}")
    chunks, _ = terminal.read_until_quiet(quiet_s, patience_s)
    second = next((at for at, chunk in chunks if _FRAME_BEGIN in chunk), None)
    return frame_at - terminal.started_at, None if second is None else second - terminal.started_at


def _press(terminal: Terminal, key: str, quiet_s: float, patience_s: float) -> KeySample | None:
    if key.startswith("pause:"):
        terminal.read_until_quiet(float(key[6:]), float(key[6:]))
        return None
    terminal.read(0)
    busy = terminal.cpu_s()
    start = time.perf_counter()
    terminal.press(key)
    chunks, quiet = terminal.read_until_quiet(quiet_s, patience_s)
    written = b"".join(chunk for _, chunk in chunks)
    times = [at - start for at, _ in chunks]
    after = terminal.cpu_s()
    used = None if busy is None or after is None else after - busy
    first, last = (times[0], times[-1]) if times else (None, None)
    return KeySample(key, len(written), first, last, quiet, used, written.count(_FRAME_BEGIN))


def _plain(data: bytes | bytearray) -> str:
    return _ESCAPES.sub(b"", bytes(data)).decode(errors="replace")


def report(run: Measurement) -> str:
    """The figures of a run, for people."""
    lines = [
        f"{shlex.join(run.command)}   {run.size[0]}x{run.size[1]}",
        f"first frame   {run.first_frame_s * 1e3:8.0f} ms   {run.first_frame_bytes:8,d} bytes until quiet",
        f"key, median   {run.median_settled_s * 1e3:8.1f} ms   {run.median_key_bytes:8,.0f} bytes",
        f"key, p95      {run.p95_settled_s * 1e3:8.1f} ms   {run.p95_key_bytes:8,.0f} bytes",
    ]
    for key in run.keys:
        settled = f"{key.settled_s * 1e3:8.1f} ms" if key.settled_s is not None else "     silent"
        busy = f"   {key.cpu_s * 1e3:6.1f} ms of a processor" if key.cpu_s is not None else ""
        lines.append(f"  {key.key:<12}{settled}   {key.bytes:8,d} bytes{busy}{'' if key.quiet else '  (never quiet)'}")
    lines.append(f"idle          {run.idle_bytes:,d} bytes in {run.idle_s:g} s")
    if run.rss_bytes is not None:
        lines.append(f"resident      {run.rss_bytes / 2**20:.1f} MiB")
    return "\n".join(lines)


def main() -> int:
    """Measure the command of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=parse_size, default=(120, 40), metavar="WxH")
    parser.add_argument("--keys", type=parse_keys, default=[])
    parser.add_argument("--idle", type=float, default=2.0, metavar="SECONDS")
    parser.add_argument("--quiet", type=float, default=0.1, metavar="SECONDS", help="quiet that ends a key")
    parser.add_argument("--quit", default="ctrl+q", metavar="KEY")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        parser.error("which command?")
    try:
        run = measure(
            command, options.keys, options.size, quiet_s=options.quiet, idle_s=options.idle, quit_key=options.quit
        )
    except (RuntimeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    figures = {name: value for name, value in asdict(run).items() if name != "stream"}
    print(json.dumps(figures, indent=1) if options.json else report(run))
    return 0


if __name__ == "__main__":
    sys.exit(main())
