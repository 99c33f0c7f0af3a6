"""A slider over named stops: labels above a track, or one row alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from roofrack_tui.raster.ink import AXIS, CHIP, OFF, STRONG, TEXT, Canvas, Role, Row, clip, text_width
from roofrack_tui.raster.look import Look


class Stop(NamedTuple):
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


class SliderRaster(NamedTuple):
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
        selected: Index of the chosen stop; outside the list none is.
        width: Cells across.
        height: Cells down; with two or more, labels stand above a track.
        look: How it is drawn.
        focused: Whether keys go to it.
    """
    look = look or Look()
    canvas = Canvas(width, height)
    owners = [[-1] * canvas.width for _ in range(canvas.height)]
    if stops and canvas.width and canvas.height:
        draw = _draw_line if canvas.height == 1 else _draw_track
        draw(canvas, owners, stops, selected, look, focused)
    return SliderRaster(canvas.rows(), tuple(map(tuple, owners)))


def _draw_track(
    canvas: Canvas, owners: list[list[int]], stops: Sequence[Stop], selected: int, look: Look, focused: bool
) -> None:
    columns = _columns(stops, canvas.width)
    canvas.text(0, 1, ("-" if look.ascii else "─") * canvas.width, AXIS)
    for index, column in enumerate(columns):
        if index != selected:
            glyph = ("x" if look.ascii else "×") if stops[index].off else ("o" if look.ascii else "○")
            canvas.put(column, 1, glyph, OFF if stops[index].off else TEXT)
    if 0 <= selected < len(stops):
        canvas.put(columns[selected], 1, "#" if look.ascii else "●" if focused else "◉", STRONG)
    for column in range(canvas.width):
        owners[1][column] = min(range(len(stops)), key=lambda n: (abs(columns[n] - column), n != selected))
    _draw_labels(canvas, owners[0], stops, columns, selected, look, focused)


def _columns(stops: Sequence[Stop], width: int) -> list[int]:
    """Return where the stops stand on the track, evenly between the middles of the first and last label."""
    first = min(text_width(stops[0].text) // 2, width // 6)
    last = width - 1 - min(text_width(stops[-1].text) // 2, width // 6)
    if len(stops) == 1:
        return [first]
    return [round(first + (last - first) * index / (len(stops) - 1)) for index in range(len(stops))]


def _draw_labels(
    canvas: Canvas,
    owners: list[int],
    stops: Sequence[Stop],
    columns: Sequence[int],
    selected: int,
    look: Look,
    focused: bool,
) -> None:
    """Write the selected label first, then the ends, then those nearest to it, wherever there is room."""
    order = sorted(
        range(len(stops)),
        key=lambda n: (n != selected, n not in (0, len(stops) - 1), abs(n - selected)),
    )
    for index in order:
        chosen = index == selected
        text = clip(stops[index].text, canvas.width - 2, "." if look.ascii else "…")
        if chosen:
            text = f"[{text}]" if look.ascii or look.shading == "pattern" else f" {text} "
        length = text_width(text)
        start = min(max(columns[index] - length // 2, 0), max(0, canvas.width - length))
        gap = 0 if chosen else 1
        if any(owner >= 0 for owner in owners[max(0, start - gap) : start + length + gap]):
            continue
        canvas.text(start, 0, text, _label_role(stops[index], chosen, focused))
        if chosen and focused:
            canvas.text(start, 0, text, CHIP, CHIP)
        owners[start : start + length] = [index] * length


def _label_role(stop: Stop, chosen: bool, focused: bool) -> Role:
    if chosen:
        return CHIP if focused else STRONG
    return OFF if stop.off else TEXT


def _draw_line(
    canvas: Canvas, owners: list[list[int]], stops: Sequence[Stop], selected: int, look: Look, focused: bool
) -> None:
    """Draw labels joined by a rule on one row, moved so that the selected one is in sight."""
    joint = " - " if look.ascii else " ─ "
    labels = []
    for index, stop in enumerate(stops):
        text = ("x" if look.ascii else "×") * bool(stop.off) + clip(stop.text, max(3, canvas.width - 4))
        labels.append(f"[{text}]" if index == selected else text)
    starts = [0]
    for label in labels:
        starts.append(starts[-1] + text_width(label) + len(joint))
    total = starts.pop() - len(joint)
    chosen = min(max(selected, 0), len(stops) - 1)
    middle = starts[chosen] + text_width(labels[chosen]) // 2
    offset = min(max(0, middle - canvas.width // 2), max(0, total - canvas.width))
    first, last = (1 if offset else 0), canvas.width - (1 if offset + canvas.width < total else 0)
    for index, (start, label) in enumerate(zip(starts, labels, strict=True)):
        role = _label_role(stops[index], index == selected, focused)
        column, length = start - offset, text_width(label)
        if index + 1 < len(stops):
            canvas.text(column + length, 0, joint, AXIS)
        if (first <= column and column + length <= last) or index == selected:
            canvas.text(column, 0, label, role, CHIP if role is CHIP else None)
            owners[0][max(0, column) : column + length] = [index] * (
                min(canvas.width, column + length) - max(0, column)
            )
    if first:
        canvas.text(0, 0, "<" if look.ascii else "‹", TEXT)
    if last < canvas.width:
        canvas.text(canvas.width - 1, 0, ">" if look.ascii else "›", TEXT)
