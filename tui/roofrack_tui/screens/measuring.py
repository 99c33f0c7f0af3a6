"""A screen that draws published measurements into its charts, once a plan has stood still for a moment."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.reactive import var
from textual.timer import Timer
from textual.worker import get_current_worker

from roofrack.domain.scenario import Scenario
from roofrack_tui.measured import NOTHING_MEASURED, Measurements, names_of
from roofrack_tui.screens.telling import TellingScreen

if TYPE_CHECKING:
    from roofrack.evidence.measurement import Measurement

_Subject = tuple[str, str]

_STANDS_STILL_S = 0.04
"""Longer than the time between the repeats of a key that is held down."""

_REMEMBERED = 16


class MeasuringScreen(TellingScreen):
    """Reads in a thread what was measured of a model and a device; all else is chosen among that, at once."""

    measured: var[Measurements] = var(NOTHING_MEASURED, init=False)

    def __init__(self) -> None:
        super().__init__()
        self._read: dict[_Subject, tuple[Measurement, ...]] = {}
        self._scenario: Scenario | None = None
        self._stands_still: Timer | None = None

    @property
    def looks_up(self) -> bool:
        """Whether measurements are still to come."""
        return self._scenario is not None and _subject_of(self._scenario) not in self._read

    def measure(self, scenario: Scenario) -> None:
        """Show what was measured of a scenario; nothing until that is known, since the old points are of something else.

        Args:
            scenario: The one on screen.
        """
        self._scenario, subject = scenario, _subject_of(scenario)
        if self._stands_still is not None:
            self._stands_still.stop()
        self.workers.cancel_group(self, "measured")
        if subject in self._read:
            self.measured = _points(scenario, self._read[subject])
        else:
            self.measured = NOTHING_MEASURED
            self._stands_still = self.set_timer(_STANDS_STILL_S, partial(self._look_up, scenario, subject))

    @work(thread=True, group="measured")
    def _look_up(self, scenario: Scenario, subject: _Subject) -> None:
        from roofrack.evidence.charted import measured_of

        rows = measured_of(scenario)
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._take, subject, rows)

    def _take(self, subject: _Subject, rows: tuple[Measurement, ...]) -> None:
        if len(self._read) >= _REMEMBERED:
            self._read.clear()
        self._read[subject] = rows
        if self._scenario is not None and subject == _subject_of(self._scenario):
            self.measured = _points(self._scenario, rows)


def _subject_of(scenario: Scenario) -> _Subject:
    return scenario.model.id, scenario.rack.device.id


def _points(scenario: Scenario, rows: tuple[Measurement, ...]) -> Measurements:
    if not rows:
        return NOTHING_MEASURED
    from roofrack.evidence.charted import NUMBERS_CHARTED, chart_points, charted

    shown = charted(scenario, rows)
    if not shown:
        return NOTHING_MEASURED
    total, each, ttft, tpot = (chart_points(shown, number) for number in NUMBERS_CHARTED)
    return Measurements(total, each, ttft, tpot, names_of(shown, scenario))
