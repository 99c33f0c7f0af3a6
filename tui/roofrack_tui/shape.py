"""Where everything stands on the main screen, for every size: pure arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from textual.geometry import Region

LEAST_WIDTH, LEAST_HEIGHT = 60, 20

Shape = Literal["tiny", "narrow", "tabs", "columns"]
SHAPES: tuple[Shape, ...] = ("tiny", "narrow", "tabs", "columns")

INPUT_TABS, CHART_TABS, TITLE, VERDICT, KEYS, TOO_SMALL = (
    "input-tabs",
    "chart-tabs",
    "title",
    "verdict",
    "keys",
    "too-small",
)

_FORM_ROWS = 8
_TALL = 44
_MEMORY_SHARE = 0.38


def shape_of(width: int, height: int) -> Shape:
    """How the screen is arranged at a size.

    Columns show everything at once; tabs one input pane above one chart, with the verdict beside them; narrow has the
    verdict in two lines below; tiny says that it is too small.

    Args:
        width: Cells across.
        height: Cells down.
    """
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return "tiny"
    if width >= 100 and height >= 36:
        return "columns"
    return "tabs" if width >= 80 else "narrow"


def places(
    width: int,
    height: int,
    inputs: Mapping[str, int],
    charts: Sequence[str],
    front: tuple[str, str],
    *,
    keys: bool = True,
) -> dict[str, Region]:
    """The region of everything that is shown; what is not in it is hidden.

    Args:
        width: Cells across.
        height: Cells down.
        inputs: Input panes with the rows that each needs, its title included; the first takes what is left.
        charts: Chart panes.
        front: The input pane and the chart pane that are in front where not all are shown.
        keys: Whether the key line is shown.
    """
    shape = shape_of(width, height)
    if shape == "tiny":
        return {TOO_SMALL: Region(0, 0, width, height)}
    found = {TITLE: Region(0, 0, width, 1)}
    bottom = height
    if keys:
        bottom -= 1
        found[KEYS] = Region(0, bottom, width, 1)
    if shape == "columns":
        return found | _columns(width, height, bottom, inputs, charts)
    right = width
    if shape == "narrow":
        bottom -= 2
        found[VERDICT] = Region(0, bottom, width, 2)
    else:
        right = width - (38 if width >= 110 else 32)
        found[VERDICT] = Region(right, 1, width - right, bottom - 1)
    return found | _tabs(right, bottom, charts, front)


def _columns(
    width: int, height: int, bottom: int, inputs: Mapping[str, int], charts: Sequence[str]
) -> dict[str, Region]:
    roomy = width >= 160 and height >= 50
    left, right = (50, 46) if roomy else (36, 32)
    found = {VERDICT: Region(width - right, 1, right, bottom - 1)}
    first, *others = inputs
    y = bottom
    for name in reversed(others):
        y -= inputs[name]
        found[name] = Region(0, y, left, inputs[name])
    found[first] = Region(0, 1, left, y - 1)
    return found | _stacked(charts, left, width - left - right, 1, bottom)


def _tabs(right: int, bottom: int, charts: Sequence[str], front: tuple[str, str]) -> dict[str, Region]:
    form, chart = front
    y = 2 + _FORM_ROWS
    found = {INPUT_TABS: Region(0, 1, right, 1), form: Region(0, 2, right, _FORM_ROWS)}
    if bottom >= _TALL:
        return found | _stacked(charts, 0, right, y, bottom)
    found[CHART_TABS] = Region(0, y, right, 1)
    found[chart] = Region(0, y + 1, right, bottom - y - 1)
    return found


def _stacked(charts: Sequence[str], x: int, width: int, top: int, bottom: int) -> dict[str, Region]:
    """Charts above each other; the first, which has bars as well, is the highest."""
    first, *others = charts
    y = top + round((bottom - top) * _MEMORY_SHARE)
    found = {first: Region(x, top, width, y - top)}
    for index, name in enumerate(others):
        rows = (bottom - y) // (len(others) - index)
        found[name] = Region(x, y, width, rows)
        y += rows
    return found
