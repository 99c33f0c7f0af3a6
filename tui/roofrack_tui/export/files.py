"""Names for exported files, and their sizes in words."""

from __future__ import annotations

from pathlib import Path

from roofrack.results import Plan
from roofrack.text import clean
from roofrack_tui.screens.save import slug


def default_name(plan: Plan) -> str:
    """A name for files about a plan, without ending.

    Args:
        plan: The plan.
    """
    scenario = plan.scenario
    title = scenario.spec.title or (
        f"{scenario.model.name} {scenario.rack.device_count}x {scenario.rack.device.id} {scenario.weights.id}"
    )
    return f"roofrack-{slug(title)}"


def unused(folder: Path, stem: str, suffix: str) -> Path:
    """A path that nothing has yet: `name.md`, else `name-2.md` and so on.

    Args:
        folder: Where.
        stem: The name without ending.
        suffix: The ending without its dot.
    """
    path = folder / f"{stem}.{suffix}"
    number = 2
    while path.exists():
        path = folder / f"{stem}-{number}.{suffix}"
        number += 1
    return path


def shown(path: Path) -> str:
    """A path as people see it: within the current directory without the way there.

    Args:
        path: Any.
    """
    whole = path.expanduser().absolute()
    here = Path.cwd()
    return clean(f"./{whole.relative_to(here)}" if whole.is_relative_to(here) else str(whole), limit=400)


def size(byte_count: int) -> str:
    """A file's size: `412 bytes`, `4.2 kB`.

    Args:
        byte_count: How many bytes.
    """
    return f"{byte_count:,} bytes" if byte_count < 1000 else f"{byte_count / 1000:,.1f} kB"
