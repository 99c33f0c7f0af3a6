"""Pane 5: which engine serves it."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from roofrack.domain.base import version_numbers
from roofrack.results import Plan
from roofrack_tui.library import engine_versions
from roofrack_tui.messages import FractionChosen, ListOpened, VersionChosen
from roofrack_tui.pane import FormPane
from roofrack_tui.stops import FRACTIONS
from roofrack_tui.widgets.choice import Choice
from roofrack_tui.widgets.field import Field
from roofrack_tui.widgets.stepper import Stepper


class EnginePane(FormPane):
    """Engine, its version, and the share of device memory that it takes."""

    NAME = "Engine"
    HELP = (
        "The engine decides how memory is reserved, how requests share steps and which formats run. Speed differs between versions of one engine by"
        " 10 to 60 %, so the version matters.\n\n"
        "Memory is the share of each device's memory that the engine may fill (vLLM: gpu_memory_utilization, SGLang: mem_fraction_static, TensorRT-LLM:"
        " free_gpu_memory_fraction). llama.cpp has none."
    )

    def compose(self) -> ComposeResult:
        """Engine and version, then the memory fraction."""
        yield Choice("", id="engine-name", classes="half")
        yield Choice("version", steps=True, id="version", classes="half")
        yield Field("memory %", low=1, high=100, steps=FRACTIONS, id="fraction")

    def rows_needed(self, plan: Plan) -> int:  # noqa: ARG002 (always the same)
        """Name and version, and the memory fraction."""
        return 3

    def part(self, plan: Plan) -> object:
        """The engine, its version and memory fraction, settled and chosen."""
        scenario = plan.scenario
        return (
            scenario.engine.id,
            scenario.engine_version,
            scenario.gpu_memory_fraction,
            scenario.spec.gpu_memory_fraction,
        )

    def show_plan(self, plan: Plan) -> None:
        """Show the plan's engine."""
        scenario = plan.scenario
        self.query_one("#engine-name", Choice).value = scenario.engine.name
        self.query_one("#version", Choice).value = scenario.engine_version
        field = self.query_one(Field)
        field.display = scenario.gpu_memory_fraction is not None
        if scenario.gpu_memory_fraction is not None:
            field.show(round(100 * scenario.gpu_memory_fraction), automatic=scenario.spec.gpu_memory_fraction is None)

    def automatic(self, field: str) -> None:
        """Let version or memory fraction follow the engine again.

        Args:
            field: The field's id.
        """
        if field == "version":
            self.post_message(VersionChosen(None))
        elif field == "fraction":
            self.post_message(FractionChosen(None))

    @on(Choice.Opened)
    def _opened(self, event: Choice.Opened) -> None:
        event.stop()
        self.post_message(ListOpened("engines" if event.widget.id == "engine-name" else "versions"))

    @on(Choice.Stepped)
    def _stepped(self, event: Choice.Stepped) -> None:
        event.stop()
        if event.widget.id == "version" and self.plan:
            scenario = self.plan.scenario
            versions = engine_versions(scenario.engine)
            at = sum(version_numbers(v) <= version_numbers(scenario.engine_version) for v in versions) - 1
            self.post_message(VersionChosen(versions[min(max(at + event.direction, 0), len(versions) - 1)]))

    @on(Stepper.Changed)
    def _counted(self, event: Stepper.Changed) -> None:
        event.stop()
        self.post_message(FractionChosen(event.value / 100))
