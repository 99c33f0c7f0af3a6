"""The screens of searches in tests: a plan to start from, and answers to their forms."""

from __future__ import annotations

from typing import Any

from app_tools import settled
from textual.pilot import Pilot

from roofrack.domain import RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.domain.money import MoneySpec
from roofrack.domain.workload import Targets
from roofrack_tui.app import RoofrackApp
from roofrack_tui.widgets.form import FormLine
from roofrack_tui.widgets.menu import Menu

SMALL = ScenarioSpec(
    model="meta-llama/Llama-3.1-8B-Instruct",
    weights="fp8",
    rack=RackSpec(device="h100-sxm5-80gb"),
    workload=WorkloadSpec(concurrency=32),
    targets=Targets(ttft_s=1.0, tpot_s=0.03),
    money=MoneySpec(utilisation=0.3),
)


async def opened(pilot: Pilot[int], key: str = "S") -> Any:
    """The screen of a key, once it has found what there is."""
    await settled(pilot)
    await pilot.press(key)
    await settled(pilot)
    return pilot.app.screen


def field(app: RoofrackApp, key: str) -> FormLine:
    """The line of a question."""
    return next(line for line in app.screen.query(FormLine) if line.blank.key == key)


async def answer(pilot: Pilot[Any], key: str, text: str) -> None:
    """Type an answer and go on."""
    line = field(pilot.app, key)  # type: ignore[arg-type]
    if isinstance(pilot.app.focused, Menu):
        await pilot.press("e")
    line.field.focus()
    line.field.value = text
    await pilot.press("enter")
    await settled(pilot)
