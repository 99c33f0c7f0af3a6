"""Published measurements as marks on charts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from roofrack_tui.raster.spec import Measured, Side

if TYPE_CHECKING:
    from roofrack_tui.overlays import Metric

Points = tuple[tuple[int, float], ...]


class Measurements(NamedTuple):
    """Measured points, concurrency and value, by the number that they measure."""

    output_tokens_per_s: Points = ()
    tokens_per_s_per_user: Points = ()
    ttft_s: Points = ()
    tpot_s: Points = ()


NOTHING_MEASURED = Measurements()
_DRAWN: dict[str, tuple[str, Side, int]] = {
    "total": ("output_tokens_per_s", "left", 0),
    "each": ("tokens_per_s_per_user", "right", 1),
    "ttft": ("ttft_s", "left", 7),
    "tpot": ("tpot_s", "right", 1),
}
"""For each quantity the number that measures it, and the axis and look of its line."""


def marks(measured: Measurements, quantities: Iterable[Metric]) -> list[Measured]:
    """Measurements of the quantities of a plan, each with the look of its line.

    Args:
        measured: All that is known.
        quantities: Those that the chart draws.
    """
    found = []
    for number, side, style in (_DRAWN[quantity] for quantity in quantities):
        found += [Measured(x, y, side, style) for x, y in getattr(measured, number)]
    return found


def marks_of_one(measured: Measurements, quantity: Metric) -> list[Measured]:
    """Measurements of a quantity that is drawn for several plans on one axis.

    Args:
        measured: All that is known of the plan on screen.
        quantity: What is drawn.
    """
    return [mark._replace(side="left", style=None) for mark in marks(measured, [quantity])]
