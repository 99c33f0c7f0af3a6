"""Pane 4: what is asked of the engine."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from roofrack.domain.workload import Load
from roofrack.results import Plan
from roofrack_tui.messages import (
    Chosen,
    ConcurrencyChosen,
    ContextChosen,
    LoadChosen,
    OutputChosen,
    PromptChosen,
)
from roofrack_tui.pane import FormPane
from roofrack_tui.stops import TOKENS, USERS
from roofrack_tui.widgets.choice import Choice
from roofrack_tui.widgets.field import Field
from roofrack_tui.widgets.stepper import Stepper

LOADS: dict[Load, str] = {
    "closed": "always in flight",
    "batch": "start together",
    "single": "one at a time",
}
"""The loads that the core models, in words."""


class WorkloadPane(FormPane):
    """Lengths of prompt, answer and context, users, and how requests arrive."""

    NAME = "Workload"
    HELP = (
        "Prompt (ISL) and output (OSL) are mean lengths of a request in tokens. Context is the longest sequence allowed (max_model_len); left to itself it"
        " is the model's own, or what fits.\n\n"
        "Users are requests in the engine at once: the cursor of all charts. Load says how requests come: that many always in flight (closed), all"
        " started together (batch), or one at a time (single)."
    )

    def compose(self) -> ComposeResult:
        """A field a row."""
        yield Field("prompt", low=1, high=100_000_000, steps=TOKENS, id="prompt")
        yield Field("output", low=1, high=100_000_000, steps=TOKENS, id="output")
        yield Field("context", low=1, high=100_000_000, steps=TOKENS, id="context")
        yield Field("users", low=1, high=1_000_000, steps=USERS, id="users")
        yield Choice("load", steps=True, id="load")

    def rows_needed(self, plan: Plan) -> int:  # noqa: ARG002 (always the same)
        """Lengths, context, users, load."""
        return 6

    def part(self, plan: Plan) -> object:
        """The workload, settled and chosen."""
        load = plan.scenario.workload
        return load.context_tokens, load.concurrency, plan.scenario.spec.workload

    def show_plan(self, plan: Plan) -> None:
        """Show the plan's workload."""
        load = plan.scenario.workload
        fields = {field.id: field for field in self.query(Field)}
        fields["prompt"].value = load.prompt_tokens
        fields["output"].value = load.output_tokens
        fields["context"].show(load.context_tokens, automatic=plan.scenario.spec.workload.context_tokens is None)
        fields["users"].value = load.concurrency
        self.query_one(Choice).value = f"{load.load}: {LOADS.get(load.load, 'not modelled')}"

    def automatic(self, field: str) -> None:
        """Let the context follow the model and memory again.

        Args:
            field: The field's id.
        """
        if field == "context":
            self.post_message(ContextChosen(None))

    @on(Stepper.Changed)
    def _counted(self, event: Stepper.Changed) -> None:
        event.stop()
        made: dict[str, Chosen] = {
            "prompt": PromptChosen(event.value),
            "output": OutputChosen(event.value),
            "context": ContextChosen(event.value),
            "users": ConcurrencyChosen(event.value),
        }
        self.post_message(made[event.widget.id or ""])

    @on(Choice.Stepped)
    def _stepped(self, event: Choice.Stepped) -> None:
        event.stop()
        self._turn(event.direction)

    @on(Choice.Opened)
    def _opened(self, event: Choice.Opened) -> None:
        event.stop()
        self._turn(1)

    def _turn(self, direction: int) -> None:
        loads = list(LOADS)
        if self.plan:
            now = loads.index(self.plan.scenario.workload.load)
            self.post_message(LoadChosen(loads[(now + direction) % len(loads)]))
