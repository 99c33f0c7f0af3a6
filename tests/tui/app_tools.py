"""Specs and helpers for tests of the app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

from roofrack.domain import RackSpec, ScenarioSpec
from roofrack_tui.app import RoofrackApp
from roofrack_tui.screens.main import MainScreen

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


def screen_text(app: RoofrackApp) -> str:
    """What is on screen, line by line."""
    lines = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in lines)
