"""Pane 1: which model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.reactive import var
from textual.strip import Strip
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from roofrack.filters import MODELS, Query, parse
from roofrack.resolve import is_path
from roofrack.results import Plan
from roofrack_tui import search
from roofrack_tui.commands import FINDING, bindings
from roofrack_tui.keymap import key_of, own_keys
from roofrack_tui.library import NOTHING_MATCHES, Row, model_key
from roofrack_tui.messages import ModelChosen, ModelsSeen
from roofrack_tui.pane import Pane
from roofrack_tui.widgets.columns import Cell, Columns
from roofrack_tui.widgets.filter import Filter
from roofrack_tui.widgets.menu import Menu

_APART = 2
"""Cells between what is typed and the count: the cursor, and a gap."""


class Finder(Filter):
    """The filter of the list below it; how many it found stands at its end, where what is typed leaves room."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(FINDING)

    counted: var[str] = var("", init=False)

    def watch_counted(self) -> None:
        """Show another count."""
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line, with the count."""
        strip, room = super().render_line(y), self.size.width - len(self.counted)
        if not self.counted or cell_len(self.value) + _APART > room:
            return strip
        muted = (self.visual_style + self.app.stylesheet.parse_style("$foreground-muted")).rich_style
        return Strip([*strip.crop(0, room), Segment(self.counted, muted)], self.size.width)


class ModelPane(Pane):
    """A filter and a list of models, each with size, kind of attention, and whether it fits."""

    NAME = "Model"
    HELP = (
        "Every model of the library, your own presets, and the models on this disk (the hub's cache, Ollama's store). Moving through the list plans each"
        " at once. {library} shows the list with all columns, {detail} every field of a model with its source, {own} adds one of your own.\n\n"
        "{filter} filters: words, kinds (gqa mla mqa mha window linear sparse moe dense own disk), bounds (<40b active<5b kv<64k context>=128k"
        " released>=2025 disk>10), licence:apache, family:qwen3, fits, and sort:size, name, kv, context, released or active (sort:-size turns it"
        " round). Together: qwen moe <40b gqa apache fits sort:kv. A path to a config.json, a checkpoint folder or a .gguf opens that model.\n\n"
        "B is 10^9 parameters, all experts included. The kind of attention decides how much KV cache a token needs: MHA keeps keys and values of every"
        " head, GQA shares them among groups of heads, MQA among all, MLA keeps one small latent. +win: some layers see only a window of the latest"
        " tokens. +lin: some keep a state of fixed size instead of a cache. +dsa: some read only the cached tokens that an index picks. A5.1B: of a mixture of experts, one token passes so many parameters.\n\n"
        "✓ it would fit on this rack with these formats; ✗ it would not; – these choices do not go with it."
    )

    rows: var[tuple[Row, ...]] = var((), init=False)
    marks: var[Mapping[str, bool | None]] = var({}, init=False)

    def __init__(self, plan: Plan, number: int, *, classes: str = "") -> None:
        super().__init__(plan, number, classes=classes)
        self._query = Query()
        self._prompts: dict[str, tuple[Row, object, Columns]] = {}

    def compose(self) -> ComposeResult:
        """The filter above the list."""
        yield Finder(placeholder=f"{key_of('filter', own_keys(self.app))} {MODELS.example}", id="filter")
        yield Menu(id="models")

    def part(self, plan: Plan) -> object:
        """The model, and all that decides which models fit."""
        return model_key(plan), replace(
            plan.scenario.spec, workload=replace(plan.scenario.spec.workload, concurrency=None)
        )

    def show_plan(self, plan: Plan) -> None:
        """Point at the plan's model and ask anew which models fit."""
        self.query_one(Menu).point_at(model_key(plan))
        self.call_after_refresh(self._ask)

    def watch_rows(self) -> None:
        """Show the library."""
        self._fill()

    def watch_marks(self, old: Mapping[str, bool | None], new: Mapping[str, bool | None]) -> None:
        """Mark the models that fit; where only those were asked for, show them."""
        if self._query.fits:
            self._fill()
            return
        menu = self.query_one(Menu)
        rows = {row.id: row for row in self.rows}
        for index, option in enumerate(menu.options):
            name = option.id or ""
            if name in new and old.get(name, ...) is not new[name]:
                menu.replace_option_prompt_at_index(index, self._prompt(rows[name]))

    def enter(self) -> None:
        """Go to the list: in the filter, every key is a letter."""
        self.screen.set_focus(self.query_one(Menu))

    def find(self) -> None:
        """Put the focus into the filter."""
        self.screen.set_focus(self.query_one(Filter))

    def leave_filter(self) -> bool:
        """Go from the filter to the list, clearing the filter; whether the focus was there."""
        field = self.query_one(Filter)
        if not field.has_focus:
            return False
        field.value = ""
        self.screen.set_focus(self.query_one(Menu))
        return True

    @on(Input.Changed)
    def _filtered(self) -> None:
        self._fill()

    @on(Input.Submitted)
    def _take_first(self) -> None:
        typed, menu = self.query_one(Filter).value.strip(), self.query_one(Menu)
        if is_path(typed):
            self.post_message(ModelChosen(typed))
            self.leave_filter()
        elif any(not option.disabled for option in menu.options):
            menu.focus()
            if menu.highlighted_option is None or menu.highlighted_option.disabled:
                menu.highlighted = next(n for n, option in enumerate(menu.options) if not option.disabled)
            self._chosen(menu.highlighted_option)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self._chosen(event.option)

    @on(Menu.Moved)
    def _ask(self) -> None:
        asked = (row.id for row in self.rows if self._query.admits(row.facts)) if self._query.fits else ()
        seen = tuple(asked) or self.query_one(Menu).ids_in_sight
        if seen:
            self.post_message(ModelsSeen(seen))

    def _chosen(self, option: Option | None) -> None:
        if option is not None and option.id and self.plan and option.id != model_key(self.plan):
            self.post_message(ModelChosen(option.id))

    def _noted(self, wanted: str, *, empty: bool) -> str:
        """What is to be said of the filter, above the list: what it does not understand, or what Enter would do."""
        if is_path(wanted):
            return "Enter opens this file"
        return (
            self._query.problems[0]
            if self._query.problems
            else NOTHING_MATCHES.format(key_of("back", own_keys(self.app)))
            if wanted and empty
            else ""
        )

    def _fill(self) -> None:
        wanted = self.query_one(Filter).value.strip()
        menu = self.query_one(Menu)
        self._query = parse("" if is_path(wanted) else wanted, MODELS)
        shown = search.asked(self._query, self.rows, MODELS, self.marks)
        options = [Option(self._prompt(row), id=row.id, disabled=bool(row.problem)) for row in shown]
        noted = self._noted(wanted, empty=not options)
        notes = [Option(Content.styled(noted, "$text-warning"), disabled=True)] if noted else []
        self.query_one(Finder).counted = f"{len(shown)} of {len(self.rows)}" if wanted and not noted else ""
        with self.prevent(OptionList.OptionHighlighted):
            menu.set_options([*notes, *options])
        if self.plan:
            menu.point_at(model_key(self.plan))
        self.call_after_refresh(self._ask)

    def _prompt(self, row: Row) -> Columns:
        fits = self.marks.get(row.id, ...)
        if (kept := self._prompts.get(row.id)) and kept[:2] == (row, fits):
            return kept[2]
        size, active, kind, *_ = row.cells
        mark = " " if fits is ... else "–" if fits is None else "✓" if fits else "✗"
        style = {"✓": "$text-success", "✗": "$text-error"}.get(mark, "dim")
        prompt = Columns(
            (
                Cell(mark, 1, style=style),
                Cell(f"{row.name} ▾" if row.facts.kinds & {"disk", "partial"} else row.name),
                Cell(size, 5, right=True, style="dim"),
                Cell(f"A{active}" if active else "", 6, style="dim", from_width=42),
                # A cell more than is shown: the scroll bar is beside it.
                Cell(kind, 8, style="dim", from_width=32, short=f"{kind[:6]}…"),
            )
        )
        self._prompts[row.id] = (row, fits, prompt)
        return prompt
