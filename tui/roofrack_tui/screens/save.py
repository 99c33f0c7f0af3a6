"""Where to save a scenario."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from roofrack.files import shown_path, what_is_at
from roofrack.places import expanded
from roofrack_tui.commands import LEAVE, Command, bindings
from roofrack_tui.screens.dialog import DialogScreen
from roofrack_tui.widgets.filter import Filter


def scenario_path(typed: str, folder: Path) -> Path:
    """The file that a name means.

    Args:
        typed: A name, which goes into the folder of scenarios, or a path.
        folder: The folder of scenarios.
    """
    if "/" in typed or typed.endswith(".toml"):
        return expanded(typed)
    return folder / f"{slug(typed)}.toml"


def slug(text: str) -> str:
    """A name for a file: lower case, digits and dashes."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")[:80] or "scenario"


class SaveScreen(DialogScreen[Path | None]):
    """A name for the scenario; it returns the path, or None.

    Args:
        suggestion: The name to start from.
        folder: Where names without a path go.
        title: What is saved.
    """

    KEYS: ClassVar[tuple[Command, ...]] = (LEAVE,)
    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS)

    def __init__(self, suggestion: str, folder: Path, title: str = "Save this scenario") -> None:
        super().__init__()
        self._suggestion = suggestion
        self._folder = folder
        self._title = title

    def compose(self) -> ComposeResult:
        """The name, and the file that it means."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = self.key_words("Enter saves")
            yield Filter(self._suggestion, placeholder="a name, or the path of a .toml file")
            yield Static(classes="words")

    @on(Input.Changed)
    def _named(self, event: Input.Changed) -> None:
        path = scenario_path(event.value.strip(), self._folder)
        there = " (replaces the file that is there)" if what_is_at(path) else ""
        words = self.query_one(Static)
        said = f"{shown_path(path)}{there}"
        if len(said) > words.content_size.width:  # better apart than broken in the middle of the name
            said = f"{shown_path(path.parent)}/\n{path.name}{there}"
        words.update(Content(said))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(scenario_path(event.value.strip(), self._folder))
