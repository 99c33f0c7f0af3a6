"""The first line: the scenario in a line."""

from __future__ import annotations

from dataclasses import replace

from textual.content import Content
from textual.reactive import var

from roofrack.domain import RackSpec
from roofrack.results import Plan
from roofrack_tui.widgets.one_line import OneLine
from roofrack_tui.words import title

_NAME = "roofrack "
_GAP = "  "


class TitleLine(OneLine):
    """Names model, rack, formats, engine and lengths; it follows the plan through `data_bind`.

    Args:
        id: As for every widget.
    """

    plan: var[Plan | None] = var(None, init=False)
    detected: var[RackSpec | None] = var(None, init=False)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown = ("", "")

    def watch_detected(self) -> None:
        """Say that the rack is this machine's."""
        self.watch_plan()

    def watch_plan(self) -> None:
        """Name another scenario."""
        if self._scenario(self.room) != self._shown:
            self.show()

    def words(self, room: int) -> Content:
        """The line."""
        self._shown = scenario, called = self._scenario(room)
        return Content.assemble(
            (_NAME, "bold $primary"), scenario, (f"{_GAP}{called}" if called else "", "$foreground-muted")
        )

    def _scenario(self, room: int) -> tuple[str, str]:
        if self.plan is None:
            return "", ""
        return title(self.plan, max(1, room - len(_NAME)), detected=self._is_here(self.plan))

    def _is_here(self, plan: Plan) -> bool:
        rack, here = plan.scenario.spec.rack, self.detected
        return here is not None and replace(here, link=rack.link, network=rack.network) == rack
