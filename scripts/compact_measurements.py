"""Write files of measurements in the compact form that ships: what rows share and long texts stand once.

What all rows share and legends of long texts stand above the header; rows are sorted into blocks of one device and model.

`python -m scripts.compact_measurements FROM_DIR TO_DIR`; the form is read by `roofrack.evidence.measurement`.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

LEGENDS = ("source_url", "note")
"""Columns of long texts that many rows share; their cells become numbers."""

BLOCKS = ("gpu", "model")
"""Columns whose value stands above each block of rows, in this order: a search skips blocks without reading their rows."""

IMPLIED = {"unit"}
"""Columns that others imply: a metric has one unit."""


def compact(text: str) -> str:
    """A CSV file in the compact form.

    Args:
        text: A CSV file with a header.
    """
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    columns = [name for name in rows[0] if name not in (*IMPLIED, *BLOCKS) and any(row[name] for row in rows)]
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
    blocks: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in rows:
        blocks.setdefault(tuple(row[name] for name in BLOCKS), []).append(row)
    for block in sorted(blocks):
        body.writelines(f"# {name} = {value}\n" for name, value in zip(BLOCKS, block, strict=True))
        writer.writerows([row[name] for name in varying] for row in blocks[block])
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
