"""Plain aligned tables for terminals that are not the app."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """Align columns with two spaces between them.

    Args:
        head: Column names.
        rows: Cells as text.
        left: How many leading columns are words and align left; the others are numbers and align right.
    """
    widths = [max(cells(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = []
    for row in (head, *rows):
        aligned = (_pad(cell, widths[i], right=i >= left) for i, cell in enumerate(row))
        lines.append("  ".join(aligned).rstrip())
    return "\n".join(lines)


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """The same as a Markdown table; a `|` in a cell is escaped."""
    rule = ["---" if i < left else "---:" for i in range(len(head))]
    lines = [head, rule, *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def cells(text: str) -> int:
    """Terminal cells that a cleaned string takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, width: int, *, right: bool) -> str:
    gap = " " * (width - cells(text))
    return gap + text if right else text + gap
