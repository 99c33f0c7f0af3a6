"""The box: which models the rack at hand serves, at which format and how fast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.content import Content

from roofrack.report.search_command import box_command
from roofrack.report.search_csv import box_csv
from roofrack.report.search_text import box_text, search_aims
from roofrack.report.table import markdown_table
from roofrack.report.units import rate
from roofrack.search import Box, BoxSpec, box
from roofrack_tui.commands import BOXING, Command, bindings
from roofrack_tui.export.exhibit import Exhibit, markdown_report
from roofrack_tui.screens.searching_fields import BOX_FIELDS, Field, Wanted, box_wanted
from roofrack_tui.screens.searching_progress import Step, Tell
from roofrack_tui.screens.searching_rows import Found, box_head, box_rows, catalog_name
from roofrack_tui.screens.searching_run import SearchingScreen
from roofrack_tui.widgets.columns import Cell
from roofrack_tui.words import short_device


class BoxScreen(SearchingScreen[BoxSpec, Box]):
    """Models that the rack holds: those that keep the targets first, each at the finest format that does."""

    NAME: ClassVar[str] = "What this rack serves"
    FIELDS: ClassVar[Sequence[Field]] = BOX_FIELDS
    KEYS: ClassVar[tuple[Command, ...]] = BOXING
    BINDINGS: ClassVar[list[BindingType]] = bindings(BOXING)
    ABOUT: ClassVar[str] = NAME

    def first_values(self) -> dict[str, Any]:
        """As a search, but of all models, on whatever engine runs."""
        return {**super().first_values(), "models": None, "engines": None}

    def ask(self, values: dict[str, Any]) -> Wanted[BoxSpec]:
        """A box."""
        return box_wanted(values, self.plan, self.catalog)

    def hunt(self, wanted: Wanted[BoxSpec], tell: Tell, cancelled: Callable[[], bool]) -> Box:
        """Try one model after the other."""

        def told(done: int, total: int) -> None:
            tell(Step(done, total, f"{done:,} of {total:,} models"))

        return box(wanted.spec, self.catalog, progress=told, cancelled=cancelled)

    def rows_of(self, found: Box) -> list[Found]:
        """Models, those that keep the targets first."""
        return box_rows(found, self.catalog)

    def head(self) -> tuple[Cell, ...]:
        """Names of the columns."""
        return box_head()

    def exhibited(self, found: Box) -> Exhibit:
        """The models that the rack serves."""
        spec, why = self.wanted.spec, self.wanted.why
        said = box_text(spec, found, why, markdown_table)
        return Exhibit(
            "box", lambda: markdown_report(self.NAME, said, command=self.command()), lambda: box_csv(spec, found)
        )

    def command(self) -> str:
        """`roofrack box`."""
        return box_command(self.wanted.spec)

    def asked_words(self, *, brief: bool = False) -> str:
        """Rack, load and targets."""
        rack, load = self.wanted.spec.rack, self.wanted.spec.workload
        nodes = f"{rack.nodes:,} nodes of " if rack.nodes > 1 else ""
        lengths = "" if brief else f", {load.prompt_tokens:,} → {load.output_tokens:,} tokens"
        why = f" · {self.wanted.why}" if self.wanted.why else ""
        device = short_device(self.catalog.device(rack.device).name)
        aims = ", ".join(search_aims(self.wanted.spec.targets))
        return f"{nodes}{rack.gpus_per_node}x {device} · {load.concurrency or 1:,} at once{lengths} · {aims}{why}"

    def answer(self, found: Box) -> Content:
        """How many models, and the largest of them."""
        kept = [row for row in found.rows if row.best.strain <= 1]
        tried = len(found.rows) + len(found.too_large)
        rest = f" · {self._too_large(found)}" if found.too_large else ""
        if not found.complete:
            rest += " · stopped early: not all models were tried"
        if not kept:
            said = f" None of {tried:,} models keeps the targets "
            return Content.assemble((said, "bold reverse $text-error"), (rest, "$foreground-muted"))
        speed = rate(kept[0].best.point.tokens_per_s_per_user.mid)
        largest = f" · the largest: {kept[0].model.name}, {speed} tok/s each"
        said = f" {len(kept):,} of {tried:,} models keep the targets "
        return Content.assemble((said, "bold reverse $text-success"), (rest, "$foreground-muted"), largest)

    def _too_large(self, found: Box) -> str:
        """The one model that fits in no format by its name, several by their number."""
        if len(found.too_large) == 1:
            return f"{catalog_name(found.too_large[0], self.catalog)} fits in no format"
        return f"{len(found.too_large):,} fit in no format"
