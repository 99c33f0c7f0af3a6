"""Derivations as text and as JSON objects."""

from __future__ import annotations

from typing import Any

from roofrack.explain import Derivation
from roofrack.report.table import table


def derivations_text(derivations: tuple[Derivation, ...]) -> str:
    """Derivations one after another: title, how it comes about, a table from inputs to value, sources, the band."""
    return "\n\n".join(_text(derivation) for derivation in derivations)


def _text(derivation: Derivation) -> str:
    blocks = [f"{derivation.title} ({derivation.name}): {derivation.value}"]
    blocks += ["  " + text for text in (derivation.words, derivation.symbols) if text]
    if derivation.lines:
        sources = sources_of(derivation)
        rows = [[line.what, line.formula, line.value, mark(line.source, sources)] for line in derivation.lines]
        body = table(("", "how", "value", ""), rows, left=4).split("\n")[1:]
        blocks += ["  " + line.rstrip() for line in body]
        blocks += [f"  {mark(source, sources)} {source}" for source in sources]
    if derivation.band:
        blocks.append("  " + derivation.band)
    if derivation.nearest:
        blocks.append("  nearest: " + derivation.nearest)
    return "\n".join(blocks)


def sources_of(derivation: Derivation) -> tuple[str, ...]:
    """The sources of a derivation, each once, in the order in which they are needed.

    Args:
        derivation: The derivation.
    """
    return tuple(dict.fromkeys(line.source for line in derivation.lines if line.source))


def mark(source: str, sources: tuple[str, ...]) -> str:
    """The number of a source: `[1]`; empty for none.

    Args:
        source: The source.
        sources: All of them.
    """
    return f"[{sources.index(source) + 1}]" if source else ""


def derivation_json(derivation: Derivation) -> dict[str, Any]:
    """A derivation as a flat object with an `id`."""
    return {
        "id": derivation.name,
        "title": derivation.title,
        "value": derivation.value,
        "words": derivation.words,
        "formula": derivation.symbols,
        "steps": [line._asdict() for line in derivation.lines],
        "band": derivation.band,
        "nearest": derivation.nearest,
    }
