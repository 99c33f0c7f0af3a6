"""Pane 3: in which formats weights and KV cache are kept."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.reactive import var
from textual.widgets import Static

from roofrack.domain import KvFormat, WeightsFormat
from roofrack.domain.formats import Quality
from roofrack.report.units import gib
from roofrack.results import Plan
from roofrack_tui.messages import ChoiceRefused, KvChosen, WeightsChosen
from roofrack_tui.pane import FormPane
from roofrack_tui.stops import kv_stops, weights_stops
from roofrack_tui.widgets.slider import Slider

Formats = tuple[tuple[WeightsFormat, ...], tuple[KvFormat, ...]]


class FormatsPane(FormPane):
    """The quantization slider for the weights, and one for the KV cache."""

    NAME = "Quant"
    TITLE = "Quantization"
    HELP = (
        "Slide the weights from 16 bits down. Fewer bits mean less memory and less to read for every token, so more room for requests and faster steps;"
        " the kernel decides how much faster. Embedding, head and norms often stay at 16 bits, so 4-bit weights are more than a quarter.\n\n"
        "A stop marked × cannot run here: the device lacks it, or only other engines have it. Of theirs one of 8 and one of 4 bits are shown."
        " The format that the model is published in always is. Passing over a ×, or clicking it, says why.\n\n"
        "The loss of quality is the published one for models of this size. {automatic} lets the format follow model, engine and device again."
    )

    formats: var[Formats] = var(((), ()), init=False)

    def compose(self) -> ComposeResult:
        """Each slider above a line that says what its stop means."""
        yield Slider(id="weights-slider")
        yield Static(id="weights-words", classes="words")
        yield Slider(id="kv-slider")
        yield Static(id="kv-words", classes="words")

    def watch_formats(self) -> None:
        """Show the library's formats."""
        self.update_plan(again=True)

    def rows_needed(self, plan: Plan) -> int:  # noqa: ARG002 (always the same)
        """Two sliders, each with words below."""
        return 7

    def part(self, plan: Plan) -> object:
        """Formats, what decides which can run, and sizes."""
        scenario, memory = plan.scenario, plan.memory
        chosen = (scenario.spec.weights is None, scenario.spec.kv is None)
        return (
            scenario.weights,
            scenario.kv,
            scenario.engine,
            scenario.rack.device,
            scenario.model,
            chosen,
            memory.kv_bytes_per_token,
        )

    def show_plan(self, plan: Plan) -> None:
        """Show the plan's formats and what they take."""
        scenario, memory = plan.scenario, plan.memory
        weights, kv = self.query(Slider)
        weights.stops = weights_stops(scenario, self.formats[0] or (scenario.weights,))
        weights.selected = scenario.weights.id
        kv.stops = kv_stops(scenario, self.formats[1] or (scenario.kv,))
        kv.selected = scenario.kv.id
        size = scenario.model.params_published or sum(part.params for part in memory.weights)
        self._say(
            "weights-words",
            f"weights {gib(memory.weights_bytes)} GiB",
            _loss(scenario.weights.quality, size),
            scenario.spec.weights is None,
        )
        per_token = memory.kv_bytes_per_token / 1024
        self._say(
            "kv-words", f"KV {per_token:,.4g} KiB a token", _loss(scenario.kv.quality, size), scenario.spec.kv is None
        )

    def automatic(self, field: str) -> None:
        """Let a format follow model, engine and device again.

        Args:
            field: The slider's id.
        """
        self.post_message(WeightsChosen(None) if field == "weights-slider" else KvChosen(None))

    @on(Slider.Changed)
    def _slid(self, event: Slider.Changed) -> None:
        event.stop()
        self.post_message((WeightsChosen if event.widget.id == "weights-slider" else KvChosen)(event.choice.id))

    @on(Slider.Refused)
    def _refused(self, event: Slider.Refused) -> None:
        event.stop()
        self.post_message(ChoiceRefused(event.choice.off))

    def _say(self, where: str, size: str, loss: str, automatic: bool) -> None:
        parts = [size, *([loss] if loss else []), *(["auto"] if automatic else [])]
        self.query_one(f"#{where}", Static).update(" · ".join(parts), layout=False)


def _loss(quality: tuple[Quality, ...], params: float) -> str:
    """The published loss for a size, in words."""
    for row in quality:
        if row.up_to_params is None or params <= row.up_to_params:
            return "" if row.verdict in ("unknown", "none") else f"{row.verdict} loss"
    return ""
