"""The real server as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from web_tools import Running, Serve, gone


@pytest.fixture
def serve() -> Iterator[Serve]:
    started: list[Running] = []

    def start(*arguments: str, **environment: str) -> Running:
        process = subprocess.Popen(
            [sys.executable, "-m", "roofrack", "serve", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("roofrack is at http"), line
        started.append(Running(process, line.split()[-1]))
        return started[-1]

    yield start
    for running in started:
        apps = running.apps()
        if running.process.poll() is None:
            running.process.send_signal(signal.SIGTERM)
        running.process.communicate(timeout=30)
        assert gone(apps)
