"""The difference table as rows of styled text: a column for each plan, as much in a cell as it has room for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual.content import Content
from textual.style import Style

from roofrack.compare import Cell, Comparison, Verdict
from roofrack.domain import Targets
from roofrack.report.compare_words import MISSING, VERDICT_WORDS, WORDS, band_text, ratio_text, value_text
from roofrack.results import Plan
from roofrack_tui.pins import Line
from roofrack_tui.raster.ink import clip_parts, text_width
from roofrack_tui.raster.strokes import mark

_LABELS = 16
_WIDEST_COLUMN, _ALONE = 38, 56
_VALUE, _WORD, _BAND = 8, 7, 18
_RATIO = 6

_MARKS: dict[Verdict | None, str] = {"better": "✓", "worse": "✗", "unclear": "?", "same": "="}
_ASCII_MARKS: dict[Verdict | None, str] = {"better": "b", "worse": "w", "unclear": "?", "same": "="}
"""None of them is the mark of a plan, and none says whether a number is larger or smaller."""

_STYLES: dict[Verdict | None, str] = {"better": "$text-success", "worse": "$text-error"}
_ROOMY = 100
_NO_FIT = {True: "does not fit", False: "✗ does not fit"}
"""By whether there is only ASCII."""


def legend(reference: str, drawn: Drawn, count: int) -> str:
    """What the marks mean.

    Args:
        reference: The plan that the others are measured against.
        drawn: How the table is drawn.
        count: How many plans it has.
    """
    overlap = "not distinguishable: 80 % bands overlap" if drawn.width >= _ROOMY else "bands overlap"
    if _rooms(column_width(drawn.width, count), drawn).verdict == _WORD:
        return f"{VERDICT_WORDS['unclear']} {overlap}  ratios to {reference}"
    marks = _ASCII_MARKS if drawn.ascii else _MARKS
    return (
        f"{marks['better']} better  {marks['worse']} worse  {marks['unclear']} {overlap}  = same  ratios to {reference}"
    )


def is_judged(comparison: Comparison) -> bool:
    """Whether there is anything for the marks and ratios of the legend to mean: two plans that fit.

    Args:
        comparison: The plans' numbers.
    """
    return sum(plan.memory.fits for plan in comparison.plans) > 1


class Drawn(NamedTuple):
    """How a table is drawn.

    Args:
        width: Cells across.
        ascii: With ASCII only: verdicts are words where there is room.
        colour: The style of a look.
    """

    width: int
    ascii: bool
    colour: Callable[[int], Style]


def column_width(width: int, count: int) -> int:
    """Cells of one plan's column.

    Args:
        width: Of the table.
        count: How many plans it has.
    """
    return min(_WIDEST_COLUMN if count > 1 else _ALONE, max(1, (width - _LABELS) // count))


def column_at(x: int, width: int, count: int) -> int | None:
    """The column at a cell; None beside the columns.

    Args:
        x: The cell, from 0.
        width: Of the table.
        count: How many plans it has.
    """
    column = (x - _LABELS) // column_width(width, count)
    return column if 0 <= column < count and x >= _LABELS else None


def table_rows(comparison: Comparison, lines: Sequence[Line], selected: int, drawn: Drawn) -> list[Content]:
    """The names above, then a row for each quantity; every row is as wide as the table at most.

    Args:
        comparison: The plans' numbers.
        lines: The plans' looks.
        selected: The column that keys act on.
        drawn: How it is drawn.
    """
    column = column_width(drawn.width, len(lines))
    heads = [_head(line, column, n == selected, drawn) for n, line in enumerate(lines)]
    rows = [Content.assemble(" " * _LABELS, *heads)]
    aimed = comparison.plans[0].scenario.targets != Targets()
    for row in comparison.rows:
        if row.id == _WITHIN and not aimed:
            continue  # without targets it is the row above once more
        label = Content.styled(f"{WORDS[row.id].label:<{_LABELS}}", "$foreground-muted")
        cells = zip(row.cells, comparison.plans, strict=True)
        rows.append(Content.assemble(label, *(_cell(row.id, cell, plan, column, drawn) for cell, plan in cells)))
    return rows


class _Rooms(NamedTuple):
    """Cells of the parts of a column; 0 leaves a part out.

    Args:
        value: At the left.
        ratio: With the space before it, where there is room for one.
        verdict: Likewise, a mark or a word.
        band: Likewise.
    """

    value: int
    ratio: int
    verdict: int
    band: int


def _rooms(column: int, drawn: Drawn) -> _Rooms:
    """What a column has room for, the most important parts first."""
    words = drawn.ascii and column >= _VALUE + _RATIO + _WORD
    verdict = _WORD if words else 2
    room = column - verdict
    ratio = _RATIO if room - _RATIO >= _VALUE else 0
    band = _BAND if ratio and room - ratio - _BAND >= _VALUE else 0
    return _Rooms(room - ratio - band, ratio, verdict, band)


def _head(line: Line, column: int, selected: bool, drawn: Drawn) -> Content:
    sign = mark(line.style, drawn.ascii)
    ellipsis = "." if drawn.ascii else "…"
    pointer = (">" if drawn.ascii else "▸") if selected else " "
    name = clip_parts(line.name, column - 4, ellipsis)
    length = text_width(name) + 3
    gap = max(column - _rooms(column, drawn).band - length, 1 if column > length else 0)
    # The mark keeps its colour, the one of its curve, where the name beside it is pointed at.
    return Content.assemble(
        " " * gap,
        Content.styled(pointer, "bold"),
        Content.styled(sign, drawn.colour(line.style)),
        " ",
        Content.styled(name, "bold reverse" if selected else "bold"),
        " " * (column - length - gap),
    )


def _cell(row_id: str, cell: Cell, plan: Plan, column: int, drawn: Drawn) -> Content:
    rooms = _rooms(column, drawn)
    if not plan.memory.fits:
        return _unfitting(row_id, cell, column, rooms, drawn)
    value, ratio = value_text(row_id, cell), ratio_text(cell)
    # What is neither better nor worse for being less may still be the same.
    said = cell.verdict or ("same" if cell.ratio is not None and not ratio else None)
    words = rooms.verdict == _WORD
    verdict = VERDICT_WORDS[said] if words else (_ASCII_MARKS if drawn.ascii else _MARKS).get(said, "")
    band = f"  {band_text(row_id, cell):<{rooms.band - 2}}" if rooms.band else ""
    judged = f"{ratio if rooms.ratio else '':>{rooms.ratio}} {verdict:<{rooms.verdict - 1}}"
    return Content.assemble(
        Content(value).truncate(rooms.value).pad_left(max(0, rooms.value - text_width(value))),
        Content.styled(judged, _STYLES.get(cell.verdict, "")),
        Content.styled(band, "$foreground-muted"),
    )


def _unfitting(row_id: str, cell: Cell, column: int, rooms: _Rooms, drawn: Drawn) -> Content:
    """A cell of a plan that does not fit: nothing about it is better or worse than where it does."""
    says_so = row_id == _SAYS_SO
    text = _NO_FIT[drawn.ascii] if says_so else MISSING if row_id in _OF_WHAT_FITS else value_text(row_id, cell)
    room = rooms.value + rooms.ratio if says_so else rooms.value
    shown = Content(text).truncate(max(1, room))
    padded = shown.pad_left(max(0, room - shown.cell_length)).pad_right(max(0, column - room))
    return padded.stylize("bold $text-error") if says_so else padded


_SAYS_SO = "max_requests"
_WITHIN = "requests_within_targets"
_OF_WHAT_FITS = ("kv_capacity_tokens", _WITHIN)
"""The row that says that a plan does not fit, and those that mean nothing of it then."""
