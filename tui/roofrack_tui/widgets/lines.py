"""The base of widgets whose lines are ready to be sent: nothing is drawn around them."""

from __future__ import annotations

from collections.abc import Sequence

from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class Lines(Widget):
    """A widget of full-width lines in colours of the theme.

    Textual takes every line apart again for what might be around it and on it (border, padding, opacity, colours that the terminal
    names). These have nothing of that, and where a style sheet gives them some, they are drawn as all widgets are.
    """

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render the lines.

        Args:
            crop: Columns and rows of the widget.
        """
        if self._is_boxed:
            return super().render_lines(crop)
        strips = [self.render_line(y) for y in crop.line_range]
        if filters := self.get_line_filters():
            background = self.background_colors[1]
            for one in filters:
                strips = [strip.apply_filter(one, background) for strip in strips]
        start, end = crop.column_span
        return strips if (start, end) == (0, self.size.width) else [strip.crop(start, end) for strip in strips]

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters without the one for colours that the terminal names: a theme that has those keeps them."""
        filters = super().get_line_filters()
        return filters if self._is_boxed else [one for one in filters if not isinstance(one, ANSIToTruecolor)]

    @property
    def _is_boxed(self) -> bool:
        styles = self.styles
        return bool(styles.gutter) or any(map(styles.has_rule, _AROUND))


_AROUND = ("outline_top", "outline_left", "opacity", "text_opacity", "tint", "hatch")
