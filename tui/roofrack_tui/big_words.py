"""The verdict while presenting: few numbers, three rows high."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from roofrack.advice import next_limit
from roofrack.report.units import counted, duration, rate
from roofrack.results import CurvePoint, Plan
from roofrack_tui.raster.digits import ROWS, large
from roofrack_tui.tabular import wrapped
from roofrack_tui.words import badge, rates, target_lines, times

if TYPE_CHECKING:
    from roofrack.users import Service

_MUTED = "$foreground-muted"


class _Number(NamedTuple):
    """A number to be seen from afar.

    Args:
        name: What it is.
        value: Its digits.
        unit: Its unit.
        band: Its band, or what else stands below.
    """

    name: str
    value: str
    unit: str
    band: str


def presented(plan: Plan, at: CurvePoint, width: int, height: int, service: Service | None = None) -> list[Content]:
    """The plan for a room: whether it fits, and the numbers under the cursor.

    Args:
        plan: The plan.
        at: The point under the cursor.
        width: Cells across.
        height: Rows; numbers that have no room to be large are written small.
        service: Whom it serves, where people or targets are named.
    """
    limit = next_limit(plan.scenario, plan.memory).concurrency
    rows = [
        badge(plan),
        *(
            _served(plan, service, width)
            if service
            else [Content.assemble((f"{limit:,}", "bold"), " requests at once")]
        ),
        Content.styled(f"At {counted(at.concurrency, 'user')}", "bold $text-primary"),
    ]
    if at.waiting:
        rows.append(Content.styled(f"! {at.waiting:,} wait, {at.running:,} run", "bold $text-warning"))
    targets = list(target_lines(plan, at))
    numbers = list(_numbers(plan, at))
    room = height - len(rows) - len(targets)
    gaps = room >= len(numbers) * (ROWS + 1)
    column = max(len(large(number.value)[0]) for number in numbers)
    for index, number in enumerate(numbers):
        if room - (ROWS + gaps) >= len(numbers) - index - 1:
            block = [*([Content()] if gaps else []), *_large(number, column)]
        else:
            block = [Content.assemble((f"{number.name:<7}", _MUTED), (f"{number.value} {number.unit}", "bold"))]
        rows += block
        room -= len(block)
    return [row.truncate(width, ellipsis=True) for row in (*rows, *targets)]


def _served(plan: Plan, service: Service, width: int) -> list[Content]:
    from roofrack_tui.people_words import short

    return wrapped(short(service, plan), width)


def _large(number: _Number, column: int) -> Iterator[Content]:
    digits = large(number.value)
    for row, said, style in zip(digits, (number.name, number.unit, number.band), ("bold", "", _MUTED), strict=True):
        yield Content.assemble((row.rjust(column), "bold $text-primary"), "  ", (said, style))


def _numbers(plan: Plan, at: CurvePoint) -> Iterator[_Number]:
    each, total = at.tokens_per_s_per_user, at.output_tokens_per_s
    yield _Number("each", rate(each.mid), "tok/s", rates(each))
    yield _Number("total", rate(total.mid), "tok/s", rates(total))
    for name, band in (("TTFT", at.ttft_s), ("TPOT", at.tpot_s)):
        value, unit = duration(band.mid).split()
        yield _Number(name, value, unit, times(band))
    if (usd := plan.cost.usd_per_million_output_tokens) is not None:
        yield _Number("cost", rate(usd), "$/M output", "")
