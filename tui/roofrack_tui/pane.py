"""What all panes share: the plan comes in through data binding, choices go out as messages."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.containers import Vertical
from textual.reactive import var
from textual.widget import Widget

from roofrack.results import Plan
from roofrack_tui.raster import Look


class Pane(Vertical):
    """A part of the main screen.

    Args:
        plan: What to show at first; later plans come through `data_bind`.
    """

    TITLE: ClassVar[str]
    TAB: ClassVar[str]
    HELP: ClassVar[str]

    plan: var[Plan | None] = var(None, init=False)
    look: var[Look] = var(Look(), init=False)

    def __init__(self, plan: Plan, number: int, *, classes: str = "") -> None:
        super().__init__(id=self.TITLE.lower().replace(" ", "-"), classes=f"pane {classes}")
        self.number = number
        self.border_title = f"{number} {self.TITLE}"
        self.set_reactive(Pane.plan, plan)
        self._last: Widget | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "TITLE" in cls.__dict__ and "TAB" not in cls.__dict__:
            cls.TAB = cls.TITLE

    def automatic(self, field: str) -> None:
        """Let a field follow the other choices again; panes that have such fields say how.

        Args:
            field: The field's id.
        """

    def show_plan(self, plan: Plan) -> None:
        """Show a plan.

        Args:
            plan: The new plan.
        """
        raise NotImplementedError

    def watch_plan(self, old: Plan | None, new: Plan | None) -> None:
        """Show another plan."""
        if self.is_mounted and new is not None and new is not old:
            self.show_plan(new)

    def on_mount(self) -> None:
        """Show the first plan."""
        if self.plan is not None:
            self.show_plan(self.plan)

    @property
    def fields(self) -> list[Widget]:
        """What can have the focus, in reading order."""
        return [widget for widget in self.query("*") if widget.focusable]

    def enter(self) -> None:
        """Take the focus where it was last."""
        fields = self.fields
        if fields:
            (self._last if self._last in fields else fields[0]).focus()  # type: ignore[union-attr]

    def on_descendant_focus(self) -> None:
        """Remember where the focus is."""
        self._last = self.screen.focused
