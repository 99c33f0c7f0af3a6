"""The rules of thumb as text: a table, and under it why each differs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import groupby

from roofrack.report.table import table
from roofrack.rules.rule import Rule

HEAD = ("rule", "what", "says", "exact", "unit", "rule / exact")


def rules_rows(found: Sequence[Rule]) -> list[list[str]]:
    """Rules as cells of `HEAD`."""
    return [
        [
            row.id,
            row.title,
            number(row.value),
            number(row.exact),
            row.unit,
            "-" if row.ratio is None else f"{row.ratio:.3g}",
        ]
        for row in found
    ]


def rules_text(found: Sequence[Rule]) -> str:
    """Tables, one an example where there are several, and under them source, formula and caveat of each rule."""
    blocks = []
    for example, rows in groupby(found, key=lambda row: row.inputs.get("example", "")):
        lines = table(HEAD, rules_rows(list(rows)), left=2)
        blocks.append(f"{example}\n{lines}" if example else lines)
    notes: dict[str, str] = {}
    for row in found:
        text = f"{row.formula} ({row.source}). {row.caveat}"
        notes.setdefault(text, textwrap.fill(f"{row.id}  {text}", width=118, subsequent_indent="    "))
    return "\n\n".join([*blocks, "\n".join(notes.values())])


def number(value: float | None) -> str:
    """A number of any size with three figures, large ones with separators."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
