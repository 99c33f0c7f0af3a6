"""Write the tables of ACCURACY.md as a few kilobytes that ship: `presets/roofrack_presets/accuracy.tsv`.

`python -m scripts.compact_accuracy`; the fit does so itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from roofrack.evidence.published import COLUMNS, FILE

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "ACCURACY.md"
TABLE = ROOT / "presets" / "roofrack_presets" / FILE

_HEADER = "| |" + "".join(f" {title}: n | median | mean | bias |" for title in COLUMNS)


def compact(report: str) -> str:
    """The report's tables that have all columns, one line a row, percentages as fractions.

    Args:
        report: ACCURACY.md.
    """
    head = f"# Written by scripts/compact_accuracy.py from ACCURACY.md: section, name, then n, median, mean, bias {', '.join(COLUMNS)}"
    return "\n".join((head, *_lines(report))) + "\n"


def _lines(report: str) -> Iterator[str]:
    section, inside = "", False
    for line in report.splitlines():
        if line.startswith("## "):
            section, inside = line[3:], False
        elif line == _HEADER:
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("|---"):
            name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
            yield "\t".join((section, name, *(_cell(cell) for cell in cells)))


def _cell(cell: str) -> str:
    return f"{float(cell[:-1]) / 100:.4g}" if cell.endswith("%") else cell.replace(",", "")


def main() -> None:
    """Write the file."""
    TABLE.write_text(compact(REPORT.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
