"""The devices of this machine: planned on where nobody asked for others, and named as detected where they are."""

import os
import time
from pathlib import Path

import pytest
from app_tools import LLAMA_70B, MakeApp, main_screen, screen_text, settled
from tests.core.detect.test_detect import EIGHT_H100, program

from roofrack_tui.messages import GpusChosen


@pytest.fixture
def eight_h100(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "printed").write_text(EIGHT_H100)
    program(tmp_path, "nvidia-smi", f"cat {tmp_path}/printed")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


@pytest.mark.usefixtures("eight_h100")
@pytest.mark.parametrize("takes", [True, False])
async def test_the_rack_is_taken_where_nobody_asked_for_one(make_app: MakeApp, takes: bool) -> None:
    app = make_app(LLAMA_70B)
    app.takes_detected = takes
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await settled(pilot)
        assert main_screen(app).store.spec.rack.gpus_per_node == (8 if takes else 4)
        first = screen_text(app).splitlines()[0]
        assert ("8x H100 SXM5 80GB detected" in first) == takes
        main_screen(app).post_message(GpusChosen(4 if takes else 8))
        await settled(pilot)
        assert ("detected" in screen_text(app).splitlines()[0]) != takes, "it follows what is planned"


async def test_drivers_are_asked_beside_the_keys_and_a_choice_meanwhile_stays(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(
        tmp_path,
        "nvidia-smi",
        f"while [ ! -e {tmp_path}/go ]; do sleep 0.02; done; echo 'NVIDIA H200, 143771, 4, [N/A]'",
    )
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    app = make_app(LLAMA_70B)
    app.takes_detected = True
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        main_screen(app).post_message(GpusChosen(2))
        await pilot.pause()
        assert main_screen(app).store.spec.rack.gpus_per_node == 2
        (tmp_path / "go").touch()
        end = time.monotonic() + 10
        while not any(str(worker.group) == "detect" and worker.is_finished for worker in app.workers):
            await pilot.pause(0.02)
            if time.monotonic() > end or not any(worker.group == "detect" for worker in app.workers):
                break
        await settled(pilot)
        assert main_screen(app).store.spec.rack.gpus_per_node == 2


async def test_a_processor_alone_is_no_rack_to_start_with(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    app = make_app(LLAMA_70B)
    app.takes_detected = True
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert main_screen(app).store.spec == LLAMA_70B
