"""`roofrack serve`: the app in a browser."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from roofrack.catalog import Catalog
from roofrack.cli import commands
from roofrack.cli.options import scenario_spec
from roofrack.cli.subcommands import Command, Options
from roofrack.cli.values import count
from roofrack.errors import UnavailableError

AddOptions = Callable[[argparse.ArgumentParser], None]


def add_commands(command: Command, options: Options) -> None:
    """Add `serve`."""
    parser = command("serve", serve_command, "serve the app to browsers (needs the extra: roofrack[web])")
    options.app(parser)
    web = parser.add_argument_group("server")
    web.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1: this machine alone)")
    web.add_argument("--port", type=_port, default=8000, help="port to listen on; 0 takes a free one (8000)")
    web.add_argument("--tabs", type=count, default=8, help="most browser tabs at once (8)")
    web.add_argument(
        "--allow-remote", action="store_true", help="let --host be an address that others reach; asks for a token"
    )
    web.add_argument("--token", action="store_true", help="ask for a token on this machine too")
    web.add_argument("--public-url", default="", help="address of a proxy in front, such as https://plan.example.org")


def serve_command(options: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    from tempfile import TemporaryDirectory

    server = _server()
    serving = server.Serving(
        options.host, options.port, options.tabs, options.allow_remote, options.token, options.public_url
    )
    _check_theme(options.theme)
    with TemporaryDirectory(prefix="roofrack-") as folder:
        command = [sys.executable, "-m", "roofrack", "tui"]
        command += _scenario(options, commands.open_catalog(), Path(folder)) + _display(options)
        server.serve(command, serving, _say)
    return 0


def _server() -> Any:
    try:
        return import_module("roofrack_tui.web.server")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0].startswith("roofrack"):
            raise
        raise UnavailableError(
            f"serving to a browser needs {error.name}, which is not installed", "pip install 'roofrack[web]'"
        ) from None


def _check_theme(theme: str | None) -> None:
    names: Any = import_module("roofrack_tui.config_check")
    if theme is not None and theme not in names.THEMES:
        raise names.unknown_theme(theme)


def _say(address: str) -> None:
    print(f"roofrack is at {address}", flush=True)
    if "token=" in address:
        print("Whoever has this address uses roofrack as you: it reads and saves scenario files.", flush=True)
        if address.startswith("http:"):
            print("The connection is not encrypted; put a proxy with TLS in front, or use ssh -L.", flush=True)
    print("Ctrl+C ends it.", flush=True)


def _scenario(options: argparse.Namespace, catalog: Catalog, folder: Path) -> list[str]:
    """What the app is told to open: settled here, so that what is wrong is said here and not in a browser."""
    if not commands.asks_for_a_plan(options, _OWN):
        return []
    from roofrack.plan import plan
    from roofrack.report.scenario_toml import save_scenario_file

    spec = scenario_spec(options, catalog, model_needed=False)
    plan(spec, catalog)
    path = folder / "scenario.toml"
    save_scenario_file(spec, path)
    return ["--scenario", str(path)]


_OWN = frozenset({"host", "port", "tabs", "allow_remote", "token", "public_url"})


def _display(options: argparse.Namespace) -> list[str]:
    switches = [
        f"--{'' if value else 'no-'}{name}"
        for name in ("present", "mouse", "ascii")
        if (value := getattr(options, name)) is not None
    ]
    return [*switches, *(["--theme", options.theme] if options.theme else [])]


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a port: 0 to 65535")
    return int(text)
