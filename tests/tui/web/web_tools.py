"""A running server, and the processes that it runs."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Running(NamedTuple):
    """A server that listens, and the address that it said."""

    process: subprocess.Popen[str]
    address: str

    @property
    def base(self) -> str:
        return self.address.partition("?")[0].rstrip("/")

    @property
    def port(self) -> int:
        return int(self.base.rpartition(":")[2])

    def apps(self) -> list[int]:
        """Process ids of the apps that it runs."""
        return children(self.process.pid)


Serve = Callable[..., Running]


def children(pid: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def gone(pids: list[int], patience_s: float = 15) -> bool:
    """Whether processes end within a while."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        if not [pid for pid in pids if alive(pid)]:
            return True
        time.sleep(0.05)
    return False


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
