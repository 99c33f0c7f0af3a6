"""Pictures of what is there for showing to others and for finding one's way: stories, exports, jumping, hint and help."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from app_tools import LLAMA_70B, MakeApp
from test_screens import look

from roofrack.domain import Step
from roofrack.domain.scenario import WorkloadChange
from roofrack_tui.resume import Start

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
SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@SIZES
def test_presenting_a_story(snap_compare: Any, make_app: MakeApp, size: tuple[int, int]) -> None:
    look(snap_compare, make_app(STORY, present=True), size, "greater_than_sign")


@SIZES
def test_presenting_in_light(snap_compare: Any, make_app: MakeApp, size: tuple[int, int]) -> None:
    look(snap_compare, make_app(STORY, present=True, theme="roofrack-light"), size, "pagedown", "pagedown")


@SIZES
def test_telling_at_work(snap_compare: Any, make_app: MakeApp, size: tuple[int, int]) -> None:
    look(snap_compare, make_app(STORY), size, "greater_than_sign", "greater_than_sign", "3")


@SIZES
def test_export(snap_compare: Any, make_app: MakeApp, size: tuple[int, int]) -> None:
    look(snap_compare, make_app(STORY), size, "E", "down")


@SIZES
def test_jump(snap_compare: Any, make_app: MakeApp, size: tuple[int, int]) -> None:
    look(snap_compare, make_app(STORY), size, "ctrl+o")


@SIZES
def test_the_hint_of_the_first_start(snap_compare: Any, make_app: MakeApp, size: tuple[int, int]) -> None:
    look(snap_compare, make_app(STORY, start=Start(STORY, first=True)), size)


@SIZES
def test_help_of_a_pane(snap_compare: Any, make_app: MakeApp, size: tuple[int, int]) -> None:
    look(snap_compare, make_app(STORY), size, "6", "question_mark", "pagedown")


def test_presenting_in_ascii(snap_compare: Any, make_app: MakeApp) -> None:
    look(snap_compare, make_app(STORY, present=True, ascii=True), (120, 40), "greater_than_sign")


def test_presenting_without_colour(snap_compare: Any, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    look(snap_compare, make_app(STORY, present=True), (80, 24), "greater_than_sign", "ctrl+o")
