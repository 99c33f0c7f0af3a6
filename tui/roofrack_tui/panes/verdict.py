"""Pane 9: the answer in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.reactive import var
from textual.widget import Widget

from roofrack.results import Plan, Remedy
from roofrack_tui.commands import SCROLLING, bindings
from roofrack_tui.keymap import own_keys
from roofrack_tui.pane import Pane
from roofrack_tui.raster.look import Look
from roofrack_tui.store import Answer
from roofrack_tui.widgets.prose import Prose
from roofrack_tui.words import headline, verdict

if TYPE_CHECKING:
    from roofrack.users import Service

_ROWS_OF_A_HEADLINE = 2


class VerdictPane(Pane, can_focus=True):
    """Whether it fits, how fast it is, what bounds it, and what to do."""

    NAME = "Verdict"
    helps: tuple[Remedy, ...] = ()
    service: Service | None = None
    HELP = (
        "Requests at once: how many of prompt + output tokens the KV pools hold; below, how many of the full context.\n\n"
        "Numbers are for the users under the cursor; beside each stands its 80 % band. The bars show what one decode step is made of: reading weights, reading"
        " the KV cache, arithmetic, links between GPUs, the host. Parts overlap, so they are shares of their sum, not of the time."
        " The rest of TPOT are prompts of others, which are read in the same steps.\n\n"
        "Where people or targets are named ({people}), the verdict begins with how many of them this rack serves within the targets, and what breaks first as more"
        " come; {users} has the arithmetic.\n\n"
        "When it does not fit, every remedy was checked by planning it; {fixes} takes one. Cost charges everything to output tokens."
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(SCROLLING)

    answer: var[Answer | None] = var(None, init=False)

    def __init__(self, plan: Plan, number: int, *, classes: str = "") -> None:
        super().__init__(plan, number, classes=classes)
        self._words = Prose()

    def watch_answer(self, answer: Answer | None) -> None:
        """Show another plan together with what would help it."""
        if answer is not None:
            self.helps, self.service = answer.helps, answer.service
            self.set_reactive(Pane.plan, answer.plan)
            self.update_plan(again=True)

    def compose(self) -> ComposeResult:
        """The words, which scroll where they are long."""
        yield self._words

    def show_plan(self, plan: Plan) -> None:
        """Say what the plan means."""
        width, height = self.content_size
        if self.look.sparse and not self.look.ascii and plan.at and height > _ROWS_OF_A_HEADLINE:
            from roofrack_tui.big_words import presented

            self._words.show(presented(plan, plan.at, width, height, self.service))
            return
        own = own_keys(self.app)
        rows = (
            headline(plan, width, self.service)
            if height <= _ROWS_OF_A_HEADLINE
            else verdict(plan, self.helps, width, height, self.service, keys=own)
        )
        if len(rows) > height > _ROWS_OF_A_HEADLINE:
            rows = verdict(plan, self.helps, width - 2, height, self.service, keys=own)  # the scroll bar, and a gap
        self._words.show(rows)

    def watch_look(self, look: Look) -> None:
        """Say it with other marks."""
        super().watch_look(look)
        self.update_plan(again=True)

    def on_resize(self) -> None:
        """Lay the words out to the new width."""
        self.update_plan(again=True)

    @property
    def fields(self) -> list[Widget]:
        """Itself: it scrolls."""
        return [self]
