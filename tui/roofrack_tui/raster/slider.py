"""A slider over named stops: labels above a track, or one row alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from roofrack_tui.raster.ink import Canvas, Row
from roofrack_tui.raster.spec import Look


@dataclass(frozen=True, slots=True)
class Stop:
    """A place where the slider can stand.

    Args:
        id: What it means to the program, for example ``"awq-int4"``.
        label: What is shown; empty shows the id.
        off: Why it cannot be chosen; empty where it can.
    """

    id: str
    label: str = ""
    off: str = ""

    @property
    def text(self) -> str:
        """The label, or the id where there is none."""
        return self.label or self.id


@dataclass(frozen=True, slots=True)
class SliderRaster:
    """A drawn slider.

    Args:
        rows: The drawing.
        owners: For each row and column the index of the stop that a click there means, or -1.
    """

    rows: list[Row]
    owners: tuple[tuple[int, ...], ...]

    def stop_at(self, column: int, row: int) -> int | None:
        """Return the index of the stop at a cell, or ``None``."""
        if not 0 <= row < len(self.owners) or not 0 <= column < len(self.owners[row]):
            return None
        owner = self.owners[row][column]
        return owner if owner >= 0 else None


def draw_slider(
    stops: Sequence[Stop], selected: int, width: int, height: int, look: Look | None = None, focused: bool = False
) -> SliderRaster:
    """Draw a slider; the selected stop's label is always visible.

    Args:
        stops: From left to right.
        selected: Index of the chosen stop.
        width: Cells across.
        height: Cells down; with two or more, labels stand above a track.
        look: How it is drawn.
        focused: Whether keys go to it.
    """
    canvas = Canvas(width, height)
    return SliderRaster(canvas.rows(), ((-1,) * canvas.width,) * canvas.height)
