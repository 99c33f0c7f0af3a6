"""A screen that draws published measurements into its charts, once a plan has stood still for a moment."""

from __future__ import annotations

from functools import partial

from textual import work
from textual.reactive import var
from textual.timer import Timer
from textual.worker import get_current_worker

from roofrack.domain.scenario import Scenario
from roofrack_tui.measured import NOTHING_MEASURED, Measurements
from roofrack_tui.screens.telling import TellingScreen

_Subject = tuple[str | int, ...]

_STANDS_STILL_S = 0.04
"""Longer than the time between the repeats of a key that is held down."""

_REMEMBERED = 64


class MeasuringScreen(TellingScreen):
    """Looks measurements up in a thread; what was looked up before is there at once."""

    measured: var[Measurements] = var(NOTHING_MEASURED, init=False)

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[_Subject, Measurements] = {}
        self._subject: _Subject | None = None
        self._stands_still: Timer | None = None

    @property
    def looks_up(self) -> bool:
        """Whether measurements are still to come."""
        return self._subject is not None and self._subject not in self._known

    def measure(self, scenario: Scenario) -> None:
        """Show what was measured of a scenario, soon; until then nothing, since the old points are of something else.

        Args:
            scenario: The one on screen.
        """
        subject = _subject_of(scenario)
        if subject == self._subject:
            return
        self._subject = subject
        if self._stands_still is not None:
            self._stands_still.stop()
        self.workers.cancel_group(self, "measured")
        self.measured = self._known.get(subject, NOTHING_MEASURED)
        if subject not in self._known:
            self._stands_still = self.set_timer(_STANDS_STILL_S, partial(self._look_up, scenario, subject))

    @work(thread=True, group="measured")
    def _look_up(self, scenario: Scenario, subject: _Subject) -> None:
        from roofrack.evidence.charted import NUMBERS_CHARTED, chart_points, charted

        rows = charted(scenario)
        found = Measurements(*(chart_points(rows, number) for number in NUMBERS_CHARTED))
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._take, subject, found)

    def _take(self, subject: _Subject, found: Measurements) -> None:
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[subject] = found
        if subject == self._subject:
            self.measured = found


def _subject_of(scenario: Scenario) -> _Subject:
    """All that the choice of measurements depends on; where the cursor is does not belong to it."""
    workload = scenario.workload
    things = (scenario.model, scenario.rack.device, scenario.weights, scenario.engine)
    lengths = (workload.prompt_tokens, workload.output_tokens, scenario.parallel.devices)
    return (*(thing.id for thing in things), scenario.engine_version, workload.load, *lengths)
