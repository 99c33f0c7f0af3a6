"""Page `w`: any number of the plan, derived step by step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from roofrack.explain import Derivation, explain
from roofrack.report.explain_text import mark, sources_of
from roofrack.results import Plan
from roofrack_tui.commands import WHY, bindings
from roofrack_tui.keymap import with_keys
from roofrack_tui.screens.pages.gathered import GatheredPage
from roofrack_tui.tabular import Column, heading, table

_NAMES = {
    "ttft_s": "TTFT",
    "tpot_s": "TPOT",
    "output_tokens_per_s": "tok/s total",
    "tokens_per_s_per_user": "tok/s each",
    "requests_per_s": "requests/s",
    "e2e_latency_s": "latency",
    "weights_bytes": "weights",
    "kv_bytes_per_token": "KV per token",
    "kv_capacity_tokens": "KV capacity",
    "max_concurrency": "at once",
    "usd_per_million_output_tokens": "$ per million",
    "usd_per_hour": "$ per hour",
}
"""Numbers as the page names them, those that are asked about most first."""

_TURNING = "{why-previous} {why-next} chooses another number"

_STEPS = (
    Column("step"),
    Column("how", style="$foreground-muted", wraps=True),
    Column("value", right=True, style="bold"),
    Column(style="$foreground-muted"),
)


class WhyPage(GatheredPage):
    """One number at a time: words, formula, steps, sources, band, nearest measurement.

    Args:
        plan: The plan at hand.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(WHY)
    MEANWHILE = "Deriving …"

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._at = 0

    def gather(self) -> tuple[Derivation, ...]:
        """All derivations, in the order in which the page names them."""
        found = {derivation.name: derivation for derivation in explain(self.plan)}
        return tuple(found[name] for name in _NAMES if name in found)

    def told(self, found: tuple[Derivation, ...], width: int) -> Iterator[Content]:
        """The names of all numbers, and why one of them is what it is."""
        shown = found[self._at]
        yield from _names(found, shown, width)
        yield Content.styled(with_keys(_TURNING, self.keys), "$foreground-muted")
        yield heading(f"{shown.title}: {shown.value}")
        if shown.words:
            yield Content(shown.words)
        if shown.symbols:
            yield Content.styled(shown.symbols, "bold $text-accent")
        if shown.lines:
            yield Content()
            yield from _steps(shown, width)
        for title, text in (("How sure", shown.band), ("Nearest measurement", shown.nearest)):
            if text:
                yield Content()
                yield heading(title)
                yield from (Content(part) for part in _sentences(text))

    def action_other(self, step: int) -> None:
        """Derive another number.

        Args:
            step: 1 for the next, -1 for the one before.
        """
        if self._found:
            self._at = (self._at + step) % len(self._found)
            self.scroll_home(animate=False)
            self.on_resize()


def _names(found: tuple[Derivation, ...], shown: Derivation, width: int) -> Iterator[Content]:
    """The names of all numbers, as many on a line as fit."""
    line = Content()
    for one in found:
        name = _NAMES[one.name]
        part = Content.styled(f"▸{name}", "bold reverse") if one is shown else Content.styled(f" {name}", "$text-muted")
        if line.cell_length + part.cell_length + 2 > width:
            yield line
            line = Content()
        line = line + part + Content("  ")
    yield line


def _steps(derivation: Derivation, width: int) -> Iterator[Content]:
    sources = sources_of(derivation)
    rows = [[line.what, line.formula, line.value, mark(line.source, sources)] for line in derivation.lines]
    yield from table(_STEPS, rows, width)
    for source in sources:
        yield from Content.styled(f"{mark(source, sources)} {source}", "$foreground-muted").wrap(width)


def _sentences(text: str) -> Iterator[str]:
    """Clauses on lines of their own."""
    for part in text.split("; "):
        yield f"· {part}"
