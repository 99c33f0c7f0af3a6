"""Puts `CellDiff` between a Textual driver and its terminal."""

import threading
from collections.abc import Callable

from roofrack_tui.terminal.celldiff import CellDiff


class DiffedOutput:
    """Hands what a driver writes through a `CellDiff`, from any thread and from signal handlers.

    Args:
        send: The driver's own way to write.
    """

    def __init__(self, send: Callable[[str], None]) -> None:
        self.cells = CellDiff()
        self._send = send
        self._lock = threading.RLock()
        self._busy = False

    def write(self, data: str) -> None:
        """Send what differs; nothing if nothing does."""
        with self._lock:
            if self._busy:  # a signal handler suspends the application in the middle of a write
                self.cells.drop()
                self._send(data)
                return
            self._busy = True
            try:
                if changed := self.cells.feed(data):
                    self._send(changed)
            finally:
                self._busy = False
