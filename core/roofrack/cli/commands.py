"""What each command does, on top of the core."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from importlib import import_module
from typing import Any

from roofrack.catalog import Catalog, default_catalog
from roofrack.cli.configured import configuration
from roofrack.cli.options import first_scenario, scenario_spec
from roofrack.cli.subcommands import Command, Options


def add_commands(command: Command, options: Options) -> None:
    """Add `tui`, `plan`, `explain`, `show` and `inspect`."""
    app = command("tui", tui_command, "open the app")
    options.app(app)
    app.add_argument("--fresh", action="store_true", help="start fresh, not where the last session was left")

    plan = command("plan", plan_command, "plan a model on a rack")
    plan.add_argument(
        "model",
        nargs="?",
        help="an id (org/name), an alias, a path to config.json, a checkpoint folder or a .gguf, or what the hub's cache or "
        "Ollama calls a model on this disk (llama3.1:8b)",
    )
    options.plan(plan)
    shape = plan.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="roofrack.plan/1")
    shape.add_argument("--markdown", action="store_true", help="a report in Markdown")
    shape.add_argument("--csv", action="store_true", help="the curve as CSV")
    plan.add_argument("--check", action="store_true", help="exit 1 when it does not fit")
    plan.add_argument(
        "--percentiles", action="store_true", help="simulate the load for the mean, p50, p90, p95 and p99 of its times"
    )

    explain = command("explain", explain_command, "derive the numbers of a plan step by step")
    explain.add_argument("model", nargs="?", help="as for plan")
    options.plan(explain)
    explain.add_argument("--number", help="only this one, such as tpot_s or kv_bytes_per_token")
    explain.add_argument("--json", action="store_true", help="a list of derivations")

    show = command("show", show_command, "show one preset, every field with its source")
    show.add_argument("id", help="id or alias of a model, device, link, format, engine or scenario")
    show.add_argument("--json", action="store_true", help="the preset as an object")

    inspect = command("inspect", inspect_command, "read a config.json, checkpoint folder, .safetensors or .gguf")
    inspect.add_argument("path", help="the file or folder, or a name in the hub's cache or Ollama's store")
    inspect.add_argument("--json", action="store_true", help="roofrack.model/1")


def plan_command(options: argparse.Namespace) -> int:
    """`roofrack plan`."""
    from roofrack.plan import plan

    catalog = open_catalog()
    made = plan(scenario_spec(options, catalog), catalog, percentiles=options.percentiles)
    if options.json:
        from roofrack.evidence.nearest import evidence_for
        from roofrack.report.plan_json import plan_json

        print_json(plan_json(made, evidence_for(made, most=3, catalog=catalog)))
    elif options.markdown:
        from roofrack.report.markdown import full_report

        print(full_report(made, catalog))
    elif options.csv:
        from roofrack.report.curve_csv import curve_csv

        print(curve_csv(made), end="")
    else:
        from roofrack.report.plan_text import plan_text

        print(plan_text(made))
    return 1 if options.check and not made.memory.fits else 0


def explain_command(options: argparse.Namespace) -> int:
    """`roofrack explain`."""
    from roofrack.explain import explain
    from roofrack.plan import plan
    from roofrack.report.explain_text import derivation_json, derivations_text

    catalog = open_catalog()
    found = explain(plan(scenario_spec(options, catalog), catalog), options.number)
    if options.json:
        print_json([derivation_json(derivation) for derivation in found])
    else:
        print(derivations_text(found))
    return 0


def show_command(options: argparse.Namespace) -> int:
    """`roofrack show`."""
    from roofrack.report.preset import find_preset, preset_json, preset_text

    preset = find_preset(options.id, open_catalog())
    if options.json:
        print_json(preset_json(preset))
    else:
        print(preset_text(preset))
    return 0


def inspect_command(options: argparse.Namespace) -> int:
    """`roofrack inspect`."""
    from roofrack.readers import inspect

    described = inspect(options.path)
    if options.json:
        print_json(described)
    else:
        from roofrack.report.preset import flat_text

        print(flat_text(described))
    return 0


def tui_command(options: argparse.Namespace) -> int:
    """`roofrack` and `roofrack tui`: the app, or the text plan where there is no terminal."""
    # What is read in and made until the first picture stays: looking for garbage in it costs a tenth of the start.
    gc.disable()
    try:
        return _tui(options)
    finally:
        gc.enable()


def _tui(options: argparse.Namespace) -> int:
    catalog = open_catalog()
    spec = scenario_spec(options, catalog, model_needed=False)
    # By name, so that no other command and no import rule drags Textual in.
    able: Any = import_module("roofrack_tui.capabilities")
    if not (able.in_browser(os.environ) or (_is_terminal(sys.stdin) and _is_terminal(sys.stdout))):
        from roofrack.plan import plan
        from roofrack.report.plan_text import plan_text

        print(
            "roofrack: not a terminal, so here is the plan as text (roofrack --help lists the commands)",
            file=sys.stderr,
        )
        print(plan_text(plan(spec, catalog)))
        return 0
    able.need_terminal(os.environ)
    if not able.in_browser(os.environ):
        for variable in ("COLUMNS", "LINES"):  # Textual believes them, but only the terminal knows, also of new sizes
            os.environ.pop(variable, None)
    config = configuration(catalog)
    flags = able.Flags(options.ascii, options.mouse, options.present, options.theme)
    settings = able.capabilities(flags, os.environ, config)
    app: Any = import_module("roofrack_tui.app")
    asked = spec if asks_for_a_plan(options) else None
    # A browser's visitors are not the person whose session this machine remembers.
    code: int = app.run(
        asked,
        settings,
        config,
        fresh=first_scenario(config, catalog),
        forget=options.fresh,
        remember=not able.in_browser(os.environ),
    )
    return code


def _is_terminal(stream: Any) -> bool:
    """Whether a stream is one; Python has None where it was closed before the start."""
    return stream is not None and stream.isatty()


def asks_for_a_plan(options: argparse.Namespace, besides: frozenset[str] = frozenset()) -> bool:
    """Whether the app's arguments name anything about a plan.

    Args:
        options: Parsed arguments.
        besides: Names of arguments that are about something else.
    """
    display = {"command", "run", "present", "mouse", "ascii", "theme", "fresh"}
    return any(value is not None for name, value in vars(options).items() if name not in display | besides)


def open_catalog() -> Catalog:
    """The default catalogue; what is wrong in the user's own files is said on stderr."""
    catalog = default_catalog()
    for problem in catalog.problems:
        print(f"roofrack: ignored {problem}", file=sys.stderr)
    for line in catalog.shadowed:
        print(f"roofrack: {line}", file=sys.stderr)
    return catalog


def print_json(value: object) -> None:
    """Print plain values as JSON that any parser reads."""
    import json

    print(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False))
