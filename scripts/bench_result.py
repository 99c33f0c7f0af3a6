"""One line of the benchmark."""

from __future__ import annotations

from typing import NamedTuple


class Result(NamedTuple):
    """One measurement beside its budget.

    Args:
        what: What was measured.
        value: The value with its unit.
        ratio: To the baseline of the same run; empty where there is none.
        budget: What it may be.
        kept: Whether it is.
    """

    what: str
    value: str
    ratio: str
    budget: str
    kept: bool
