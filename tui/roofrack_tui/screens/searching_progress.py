"""How far something is that takes seconds, as a bar and as messages from its thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from textual.content import Content
from textual.message import Message

from roofrack.report.units import whole_percent

_BAR = 24


class Step(NamedTuple):
    """How far it is.

    Args:
        done: Steps done.
        total: All of them.
        said: What belongs beside the bar.
    """

    done: int
    total: int
    said: str

    @property
    def bar(self) -> Content:
        """A bar, the percentage, and what is said."""
        share = self.done / max(self.total, 1)
        full = round(_BAR * share)
        drawn = Content.assemble(("━" * full, "$text-primary"), ("─" * (_BAR - full), "$foreground-muted"))
        said = (f" · {self.said}", "$foreground-muted") if self.said else ""
        return Content.assemble(drawn, f" {whole_percent(share)}", said)


Tell = Callable[[Step], None]


@dataclass
class Told(Message):
    """A run came further."""

    run: int
    step: Step


@dataclass
class Ended(Message):
    """A run ended: with what it found, or with why there is nothing."""

    run: int
    found: Any
    problem: str = ""
