"""The first line: the scenario in a line."""

from __future__ import annotations

from dataclasses import replace

from textual.content import Content
from textual.reactive import var
from textual.widgets import Static

from roofrack.domain import RackSpec
from roofrack.results import Plan
from roofrack_tui.words import title


class TitleLine(Static):
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
        self.watch_plan(self.plan)

    def watch_plan(self, plan: Plan | None) -> None:
        """Name another scenario."""
        words = (title(plan, detected=self._is_here(plan)), plan.scenario.spec.title) if plan else ("", "")
        if words != self._shown:
            self._shown = words
            self.update(
                Content.assemble(
                    Content.styled("roofrack ", "bold $primary"),
                    words[0],
                    Content.styled(f"  {words[1]}", "$foreground-muted"),
                ),
                layout=False,
            )

    def _is_here(self, plan: Plan) -> bool:
        rack, here = plan.scenario.spec.rack, self.detected
        return here is not None and replace(here, link=rack.link, network=rack.network) == rack
