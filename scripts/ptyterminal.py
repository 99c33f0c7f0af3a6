"""A terminal without a window: runs a program on a pseudo-terminal, presses its keys and reads what it writes."""

from __future__ import annotations

import fcntl
import os
import re
import select
import shlex
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

_QUERIES: Final = re.compile(
    rb"\x1b\[\?(?P<mode>\d+)\$p|\x1b\[(?P<position>6n)|\x1b\[(?P<device>0?c)|\x1b\[\?(?P<kitty>u)"
)
_LONGEST_QUERY: Final = 12
_SYNCHRONIZED_OUTPUT: Final = b"2026"

_NAMED: Final = {
    "enter": "\r",
    "tab": "\t",
    "escape": "\x1b",
    "space": " ",
    "backspace": "\x7f",
    "shift+tab": "\x1b[Z",
    "delete": "\x1b[3~",
    "insert": "\x1b[2~",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    **{f"f{n}": f"\x1b[{n + 11}~" for n in (6, 7, 8, 9, 10)},
}
_LETTERED: Final = {"up": "A", "down": "B", "right": "C", "left": "D", "end": "F", "home": "H"}
_MODIFIERS: Final = {"shift": 2, "alt": 3, "ctrl": 5}


class Terminal:
    """A program on a pseudo-terminal which answers the queries that a modern terminal answers.

    Args:
        command: Program and arguments.
        size: Columns and rows.
        env: Variables to add to the environment (None removes one).
    """

    def __init__(
        self, command: Sequence[str], size: tuple[int, int], env: Mapping[str, str | None] | None = None
    ) -> None:
        self.size = size
        self.stream = bytearray()
        self.ended = False
        self._unanswered = b""
        self._fd, line = os.openpty()
        self._set_size(size)
        # the shell leads a new session, so that opening the line makes it the program's controlling terminal
        shell = ["/bin/sh", "-c", 'exec "$@" 0<>"$0" 1>&0 2>&0', os.ttyname(line), *command]
        self.started_at = time.perf_counter()
        self._process = subprocess.Popen(shell, env=_environment(env or {}), start_new_session=True)
        self._line = line

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _set_size(self, size: tuple[int, int]) -> None:
        width, height = size
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, width * 10, height * 20))

    def press(self, key: str) -> None:
        """Send a key, a click or a new size, as the module's documentation names them."""
        kind, _, value = key.partition(":")
        if kind == "resize" and value:
            self.size = parse_size(value)
            self._set_size(self.size)
        else:
            os.write(self._fd, key_bytes(key))

    def read(self, timeout_s: float) -> bytes:
        """What the program writes next; empty if it writes nothing in time or has ended."""
        if not select.select([self._fd], [], [], max(timeout_s, 0))[0]:
            if self._process.poll() is not None:
                self.ended = True
            return b""
        chunk = os.read(self._fd, 1 << 16)
        self.stream += chunk
        self._answer(chunk)
        return chunk

    def read_until_quiet(self, quiet_s: float, patience_s: float) -> tuple[list[tuple[float, bytes]], bool]:
        """Chunks with their times of arrival (perf_counter), and whether the program went quiet."""
        chunks: list[tuple[float, bytes]] = []
        start = last = time.perf_counter()
        while not self.ended and last - start < patience_s:
            chunk = self.read(quiet_s)
            if not chunk:
                return chunks, True
            last = time.perf_counter()
            chunks.append((last, chunk))
        return chunks, self.ended

    def read_until(self, wanted: bytes, patience_s: float = 30.0) -> bytes:
        """Read until the program has sent something, or has ended; what it sent in all. However slow the machine is.

        Raises:
            TimeoutError: It sent something else.
        """
        end = time.perf_counter() + patience_s
        while wanted not in self.stream and not self.ended:
            if time.perf_counter() > end:
                raise TimeoutError(f"{wanted!r} was not sent:\n" + "\n".join(self.screen()))
            self.read(0.2)
        return bytes(self.stream)

    def _answer(self, chunk: bytes) -> None:
        data = self._unanswered + chunk
        end = 0
        for query in _QUERIES.finditer(data):
            end = query.end()
            mode = query["mode"]
            if mode is not None:
                os.write(self._fd, b"\x1b[?%s;%d$y" % (mode, 2 if mode == _SYNCHRONIZED_OUTPUT else 0))
            elif query["position"]:
                os.write(self._fd, b"\x1b[1;1R")
            elif query["device"]:
                os.write(self._fd, b"\x1b[?62;22c")
            else:
                os.write(self._fd, b"\x1b[?0u")
        rest = data[end:][-_LONGEST_QUERY:]
        cut = rest.rfind(b"\x1b")
        self._unanswered = rest[cut:] if cut >= 0 else b""

    def rss_bytes(self) -> int | None:
        """Resident memory of the program and its children."""
        if not Path("/proc/self/statm").exists():
            return None
        return sum(map(_rss_bytes, _with_children(self._process.pid)))

    def cpu_s(self) -> float | None:
        """Seconds that the program and its children have had a processor; None where the system does not tell.

        Unlike time on the clock this is the same on a busy machine.
        """
        if not Path("/proc/self/schedstat").exists():
            return None
        return sum(_cpu_ns(task) for pid in _with_children(self._process.pid) for task in _tasks(pid)) / 1e9

    def screen(self) -> list[str]:
        """The screen as text, one string a row (needs pyte)."""
        import pyte

        screen = pyte.Screen(*self.size)
        unsupported = re.compile(rb"\x1b\[[<>=?][0-9;]*\$?[upq]|\x1b\[\d* q")
        pyte.Stream(screen).feed(unsupported.sub(b"", bytes(self.stream)).decode(errors="replace"))
        return [row.rstrip() for row in screen.display]

    def signal(self, number: int) -> None:
        """Send the program a signal."""
        os.kill(self._process.pid, number)

    def break_off(self, patience_s: float = 10.0) -> int:
        """Take the terminal away, as a connection that breaks does; the program's exit status (negative: the signal that ended it).

        Raises:
            subprocess.TimeoutExpired: It goes on.
        """
        for fd in (self._fd, self._line):
            os.close(fd)
        self._fd = self._line = -1
        return self._process.wait(patience_s)

    def close(self, quit_key: str = "ctrl+q", patience_s: float = 3.0) -> int:
        """Ask the program to end, then insist; its exit status (negative: the signal that ended it)."""
        for insist in (None, signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is not None:
                break
            if insist is None:
                self.press(quit_key)
            else:
                self.signal(signal.SIGCONT)
                self.signal(insist)
            deadline = time.perf_counter() + patience_s
            while self._process.poll() is None and time.perf_counter() < deadline:
                self.read(0.01)
        for fd in (self._fd, self._line):
            if fd >= 0:
                os.close(fd)
        self._fd = self._line = -1
        return self._process.wait()


def _environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    base = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
    inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    merged: dict[str, str | None] = {**inherited, **base, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def _tasks(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/task").glob("*"))


def _cpu_ns(task: Path) -> int:
    try:
        return int((task / "schedstat").read_text().split()[0])
    except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
        return 0


def _with_children(pid: int) -> list[int]:
    children = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        children += [int(child) for child in task.read_text().split()]
    return [pid, *(found for child in children for found in _with_children(child))]


def _rss_bytes(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except FileNotFoundError:  # it ended meanwhile
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def key_bytes(key: str) -> bytes:
    """What a terminal sends for a key, or for `click:X,Y` (from 0).

    Raises:
        ValueError: There is no such key.
    """
    kind, _, value = key.partition(":")
    if kind == "click" and value:
        x, y = (int(part) + 1 for part in value.split(","))
        return f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m".encode()
    if key in _NAMED:
        return _NAMED[key].encode()
    if key in _LETTERED:
        return f"\x1b[{_LETTERED[key]}".encode()
    modifier, _, base = key.rpartition("+")
    if modifier in _MODIFIERS and base in _LETTERED:
        return f"\x1b[1;{_MODIFIERS[modifier]}{_LETTERED[base]}".encode()
    if modifier == "ctrl" and len(base) == 1:
        return bytes([ord(base.upper()) & 0x1F])
    if len(key) == 1 or key.startswith("\x1b"):
        return key.encode()
    raise ValueError(f"no such key: {key!r}")


def parse_keys(text: str) -> list[str]:
    """Expand `down*3 type:ab` into names of keys."""
    keys: list[str] = []
    for word in shlex.split(text):
        if word.startswith("type:"):
            keys += ["space" if char == " " else char for char in word[5:]]
            continue
        name, _, count = word.rpartition("*")
        keys += [name] * int(count) if name and count.isdigit() else [word]
    return keys


def parse_size(text: str) -> tuple[int, int]:
    """`120x40` as columns and rows."""
    width, _, height = text.partition("x")
    return int(width), int(height)
