"""A frame of the parts that changed renders the lines in those parts, not all that stand between them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from itertools import pairwise
from typing import cast

from rich.console import Console
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class PartsUpdate(ChopsUpdate):
    """Fragments of lines, each behind a move to its place."""

    def render_segments(self, console: Console) -> str:
        """Return what to write.

        Args:
            console: Knows the colours of the terminal.
        """
        sent = []
        for y, left, right in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=True):
                if strip is not None and x < right and end > left:
                    inside = strip if end <= right else strip.crop(0, right - x)
                    sent.append(f"\x1b[{y + 1};{x + 1}H{inside.render(console)}")
        return "".join(sent)


class PartsCompositor(Compositor):
    """Textual's compositor, which renders every line of every widget within the rectangle around all changes.

    A key changes lines of charts on one side and a field on the other: that rectangle is the whole screen. Here a widget renders the
    lines in which one of its cells is seen in a changed part; what lies behind others there, as a pane behind its chart, renders none.
    """

    def render_partial_update(self) -> ChopsUpdate | None:
        """Render the parts that changed."""
        screen = self.size.region
        changed = [inside for region in self._dirty_regions if (inside := region.intersection(screen))]
        self._dirty_regions.clear()
        if not changed:
            return None
        spans = list(self._regions_to_spans(changed))
        missing: dict[int, dict[int, int]] = {}  # of each row, where fragments begin and end
        for y, left, right in spans:
            ends = missing.setdefault(y, {})
            ends.update((x, end) for x, end in pairwise(self.cuts[y]) if x < right and end > left)
        chop_ends = {y: list(ends.values()) for y, ends in missing.items()}
        chops: dict[int, dict[int, Strip | None]] = {y: dict.fromkeys(ends) for y, ends in missing.items()}
        rows = list(missing)
        for widget, (region, clip) in self.visible_widgets.items():  # the first is in front
            inside = region.intersection(clip)
            seen = rows[bisect_left(rows, inside.y) : bisect_left(rows, inside.bottom)]
            for y, line in _lines(widget, region, inside, {y: missing[y] for y in seen}).items():
                for x in [x for x in missing[y] if inside.x <= x < inside.right]:
                    chops[y][x] = line.crop(x - inside.x, missing[y].pop(x) - inside.x)
        return PartsUpdate(cast("list[Mapping[int, Strip | None]]", chops), spans, cast("list[list[int]]", chop_ends))


def _lines(
    widget: Widget, region: Region, inside: Region, missing: Mapping[int, Mapping[int, int]]
) -> dict[int, Strip]:
    """Lines of a widget by row, those in which something of it is missing.

    Args:
        widget: Renders them.
        region: Where it is.
        inside: The part of it that is seen.
        missing: Of each row, where missing fragments begin and end.
    """
    wanted = [y for y, starts in missing.items() if any(inside.x <= x < inside.right for x in starts)]
    if not wanted:
        return {}
    first, count = wanted[0], wanted[-1] + 1 - wanted[0]
    lines = widget.render_lines(Region(inside.x - region.x, first - region.y, inside.width, count))
    return {y: lines[y - first] for y in wanted}
