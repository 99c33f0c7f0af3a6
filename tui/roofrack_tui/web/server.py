"""The server behind `roofrack serve`: textual-serve's, with rules about who may use it and how many."""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import web
from textual_serve.server import Server

from roofrack.errors import InputError, UnavailableError
from roofrack_tui.web.access import LEAST_TOKEN, Access, Refusal, is_loopback, is_wildcard, new_token
from roofrack_tui.web.session import GRACE_S, Session

TOKEN_VARIABLE = "ROOFRACK_TOKEN"  # noqa: S105 (the name of a variable)
_PAGE = Path(__file__).parent / "page"
_MALFORMED = (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What textual-serve raises for a message that no browser of ours sends."""

_HEADERS = {
    # xterm.js sets its cell sizes through style elements; everything else comes from here.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Server": "roofrack",
}
_log = logging.getLogger("roofrack.serve")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Serving(NamedTuple):
    """How to serve.

    Args:
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        sessions: Most browser tabs at once.
        allow_remote: Whether an address that other machines reach was asked for on purpose.
        ask_token: Whether a token is asked for on this machine too.
        public_url: The address of a proxy in front; empty where there is none.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    sessions: int = 8
    allow_remote: bool = False
    ask_token: bool = False
    public_url: str = ""


def access_for(serving: Serving, own_token: str) -> Access:
    """The rules for a way to serve.

    Args:
        serving: What was asked for.
        own_token: A token of the person's own; empty makes one where one is needed.

    Raises:
        InputError: Other machines would reach it and nobody said so on purpose, or the token is easily guessed.
    """
    remote = not is_loopback(serving.host)
    if remote and not serving.allow_remote:
        raise InputError(
            f"host: {serving.host} can be reached from other machines",
            "add --allow-remote if that is meant; without it, 'ssh -L 8000:localhost:8000 this-machine' is safer",
        )
    if own_token and len(own_token) < LEAST_TOKEN:
        raise InputError(f"{TOKEN_VARIABLE}: shorter than {LEAST_TOKEN} characters", "leave it out to have one made")
    needed = remote or serving.ask_token or bool(own_token)
    names = (socket.gethostname(), socket.getfqdn()) if is_wildcard(serving.host) else ()
    return Access(serving.host, names, (own_token or new_token()) if needed else "", serving.public_url)


class WebServer(Server):
    """Serves the app to browsers.

    Args:
        command: The command line of the app, run once for each tab.
        serving: How to serve.
        access: Who may use it.
    """

    def __init__(self, command: Sequence[str], serving: Serving, access: Access) -> None:
        super().__init__(
            _shell_line(command),
            serving.host,
            serving.port,
            title="roofrack",
            public_url=serving.public_url or None,
            templates_path=_PAGE / "templates",
        )
        self._serving = serving
        self._access = access
        self._cookie = f"roofrack-{serving.port}"
        self._open: dict[Session, web.WebSocketResponse] = {}

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.add_routes([web.static("/page", _PAGE / "static", name="page")])
        app.middlewares.append(self._guard())
        app.on_response_prepare.append(_add_headers)
        return app

    def _guard(self) -> Any:
        """The middleware that every request passes first."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            offered = request.query.get("token", "")
            refusal = self._access.refusal(
                request.headers.get("Host"),
                request.headers.get("Origin"),
                (offered, request.cookies.get(self._cookie, "")),
                socket="upgrade" in request.headers.get("Connection", "").lower(),
            )
            if refusal is not None:
                return _refused(refusal)
            if offered and self._access.token and request.path == "/":
                return self._remembered(request)
            return await handler(request)

        return guard

    def _remembered(self, request: web.Request) -> web.StreamResponse:
        """Take the token out of the address, where history and screen sharing would show it, into a cookie."""
        response = web.HTTPSeeOther(str(request.rel_url.without_query_params("token")))
        secure = self._serving.public_url.startswith("https:")
        response.set_cookie(self._cookie, self._access.token, httponly=True, samesite="Strict", secure=secure)
        return response

    @property
    def _is_full(self) -> bool:
        return len(self._open) >= self._serving.sessions

    async def handle_index(self, request: web.Request) -> Any:
        """The page with the terminal, or one that says that all sessions are taken."""
        if self._is_full:
            return _refused(self._full())
        return await super().handle_index(request)

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run the app for one tab, as long as that is open.

        Args:
            request: The browser's.
        """
        if self._is_full:
            raise web.HTTPServiceUnavailable(text=self._full().why)
        websocket = web.WebSocketResponse(heartbeat=15)
        session = Session(
            self.command,
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=websocket.close,  # type: ignore[arg-type]  # it returns whether it was open, which nobody asks
            download_manager=self.download_manager,
        )
        self._open[session] = websocket
        try:
            await websocket.prepare(request)
            await session.start(_number(request, "width", 80), _number(request, "height", 24))
            await self._process_messages(websocket, session)
        except _MALFORMED as error:
            _log.warning("a message was not understood: %s", type(error).__name__)
        finally:
            await session.stop()
            del self._open[session]
            await websocket.close()
        return websocket

    async def on_startup(self, app: web.Application) -> None:
        """Nothing: the address is known, and said, once the server listens."""

    async def on_shutdown(self, app: web.Application) -> None:  # noqa: ARG002 (aiohttp's signature)
        """Close every tab's websocket, which ends the app behind it.

        Args:
            app: The server's.
        """
        await asyncio.gather(*(websocket.close(code=1001) for websocket in self._open.values()))

    def _full(self) -> Refusal:
        count = self._serving.sessions
        return Refusal(
            503,
            f"No session is free: {count} of {count} are in use. Close a tab, or start the server with more --tabs.",
        )

    async def serve_until_stopped(self, say: Callable[[str], None]) -> None:
        """Listen until SIGINT, SIGTERM or SIGHUP, then end every session.

        Args:
            say: Is told the address.

        Raises:
            UnavailableError: The port is taken or the address not ours.
        """
        runner = web.AppRunner(await self._make_app(), access_log=None, shutdown_timeout=3 * GRACE_S)
        await runner.setup()
        try:
            try:
                await web.TCPSite(runner, self.host, self.port).start()
            except OSError as error:
                why = error.strerror or str(error)
                raise UnavailableError(
                    f"cannot listen on {self.host}:{self.port}: {why}", "try another --port"
                ) from None
            self._cookie = f"roofrack-{runner.addresses[0][1]}"
            say(self._address(runner.addresses[0]))
            await _stopped()
        finally:
            await runner.cleanup()

    def _address(self, listening: Sequence[Any]) -> str:
        host, port = listening[0], listening[1]
        if is_wildcard(self.host):
            host = socket.gethostname()
        base = self._serving.public_url.rstrip("/") or f"http://{f'[{host}]' if ':' in host else host}:{port}"
        return f"{base}/?token={self._access.token}" if self._access.token else f"{base}/"


def serve(command: Sequence[str], serving: Serving, say: Callable[[str], None]) -> None:
    """Serve the app until a signal ends it.

    Args:
        command: The command line of the app, run once for each tab.
        serving: How to serve.
        say: Is told the address.

    Raises:
        InputError: Not safe as asked for.
        UnavailableError: Cannot listen there.
    """
    logging.basicConfig(level=logging.WARNING, format="roofrack serve: %(message)s")
    # Taken out, so that the app in a visitor's hands does not have it.
    access = access_for(serving, os.environ.pop(TOKEN_VARIABLE, "").strip())
    asyncio.run(WebServer(command, serving, access).serve_until_stopped(say))


async def _stopped() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            loop.add_signal_handler(getattr(signal, name), stop.set)
    await stop.wait()


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
    if response.content_type == "text/html":
        response.headers["Cache-Control"] = "no-store"


def _refused(refusal: Refusal) -> web.Response:
    page = (_PAGE / "templates" / "refused.html").read_text(encoding="utf-8")
    return web.Response(
        status=refusal.status, text=page.replace("{{ why }}", refusal.why), content_type="text/html", charset="utf-8"
    )


def _number(request: web.Request, name: str, otherwise: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else otherwise


def _shell_line(command: Sequence[str]) -> str:
    """The command for a shell, which on POSIX it replaces, so that signals reach the app itself."""
    return subprocess.list2cmdline(command) if sys.platform == "win32" else f"exec {shlex.join(command)}"
