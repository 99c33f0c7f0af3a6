"""Pane 2: which devices, how many, how joined, and how the model is spread over them."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from roofrack.results import Plan
from roofrack_tui.commands import COUNTING, bindings
from roofrack_tui.messages import (
    Axis,
    Chosen,
    DegreeChosen,
    GpusChosen,
    LinkChosen,
    ListName,
    ListOpened,
    NetworkChosen,
    NodesChosen,
)
from roofrack_tui.pane import FormPane
from roofrack_tui.stops import DEGREES, GPUS, NODES
from roofrack_tui.widgets.choice import Choice
from roofrack_tui.widgets.field import Field
from roofrack_tui.widgets.stepper import Stepper

_LISTS: dict[str, ListName] = {"device": "devices", "link": "links", "network": "networks"}
_AXES: tuple[Axis, ...] = ("tp", "pp", "dp", "ep")


class RackPane(FormPane):
    """Device, counts, links and degrees of parallelism."""

    NAME = "Rack"
    HELP = (
        "GPUs are those of one node; nodes are equal. The link joins GPUs of a node, the network joins nodes.\n\n"
        "TP (tensor) splits every layer over GPUs: less memory each and faster steps, paid with two all-reduces a layer over the link. PP (pipeline) gives"
        " each GPU some of the layers: little traffic, no faster step. DP (data) is copies of the model that serve different requests. EP spreads the"
        " experts of a MoE model. A degree that nobody chose follows the rack and the model: it is marked auto, and {automatic} makes it so again."
    )

    BINDINGS: ClassVar[list[BindingType]] = bindings(COUNTING)

    def compose(self) -> ComposeResult:
        """Two fields a row."""
        yield Choice("", id="device")
        yield Field("GPUs", low=1, high=1024, steps=GPUS, id="gpus", classes="half")
        yield Field("nodes", low=1, high=4096, steps=NODES, id="nodes", classes="half")
        for axis in _AXES:
            yield Field(axis.upper(), low=1, high=4096, steps=DEGREES, id=axis, classes="half")
        yield Choice("link", id="link")
        yield Choice("net", id="network")

    def rows_needed(self, plan: Plan) -> int:
        """One more for the network where there are several nodes."""
        return 7 if plan.scenario.rack.nodes > 1 else 6

    def part(self, plan: Plan) -> object:
        """The rack and the degrees, settled and chosen."""
        return plan.scenario.rack, plan.scenario.parallel, plan.scenario.spec.parallel

    def show_plan(self, plan: Plan) -> None:
        """Show the plan's rack and degrees."""
        rack, parallel, spec = plan.scenario.rack, plan.scenario.parallel, plan.scenario.spec
        choices = {choice.id: choice for choice in self.query(Choice)}
        choices["device"].value = rack.device.name
        choices["link"].value = (
            f"{rack.link.name}, {rack.link.gb_s_per_direction:,g} GB/s each way"
            if rack.devices_per_node > 1
            else "none: one GPU a node"
        )
        choices["network"].value = rack.network.name
        choices["network"].display = rack.nodes > 1
        fields = {field.id: field for field in self.query(Field)}
        fields["gpus"].value = rack.devices_per_node
        fields["nodes"].value = rack.nodes
        for axis in _AXES:
            fields[axis].show(getattr(parallel, axis), automatic=getattr(spec.parallel, axis) is None)

    @on(Stepper.Changed)
    def _counted(self, event: Stepper.Changed) -> None:
        event.stop()
        made: dict[str, Chosen] = {"gpus": GpusChosen(event.value), "nodes": NodesChosen(event.value)}
        made |= {axis: DegreeChosen(axis, event.value) for axis in _AXES}
        self.post_message(made[event.widget.id or ""])

    @on(Choice.Opened)
    def _opened(self, event: Choice.Opened) -> None:
        event.stop()
        self.post_message(ListOpened(_LISTS[event.widget.id or ""]))

    def action_count(self, direction: int) -> None:
        """Change the number of GPUs, whichever of the other fields has the focus.

        Args:
            direction: 1 for more, -1 for fewer.
        """
        self.query_one("#gpus", Field).action_step(direction)

    def automatic(self, field: str) -> None:
        """Let a field follow the rest again.

        Args:
            field: The field's id.
        """
        made: dict[str, Chosen] = {"link": LinkChosen(None), "network": NetworkChosen(None)}
        made |= {axis: DegreeChosen(axis, None) for axis in _AXES}
        if field in made:
            self.post_message(made[field])
