"""Roles to colours, out of the running theme."""

from __future__ import annotations

from functools import lru_cache

from rich.style import Style
from textual.color import Color
from textual.widget import Widget

from roofrack_tui.raster import Ink


class Palette:
    """The styles of one widget under one theme.

    Args:
        fore: Text and line colours by role.
        back: Ground colours by role.
    """

    def __init__(self, fore: dict[str, Color], back: dict[str, Color]) -> None:
        self._fore = fore
        self._back = back
        self.style = lru_cache(maxsize=None)(self._style)

    @classmethod
    def of(cls, widget: Widget) -> Palette:
        """Return the palette of a widget."""
        return cls({"plain": widget.styles.color}, {})

    def _style(self, ink: Ink) -> Style:
        fore = self._fore.get(ink.fore, self._fore["plain"])
        back = self._back.get(ink.back)
        return Style(color=fore.rich_color, bgcolor=back.rich_color if back else None)
