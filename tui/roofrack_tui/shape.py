"""Where everything stands on the main screen, for every size: pure arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from textual.geometry import Region

LEAST_WIDTH, LEAST_HEIGHT = 60, 20

Shape = Literal["tiny", "narrow", "tabs", "columns"]
SHAPES: tuple[Shape, ...] = ("tiny", "narrow", "tabs", "columns")

INPUT_TABS, CHART_TABS, TITLE, CAPTION, VERDICT, KEYS, TOO_SMALL = (
    "input-tabs",
    "chart-tabs",
    "title",
    "caption",
    "verdict",
    "keys",
    "too-small",
)

_FORM_ROWS = 8
_TALL = 44
_LEAST_LIST = 4
_LEAST_CHART = 5
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
    caption: int = 0,
    forms: bool = True,
) -> dict[str, Region]:
    """The region of everything that is shown; what is not in it is hidden.

    Args:
        width: Cells across.
        height: Cells down.
        inputs: Input panes with the rows that each needs, its title included; the first takes what is left.
        charts: Chart panes.
        front: The input pane and the chart pane that are in front where not all are shown.
        keys: Whether the key line is shown.
        caption: Rows of the caption strip below the title.
        forms: Whether input panes have a place; their tabs always have.
    """
    shape = shape_of(width, height)
    if shape == "tiny":
        return {TOO_SMALL: Region(0, 0, width, height)}
    found = {TITLE: Region(0, 0, width, 1)}
    bottom = height
    if keys:
        bottom -= 1
        found[KEYS] = Region(0, bottom, width, 1)
    caption = min(caption, bottom - 1 - _least_rows(shape, inputs, forms=forms))
    if caption > 0:
        found[CAPTION] = Region(0, 1, width, caption)
    top = 1 + max(0, caption)
    if shape == "columns":
        return found | _columns(Region(0, top, width, bottom - top), height, inputs if forms else {}, charts)
    right = width
    if shape == "narrow":
        bottom -= 2
        found[VERDICT] = Region(0, bottom, width, 2)
    else:
        right = width - (38 if width >= 110 else 32)
        found[VERDICT] = Region(right, top, width - right, bottom - top)
    return found | _tabs(Region(0, top, right, bottom - top), charts, front, _FORM_ROWS if forms else 0)


def _least_rows(shape: Shape, inputs: Mapping[str, int], *, forms: bool) -> int:
    """Rows that everything between title and keys needs at least: a caption may not take them."""
    if shape == "columns":
        return sum(inputs.values()) + _LEAST_LIST
    return 2 + (_FORM_ROWS if forms else 0) + _LEAST_CHART + (2 if shape == "narrow" else 0)


def _columns(room: Region, height: int, inputs: Mapping[str, int], charts: Sequence[str]) -> dict[str, Region]:
    roomy = room.width >= 160 and height >= 50
    left, right = (50, 46) if roomy else (36, 32)
    found = {VERDICT: Region(room.right - right, room.y, right, room.height)}
    if not inputs:
        return found | _stacked(charts, 0, room.width - right, room.y, room.bottom)
    first, *others = inputs
    y = room.bottom
    for name in reversed(others):
        y -= inputs[name]
        found[name] = Region(0, y, left, inputs[name])
    found[first] = Region(0, room.y, left, y - room.y)
    return found | _stacked(charts, left, room.width - left - right, room.y, room.bottom)


def _tabs(room: Region, charts: Sequence[str], front: tuple[str, str], form_rows: int) -> dict[str, Region]:
    form, chart = front
    found = {INPUT_TABS: Region(0, room.y, room.width, 1)}
    if form_rows:
        found[form] = Region(0, room.y + 1, room.width, form_rows)
    y = room.y + 1 + form_rows
    if room.bottom >= _TALL:
        return found | _stacked(charts, 0, room.width, y, room.bottom)
    found[CHART_TABS] = Region(0, y, room.width, 1)
    found[chart] = Region(0, y + 1, room.width, room.bottom - y - 1)
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
