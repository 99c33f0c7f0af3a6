"""The base of widgets whose lines are ready to be sent: nothing is drawn around them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual.content import Content
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget


class Lines(Widget):
    """A widget of full-width lines in colours of the theme; subclasses say which in `lines`.

    Textual takes every line apart again for what might be around it and on it (border, padding, opacity, colours that the terminal
    names). These have nothing of that, and where a style sheet gives them some, they are drawn as all widgets are.
    """

    def lines(self, y: int, stop: int, size: Size) -> Sequence[Strip]:
        """Return lines, each as wide as the widget.

        Args:
            y: The first.
            stop: The one after the last.
            size: Of the widget; Textual would look it up for every line.
        """
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Return one line.

        Args:
            y: Which, from 0.
        """
        return self.lines(y, y + 1, self.size)[0]

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render the lines.

        Args:
            crop: Columns and rows of the widget.
        """
        if self._is_boxed:
            return super().render_lines(crop)
        size = self.size
        strips = list(self.lines(crop.y, crop.bottom, size))
        if filters := self.get_line_filters():
            background = self.background_colors[1]
            for one in filters:
                strips = [strip.apply_filter(one, background) for strip in strips]
        start, end = crop.column_span
        return strips if (start, end) == (0, size.width) else [strip.crop(start, end) for strip in strips]

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters without the one for colours that the terminal names: a theme that has those keeps them."""
        filters = super().get_line_filters()
        return filters if self._is_boxed else [one for one in filters if not isinstance(one, ANSIToTruecolor)]

    def strip_of(self, words: Content, width: int) -> Strip:
        """Return styled text as a line.

        Args:
            words: Text of one row.
            width: Cells across.
        """
        style = self.visual_style
        if not words:
            return Strip.blank(width, style.rich_style)
        written = words.render(style, end="", parse_style=self.app.stylesheet.parse_style)
        segments = [Segment(text, style.rich_style) for text, style in written]
        rest = width - words.cell_length
        if rest > 0:
            segments.append(Segment(" " * rest, style.rich_style))
        return Strip(segments, width) if rest >= 0 else Strip(segments).crop(0, width)

    @property
    def _is_boxed(self) -> bool:
        styles = self.styles
        return bool(styles.gutter) or any(map(styles.has_rule, _AROUND))


_AROUND = ("outline_top", "outline_left", "opacity", "text_opacity", "tint", "hatch")


def regions_of(rows: Sequence[int], width: int) -> list[Region]:
    """The fewest regions that cover some rows of a widget and no others.

    Args:
        rows: From the top down.
        width: Cells across.
    """
    found: list[Region] = []
    for y in rows:
        if found and found[-1].bottom == y:
            found[-1] = Region(0, found[-1].y, width, y + 1 - found[-1].y)
        else:
            found.append(Region(0, y, width, 1))
    return found
