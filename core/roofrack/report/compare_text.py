"""A comparison as text for a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from roofrack.compare.results import Cell, Comparison
from roofrack.report.command_line import command_line
from roofrack.report.compare_words import (
    UNCLEAR,
    VERDICT_WORDS,
    WORDS,
    band_text,
    place_text,
    ratio_text,
    value_text,
)
from roofrack.report.plan_text import title
from roofrack.report.table import cells, markdown_table, table

_WIDEST_HEAD = 22
"""Cells of a name at the head of a column; where one is longer, letters stand for all."""


def compare_text(comparison: Comparison) -> str:
    """The plans, the difference table, the bands, and what ends each plan's best.

    Args:
        comparison: The comparison.
    """
    heads = _heads(comparison)
    blocks = [
        f"Compared {place_text(comparison)}; ratios and verdicts against the first.",
        "\n".join(f"{mark}  {name}" for mark, name in zip(_letters(comparison), comparison.names, strict=True)),
        table(["", *heads], _rows(comparison, _judged), left=1),
    ]
    bands = [row for row in _rows(comparison, band_text) if any(row[1:])]
    if bands:
        blocks.append("80 % bands:\n" + table(["", *heads], bands, left=1))
    notes = _notes(comparison)
    if notes:
        blocks.append("\n".join(notes))
    if any(cell.verdict == "unclear" for row in comparison.rows for cell in row.cells):
        blocks.append(UNCLEAR)
    return "\n\n".join(blocks)


def compare_markdown(comparison: Comparison) -> str:
    """The same as a Markdown report, with the command that makes each plan again.

    Args:
        comparison: The comparison.
    """
    letters = _letters(comparison)
    plans = [
        [letter, name, title(plan.scenario), "yes" if plan.memory.fits else "no"]
        for letter, name, plan in zip(letters, comparison.names, comparison.plans, strict=True)
    ]
    blocks = [
        "# Comparison",
        f"Compared {place_text(comparison)}; ratios and verdicts against the first.",
        markdown_table(("", "name", "plan", "fits"), plans, left=4),
        markdown_table(["", *_marked_names(comparison)], _rows(comparison, _all), left=1),
    ]
    notes = _notes(comparison)
    if notes:
        blocks.append("\n".join(f"- {note}" for note in notes))
    blocks.append(f"{UNCLEAR}. Ranges are 80 % bands.")
    commands = "\n".join(command_line(plan.scenario.spec) for plan in comparison.plans)
    blocks.append(f"```\n{commands}\n```")
    return "\n\n".join(blocks)


def _letters(comparison: Comparison) -> str:
    return "ABCDEFGH"[: len(comparison.plans)]


def _marked_names(comparison: Comparison) -> list[str]:
    return [f"{letter} {name}" for letter, name in zip(_letters(comparison), comparison.names, strict=True)]


def _heads(comparison: Comparison) -> Sequence[str]:
    marked = _marked_names(comparison)
    return marked if max(map(cells, marked)) <= _WIDEST_HEAD else _letters(comparison)


def _rows(comparison: Comparison, write: Callable[[str, Cell], str]) -> list[list[str]]:
    return [[WORDS[row.id].label, *(write(row.id, cell) for cell in row.cells)] for row in comparison.rows]


def _judged(row_id: str, cell: Cell) -> str:
    return " ".join(part for part in (value_text(row_id, cell), ratio_text(cell), VERDICT_WORDS[cell.verdict]) if part)


def _all(row_id: str, cell: Cell) -> str:
    band = band_text(row_id, cell)
    judged = " ".join(part for part in (ratio_text(cell), VERDICT_WORDS[cell.verdict]) if part)
    value = f"{value_text(row_id, cell)} ({band})" if band else value_text(row_id, cell)
    return f"{value}, {judged}" if judged else value


def _notes(comparison: Comparison) -> list[str]:
    pairs = zip(_marked_names(comparison), comparison.notes, strict=True)
    return [f"{name}: {note}" for name, note in pairs if note]
