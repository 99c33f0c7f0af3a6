"""How the main screen is arranged for a size."""

from __future__ import annotations

LEAST_WIDTH, LEAST_HEIGHT = 60, 20
SHAPES = ("-tiny", "-narrow", "-tabs", "-columns", "-tall", "-roomy")


def shape(width: int, height: int) -> frozenset[str]:
    """The classes of a size.

    Args:
        width: Cells across.
        height: Cells down.
    """
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return frozenset({"-tiny"})
    if width >= 100 and height >= 36:
        return frozenset({"-columns", "-roomy"} if width >= 160 and height >= 50 else {"-columns"})
    found = {"-tabs"}
    if width < 80:
        found.add("-narrow")
    if height >= 44:
        found.add("-tall")
    return frozenset(found)
