"""Textual layouts: the screen's, which follows `shape.places`, and the forms'."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

GAP = 2
"""Cells between two fields of a row."""


class PlacesLayout(Layout):
    """Puts children where a function says, by id; it leaves out those that have no place.

    Args:
        places: From a size to regions by id.
    """

    name = "places"

    def __init__(self, places: Callable[[Size], Mapping[str, Region]]) -> None:
        self._places = places

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:  # noqa: ARG002
        """Place the children."""
        parent.pre_layout(self)
        places = self._places(size)
        return [_placed(child, places[child.id]) for child in children if child.id and child.id in places]


class FormLayout(Layout):
    """Fields below each other; two of class `half` that follow each other share a row."""

    name = "form"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:  # noqa: ARG002
        """Place the children."""
        parent.pre_layout(self)
        half = (size.width - GAP) // 2
        found: list[WidgetPlacement] = []
        y, left_taken = 0, False
        for child in children:
            rows = int(child.styles.height.value) if child.styles.height else 1
            if child.has_class("half") and left_taken:
                found.append(_placed(child, Region(half + GAP, y, size.width - half - GAP, rows)))
                y, left_taken = y + rows, False
                continue
            y += left_taken
            left_taken = child.has_class("half")
            found.append(_placed(child, Region(0, y, half if left_taken else size.width, rows)))
            y += 0 if left_taken else rows
        return found


def _placed(widget: Widget, region: Region) -> WidgetPlacement:
    return WidgetPlacement(region, NULL_OFFSET, NULL_SPACING, widget)
