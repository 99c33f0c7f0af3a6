"""Which driver is chosen, and how output reaches it from threads and signal handlers."""

import asyncio
import sys
import threading

import pytest
from textual import constants
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.drivers.linux_inline_driver import LinuxInlineDriver
from textual.drivers.web_driver import WebDriver

from roofrack_tui.terminal import OFF_VARIABLE, driver_class, redraw
from roofrack_tui.terminal.output import DiffedOutput

WEB = "textual.drivers.web_driver:WebDriver"


@pytest.fixture(autouse=True)
def _no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OFF_VARIABLE, raising=False)
    monkeypatch.setattr(constants, "DRIVER", None)


def test_the_driver_takes_the_place_of_textuals_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert issubclass(driver_class() or object, LinuxDriver)
    monkeypatch.setattr(constants, "DRIVER", WEB)
    assert issubclass(driver_class() or object, WebDriver)


@pytest.mark.parametrize(("value", "off"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_it_can_be_turned_off(monkeypatch: pytest.MonkeyPatch, value: str, off: bool) -> None:
    monkeypatch.setenv(OFF_VARIABLE, value)
    assert (driver_class() is None) == off


def test_other_drivers_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DRIVER", "somewhere.else:Driver")
    assert driver_class() is None
    monkeypatch.setattr(constants, "DRIVER", None)
    monkeypatch.setattr(sys, "platform", "win32")
    assert driver_class() is None


def test_inline_apps_keep_their_driver() -> None:
    async def build() -> object:
        return App(driver_class=driver_class())._build_driver(headless=False, inline=True, mouse=True, size=(80, 24))

    assert type(asyncio.run(build())) is LinuxInlineDriver


async def test_redraw_without_the_driver_is_a_refresh() -> None:
    async with App[None]().run_test() as pilot:
        redraw(pilot.app)
        await pilot.pause()


def test_a_signal_handler_may_write_in_the_middle_of_a_write() -> None:
    sent: list[str] = []

    def send(data: str) -> None:
        sent.append(data)
        if data == "\x1b[Hab":  # as SIGTSTP arriving now: the driver leaves and enters the alternate screen
            output.write("\x1b[?1049l")
            output.write("\x1b[?1049h")

    output = DiffedOutput(send)
    output.write("\x1b[m")
    output.write("\x1b[1;1Hab")
    output.write("\x1b[1;1Hab")
    assert sent == ["\x1b[m", *["\x1b[Hab", "\x1b[?1049l", "\x1b[?1049h"] * 2]


def test_writes_of_several_threads_do_not_mix() -> None:
    sent: list[str] = []
    output = DiffedOutput(sent.append)
    output.write("\x1b[m")
    threads = [
        threading.Thread(target=lambda row=row: [output.write(f"\x1b[{row};1Hrow {row} {n}") for n in range(200)])
        for row in range(1, 5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    output.write("\x1b[1;1H")
    output.write("\x1b[1;1H" + "".join(f"\x1b[{row};1Hrow {row} 199" for row in range(1, 5)) + "\x1b[1;1H")
    assert sent[-1] == "\x1b[H"
