"""Published measurements as marks on charts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from roofrack.domain.scenario import Scenario
    from roofrack.evidence.measurement import Measurement
    from roofrack_tui.overlays import Metric
    from roofrack_tui.raster.spec import Measured, Side

Points = tuple[tuple[int, float], ...]
Names = tuple[str, ...]


class Measurements(NamedTuple):
    """Measured points, concurrency and value, by the number that they measure, and what they are called, with less and less words."""

    output_tokens_per_s: Points = ()
    tokens_per_s_per_user: Points = ()
    ttft_s: Points = ()
    tpot_s: Points = ()
    names: Names = ("measured",)


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
    from roofrack_tui.raster.spec import Measured

    found = []
    for number, side, style in (_DRAWN[quantity] for quantity in quantities):
        found += [Measured(x, y, side, style, measured.names) for x, y in getattr(measured, number)]
    return found


def names_of(rows: Sequence[Measurement], scenario: Scenario) -> tuple[str, ...]:
    """What to call measurements: where all of them ran otherwise than the plan does, that too.

    Args:
        rows: Those that are drawn.
        scenario: What is planned.

    Returns:
        The longest first.
    """
    from roofrack.evidence.charted import of_its_lengths
    from roofrack.evidence.engines import engine_name

    years = sorted({row.date[:4] for row in rows if row.date})
    when = f" {years[0]}" if len(years) == 1 else f" {years[0]}–{years[-1][2:]}" if years else ""
    lengths = {(row.prompt_tokens, row.output_tokens) for row in rows}
    said, brief = [], "measured otherwise"
    if all(engine_name(row.engine) != scenario.engine.id for row in rows):
        said.append("another engine")
    if not all(of_its_lengths(row, scenario) for row in rows):
        prompt, output = lengths.pop() if len(lengths) == 1 else (None, None)
        said.append(f"{prompt:,.0f} → {output:,.0f} tokens" if prompt and output else "other lengths")
        brief = f"measured {prompt:,.0f}→{output:,.0f}" if prompt and output else brief
    if not said:
        return f"measured{when}", "measured"
    all_said = ", ".join(said)
    names = (f"measured{when}: {all_said}", f"measured: {all_said}", f"measured: {said[-1]}", brief, "other runs")
    return tuple(dict.fromkeys(names))


def marks_of_one(measured: Measurements, quantity: Metric) -> list[Measured]:
    """Measurements of a quantity that is drawn for several plans on one axis.

    Args:
        measured: All that is known of the plan on screen.
        quantity: What is drawn.
    """
    return [mark._replace(side="left", style=None) for mark in marks(measured, [quantity])]
