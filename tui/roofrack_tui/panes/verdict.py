"""Pane 9: the answer in words."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from roofrack.results import Plan
from roofrack_tui.pane import Pane
from roofrack_tui.words import headline, verdict


class VerdictPane(Pane):
    """Whether it fits, how fast it is, what bounds it, and what to do."""

    TITLE = "Verdict"
    HELP = (
        "Requests at once: how many of prompt + output tokens the KV pools hold; below, how many of the full context.\n\n"
        "Numbers are for the users under the cursor; beside each stands its 80 % band. The bars show what one decode step is made of: reading weights, reading"
        " the KV cache, arithmetic, links between GPUs, the host. Parts overlap, so they are shares of their sum, not of the time.\n\n"
        "When it does not fit, every remedy was checked by planning it; f takes one. Cost charges everything to output tokens."
    )

    def compose(self) -> ComposeResult:
        """The words, scrollable where they are long."""
        with VerticalScroll(id="verdict-scroll"):
            yield Static(id="verdict-words")
        yield Static(id="headline")

    def show_plan(self, plan: Plan) -> None:
        """Say what the plan means."""
        words, line = self.query_one("#verdict-words", Static), self.query_one("#headline", Static)
        width, height = self.content_size
        said = verdict(plan, width, height)
        rows = said.get_height({}, max(1, width))
        if rows > height:
            said = verdict(plan, width - 1)  # the scroll bar takes a column
            rows = said.get_height({}, max(1, width - 1))
        words.update(said, layout=rows != words.size.height)
        line.update(headline(plan, width), layout=False)

    def on_resize(self) -> None:
        """Lay the words out to the new width."""
        if self.plan:
            self.show_plan(self.plan)
