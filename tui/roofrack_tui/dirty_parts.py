"""A frame of the parts that changed renders the widgets in those parts, not all that stand between them."""

from __future__ import annotations

from collections.abc import Sequence

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region


class PartsCompositor(Compositor):
    """Textual's compositor, which renders every widget within the rectangle around all changes.

    A key changes lines of charts on one side and a field on the other: that rectangle is the whole screen. The widgets left out here
    have no cell in any of the changed parts, so that nothing of them could be sent.
    """

    def render_partial_update(self) -> ChopsUpdate | None:
        """Render the parts that changed."""
        everything, changed = self.visible_widgets, [region.corners for region in self._dirty_regions]
        _ = self.cuts  # made of all widgets, and kept
        self._visible_widgets = {
            widget: places
            for widget, places in everything.items()
            if _touches(places[0].intersection(places[1]), changed)
        }
        try:
            return super().render_partial_update()
        finally:
            self._visible_widgets = everything


def _touches(region: Region, changed: Sequence[tuple[int, int, int, int]]) -> bool:
    left, top, right, bottom = region.corners
    return any(x1 < right and left < x2 and y1 < bottom and top < y2 for x1, y1, x2, y2 in changed)
