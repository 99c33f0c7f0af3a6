"""Page `A`: how far predictions are from published measurements, and what no prediction knows of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from roofrack.catalog import default_catalog
from roofrack.catalog.calibration import shipped_calibration
from roofrack.evidence.not_modelled import NOT_MODELLED
from roofrack.evidence.published import Published, Score, published
from roofrack.report.evidence import METRIC_NAMES
from roofrack.report.units import deviation
from roofrack.results import Plan
from roofrack_tui.screens.pages.page import RowsPage
from roofrack_tui.tabular import Column, heading, pairs, table

_LEAST = 8
"""Groups of fewer rows say little."""

_SUMMARIES = ("Summary", "Summary of what is fitted")
_TABLES = (
    (_SUMMARIES[0], "In short"),
    (_SUMMARIES[1], "In short, of what is fitted"),
    ("By engine and metric", "By engine and metric"),
    ("By class of devices and metric", "By class of devices and metric"),
)
_LEGEND = (
    ("errors", "median / mean of |predicted − measured| / measured"),
    ("seen", "with constants that were fitted on these rows too"),
    ("new device", "with constants fitted without any row of that device"),
    ("new model", "with constants fitted without any row of that model's family"),
    ("bias", "median of predicted / measured − 1, of what is seen"),
    (
        "not fitted",
        "percentiles, rows that belie themselves or hide their settings, engines without constants; see ACCURACY.md",
    ),
)
_COLUMNS = (
    Column("", wraps=True),
    Column("n", right=True, style="$foreground-muted", from_width=80),
    Column("seen", right=True),
    Column("new device", right=True),
    Column("new model", right=True),
    Column("bias", right=True, style="$foreground-muted", from_width=80),
)


class AccuracyPage(RowsPage):
    """The published errors, those of the plan's own engine and devices marked."""

    def rows(self, width: int) -> Iterator[Content]:
        """What the numbers are, the tables, and what is not modelled."""
        yield from _introduction(width)
        found, mine = published(), _mine(self.plan)
        for section, title in _TABLES:
            rows = [
                one for one in found if one.section == section and (one.scores[0].n >= _LEAST or section in _SUMMARIES)
            ]
            if section not in _SUMMARIES:  # in the order of the names that are shown: the file has that of the ids
                rows.sort(key=lambda one: _named(one.name.partition(", ")[0]).casefold())
            yield Content()
            yield heading(title)
            yield from table(_COLUMNS, [_row(one, mine) for one in rows], width)
        yield Content()
        yield heading("Not modelled, and which way that errs")
        yield from pairs([(one.what, one.errs) for one in NOT_MODELLED], width)


def _introduction(width: int) -> Iterator[Content]:
    yield heading("Predictions against published measurements")
    yield from pairs(_LEGEND, width)
    yield Content.styled("▸ marks the engine and the devices of the plan on screen.", "$foreground-muted")


def _mine(plan: Plan) -> tuple[str, ...]:
    scenario = plan.scenario
    engine = scenario.engine.id
    kind = shipped_calibration().device_class(scenario.rack.device, engine, scenario.engine_version)
    return engine, kind.id


def _row(one: Published, mine: Sequence[str]) -> list[str | Content]:
    group, _, metric = one.name.partition(", ")
    words = f"{_named(group)}, {METRIC_NAMES[metric]}" if metric in METRIC_NAMES else one.name
    name = Content.styled(f"▸ {words}", "bold $text-primary") if group in mine else Content(f"  {words}")
    seen, device, family = one.scores
    bias = "–" if seen.bias is None else deviation(seen.bias)
    return [name, f"{seen.n:,}", _errors(seen), _errors(device), _errors(family), bias]


def _named(group: str) -> str:
    """An engine by its name; other groups are called what they are."""
    names = {engine.id: engine.name for engine in default_catalog().engines()}
    return names.get(group, group)


def _errors(score: Score) -> Content:
    if score.median is None or score.mean is None:
        return Content("–")
    return Content.assemble((_percent(score.median), "bold"), f" / {_percent(score.mean):>3} %")


def _percent(share: float) -> str:
    return f"{share * 100:.0f}" if share >= 0.1 else f"{share * 100:.1f}"
