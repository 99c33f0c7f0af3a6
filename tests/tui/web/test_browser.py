"""The app in a real browser: it loads, takes keys, and shows other numbers."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.tui.terminal.terminal_emulator import Emulator
from web_tools import Serve, gone

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
pytest.importorskip("textual_serve", reason="needs the extra: pip install 'roofrack[web]'")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--host-resolver-rules=MAP rebound.example 127.0.0.1"]
        )
        yield launched
        launched.close()


class Tab:
    """A tab of the browser, and what its terminal was sent."""

    def __init__(self, browser: Any, address: str) -> None:
        self.page = browser.new_page()
        self.page.set_viewport_size({"width": 1280, "height": 800})
        self.requests: list[str] = []
        self.problems: list[str] = []
        self._terminal = Emulator(80, 24)
        self._waiting: list[bytes] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.problems.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("websocket", self._listen)
        self.page.goto(address)

    def _listen(self, socket: Any) -> None:
        query = dict(part.split("=") for part in socket.url.partition("?")[2].split("&"))
        self._terminal = Emulator(int(query["width"]), int(query["height"]))
        socket.on("framereceived", self._take)

    def _take(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self._waiting.append(frame)

    def text(self) -> str:
        self._terminal.feed_bytes(b"".join(self._waiting))
        self._waiting.clear()
        return "\n".join(self._terminal.text())

    def wait_for(self, shown: Callable[[str], bool], patience_s: float = 20) -> str:
        for _ in range(int(patience_s * 10)):
            if shown(text := self.text()):
                return text
            self.page.wait_for_timeout(100)
        pytest.fail(f"not shown:\n{self.text()}")


def at_once(text: str) -> int:
    """The number of the verdict: how many requests fit."""
    found = re.search(r"([\d,]+) requests at once", text)
    return int(found[1].replace(",", "")) if found else 0


def test_the_slider_changes_the_numbers_and_a_second_tab_must_wait(serve: Serve, browser: Any) -> None:
    running = serve("llama-3.1-70b", "--rack", "4xh100-sxm5-80gb", "--weights", "bf16", "--tabs", "1")
    tab = Tab(browser, running.address)
    before = tab.wait_for(lambda text: at_once(text) > 0)
    tab.page.wait_for_function("document.activeElement.className === 'xterm-helper-textarea'")
    pixels = tab.page.screenshot()
    assert tab.page.title() == "roofrack"
    assert all(url.startswith((running.base, running.base.replace("http", "ws"), "data:")) for url in tab.requests)

    tab.page.keyboard.press("3")
    for _ in range(3):
        tab.page.keyboard.press("ArrowRight")
    after = tab.wait_for(lambda text: at_once(text) > at_once(before))
    assert "· bf16 ·" in before
    assert "· bf16 ·" not in after
    assert tab.page.screenshot() != pixels
    assert tab.problems == []

    second = browser.new_page()
    assert second.goto(running.address).status == 503
    assert "No session is free: 1 of 1" in second.inner_text("body")
    tab.page.keyboard.press("q")
    tab.page.wait_for_selector(".notice.ended", state="visible")
    assert gone(running.apps())
    assert second.reload().status == 200
    second.close()
    tab.page.close()


def test_another_page_or_name_cannot_reach_it(serve: Serve, browser: Any) -> None:
    running = serve()
    page = browser.new_page()
    page.goto("data:text/html,<title>elsewhere</title>")
    closed = page.evaluate(
        """address => new Promise(done => {
            const socket = new WebSocket(address);
            socket.onopen = () => done("open");
            socket.onerror = () => done("refused");
        })""",
        running.base.replace("http", "ws") + "/ws",
    )
    assert closed == "refused"
    # A name of somebody else's that was pointed at this machine.
    assert page.goto(f"http://rebound.example:{running.port}/").status == 403
    assert "does not go by that name" in page.inner_text("body")
    assert running.apps() == []
    page.close()


def test_from_elsewhere_a_token_opens_it_and_leaves_the_address(serve: Serve, browser: Any) -> None:
    running = serve("--host", "0.0.0.0", "--allow-remote")  # noqa: S104 (on purpose)
    base = f"http://127.0.0.1:{running.port}"
    context = browser.new_context()
    page = context.new_page()
    assert page.goto(base).status == 401
    assert "Open the address with the token" in page.inner_text("body")
    assert page.locator("#terminal").count() == 0
    page.goto(f"{base}/?{running.address.partition('?')[2]}")
    assert page.url == f"{base}/"
    assert page.locator("#terminal").count() == 1
    page.wait_for_selector("body.-first-byte", state="attached")
    context.close()
