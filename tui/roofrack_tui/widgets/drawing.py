"""The base of every widget that shows a raster: it caches rows and refreshes only those that changed."""

from __future__ import annotations

from typing import Generic, TypeVar

from rich.segment import Segment as RichSegment
from textual.geometry import Size
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip

from roofrack_tui.raster.ink import Ink, Row
from roofrack_tui.raster.look import Look
from roofrack_tui.widgets.lines import Lines, regions_of
from roofrack_tui.widgets.palette import Palette

WidgetT = TypeVar("WidgetT", bound="Drawing")


class Latest(Message, Generic[WidgetT]):
    """A message of which only the newest in a burst from one widget matters.

    Args:
        widget: Where it happened.
    """

    def __init__(self, widget: WidgetT) -> None:
        super().__init__()
        self.widget = widget

    @property
    def control(self) -> WidgetT:
        """The widget, for ``@on`` selectors."""
        return self.widget

    def can_replace(self, message: Message) -> bool:
        """Let a newer message of the same kind from the same widget stand for this one."""
        return type(message) is type(self) and isinstance(message, Latest) and message.widget is self.widget


def blank(width: int, height: int) -> list[Row]:
    """Rows of a drawing that has nothing to show yet.

    Args:
        width: Cells across.
        height: Cells down.
    """
    return [((" " * width, Ink()),)] * height


class Drawing(Lines):
    """A widget that draws rows of inked text; subclasses say which in `draw`.

    Args:
        look: How it is drawn; ``None`` for braille with tints.
        id: As for every widget.
        classes: As for every widget.
    """

    look: var[Look] = var(Look(), init=False)

    def __init__(self, *, look: Look | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._rows: list[Row] | None = None
        self._strips: list[Strip] = []
        self._palette: Palette | None = None
        self.set_reactive(Drawing.look, look or Look())

    def draw(self, width: int, height: int, look: Look) -> list[Row]:
        """Return ``height`` rows of ``width`` cells."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw again and refresh the rows that changed."""
        size = self.content_size if self.is_attached else None
        if not size:
            self._rows = None
            return
        before = self._rows
        if before is None or self._palette is None or len(before) != size.height:
            self._render_rows(size)
            self.refresh()
            return
        self._rows = self._drawn(size)
        changed = [y for y, (old, new) in enumerate(zip(before, self._rows, strict=True)) if old != new]
        for y in changed:
            self._strips[y] = _strip(self._rows[y], size.width, self._palette)
        if changed:
            self.refresh(*regions_of(changed, size.width))

    def watch_look(self) -> None:
        """Draw in the new look."""
        self._palette = None
        self.redraw()

    def lines(self, y: int, stop: int, size: Size) -> list[Strip]:
        """Return rows of the drawing."""
        if (
            self._rows is None
            or len(self._rows) != size.height
            or (self._strips and self._strips[0].cell_length != size.width)
        ):
            self._render_rows(size)
        return self._strips[y:stop]

    def notify_style_update(self) -> None:
        """Forget colours when the theme or the widget's state changes."""
        self._palette = None
        self._rows = None
        super().notify_style_update()

    def _render_rows(self, size: Size) -> None:
        self._rows = self._drawn(size)
        palette = self._palette
        if palette is None:
            palette = self._palette = Palette.of(self, self._look_here().shading)
        self._strips = [_strip(row, size.width, palette) for row in self._rows]

    def _look_here(self) -> Look:
        """The look, with patterns where there are too few colours for tints."""
        return self.look._replace(shading="pattern") if self.app.no_color or self.app.current_theme.ansi else self.look

    def _drawn(self, size: Size) -> list[Row]:
        return self.draw(*size, self._look_here())


def _strip(row: Row, width: int, palette: Palette) -> Strip:
    return Strip([RichSegment(text, palette.style(ink)) for text, ink in row], width)
