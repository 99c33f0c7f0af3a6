"""Derivations as text and as JSON objects."""

from __future__ import annotations

from typing import Any

from roofrack.explain import Derivation
from roofrack.report.table import table


def derivations_text(derivations: tuple[Derivation, ...]) -> str:
    """Derivations one after another: title, a table from inputs to value, the band."""
    return "\n\n".join(_text(derivation) for derivation in derivations)


def _text(derivation: Derivation) -> str:
    blocks = [f"{derivation.title} ({derivation.name}): {derivation.value}"]
    if derivation.lines:
        rows = [[line.what, line.formula, line.value, line.source] for line in derivation.lines]
        body = table(("", "how", "value", "source"), rows, left=4).split("\n")[1:]
        blocks += ["  " + line for line in body]
    if derivation.band:
        blocks.append("  " + derivation.band)
    if derivation.nearest:
        blocks.append("  nearest: " + derivation.nearest)
    return "\n".join(blocks)


def derivation_json(derivation: Derivation) -> dict[str, Any]:
    """A derivation as a flat object with an `id`."""
    return {
        "id": derivation.name,
        "title": derivation.title,
        "value": derivation.value,
        "steps": [line._asdict() for line in derivation.lines],
        "band": derivation.band,
        "nearest": derivation.nearest,
    }
