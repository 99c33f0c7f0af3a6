"""The first line: the scenario in a line."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import var
from textual.widgets import Static

from roofrack.results import Plan
from roofrack_tui.words import title


class TitleLine(Static):
    """Names model, rack, formats, engine and lengths; it follows the plan through `data_bind`.

    Args:
        id: As for every widget.
    """

    plan: var[Plan | None] = var(None, init=False)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown = ("", "")

    def watch_plan(self, plan: Plan | None) -> None:
        """Name another scenario."""
        words = (title(plan), plan.scenario.spec.title) if plan else ("", "")
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
