"""The search: from a load, its targets and a budget to the racks that carry it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from roofrack.catalog import Catalog
from roofrack.report.search_command import search_command
from roofrack.report.search_csv import search_csv
from roofrack.report.search_text import LIMIT_WORDS, search_aims, search_text
from roofrack.report.table import markdown_table
from roofrack.report.units import usd
from roofrack.results import Plan
from roofrack.search import Candidate, Progress, SearchResult, SearchSpec, search
from roofrack_tui.commands import SEARCHING, Command, bindings
from roofrack_tui.export.exhibit import Exhibit, markdown_report
from roofrack_tui.raster.look import Look
from roofrack_tui.screens.searching_fields import SEARCH_FIELDS, SORTS, Field, Wanted, search_wanted
from roofrack_tui.screens.searching_progress import Step, Tell
from roofrack_tui.screens.searching_rows import BEST, Found, catalog_name, rack_name, search_head, search_rows, trade
from roofrack_tui.screens.searching_run import SearchingScreen
from roofrack_tui.widgets.chart import Chart
from roofrack_tui.widgets.columns import Cell
from roofrack_tui.widgets.menu import Menu


class SearchScreen(SearchingScreen[SearchSpec, SearchResult]):
    """Racks, formats and layouts that keep the targets, ranked, beside what speed for one user costs.

    Args:
        plan: The plan to start from.
        catalog: Where ids are looked up.
        look: How the chart is drawn.
    """

    NAME: ClassVar[str] = "Search racks"
    FIELDS: ClassVar[Sequence[Field]] = SEARCH_FIELDS
    KEYS: ClassVar[tuple[Command, ...]] = SEARCHING
    BINDINGS: ClassVar[list[BindingType]] = bindings(SEARCHING)
    ABOUT: ClassVar[str] = NAME

    def __init__(self, plan: Plan, catalog: Catalog, look: Look) -> None:
        super().__init__(plan, catalog)
        self._look = look

    def beside(self) -> ComposeResult:
        """Cost against speed."""
        yield Chart(look=self._look)

    def ask(self, values: dict[str, Any]) -> Wanted[SearchSpec]:
        """A search."""
        return search_wanted(values, self.plan, self.catalog)

    def hunt(self, wanted: Wanted[SearchSpec], tell: Tell, cancelled: Callable[[], bool]) -> SearchResult:
        """Search."""

        def told(now: Progress) -> None:
            tell(Step(now.done, now.total, _progress_words(now, self.catalog)))

        return search(wanted.spec, self.catalog, progress=told, cancelled=cancelled)

    def rows_of(self, found: SearchResult) -> list[Found]:
        """Plans, best first."""
        return search_rows(self.wanted.spec, found, self.catalog)

    def head(self) -> tuple[Cell, ...]:
        """Names of the columns."""
        return search_head(several=len(self.values["models"]) > 1)

    def exhibited(self, found: SearchResult) -> Exhibit:
        """The racks found."""
        wanted = self.wanted
        said = search_text(wanted.spec, found, wanted.why, markdown_table)
        return Exhibit(
            "search", lambda: markdown_report("Racks", said, command=self.command()), lambda: search_csv(found)
        )

    def command(self) -> str:
        """`roofrack search`."""
        return search_command(self.wanted.spec)

    def asked_words(self, *, brief: bool = False) -> str:
        """Load, targets and limits."""
        spec, load = self.wanted.spec, self.wanted.spec.workload
        models = [catalog_name(one, self.catalog) for one in spec.models]
        limits = f"at most {spec.limits.gpus:,} GPUs"
        if spec.limits.usd_per_hour is not None:
            limits += f" and {usd(spec.limits.usd_per_hour)} an hour"
        lengths = "" if brief else f", {load.prompt_tokens:,} → {load.output_tokens:,} tokens"
        aims = ", ".join(search_aims(spec.targets)) + (" (worst of the 80 % band)" if spec.sure else "")
        why = f" · {self.wanted.why}" if self.wanted.why else ""
        return f"{', '.join(models)} · {spec.concurrency:,} at once{lengths} · {aims} · {limits}{why}"

    def answer(self, found: SearchResult) -> Content:
        """The best plan, or why there is none."""
        counted = f" · {found.evaluated:,} plans" + ("" if found.complete else ", stopped early: there may be better")
        # Without what follows in brackets: options of the command line, which here is the form.
        counted += "".join(f" · left out: {line.partition(' (')[0]}" for line in found.left_out)
        if found.ranked:
            best = found.ranked[0]
            price = "" if best.usd_per_hour is None else f", {usd(best.usd_per_hour)} an hour"
            return Content.assemble(
                (
                    f" {BEST[self.wanted.spec.sort]}: {rack_name(best, self.catalog)}, {best.weights}{price} ",
                    "bold reverse $text-success",
                ),
                (counted, "$foreground-muted"),
            )
        if found.miss is None:
            return Content.styled(
                self.told("stopped before anything was found: {search-edit} changes what is asked"), "$text-warning"
            )
        first, _, rest = found.miss.reason.partition(" ")
        return Content.assemble((f" ✗ {first.capitalize()} ", "bold reverse $text-error"), f" {rest}")

    def show_row(self) -> None:
        """Mark the row in the chart too."""
        super().show_row()
        row = self.row
        front = () if self.found is None else self.found.front
        self.set_class(not front, "-nothing")
        self.query_one(Chart).spec = trade(self.wanted.spec, self.rows, front, row.plan if row else None)

    @on(Chart.CursorMoved)
    def _moved(self, event: Chart.CursorMoved) -> None:
        event.stop()
        front: tuple[Candidate, ...] = () if self.found is None else self.found.front
        at = next((n for n, row in enumerate(self.rows) if row.plan in front and _usd(row.plan) == event.x), None)
        if at is not None:
            self.query_one(Menu).highlighted = at

    def action_sort(self) -> None:
        """Rank by the next quantity."""
        sort = SORTS[(SORTS.index(self.values["sort"]) + 1) % len(SORTS)]
        self.answer_field("sort", sort)

    def _at_present(self, command: Command) -> Command:
        """The key that shows the chart goes back to the table from there."""
        back = command.id == "search-view" and self.has_class("-chart")
        return super()._at_present(command._replace(label="table") if back else command)

    def action_view(self) -> None:
        """Show the chart instead of the table, or the other way round, where there is no room for both."""
        self.toggle_class("-chart")
        self.query_one(Chart if self.has_class("-chart") else Menu).focus()


def _usd(one: Candidate | None) -> float | None:
    return None if one is None else one.usd_per_hour


def _progress_words(now: Progress, catalog: Catalog) -> str:
    if now.lifted is not None:
        return f"nothing fits; looking without the limit on {LIMIT_WORDS[now.lifted]}"
    best = "" if now.best is None else f" · best so far {rack_name(now.best, catalog)}, {now.best.weights}"
    price = "" if _usd(now.best) is None else f" {usd(_usd(now.best) or 0)}/h"
    return f"{now.evaluated:,} plans{best}{price}"
