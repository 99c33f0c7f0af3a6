"""The app in a real browser: it loads, takes keys, and shows other numbers."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.tui.terminal.terminal_emulator import Emulator
from web_tools import Running, Serve

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
pytest.importorskip("textual_serve", reason="needs the extra: pip install 'roofrack[web]'")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
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


def test_it_loads_and_the_slider_changes_the_numbers(serve: Serve, browser: Any) -> None:
    running = serve("llama-3.1-70b", "--rack", "4xh100-sxm5-80gb", "--weights", "bf16")
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
    tab.page.set_viewport_size({"width": 900, "height": 500})
    tab.page.wait_for_timeout(300)
    tab.page.keyboard.press("q")
    tab.page.wait_for_selector(".notice.ended", state="visible")
    tab.page.close()


def test_a_full_server_says_so(serve: Serve, browser: Any) -> None:
    running = serve("--tabs", "1")
    first = Tab(browser, running.address)
    first.wait_for(lambda text: "FITS" in text)
    second = Tab(browser, running.address)
    assert "No session is free: 1 of 1" in second.page.inner_text("body")
    first.page.close()
    for _ in range(50):
        if not running.apps():
            break
        second.page.wait_for_timeout(100)
    second.page.reload()
    second.wait_for(lambda text: "FITS" in text)
    second.page.close()


def test_another_page_cannot_reach_it(serve: Serve, browser: Any) -> None:
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
    assert running.apps() == []
    page.set_content(f'<iframe src="{running.base}/"></iframe>')
    page.wait_for_timeout(500)
    assert running.apps() == []
    page.close()


def test_a_token_opens_it_and_leaves_the_address(serve: Serve, browser: Any) -> None:
    running: Running = serve("--token")
    context = browser.new_context()
    stranger = context.new_page()
    stranger.goto(running.base)
    assert "token" in stranger.inner_text("body")
    assert running.apps() == []
    tab = Tab(context, running.address)
    tab.wait_for(lambda text: "FITS" in text)
    assert tab.page.url == f"{running.base}/"
    stranger.reload()  # the cookie is the browser's now
    assert stranger.title() == "roofrack"
    assert stranger.locator("#terminal").count() == 1
    context.close()
