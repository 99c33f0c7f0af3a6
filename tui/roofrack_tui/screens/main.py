"""The main screen: it owns the plan, hands it down to the panes, and takes what they say to the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.reactive import var
from textual.widgets import Static

from roofrack.errors import InputError
from roofrack.results import Plan
from roofrack_tui.arrangement import CHART, FIRST_CHART, INPUT, Arrangement
from roofrack_tui.commands import ALL_COMMANDS, Command, bindings, line_keys
from roofrack_tui.library import Row, model_key, model_row, model_rows, rows_on_disk
from roofrack_tui.messages import (
    ChartZoomed,
    ChoiceRefused,
    Chosen,
    ConcurrencyChosen,
    ListOpened,
    ModelsSeen,
    XRange,
)
from roofrack_tui.panes.engine import EnginePane
from roofrack_tui.panes.formats import Formats, FormatsPane
from roofrack_tui.panes.latency import LatencyPane
from roofrack_tui.panes.memory import MemoryPane
from roofrack_tui.panes.model import ModelPane
from roofrack_tui.panes.rack import RackPane
from roofrack_tui.panes.throughput import ThroughputPane
from roofrack_tui.panes.verdict import VerdictPane
from roofrack_tui.panes.workload import WorkloadPane
from roofrack_tui.pins import Sight
from roofrack_tui.raster.look import Look
from roofrack_tui.screens.measuring import MeasuringScreen
from roofrack_tui.shape import (
    CAPTION,
    CHART_TABS,
    INPUT_TABS,
    KEYS,
    TITLE,
    TOO_SMALL,
)
from roofrack_tui.slices import Slices, one_slice
from roofrack_tui.stops import cursor_stops
from roofrack_tui.store import Answer, Store
from roofrack_tui.story import story_of
from roofrack_tui.terminal import redraw
from roofrack_tui.themes import other_shade
from roofrack_tui.widgets.caption import CaptionStrip
from roofrack_tui.widgets.field import Field
from roofrack_tui.widgets.filter import Filter
from roofrack_tui.widgets.key_line import KeyLine, keys_while_typing, own_bindings
from roofrack_tui.widgets.tabs import TabLine
from roofrack_tui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from roofrack_tui.screens.dialogs import Dialogs


class MainScreen(MeasuringScreen):
    """Everything about one plan.

    Args:
        store: Owner of the scenario.
        look: How charts are drawn.
        commands: All commands, with the keys that they have.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(ALL_COMMANDS),
        *((str(number), f"go({number})", "") for number in range(1, 10)),
    ]
    AUTO_FOCUS = "#models"

    plan: var[Plan | None] = var(None, init=False)
    rows: var[tuple[Row, ...]] = var((), init=False)
    formats: var[Formats] = var(((), ()), init=False)
    marks: var[Mapping[str, bool | None]] = var({}, init=False)
    x_range: var[XRange] = var(None, init=False)
    sight: var[Sight] = var(Sight(), init=False)
    answer: var[Answer | None] = var(None, init=False)

    def __init__(self, store: Store, look: Look, commands: Sequence[Command] = ALL_COMMANDS) -> None:
        super().__init__()
        self.store = store
        self.commands = commands
        self._key_line = KeyLine(id=KEYS)
        self._slices = Slices()
        self.set_reactive(MainScreen.plan, store.plan)
        self.set_reactive(MainScreen.answer, Answer(store.plan))
        self.set_reactive(MainScreen.rows, (self._own_row(),))
        self.set_reactive(MainScreen.look, look)
        self.set_reactive(MainScreen.story, story_of(store.spec))

    def compose(self) -> ComposeResult:
        """Title, panes, keys."""
        plan, screen = self.store.plan, MainScreen
        inputs = [
            ModelPane(plan, 1, classes=INPUT).data_bind(screen.rows, screen.marks),
            RackPane(plan, 2, classes=INPUT),
            FormatsPane(plan, 3, classes=INPUT).data_bind(screen.formats),
            WorkloadPane(plan, 4, classes=INPUT),
            EnginePane(plan, 5, classes=INPUT),
        ]
        charts = [
            MemoryPane(plan, 6, classes=CHART).data_bind(screen.x_range, screen.sight),
            ThroughputPane(plan, 7, classes=CHART).data_bind(screen.x_range, screen.sight, screen.measured),
            LatencyPane(plan, 8, classes=CHART).data_bind(screen.x_range, screen.sight, screen.measured),
        ]
        self.take_arrangement(Arrangement([*inputs, *charts, VerdictPane(plan, 9).data_bind(screen.answer)]))
        for pane in (*inputs, *charts):
            pane.data_bind(screen.plan)
        for chart in charts:
            chart.data_bind(screen.answer)
        shown = self._places(self.app.size)
        for child in (
            TitleLine(id=TITLE).data_bind(screen.plan),
            CaptionStrip(id=CAPTION).data_bind(screen.story, screen.hint),
            TabLine([(pane.number, pane.NAME) for pane in inputs], 1, id=INPUT_TABS),
            TabLine([(pane.number, pane.NAME) for pane in charts], FIRST_CHART, id=CHART_TABS),
            *(pane.data_bind(screen.look) for pane in self.panes),
            self._key_line,
            Static(id=TOO_SMALL),
        ):
            child.display = child.id in shown
            yield child

    @cached_property
    def dialogs(self) -> Dialogs:
        """What is asked in dialogs; read in when somebody first opens one."""
        from roofrack_tui.screens.dialogs import Dialogs

        return Dialogs(self)

    def shown_plan(self) -> Plan:
        """The store's plan."""
        return self.store.plan

    def on_mount(self) -> None:
        """Read the rest of the library once the first picture is there."""
        self.call_after_refresh(self.load_library)
        self.call_after_refresh(self._find_helps)
        self.call_after_refresh(self.measure, self.store.plan.scenario)

    def fill(self) -> None:
        """Draw what the first picture left empty, and go where somebody wanted to go before it was there."""
        for pane in self.panes:
            pane.fill()
        if self._gone_to is not None and self._gone_to is not self.pane_in_focus():
            self.call_after_refresh(self._gone_to.enter)

    @work(thread=True, exclusive=True)
    def load_library(self) -> None:
        """Read all presets; the first picture needed only its own."""
        catalog = self.store.catalog
        formats = (catalog.weights_formats(), catalog.kv_formats())
        rows = model_rows(catalog)
        self.app.call_from_thread(self._show_library, rows, formats)
        if found := rows_on_disk(catalog):
            self.app.call_from_thread(self._show_library, (*rows, *found), formats)

    def _find_helps(self) -> None:
        self.answer = Answer(self.store.plan, self.store.helps, self.store.service)

    def watch_answer(self, old: Answer | None, new: Answer | None) -> None:
        """Name the key for what would help where there is something."""
        if bool(old and old.helps) != bool(new and new.helps):
            self._show_keys()

    def _show_library(self, rows: tuple[Row, ...], formats: Formats) -> None:
        self.formats = formats
        self._list(rows)

    def _list(self, rows: tuple[Row, ...]) -> None:
        """Show rows, and the plan's own model where it is none of them: a path that was opened."""
        key = model_key(self.store.plan)
        rows = rows if any(row.id == key for row in rows) else (self._own_row(), *rows)
        if rows != self.rows:
            self.rows = rows
            self.dialogs.rows_came(rows)

    def _own_row(self) -> Row:
        plan, catalog = self.store.plan, self.store.catalog
        key = model_key(plan)
        path = "" if key == plan.scenario.model.id else key
        return model_row(plan.scenario.model, catalog.kv_format("16bit"), row_id=path)

    # What the panes say

    @on(Chosen)
    def _choose(self, change: Chosen) -> None:
        change.stop()
        try:
            note = self.store.choose(change) or self.opening(change)
        except InputError as problem:
            note = f"! {problem}"
        self.show_store(note)

    @on(ModelsSeen)
    def _mark(self, message: ModelsSeen) -> None:
        message.stop()
        found, left = one_slice(self.store.fits, message.models)
        if left:
            self._mark_more(found, left)
            return
        self._slices.forget()
        if found != self.marks:
            self.marks = found

    @work
    async def _mark_more(self, found: dict[str, bool | None], left: tuple[str, ...]) -> None:
        """Ask which of many models fit while keys are served; a later question ends it."""
        async for more in self._slices.judged(self.store.fits, left):
            found |= more
            left = left[len(more) :]
        if not left:
            self.marks = found

    @on(ChoiceRefused)
    def _refuse(self, message: ChoiceRefused) -> None:
        self.say(f"! {message.why}")

    @on(ChartZoomed)
    def _zoom(self, message: ChartZoomed) -> None:
        self.x_range = message.x_range

    @on(ListOpened)
    def _open_list(self, message: ListOpened) -> None:
        self.dialogs.open_list(message.list)

    def say(self, text: str) -> None:
        """Tell what happened, in the key line.

        Args:
            text: One line; empty shows the keys again.
        """
        self._key_line.message = text

    def show_store(self, note: str) -> None:
        """Show the store's plan and pins; panes that show an unsettled value of their own get it again.

        Args:
            note: What happened.
        """
        self.sight = self.store.sight
        self.say(self.sight.lost or note)
        if self.plan is not self.store.plan:
            self._list(self.rows)
            self.plan = self.store.plan
            self.measure(self.plan.scenario)
            self.follow(self.store.spec)
            self._find_helps()
        else:
            for pane in self.panes:
                pane.update_plan(again=True)

    def on_descendant_focus(self) -> None:
        """Name the keys of what has the focus now."""
        self.say("")
        self._show_keys()

    def keys_here(self) -> list[tuple[str, str]]:
        """Keys of what has the focus, with what they do."""
        return [
            (binding.key_display or binding.key, binding.description)
            for binding in own_bindings(self)
            if binding.description
        ]

    @on(Field.Typing)
    def _show_keys(self) -> None:
        if isinstance(self.focused, Field) and self.focused.is_typing:
            self._key_line.keys = keys_while_typing(self)
            return
        here = [(b.key_display or b.key, b.description, b.key) for b in own_bindings(self) if b.show]
        helped = bool(self.answer and self.answer.helps)
        everywhere = line_keys(self.commands, () if helped else ("fixes",))
        typing = isinstance(self.focused, Filter)  # where letters are letters
        self._key_line.keys = tuple(here if typing else (*here, *everywhere))

    # What keys do

    def action_dialog(self, name: str, *told: str) -> None:
        """Open what covers the main screen.

        Args:
            name: The method of `Dialogs`.
            told: What it is told.
        """
        getattr(self.dialogs, name)(*told)

    def action_filter(self) -> None:
        """Go to the filter of the model list."""
        self.action_go(1)
        self.query_one(ModelPane).find()

    def action_cursor(self, direction: int) -> None:
        """Move the cursor of all charts.

        Args:
            direction: 1 for more users, -1 for fewer.
        """
        plan = self.store.plan
        stops, at = cursor_stops(plan), plan.scenario.workload.concurrency
        index = stops.index(at) + direction
        if 0 <= index < len(stops):
            self.post_message(ConcurrencyChosen(stops[index]))

    def action_undo(self) -> None:
        """Take the last choice back."""
        self.show_store("" if self.store.undo() else "nothing to undo")

    def action_redo(self) -> None:
        """Make it again."""
        self.show_store("" if self.store.redo() else "nothing to redo")

    def action_copy(self) -> None:
        """Copy the equivalent command line."""
        from roofrack.report.command_line import command_line

        command = command_line(self.store.spec)
        self.app.copy_to_clipboard(command)
        self.say(f"copied: {command}")

    def action_automatic(self) -> None:
        """Let the field in focus follow the rest."""
        pane, field = self.pane_in_focus(), self.focused
        if pane is not None and field is not None and field.id:
            pane.automatic(field.id)

    def action_shade(self) -> None:
        """Change between the light and the dark theme."""
        self.app.theme = other_shade(self.app.current_theme)

    def action_redraw(self) -> None:
        """Send the whole screen again."""
        redraw(self.app)

    def action_back(self) -> None:
        """Leave the filter, or the zoom."""
        if not self.query_one(ModelPane).leave_filter():
            self.x_range = None
            self.telling = False
            self.say("")
