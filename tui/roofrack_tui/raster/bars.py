"""Memory of a device as one stacked horizontal bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from roofrack_tui.raster.ink import Canvas, Row
from roofrack_tui.raster.spec import Look


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a device's memory.

    Args:
        name: For example ``"weights"``.
        gib: Its size in GiB.
        short: A name for narrow places, for example ``"ovh"``; empty takes the first three letters.
        style: Which of six fills it has; ``None`` takes its place in the list.
    """

    name: str
    gib: float
    short: str = ""
    style: int | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """The memory of one device, or of several alike.

    Args:
        name: For example ``"GPU 0-3"``.
        parts: What fills it, in order.
        capacity_gib: What the device has.
        usable_gib: What the engine may use of it; ``None`` for all.
    """

    name: str
    parts: Sequence[Part]
    capacity_gib: float
    usable_gib: float | None = None


def draw_bars(bars: Sequence[Bar], width: int, height: int, look: Look | None = None) -> list[Row]:
    """Draw bars, one row each, and a legend where rows are left.

    Args:
        bars: From the top down; where they are more than rows the last row counts the rest.
        width: Cells across.
        height: Cells down.
        look: How they are drawn; ``None`` for blocks with tints.
    """
    return Canvas(width, height).rows()
