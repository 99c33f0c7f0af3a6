"""Where one key can go to: a letter for every field in sight."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from textual.geometry import Offset
from textual.widget import Widget

from roofrack_tui.pane import Pane

LETTERS = "asdfghjklqwertyuiopzxcvbnmASDFGHJKLQWERTYUIOPZXCVBNM"
"""The row under the fingers first."""


class Target(NamedTuple):
    """A place to go to.

    Args:
        letter: The key that goes there.
        field: What takes the focus.
        at: Where the letter is shown: in the margin left of the field.
    """

    letter: str
    field: Widget
    at: Offset


def targets(panes: Iterable[Pane]) -> tuple[Target, ...]:
    """A letter for every field that is in sight, in reading order of the panes.

    Args:
        panes: All panes.
    """
    fields = [field for pane in panes if pane.display for field in pane.fields if field.region and field.display]
    # A pane that is a field itself has a frame or a margin of its own; left of it is its neighbour.
    places = (Offset(max(0, field.region.x - (not isinstance(field, Pane))), field.region.y) for field in fields)
    return tuple(Target(*found) for found in zip(LETTERS, fields, places, strict=False))
