"""One browser tab: one process of the app, which never outlives it."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process

from textual_serve.app_service import AppService

GRACE_S = 3.0
"""How long the app may take to leave before it is ended."""

_LEAST, _MOST = 1, 1000


class Session(AppService):
    """The app behind a websocket."""

    async def start(self, width: int, height: int) -> None:
        """Start the app.

        Args:
            width: Cells.
            height: Cells.
        """
        await super().start(_cells(width), _cells(height))

    async def set_terminal_size(self, width: int, height: int) -> None:
        """Tell the app that the browser's window was resized, within what a screen may have.

        Args:
            width: Cells.
            height: Cells.
        """
        await super().set_terminal_size(_cells(width), _cells(height))

    async def run(self) -> None:
        """Hand on what the app sends, and close the websocket when it ends, however it ends."""
        await super().run()
        await self.remote_close()

    async def stop(self) -> None:
        """Ask the app to leave, and end it if it does not."""
        process = self._process
        try:
            await asyncio.wait_for(super().stop(), GRACE_S)
        except (asyncio.TimeoutError, ConnectionError):
            pass
        finally:
            if process is not None:
                await _ended(process)


async def _ended(process: Process) -> None:
    """Wait until a process has left; end it where it does not."""
    for end in (process.terminate, process.kill):
        if process.returncode is None:
            try:
                await asyncio.wait_for(process.wait(), GRACE_S)
            except asyncio.TimeoutError:
                end()
    await process.wait()


def _cells(count: int) -> int:
    return max(_LEAST, min(_MOST, int(count)))
