"""The calibration as a TOML file that people can read."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

from roofrack.domain.base import Frozen
from roofrack.domain.calibration import Calibration

HEADER = """\
# The constants of the speed model; `domain/calibration.py` says what each means and in which unit.
# Written by `python -m scripts.fit_calibration`; ACCURACY.md has its errors. Names ending in `_s` are seconds; all others are
# factors or shares. Effective values are products: physics × engine era × device class × kernel. `rows` says how many published
# measurements stand behind a row; 0 (or none) means that nothing was measured and the band is wider.
"""

TABLES = ("eras", "device_classes", "kernels", "links", "bands")
SHOWN_AT_DEFAULT = ("stream", "compute", "rows")


def toml(calibration: Calibration) -> str:
    """Write a calibration.

    Args:
        calibration: The constants.
    """
    blocks = [
        HEADER,
        f"source = {_inline(calibration.source)}\n",
        "[physics]\n" + "\n".join(_lines(calibration.physics)),
    ]
    for table in TABLES:
        for row in getattr(calibration, table):
            note = "# Nothing measured; what such links are known to reach.\n" if _unmeasured_link(table, row) else ""
            blocks.append(f"{note}[[{table}]]\n" + "\n".join(_lines(row)))
    return "\n".join(block if block.endswith("\n") else block + "\n" for block in blocks)


def _unmeasured_link(table: str, row: Frozen) -> bool:
    return table == "links" and getattr(row, "rows", 1) == 0


def _lines(row: Frozen) -> Iterator[str]:
    for field in dataclasses.fields(row):  # type: ignore[arg-type]
        value = getattr(row, field.name)
        if value == field.default and field.name not in SHOWN_AT_DEFAULT:
            continue
        yield f"{field.name} = {_text(value)}"


def _text(value: object) -> str:
    if isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Frozen):
        return _inline(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    return str(value)


def number(value: float) -> str:
    """A number with four significant digits, as TOML has it.

    Args:
        value: A number.
    """
    text = f"{value:.4g}"
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else text


def _inline(row: Frozen) -> str:
    given = ((field, getattr(row, field.name)) for field in dataclasses.fields(row))  # type: ignore[arg-type]
    return "{ " + ", ".join(f"{field.name} = {_text(value)}" for field, value in given if value != field.default) + " }"
