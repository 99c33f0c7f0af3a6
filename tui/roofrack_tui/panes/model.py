"""Pane 1: which model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.reactive import var
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from roofrack.results import Plan
from roofrack_tui.library import ModelRow, model_row
from roofrack_tui.messages import ModelChosen, ModelsSeen
from roofrack_tui.pane import Pane
from roofrack_tui.search import Search
from roofrack_tui.widgets.columns import Cell, Columns
from roofrack_tui.widgets.filter import Filter
from roofrack_tui.widgets.menu import Menu


class ModelPane(Pane):
    """A filter and a list of models, each with size, kind of attention, and whether it fits."""

    NAME = "Model"
    HELP = (
        "Every model of the library, and your own presets. Moving through the list plans each model at once; / filters by name, size or hub id.\n\n"
        "B is 10⁹ parameters, all experts included. The kind of attention decides how much KV cache a token needs: MHA keeps keys and values of every"
        " head, GQA shares them among groups of heads, MQA among all, MLA keeps one small latent. +win: some layers see only a window of the latest"
        " tokens. +lin: some keep a state of fixed size instead of a cache. +dsa: some read only the cached tokens that an index picks. A5.1B: of a mixture of experts, one token passes so many parameters.\n\n"
        "✓ it would fit on this rack with these formats; ✗ it would not; – these choices do not go with it."
    )

    rows: var[tuple[ModelRow, ...]] = var((), init=False)
    marks: var[Mapping[str, bool | None]] = var({}, init=False)

    def __init__(self, plan: Plan, number: int, *, classes: str = "") -> None:
        super().__init__(plan, number, classes=classes)
        self._search = Search()
        self.set_reactive(ModelPane.rows, (model_row(plan.scenario.model),))

    def compose(self) -> ComposeResult:
        """The filter above the list."""
        yield Filter(placeholder="/ to filter", id="filter")
        yield Menu(id="models", compact=True)

    def part(self, plan: Plan) -> object:
        """The model, and all that decides which models fit."""
        return plan.scenario.model.id, replace(
            plan.scenario.spec, workload=replace(plan.scenario.spec.workload, concurrency=None)
        )

    def show_plan(self, plan: Plan) -> None:
        """Point at the plan's model and ask anew which models fit."""
        self.query_one(Menu).point_at(plan.scenario.model.id)
        self.call_after_refresh(self._ask)

    def watch_rows(self) -> None:
        """Show the library."""
        self._fill()

    def watch_marks(self, old: Mapping[str, bool | None], new: Mapping[str, bool | None]) -> None:
        """Mark the models that fit."""
        menu = self.query_one(Menu)
        rows = {row.id: row for row in self.rows}
        for index, option in enumerate(menu.options):
            name = option.id or ""
            if name in new and old.get(name, ...) is not new[name]:
                menu.replace_option_prompt_at_index(index, self._prompt(rows[name]))

    def enter(self) -> None:
        """Go to the list: in the filter, every key is a letter."""
        self.query_one(Menu).focus()

    def find(self) -> None:
        """Put the focus into the filter."""
        self.query_one(Filter).focus()

    def leave_filter(self) -> bool:
        """Go from the filter to the list, clearing the filter; whether the focus was there."""
        field = self.query_one(Filter)
        if not field.has_focus:
            return False
        field.value = ""
        self.query_one(Menu).focus()
        return True

    @on(Input.Changed)
    def _filtered(self) -> None:
        self._fill()

    @on(Input.Submitted)
    def _take_first(self) -> None:
        menu = self.query_one(Menu)
        if menu.option_count:
            menu.focus()
            if menu.highlighted is None:
                menu.highlighted = 0
            self._chosen(menu.highlighted_option)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self._chosen(event.option)

    @on(Menu.Moved)
    def _ask(self) -> None:
        seen = self.query_one(Menu).ids_in_sight
        if seen:
            self.post_message(ModelsSeen(seen))

    def _chosen(self, option: Option | None) -> None:
        if option is not None and option.id and self.plan and option.id != self.plan.scenario.model.id:
            self.post_message(ModelChosen(option.id))

    def _fill(self) -> None:
        wanted = self.query_one(Filter).value.strip()
        menu = self.query_one(Menu)
        with self.prevent(OptionList.OptionHighlighted):
            menu.set_options(
                Option(self._prompt(row), id=row.id)
                for row in self._search.best(wanted, self.rows, lambda row: row.sought)
            )
        self.border_subtitle = f"{menu.option_count} of {len(self.rows)}" if wanted else ""
        if self.plan:
            menu.point_at(self.plan.scenario.model.id)
        self.call_after_refresh(self._ask)

    def _prompt(self, row: ModelRow) -> Columns:
        fits = self.marks.get(row.id, ...)
        mark = " " if fits is ... else "–" if fits is None else "✓" if fits else "✗"
        style = {"✓": "$text-success", "✗": "$text-error"}.get(mark, "dim")
        return Columns(
            (
                Cell(mark, 1, style=style),
                Cell(row.name),
                Cell(row.params, 5, right=True, style="dim"),
                Cell(row.active, 6, style="dim", from_width=42),
                Cell(row.kind, 7, style="dim", from_width=32),
            )
        )
