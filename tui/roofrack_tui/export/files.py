"""Names for exported files."""

from __future__ import annotations

from pathlib import Path

from roofrack.files import what_is_at
from roofrack.results import Plan
from roofrack_tui.screens.save import slug


def default_name(plan: Plan, about: str = "") -> str:
    """A name for files about a plan, without ending.

    Args:
        plan: The plan.
        about: What of it, where it is not the plan itself.
    """
    scenario = plan.scenario
    title = scenario.spec.title or (
        f"{scenario.model.name} {scenario.rack.device_count}x {scenario.rack.device.id} {scenario.weights.id}"
    )
    return f"roofrack-{slug(title)}" + (f"-{slug(about)}" if about else "")


def unused(folder: Path, stem: str, suffix: str) -> Path:
    """A path that nothing has yet: `name.md`, else `name-2.md` and so on.

    Args:
        folder: Where.
        stem: The name without ending.
        suffix: The ending without its dot.
    """
    path = folder / f"{stem}.{suffix}"
    number = 2
    while what_is_at(path):
        path = folder / f"{stem}-{number}.{suffix}"
        number += 1
    return path


def middle_cut(text: str, width: int) -> str:
    """A text that fits: its beginning and its end where it is too long, since a path and a size end it.

    Args:
        text: One line.
        width: Cells across.
    """
    if len(text) <= width or width < 3:
        return text
    end = (width - 1) * 2 // 3
    return f"{text[: width - 1 - end]}…{text[-end:]}"
