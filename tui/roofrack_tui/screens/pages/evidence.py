"""Page `e`: the published measurements that are nearest to the plan."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from roofrack.evidence.measurement import UNITS
from roofrack.evidence.nearest import Evidence, evidence_for, nothing_near
from roofrack.report.evidence import METRIC_NAMES, named_difference, published_by, shown
from roofrack.report.units import deviation, rate
from roofrack.results import Band
from roofrack_tui.keymap import key_of
from roofrack_tui.screens.pages.gathered import GatheredPage
from roofrack_tui.tabular import Column, heading, table
from roofrack_tui.words import short_device, times

_MOST = 14
_INDENT = "  "
_A_DIGIT_MORE_S = 0.1
_COLUMNS = (
    Column("quantity", style="bold"),
    Column("at once", right=True),
    Column("measured", right=True, style="bold"),
    Column("predicted", right=True),
    Column("error", right=True),
    Column("80 % band", right=True, from_width=72),
)


class EvidencePage(GatheredPage):
    """Measured beside predicted."""

    def gather(self) -> tuple[Evidence, ...]:
        """The nearest measurements, those of one configuration together, and what is predicted for each."""
        found = evidence_for(self.plan, most=_MOST)
        order = {about: place for place, about in reversed(list(enumerate(map(_about, found))))}
        return tuple(sorted(found, key=lambda one: order[_about(one)]))

    def told(self, found: tuple[Evidence, ...], width: int) -> Iterator[Content]:
        """A table, nearest first, and how to read it; or that nobody measured anything near."""
        if not found:
            yield heading("No measurement near this plan")
            yield Content(_sentence(nothing_near(self.plan)))
            yield Content()
            yield Content.assemble(
                (key_of("accuracy", self.keys), "bold $footer-key-foreground"),
                (" shows how far predictions are off where there are measurements.", "$foreground-muted"),
            )
            return
        yield heading(f"The {len(found)} published measurements nearest to this plan, nearest first")
        head, *lines = _table([_row(one) for one in found], width - len(_INDENT))
        yield Content(_INDENT) + head
        said = ""
        for one, line in zip(found, lines, strict=True):
            if (about := _about(one)) != said:
                said = about
                yield from Content.assemble((about, "$text-secondary")).wrap(width)
            yield Content(_INDENT) + line
        yield Content()
        yield heading("How to read it")
        yield from (Content(f"· {line}") for line in _reading(found, key_of("accuracy", self.keys)))


def _table(rows: list[list[str | Content]], width: int) -> list[Content]:
    """Columns that stand apart; closer together where they would not fit otherwise."""
    apart = table(_COLUMNS, rows, width)
    return apart if all(row.cell_length <= width for row in apart) else table(_COLUMNS, rows, width, gap=1)


def _about(one: Evidence) -> str:
    """What was measured, in what it differs from the plan, and where it was published."""
    row = one.measurement
    differs = [word for word in one.differs if not word.startswith("concurrency")]
    what = (
        f"with {', '.join(short_device(named_difference(word, row)) for word in differs)}"
        if differs
        else "this very configuration"
    )
    return f"{what} · {published_by(row.source_url) or row.source} {row.date[:7]}".strip()


def _row(one: Evidence) -> list[str | Content]:
    row, band = one.measurement, one.predicted
    at = 1 if row.load == "single" else row.concurrency
    return [
        METRIC_NAMES[row.metric] + (f" {row.stat}" if row.stat in ("p50", "p99") else ""),
        f"{at:,}" if at else f"{row.request_rate:g}/s" if row.request_rate else "–",
        _value(row.metric, row.value),
        _value(row.metric, band.mid) if band else "–",
        _error(one),
        _band(row.metric, band) if band else "–",
    ]


def _value(metric: str, value: float | None) -> str:
    if UNITS[metric] == "s" and value is not None and value < _A_DIGIT_MORE_S:
        return f"{value * 1000:.1f} ms"  # an error of some percent is to be seen in the numbers beside it
    return shown(metric, value).replace(" tokens/s", " tok/s")


def _band(metric: str, band: Band) -> str:
    unit = UNITS[metric].replace("tokens/s", "tok/s")
    return times(band) if unit == "s" else f"{rate(band.low)}–{rate(band.high)} {unit}".rstrip()


def _error(one: Evidence) -> Content:
    """The error; what lies outside the band carries a mark, and a colour."""
    if one.error is None or one.predicted is None or one.measurement.value is None:
        return Content("–")
    text = deviation(one.error)
    inside = _holds(one.predicted, one.measurement.value)
    return Content.styled(text if inside else f"!{text}", "$text-success" if inside else "$text-warning")


def _holds(band: Band, value: float) -> bool:
    return band.low <= value <= band.high


def _reading(found: tuple[Evidence, ...], accuracy: str) -> Iterator[str]:
    yield (
        "Predicted is what roofrack says about exactly the configuration that was measured, from what a user would know of it; "
        "error is (predicted − measured) / measured."
    )
    scored = [one for one in found if one.predicted is not None and one.measurement.value is not None]
    inside = sum(_holds(one.predicted, one.measurement.value) for one in scored)  # type: ignore[arg-type]
    yield f"{inside} of {len(scored)} lie in the 80 % band; ! marks the others. Four of five should, over all measurements (key {accuracy})."
    if unscored := len(found) - len(scored):
        yield f"{unscored} cannot be predicted: the source does not say enough."
    yield "What stands after 'with' is otherwise than in this plan."
    yield "Hollow marks on the charts are of the same shape, devices and format; the chart says where their lengths differ."


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
