"""A row of a list whose columns line up at any width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content
from textual.css.styles import RulesMap
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual

_PLENTY = 28
"""Cells for the column of width 0 before others take more than they must."""

_WIDE_GAP = 2
"""Cells between the columns after the one of width 0 where it has plenty; 1 elsewhere."""


class Cell(NamedTuple):
    """One column of a row.

    Args:
        text: Plain text, never markup.
        width: Cells kept for it; 0 takes what the others leave.
        right: Whether it stands at the right of its column.
        style: Textual style, added to the row's.
        from_width: Narrower rows leave the column out.
        most: What it takes where the column of width 0 has plenty; 0 where its width is always enough.
        short: Stands there instead where the text has no room; empty where it is cut.
    """

    text: str
    width: int = 0
    right: bool = False
    style: str = ""
    from_width: int = 0
    most: int = 0
    short: str = ""


class Columns(Visual):
    """A row of cells.

    Args:
        cells: From left to right; one of them has width 0.
    """

    def __init__(self, cells: Sequence[Cell]) -> None:
        self._cells = tuple(cells)
        self._drawn: dict[object, list[Strip]] = {}

    def content(self, width: int) -> Content:
        """The row as text of exactly `width` cells."""
        shown = _grown([cell for cell in self._cells if width >= cell.from_width], width)
        gaps = _gaps(shown, width)
        fixed = sum(cell.width for cell in shown) + sum(gaps)
        parts: list[Content | str] = []
        for cell, gap in zip(shown, (*gaps, 0), strict=True):
            room = max(0, cell.width or width - fixed)
            text = Content(cell.text)
            if text.cell_length > room:
                text = Content(cell.short or cell.text).truncate(room, ellipsis=True)
            padded = text.pad_left(room - text.cell_length) if cell.right else text.pad_right(room - text.cell_length)
            parts += [padded.stylize(cell.style) if cell.style else padded, " " * gap]
        return Content.assemble(*parts[:-1])

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        """Draw the row; a row that stays in a list stays as it was drawn."""
        if options.selection is not None:
            return self.content(width).render_strips(width, height, style, options)
        drawn_as = (width, height, style, *(options.get_style(cell.style) for cell in self._cells if cell.style))
        if drawn_as not in self._drawn:
            self._drawn = {drawn_as: self.content(width).render_strips(width, height, style, options)}
        return self._drawn[drawn_as]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:  # noqa: ARG002 (part of the interface)
        """A row is as wide as its list."""
        return container_width

    def get_minimal_width(self, rules: RulesMap) -> int:  # noqa: ARG002 (part of the interface)
        """A row can be cut to anything."""
        return 1

    def get_height(self, rules: RulesMap, width: int) -> int:  # noqa: ARG002 (part of the interface)
        """A row is one line."""
        return 1


def _grown(cells: Sequence[Cell], width: int) -> Sequence[Cell]:
    """Cells with what the one of width 0 can spare, from left to right."""
    spare = _spare(cells, width)
    grown = []
    for cell in cells:
        more = max(0, min(cell.most - cell.width, spare))
        spare -= more
        grown.append(cell._replace(width=cell.width + more))
    return grown


def _gaps(cells: Sequence[Cell], width: int) -> Sequence[int]:
    """Cells after each column but the last."""
    between = len(cells) - 1
    first = next((n for n, cell in enumerate(cells) if not cell.width), between)
    wide = _spare(cells, width) >= (between - first) * (_WIDE_GAP - 1)
    return [_WIDE_GAP if wide and n >= first else 1 for n in range(between)]


def _spare(cells: Sequence[Cell], width: int) -> int:
    """What the column of width 0 has beyond plenty with the least gaps."""
    return width - sum(cell.width for cell in cells) - (len(cells) - 1) - _PLENTY
