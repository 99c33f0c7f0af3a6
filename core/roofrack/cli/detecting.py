"""`roofrack detect`: the devices of this machine and the presets they are."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from roofrack.cli import commands
from roofrack.cli.subcommands import Command, Options

if TYPE_CHECKING:
    from roofrack.detect import DetectedDevice

MIB_PER_GIB = 1024


def add_commands(command: Command, _options: Options) -> None:
    """Add `detect`."""
    parser = command("detect", detect_command, "say which GPUs this machine has, and how to plan on them")
    parser.add_argument("--json", action="store_true", help="a list of flat objects")


def detect_command(options: argparse.Namespace) -> int:
    """`roofrack detect`; 1 where nothing was found."""
    from roofrack.detect import detect, rack_of
    from roofrack.report.table import table

    found = detect(commands.open_catalog())
    rows = [_row(index, device) for index, device in enumerate(found)]
    if options.json:
        commands.print_json(rows)
        return 0 if rows else 1
    if not rows:
        print(
            "roofrack: no driver answered: neither nvidia-smi nor rocm-smi nor amd-smi, and no processor is described"
        )
        return 1
    names = ("index", "name", "id", "memory_gib", "used_gib")
    cells = [["-" if row[name] is None else f"{row[name]}" for name in names] for row in rows]
    print(table(("", "the driver says", "preset", "GiB", "in use"), cells, left=3))
    for note in dict.fromkeys(row["note"] for row in rows if row["note"]):
        print(f"! {note}")
    rack = rack_of(found)
    if rack is not None:
        print(f"\nPlan on it: roofrack plan MODEL --rack {rack.gpus_per_node}x{rack.device}, or --rack detected")
    return 0


def _row(index: int, device: DetectedDevice) -> dict[str, Any]:
    reported, preset = device
    unknown = (
        "" if preset else f"no preset has the name '{reported.name}': add your own, or name the nearest with --rack"
    )
    return {
        "id": preset.id if preset else None,
        "index": index,
        "name": reported.name,
        "vendor": reported.vendor,
        "memory_gib": _gib(reported.memory_mib),
        "used_gib": _gib(reported.used_mib),
        "preset_memory_gib": _gib(preset.memory_mib) if preset else None,
        "note": reported.note or unknown or None,
    }


def _gib(mib: int | None) -> float | None:
    return None if mib is None else round(mib / MIB_PER_GIB, 2)
