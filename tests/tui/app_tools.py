"""Specs and helpers for tests of the app."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from roofrack.catalog.profiles import Profile, save_profile
from roofrack.domain import RackSpec, ScenarioSpec
from roofrack.domain.calibration import Adjustments
from roofrack.results import Plan
from roofrack_tui.app import RoofrackApp
from roofrack_tui.screens.main import MainScreen
from roofrack_tui.widgets.key_line import KeyLine

MODELS = (
    "meta-llama/Llama-3.1-8B-Instruct",
    "meta-llama/Llama-3.1-70B-Instruct",
    "meta-llama/Llama-3.1-405B-Instruct",
    "deepseek-ai/DeepSeek-V3",
    "openai/gpt-oss-120b",
    "Qwen/Qwen3-32B",
    "mistralai/Mixtral-8x7B-Instruct-v0.1",
    "google/gemma-3-27b-it",
)
DEVICES = ("h100-sxm5-80gb", "h200-sxm-141gb", "a100-sxm4-80gb", "rtx-4090", "mi300x", "v100-sxm2-32gb")

LLAMA_70B = ScenarioSpec(
    model="meta-llama/Llama-3.1-70B-Instruct",
    weights="fp8",
    rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=4),
)
TOO_BIG = ScenarioSpec(
    model="meta-llama/Llama-3.1-405B-Instruct",
    weights="bf16",
    rack=RackSpec(device="h100-sxm5-80gb", gpus_per_node=4),
)

MakeApp = Callable[..., RoofrackApp]


def saved_profile(name: str, device: str = "h100-sxm5-80gb", **factors: float) -> Path:
    """The file of a profile of measurements on a device, among one's own.

    Args:
        name: What it is called.
        device: Where it was measured.
        factors: What it adjusts.
    """
    measured = Profile(
        adjustments=Adjustments(**factors),
        engine="vllm",
        device=device,
        model="meta-llama/Llama-3.1-70B-Instruct",
        weights="fp8",
        measurements=6,
        error_before=0.3,
        error_after=0.04,
        date="2026-11-20",
    )
    return save_profile(name, measured)


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until the library is read, measurements are found and everything is drawn."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    screen = pilot.app.screen_stack[0]
    while isinstance(screen, MainScreen) and screen.looks_up:
        await pilot.pause(0.01)
    await pilot.pause()


def main_screen(app: RoofrackApp) -> MainScreen:
    """The main screen, below whatever dialog is open."""
    screen = app.screen_stack[0]
    assert isinstance(screen, MainScreen)
    return screen


def shown(pilot: Pilot[int]) -> Plan:
    """The plan on screen, which is the store's."""
    assert isinstance(pilot.app, RoofrackApp)
    screen = main_screen(pilot.app)
    assert screen.plan is screen.store.plan
    assert screen.plan is not None
    return screen.plan


def said(pilot: Pilot[int]) -> str:
    """The message in the key line."""
    assert isinstance(pilot.app, RoofrackApp)
    return main_screen(pilot.app).query_one(KeyLine).message


def screen_text(app: RoofrackApp) -> str:
    """What is on screen, line by line."""
    lines = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in lines)
