"""`roofrack export`: a plan as a file."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

from roofrack.catalog import Catalog
from roofrack.cli import commands
from roofrack.cli.configured import configuration
from roofrack.cli.options import scenario_spec
from roofrack.cli.subcommands import Command, Options
from roofrack.domain import ScenarioSpec
from roofrack.errors import InputError
from roofrack.files import already_there, shown_path, shown_size, write_whole
from roofrack.places import expanded
from roofrack.plan import plan
from roofrack.results import Plan

AddOptions = Callable[[argparse.ArgumentParser], None]
_SIZE = re.compile(r"(\d{2,3})x(\d{2,3})")


def add_commands(command: Command, options: Options) -> None:
    """Add `export`."""
    parser = command(
        "export", export_command, "write a plan into a file: .md, .csv, .json, .toml, or its screen: .svg, .png"
    )
    options.app(parser)
    parser.add_argument("file", help="where to; its ending says what is written")
    parser.add_argument("--size", type=_size, default=(120, 40), help="cells of the screen in a picture (120x40)")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")


def export_command(options: argparse.Namespace) -> int:
    """Write the file, and say where and how large."""
    path = expanded(options.file)
    kind = path.suffix[1:].lower()
    if kind not in (*_TEXTS, "svg", "png"):
        raise InputError(
            f"{shown_path(path)}: nothing to write of that ending", "use .md, .csv, .json, .toml, .svg or .png"
        )
    if path.exists() and not options.force:
        raise already_there(path)
    catalog = commands.open_catalog()
    spec = scenario_spec(options, catalog, model_needed=False)
    content = _TEXTS[kind](plan(spec, catalog), catalog) if kind in _TEXTS else _picture(kind, spec, options, catalog)
    write_whole(path, content, new=not options.force)
    byte_count = len(content.encode("utf-8") if isinstance(content, str) else content)
    print(f"written: {shown_path(path)} ({shown_size(byte_count)})")
    return 0


def _report(made: Plan, catalog: Catalog) -> str:
    from roofrack.report.markdown import full_report

    return full_report(made, catalog) + "\n"


def _curve(made: Plan, catalog: Catalog) -> str:  # noqa: ARG001 (all kinds are written alike)
    from roofrack.report.curve_csv import curve_csv

    return curve_csv(made)


def _json(made: Plan, catalog: Catalog) -> str:
    from roofrack.evidence.nearest import evidence_for
    from roofrack.report.plan_json import plan_json

    found = plan_json(made, evidence_for(made, most=3, catalog=catalog))
    return json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _toml(made: Plan, catalog: Catalog) -> str:  # noqa: ARG001 (all kinds are written alike)
    from roofrack.report.scenario_toml import dump

    return dump(made.scenario.spec)


_TEXTS: dict[str, Callable[[Plan, Catalog], str]] = {"md": _report, "csv": _curve, "json": _json, "toml": _toml}


def _picture(kind: str, spec: ScenarioSpec, options: argparse.Namespace, catalog: Catalog) -> str | bytes:
    able: Any = import_module("roofrack_tui.capabilities")
    # A picture has all colours, whatever the terminal of this command.
    environ = {**os.environ, "TEXTUAL_COLOR_SYSTEM": "truecolor", "TERM": "xterm-256color"}
    flags = able.Flags(options.ascii, options.mouse, options.present, options.theme)
    settings = able.capabilities(flags, environ, configuration(catalog))
    headless: Any = import_module("roofrack_tui.export.headless")
    svg: str = headless.draw_svg(spec, catalog, settings, options.size)
    return headless.draw_png(svg) if kind == "png" else svg


def _size(text: str) -> tuple[int, int]:
    found = _SIZE.fullmatch(text)
    if not found or int(found[1]) < 60 or int(found[2]) < 20:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a size from 60x20 to 999x999")
    return int(found[1]), int(found[2])
