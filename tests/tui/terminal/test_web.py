"""The driver under textual-serve's protocol: packets on pipes instead of a terminal."""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminal_emulator import Emulator

APP = [sys.executable, str(Path(__file__).with_name("small_app.py"))]
WEB = "textual.drivers.web_driver:WebDriver"


class Browser:
    """The other end of the pipes, as textual-serve is."""

    def __init__(self, **env: str) -> None:
        self.emulator = Emulator(80, 24)
        self.bytes = 0
        self._buffer = b""
        self._process = subprocess.Popen(
            APP,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={**os.environ, "TEXTUAL_DRIVER": WEB, "COLUMNS": "80", "ROWS": "24", **env},
        )
        assert self._process.stdin
        assert self._process.stdout
        self._input, self._output = self._process.stdin, self._process.stdout
        assert self._output.readline() == b"__GANGLION__\n"

    def send(self, kind: bytes, payload: bytes) -> None:
        self._input.write(kind + len(payload).to_bytes(4, "big") + payload)
        self._input.flush()

    def press(self, keys: bytes) -> None:
        self.send(b"D", keys)

    def tell(self, **message: object) -> None:
        self.send(b"M", json.dumps(message).encode())

    def show_until(self, text: str) -> None:
        """Show packets until there is a text on the screen and the app is quiet."""
        deadline = time.monotonic() + 10
        while not (self._show_packets() and any(text in row for row in self.emulator.text())):
            assert time.monotonic() < deadline, self.emulator.text()

    def _show_packets(self) -> bool:
        """Show what comes; whether the app went quiet."""
        quiet = not select.select([self._output], [], [], 0.1)[0]
        if not quiet:
            self._buffer += os.read(self._output.fileno(), 1 << 16)
        while len(self._buffer) >= 5 and len(self._buffer) >= (end := 5 + int.from_bytes(self._buffer[1:5], "big")):
            if self._buffer[:1] == b"D":
                self.bytes += end - 5
                self.emulator.feed_bytes(self._buffer[5:end])
            self._buffer = self._buffer[end:]
        return quiet

    def close(self) -> None:
        self.tell(type="quit")
        self._process.communicate(timeout=10)


@pytest.fixture
def browsers() -> Iterator[list[Browser]]:
    browsers = [Browser(ROOFRACK_NO_CELL_DIFF="1"), Browser()]
    yield browsers
    for browser in browsers:
        browser.close()


def test_same_screens_and_fewer_bytes(browsers: list[Browser]) -> None:
    for browser in browsers:
        browser.show_until("users 0")
        browser.show_until("Redraw")
        browser.press(b"j")
        browser.show_until("users 1")
        browser.emulator.resize(60, 20)
        browser.tell(type="resize", width=60, height=20)
        browser.show_until("Redraw")
        browser.tell(type="blur")
        browser.tell(type="focus")
        browser.press(b"j")
        browser.show_until("users 2")
    plain, diffed = browsers
    deadline = time.monotonic() + 10
    while diffed.emulator.screenful() != plain.emulator.screenful():  # a slow machine may need longer
        assert time.monotonic() < deadline
        for browser in browsers:
            browser.show_until("users 2")
    assert diffed.bytes < plain.bytes / 3
