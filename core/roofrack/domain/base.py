"""What every domain type shares: frozen, strict about unknown keys, cleaned text."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from roofrack.text import clean


class Frozen(BaseModel):
    """Base of the domain types: immutable, hashable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null", allow_inf_nan=False)


def _cleaned(text: str) -> str:
    return clean(text, limit=600)


Text = Annotated[str, AfterValidator(_cleaned)]
"""A string from outside, cleaned."""

Id = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._+@:/-]*$")]
"""A preset's id or alias: letters, digits and . _ + @ : / - only."""

Count = Annotated[int, Field(ge=1, le=10_000_000)]
Size = Annotated[int, Field(ge=0, le=10**15)]
Positive = Annotated[float, Field(gt=0, le=1e15)]
NotNegative = Annotated[float, Field(ge=0, le=1e15)]
Fraction = Annotated[float, Field(gt=0, le=1)]


class Source(Frozen):
    """Where a fact comes from.

    Args:
        text: A repository path, a package with version and path, or an address.
        date: When it was published or read, as fine as known (`2026`, `2026-07`, `2026-07-20`).
        confidence: `A` a primary source, `B` a secondary one, `C` a guess or from memory.
        note: What a reader should know about it.
    """

    text: Text
    date: Text = ""
    confidence: Annotated[str, Field(pattern="^[ABC]$")] = "A"
    note: Text = ""
