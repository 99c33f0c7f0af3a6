"""Write files of measurements in the compact form that ships: what all rows share and long texts stand once, above the header.

`python -m scripts.compact_measurements FROM_DIR TO_DIR`; the form is read by `roofrack.evidence.measurement`.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

LEGENDS = ("source_url", "note", "model")
"""Columns of long texts that many rows share; their cells become numbers."""

IMPLIED = {"unit"}
"""Columns that others imply: a metric has one unit."""


def compact(text: str) -> str:
    """A CSV file in the compact form.

    Args:
        text: A CSV file with a header.
    """
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    columns = [name for name in rows[0] if name not in IMPLIED and any(row[name] for row in rows)]
    shared = {name: rows[0][name] for name in columns if len({row[name] for row in rows}) == 1}
    varying = [name for name in columns if name not in shared]
    lines = [f"# {name} = {value}" for name, value in shared.items()]
    for name in (name for name in LEGENDS if name in varying):
        numbers = {value: str(number) for number, value in enumerate(dict.fromkeys(row[name] for row in rows), 1)}
        lines += [f"# {name} {number} = {value}" for value, number in numbers.items() if value]
        for row in rows:
            row[name] = numbers[row[name]] if row[name] else ""
    body = io.StringIO()
    writer = csv.writer(body, lineterminator="\n")
    writer.writerow(varying)
    writer.writerows([row[name] for name in varying] for row in rows)
    return "\n".join(lines) + "\n" + body.getvalue()


def main(arguments: list[str]) -> int:
    """Convert a folder.

    Args:
        arguments: The folder with plain files, and the folder to write to.
    """
    source, target = map(Path, arguments)
    for path in sorted(source.glob("*.csv")):
        made = compact(path.read_text(encoding="utf-8"))
        (target / path.name).write_text(made, encoding="utf-8")
        print(f"{path.name}: {len(made):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
