"""What all panes share: the plan comes in through data binding, choices go out as messages."""

from __future__ import annotations

from typing import ClassVar

from textual.containers import Vertical
from textual.layout import Layout
from textual.reactive import var
from textual.widget import Widget

from roofrack.results import Plan
from roofrack_tui.layouts import FormLayout
from roofrack_tui.raster.look import Look
from roofrack_tui.widgets.drawing import Drawing


class Pane(Vertical):
    """A part of the main screen.

    Args:
        plan: What to show at first; later plans come through `data_bind`.
        number: The key that goes to it.
        classes: As for every widget.
    """

    NAME: ClassVar[str]
    """One word: its id, and its name where there is little room."""

    TITLE: ClassVar[str] = ""
    """Its name where there is room; empty for `NAME`."""

    HELP: ClassVar[str]

    plan: var[Plan | None] = var(None, init=False)
    look: var[Look] = var(Look(), init=False)

    def __init__(self, plan: Plan, number: int, *, classes: str = "") -> None:
        super().__init__(id=self.NAME.lower(), classes=f"pane {classes}")
        self.number = number
        self.border_title = f"{number} {self.title}"
        self.set_reactive(Pane.plan, plan)
        self._last: Widget | None = None
        self._shown: object = None

    @property
    def title(self) -> str:
        """Its name in full."""
        return self.TITLE or self.NAME

    def rows_needed(self, plan: Plan) -> int:  # noqa: ARG002 (some need more for some plans)
        """Rows that it needs with its title; 0 takes what there is.

        Args:
            plan: What it shows.
        """
        return 0

    def part(self, plan: Plan) -> object:
        """What of a plan it shows; nothing is drawn again while that stays equal.

        Args:
            plan: The plan.
        """
        return plan

    def show_plan(self, plan: Plan) -> None:
        """Show a plan.

        Args:
            plan: The new plan.
        """
        raise NotImplementedError

    def automatic(self, field: str) -> None:
        """Let a field follow the other choices again; panes that have such fields say how.

        Args:
            field: The field's id.
        """

    def watch_plan(self) -> None:
        """Show another plan."""
        self.update_plan()

    def watch_look(self, look: Look) -> None:
        """Draw in another look."""
        for drawing in self.query(Drawing):
            drawing.look = look

    def update_plan(self, *, again: bool = False) -> None:
        """Show the plan where it differs from what is shown.

        Args:
            again: Show it in any case: a field may stand where it must not stay.
        """
        if self.is_mounted and self.plan is not None:
            part = self.part(self.plan)
            if again or part != self._shown:
                self._shown = part
                self.show_plan(self.plan)

    def on_mount(self) -> None:
        """Show the first plan."""
        self.update_plan()

    def fill(self) -> None:
        """Draw what the very first picture leaves empty because it takes long; called when that is there."""

    @property
    def fields(self) -> list[Widget]:
        """What can have the focus, in reading order."""
        return [widget for widget in self.query("*") if widget.focusable]

    def enter(self) -> None:
        """Take the focus where it was last."""
        fields = self.fields
        if self._last is not None and self._last in fields:
            self.screen.set_focus(self._last)
        elif fields:
            self.screen.set_focus(fields[0])

    def on_descendant_focus(self) -> None:
        """Remember where the focus is."""
        self._last = self.screen.focused


class FormPane(Pane):
    """A pane of fields."""

    @property
    def layout(self) -> Layout:
        """Two fields a row where they are halves."""
        return _FORM


_FORM = FormLayout()
