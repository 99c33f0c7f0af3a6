"""One frame for what a key does, instead of one for each of the steps that Textual takes to do it."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

from textual.app import App
from textual.dom import DOMNode
from textual.events import Callback

MOST_ROUNDS = 24
"""Rounds of the event loop after which the screen is drawn in any case; what a key leads to takes up to ten."""


class OneFrame:
    """Holds drawing back from an event of the user until every message that it led to has been dealt with.

    Focus, plan, marks and key line each come in messages of their own. Drawn one by one they cost a frame each: bytes that the next
    frame overwrites, and a pass over all widgets. Another screen and another size are drawn as they come: Textual lays those out at
    once, and forgets to draw what it laid out while drawing was held back.

    Args:
        app: The app that draws.
    """

    def __init__(self, app: App[int]) -> None:
        self._app = app
        self._held: ExitStack | None = None
        self._depth = 0
        self._rounds = 0
        self._nodes: list[DOMNode] = []

    def begin(self) -> None:
        """Hold drawing back from now on; called for every event of the user."""
        self._rounds = 0
        if self._held is None:
            self._held = ExitStack()
            self._held.enter_context(self._app.batch_update())
            self._depth = len(self._app.screen_stack)
            self._nodes = []
            self._look_later()

    def end(self) -> None:
        """Draw from now on."""
        if self._held is not None:
            self._held.close()
            self._held = None
            for screen in self._app.screen_stack:
                screen.check_idle()

    def _look_later(self) -> None:
        # what `call_later` does, whose partial functions Textual inspects anew each time
        self._app.post_message(Callback(callback=self._look))

    async def _look(self) -> None:
        await asyncio.sleep(0)  # one turn for everybody who has a message
        if self._held is None:
            return
        self._rounds += 1
        same_screens = len(self._app.screen_stack) == self._depth
        if same_screens and self._rounds < MOST_ROUNDS and self._is_busy():
            self._look_later()
        else:
            self.end()

    def _is_busy(self) -> bool:
        if any(node.message_queue_size for node in self._nodes):
            return True
        self._nodes = [self._app, *self._app.screen.walk_children(with_self=True)]  # some came, some left
        return any(node.message_queue_size for node in self._nodes)
