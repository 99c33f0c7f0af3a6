"""An input line for the path of a file: it offers what is on disk, and takes a pasted file instead of its path."""

from __future__ import annotations

import os
from pathlib import Path

from textual import events
from textual.message import Message
from textual.suggester import Suggester

from roofrack.text import clean
from roofrack_tui.widgets.filter import Filter

MOST_ENTRIES = 10_000
"""Of a folder that is looked through for a suggestion."""


class PathLine(Filter):
    """A path, completed as it is typed (→ takes what is offered). A pasted `{…}` is the text of a file.

    Args:
        placeholder: What it is for, shown while it is empty.
        id: As for every widget.
    """

    class Pasted(Message):
        """The text of a file was pasted.

        Args:
            text: All of it.
        """

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, id=id)
        self.suggester = _Paths(use_cache=False)

    def on_paste(self, event: events.Paste) -> None:
        """Keep the lines of a pasted file, which the input would drop but for the first."""
        if event.text.lstrip()[:1] == "{":
            event.prevent_default()
            event.stop()
            self.post_message(self.Pasted(event.text))


class _Paths(Suggester):
    """The first entry of the folder that goes on as what was typed; folders end with a slash."""

    async def get_suggestion(self, value: str) -> str | None:
        folder, _, begun = value.rpartition("/")
        if not value.strip() or "\0" in value:
            return None
        try:
            entries = os.scandir(Path(f"{folder}/" if folder or value.startswith("/") else ".").expanduser())
        except (OSError, RuntimeError, ValueError):
            return None
        with entries:
            names = sorted(
                f"{entry.name}/" if entry.is_dir() else entry.name
                for entry, _ in zip(entries, range(MOST_ENTRIES), strict=False)
                if entry.name.startswith(begun) and (begun or not entry.name.startswith("."))
            )
        fitting = next((name for name in names if name != begun and clean(name) == name), None)
        return None if fitting is None else value[: len(value) - len(begun)] + fitting
