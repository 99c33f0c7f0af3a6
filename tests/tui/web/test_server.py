"""The server without a browser: who is refused, how many are let in, and what is left when it goes."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from typing import Any

import pytest
from web_tools import Serve, gone

aiohttp = pytest.importorskip("aiohttp", reason="needs the extra: pip install 'roofrack[web]'")
pytest.importorskip("textual_serve", reason="needs the extra: pip install 'roofrack[web]'")


def same_origin(base: str) -> dict[str, str]:
    return {"Origin": base}


async def status(session: Any, url: str, **headers: str) -> int:
    async with session.get(url, headers=headers, allow_redirects=False) as response:
        return int(response.status)


async def socket_status(session: Any, url: str, **headers: str) -> int:
    """The status of an attempt to open a websocket, asked for by hand: aiohttp leaks the connection of a refused one."""
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    return await status(session, url, **upgrade, **{"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}, **headers)


async def first_frame(socket: Any) -> bytes:
    seen = b""
    while b"FIT" not in seen:
        seen += await socket.receive_bytes(timeout=30)
    return seen


async def test_hosts_origins_and_the_cap(serve: Serve) -> None:
    running = serve("llama-3.1-8b", "--rack", "2xrtx-4090", "--tabs", "1")
    base = running.base
    async with aiohttp.ClientSession() as session:
        assert await status(session, base) == 200
        assert await status(session, base, Host="evil.example") == 403
        assert await status(session, base, Origin="http://evil.example") == 403
        assert await status(session, f"{base}/static/js/textual.js", Host="evil.example") == 403
        for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
            assert await socket_status(session, f"{base}/ws", **headers) == 403
        assert running.apps() == []

        async with session.get(base) as response:
            page = await response.text()
            assert "http://" not in page.replace("http://www.w3.org", "")
            assert "https://" not in page
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]

        socket = await session.ws_connect(f"{base}/ws?width=100&height=30", headers=same_origin(base))
        assert b"RTX 4090" in await first_frame(socket)
        (app,) = running.apps()
        async with session.get(base) as response:
            assert response.status == 503
            assert "No session is free: 1 of 1" in await response.text()
        assert await socket_status(session, f"{base}/ws", **same_origin(base)) == 503
        await socket.send_json(["stdin", "q"])
        assert (await socket.receive(timeout=20)).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.BINARY)
        assert await asyncio.to_thread(gone, [app])
        for _ in range(100):
            if await status(session, base) == 200:
                break
            await asyncio.sleep(0.05)
        else:
            pytest.fail("the place was not given back")


async def test_a_token_is_asked_for_once_and_then_remembered(serve: Serve) -> None:
    running = serve("--token")
    token = running.address.partition("token=")[2]
    assert len(token) >= 40
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        assert await status(session, running.base) == 401
        assert await status(session, f"{running.base}/?token=wrong") == 401
        assert await status(session, f"{running.base}/static/js/textual.js") == 401
        assert await socket_status(session, f"{running.base}/ws", **same_origin(running.base)) == 401
        async with session.get(f"{running.base}/?token={token}&fontsize=20", allow_redirects=False) as response:
            assert response.status == 303
            assert response.headers["Location"] == "/?fontsize=20"
            cookie = response.headers["Set-Cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
        assert await status(session, running.base) == 200


async def test_another_address_needs_the_flag_and_gets_a_token(serve: Serve) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "roofrack", "serve", "--host", "0.0.0.0", "--port", "0"],  # noqa: S104
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert refused.returncode == 2
    assert "--allow-remote" in refused.stderr
    running = serve("--host", "0.0.0.0", "--allow-remote", ROOFRACK_TOKEN="correct-horse-battery")  # noqa: S104, S106
    assert running.address.endswith("/?token=correct-horse-battery")
    base = f"http://127.0.0.1:{running.port}"
    async with aiohttp.ClientSession() as session:
        assert await status(session, base) == 401
        assert await status(session, f"{base}/?token=correct-horse-battery") == 303
        assert await status(session, f"{base}/?token=correct-horse-battery", Host="evil.example") == 403


async def test_messages_that_no_browser_sends_end_the_session_and_no_more(serve: Serve) -> None:
    running = serve()
    base = running.base
    async with aiohttp.ClientSession() as session:
        for message in ("not json", '["resize", {"width": "x", "height": null}]'):
            socket = await session.ws_connect(f"{base}/ws?width=-1&height=99999999999", headers=same_origin(base))
            await socket.send_str(message)
            while (await socket.receive(timeout=30)).type == aiohttp.WSMsgType.BINARY:
                pass
        assert await status(session, base) == 200
    assert await asyncio.to_thread(gone, running.apps())


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_no_app_outlives_the_server(serve: Serve, how: signal.Signals) -> None:
    running = serve()
    async with aiohttp.ClientSession() as session:
        socket = await session.ws_connect(f"{running.base}/ws", headers=same_origin(running.base))
        await first_frame(socket)
        apps = running.apps()
        assert apps
        running.process.send_signal(how)
        assert await asyncio.to_thread(gone, apps)
        code = await asyncio.to_thread(running.process.wait, 20)
    assert code == (-signal.SIGKILL if how is signal.SIGKILL else 0)


async def test_a_browser_that_vanishes_leaves_no_app(serve: Serve) -> None:
    running = serve()
    async with aiohttp.ClientSession() as session:
        socket = await session.ws_connect(f"{running.base}/ws", headers=same_origin(running.base))
        await first_frame(socket)
        apps = running.apps()
        socket._response.connection.transport.abort()
    assert await asyncio.to_thread(gone, apps)


def test_what_is_wrong_is_said_before_anything_is_served() -> None:
    for arguments, code, said in (
        (("llama-9000",), 2, "unknown model"),
        (("--theme", "nrod"), 2, "did you mean nord"),
        (("--port", "70000"), 2, "is not a port"),
        (("--host", "no.such.host.invalid", "--allow-remote"), 3, "cannot listen"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "roofrack", "serve", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_without_the_extra_it_says_what_to_install() -> None:
    probe = (
        "import sys; sys.modules['aiohttp'] = None; sys.modules['textual_serve'] = None\n"
        "from roofrack.cli import main; sys.exit(main(['serve']))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert "pip install 'roofrack[web]'" in done.stderr
    assert "Traceback" not in done.stderr
