"""Everything that a person can see in the app, and the keys that lead there: the one place that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

from app_tools import LLAMA_70B, TOO_BIG, settled
from textual.dom import DOMNode
from textual.pilot import Pilot

from roofrack.domain import AudienceSpec, MoneySpec, RackSpec, ScenarioSpec, Step, Targets, WorkloadSpec
from roofrack.domain.scenario import WorkloadChange
from roofrack_tui.commands import ALL_COMMANDS, COMPARING
from roofrack_tui.resume import Start
from roofrack_tui.screens.box import BoxScreen
from roofrack_tui.screens.compare import CompareScreen
from roofrack_tui.screens.compare_name import NameScreen
from roofrack_tui.screens.cost_chart import CostChartScreen
from roofrack_tui.screens.detail import DetailScreen
from roofrack_tui.screens.disaggregating import PoolsScreen
from roofrack_tui.screens.export import ExportScreen
from roofrack_tui.screens.help import HelpScreen
from roofrack_tui.screens.jump import JumpScreen
from roofrack_tui.screens.library import LibraryScreen
from roofrack_tui.screens.main import MainScreen
from roofrack_tui.screens.own_preset import OwnPresetScreen
from roofrack_tui.screens.pages.accuracy import AccuracyPage
from roofrack_tui.screens.pages.evidence import EvidencePage
from roofrack_tui.screens.pages.machine import MachinePage
from roofrack_tui.screens.pages.money import MoneyPage
from roofrack_tui.screens.pages.rules import RulesPage
from roofrack_tui.screens.pages.users import UsersPage
from roofrack_tui.screens.pages.why import WhyPage
from roofrack_tui.screens.people import PeopleScreen
from roofrack_tui.screens.pick import PickScreen
from roofrack_tui.screens.prices import PricesScreen
from roofrack_tui.screens.save import SaveScreen
from roofrack_tui.screens.searching import SearchScreen
from roofrack_tui.screens.table import TableScreen

SERVICE = ScenarioSpec(
    model="meta-llama/Llama-3.1-8B-Instruct",
    weights="bf16",
    rack=replace(LLAMA_70B.rack, gpus_per_node=1),
    workload=WorkloadSpec(prompt_tokens=512, output_tokens=256, context_tokens=8192, concurrency=64),
    audience=AudienceSpec(sessions=2000, think_s=20.0),
    targets=Targets(ttft_s=2.0, percentile=95.0, tokens_per_s_per_user=20.0, availability=0.999),
    usd_per_gpu_hour=2.0,
    money=MoneySpec(usd_per_gpu=30000.0, usd_per_kwh=0.163),
)
STORY = replace(
    LLAMA_70B,
    title="Two ways to more requests",
    weights="bf16",
    steps=(
        Step(caption="At 16 bits the weights take most of the memory of each card."),
        Step(
            caption="FP8 halves the bytes to stream for every token, and the freed memory becomes KV cache:"
            " more requests at once, and each of them faster.",
            weights="fp8",
            workload=WorkloadChange(concurrency=64),
        ),
        Step(caption="FP8 for the KV cache too.", weights="fp8", kv="fp8"),
    ),
)
OUT_OF_REACH = replace(LLAMA_70B, workload=WorkloadSpec(concurrency=8), targets=Targets(ttft_s=0.002))
UNMEASURED = ScenarioSpec(model="google/gemma-3-27b-it", rack=RackSpec(device="v100-sxm2-32gb", gpus_per_node=4))
TWO_NODES = replace(LLAMA_70B, rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=8, nodes=2))

TWO_PINS = (":pin", "3", "left", ":pin", "2", "down", "plus")
"""FP8 and BF16 pinned, and more GPUs on screen."""

_KEYS = {command.id: command.keys.partition(",")[0] for command in (*ALL_COMMANDS, *COMPARING)}


def _is_command(step: str) -> bool:
    return len(step) > 1 and step.startswith(":")


class View(NamedTuple):
    """One thing to see.

    Args:
        name: What its pictures are called.
        path: From the main screen: keys, and ids of commands after a colon.
        shows: What stands on screen then: the class of a screen, or of a widget on it.
        spec: The plan at first.
        options: What else the app is made with.
        library: Fixture of the catalogue: `catalog`, `few`, `whole_catalog`.
        given: Fixture of what is there before the app starts.
        until: Words to wait for, where work goes on for ever.
        names_theme: Whether it says which theme there is, so that its pictures have ways of their own.
    """

    name: str
    path: tuple[str, ...]
    shows: type[DOMNode] = MainScreen
    spec: ScenarioSpec = LLAMA_70B
    options: Mapping[str, Any] = MappingProxyType({})
    library: str = "catalog"
    given: str = ""
    until: str = ""
    names_theme: bool = False

    @property
    def commands(self) -> frozenset[str]:
        """Ids of the commands on the way."""
        return frozenset(step[1:] for step in self.path if _is_command(step))

    @property
    def keys(self) -> list[str]:
        """What is pressed."""
        return [_KEYS[step[1:]] if _is_command(step) else step for step in self.path]

    async def open(self, pilot: Pilot[Any]) -> None:
        """Go there.

        Args:
            pilot: Of the app, which shows its main screen.
        """
        await settled(pilot)
        for step, key in zip(self.path, self.keys, strict=True):
            await pilot.press(key)
            if _is_command(step):
                await self.settle(pilot)
        await self.settle(pilot)

    async def settle(self, pilot: Pilot[Any]) -> None:
        """Wait until everything is drawn.

        Args:
            pilot: Of the app.
        """
        if not self.until:
            await settled(pilot)
            return
        await pilot.pause()
        while self.until not in "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips()):
            await pilot.pause(0.01)


MAIN = (
    View("fits", ()),
    View("does not fit", ("6",), spec=TOO_BIG),
    View("rack", ("2", "down", "right")),
    View("quantization", ("3", "right")),
    View("latency", ("8",)),
    View("verdict of a service", ("9",), spec=SERVICE),
    View("filter", (":filter", *"llama")),
    View("pins", (*TWO_PINS, "7")),
    View("hint", (), spec=STORY, options={"start": Start(STORY, first=True)}),
    View("telling", (":next-caption", ":next-caption", "3"), spec=STORY),
    View("presenting a story", (":present", ":next-caption"), spec=STORY),
    View("presenting pins", (*TWO_PINS, "7", ":present")),
    View("jump", (":jump",), JumpScreen),
)
CHOOSING = (
    View("models", (":library",), LibraryScreen),
    View("models filtered", (":library", *"moe fits sort:kv"), LibraryScreen),
    View("devices", ("2", "enter", *"h"), LibraryScreen),
    View("links", ("2", *["down"] * 7, "enter"), PickScreen),
    View("networks", ("2", *["down"] * 8, "enter"), PickScreen, TWO_NODES),
    View("engines", ("5", "enter"), PickScreen),
    View("versions", ("5", "down", "enter"), PickScreen),
    View("what makes it fit", (":fixes",), PickScreen, TOO_BIG),
    View("scenarios", (":open", "down"), PickScreen),
    View("palette", (":palette", *"c", "down"), PickScreen),
    View("themes", (":theme",), PickScreen, names_theme=True),
    View("profiles", (":profile", "down"), PickScreen, given="three_profiles"),
    View("detail of a model", (":detail",), DetailScreen),
    View("detail of a device", ("2", ":detail"), DetailScreen),
    View("detail of an engine", ("5", ":detail"), DetailScreen),
    View("own model", (":own",), OwnPresetScreen),
    View("own model from a file", (":own", *"no.json"), OwnPresetScreen),
    View("own device", ("2", ":own", "down", *"Test card", "down", "down", "down", *"96"), OwnPresetScreen),
)
ANSWERS = (
    View("help", ("3", ":help"), HelpScreen),
    View("help of numbers", ("6", ":help", "pagedown"), HelpScreen),
    View("help of a page", (":money", "question_mark"), HelpScreen, SERVICE),
    View("why", (":why",), WhyPage),
    View("why TPOT", (":why", "right"), WhyPage),
    View("evidence", (":evidence",), EvidencePage),
    View("no evidence", (":evidence",), EvidencePage, UNMEASURED),
    View("accuracy", (":accuracy",), AccuracyPage),
    View("money", (":money",), MoneyPage, SERVICE),
    View("users", (":users",), UsersPage, SERVICE),
    View("machine", (":machine",), MachinePage, SERVICE),
    View("rules", (":rules", "down"), RulesPage, SERVICE),
    View("people", (":people", "down", "9"), PeopleScreen, SERVICE),
    View("a refused answer", (":people", "0", "down"), PeopleScreen, SERVICE),
    View("prices", (":prices", "down"), PricesScreen, SERVICE),
    View("cost chart", (":cost-chart", "right", "right"), CostChartScreen, SERVICE),
    View("pools", (":pools",), PoolsScreen),
    View("table", (":table", "2"), TableScreen, library="whole_catalog"),
    View("search", (":search",), SearchScreen, library="few"),
    View("search form", (":search", "e", "down", "down"), SearchScreen, library="few"),
    View("search chart", (":search", "v", "right", "right"), SearchScreen, library="few"),
    View("search at work", (":search",), SearchScreen, library="few", given="endless_search", until="30 %"),
    View("nothing found", (":search",), SearchScreen, OUT_OF_REACH, library="few"),
    View("box", (":box",), BoxScreen, library="few"),
)
KEEPING = (
    View("save", (":save",), SaveScreen),
    View("export", (":export", "down"), ExportScreen, STORY),
    View("compare", (*TWO_PINS, ":compare"), CompareScreen),
    View("compare at their best", (*TWO_PINS, ":compare", ":compare-best", ":compare-quantity"), CompareScreen),
    View("compare what does not fit", (":pin", "3", "left", "2", "down", *["minus"] * 2, ":compare"), CompareScreen),
    View("nothing to compare", (":compare",), CompareScreen),
    View("name of a plan", (*TWO_PINS, ":compare", ":compare-next", ":compare-name"), NameScreen),
    View("open plans", (*TWO_PINS, ":compare", ":compare-save", "enter", ":compare-open"), PickScreen),
    View("help of the comparison", (":compare", ":compare-help"), HelpScreen),
)
VIEWS = (*MAIN, *CHOOSING, *ANSWERS, *KEEPING)

OPENS_NOTHING = frozenset(
    (
        *("fewer", "more", "undo", "redo", "automatic", "copy", "previous-caption", "reset", "shade", "keys", "redraw"),
        *("suspend", "back", "quit", "next-pane", "previous-pane", "down", "up"),
        *("compare-back", "compare-next", "compare-previous", "compare-swap", "compare-unpin", "compare-more"),
        *("compare-fewer", "compare-copy", "compare-left", "compare-right", "compare-pin"),
    )
)
"""Commands that change the plan, the focus or the colours of what is there, and lead to nothing else to see."""
