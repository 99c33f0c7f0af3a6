"""A form, something that takes seconds and can be stopped, and a table of what it found."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.geometry import Size
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from roofrack.catalog import Catalog
from roofrack.domain import ScenarioSpec
from roofrack.errors import InputError
from roofrack.results import Plan
from roofrack_tui.commands import ASKING, IN_DIALOGS, Command
from roofrack_tui.export.exhibit import Exhibit
from roofrack_tui.keymap import rebound
from roofrack_tui.screens.dialog import DialogScreen
from roofrack_tui.screens.searching_fields import Field, Load, R, Wanted, first_values, opened
from roofrack_tui.screens.searching_progress import Ended, Step, Tell, Told
from roofrack_tui.screens.searching_rows import Found, about
from roofrack_tui.tabular import part_rows, whole_parts
from roofrack_tui.widgets.columns import Cell, Columns
from roofrack_tui.widgets.form import Form
from roofrack_tui.widgets.menu import Menu
from roofrack_tui.widgets.prose import Prose

FORM_FROM_WIDTH = 110
"""From this width of the terminal on, the form stands beside what was found."""

CHART_FROM_HEIGHT = 32
"""From this height on, table and chart stand above each other."""

_ANSWER_ROWS = 2
_OF_ROWS = ("search-open", "search-sort", "search-view")

_TELL_EVERY_S = 0.1
_REST_EVERY_S, _REST_S = 0.01, 0.0005


F = TypeVar("F")


class SearchingScreen(DialogScreen[ScenarioSpec | None], Generic[R, F]):
    """It returns the plan chosen, or None; an answer that changes begins the search again.

    Args:
        plan: The plan to start from.
        catalog: Where ids are looked up.
    """

    NAME: ClassVar[str]
    FIELDS: ClassVar[Sequence[Field]]
    AUTO_FOCUS = "Menu"

    def __init__(self, plan: Plan, catalog: Catalog) -> None:
        super().__init__()
        self.plan = plan
        self.catalog = catalog
        self.found: F | None = None
        self.rows: list[Found] = []
        values = self.first_values()
        self.values = {field.blank.key: values[field.blank.key] for field in self.FIELDS}
        self._fields = {field.blank.key: field for field in self.FIELDS}
        self.wanted: Wanted[R] = self._first()
        self._run = 0
        self._stop = threading.Event()
        self._hunting = False
        self._step = Step(0, 1, "")
        self._problem = ""

    def first_values(self) -> dict[str, Any]:
        """What the form says at first, by field; others too."""
        return first_values(self.plan)

    def _first(self) -> Wanted[R]:
        """What is asked at first; where the plan's people cannot be turned into requests yet, its requests at once."""
        try:
            return self.ask(self.values)
        except InputError:
            self.values["load"] = Load(self.plan.scenario.workload.concurrency, "requests")
            return self.ask(self.values)

    def ask(self, values: dict[str, Any]) -> Wanted[R]:
        """What the fields ask for; raises InputError.

        Args:
            values: By field.
        """
        raise NotImplementedError

    def hunt(self, wanted: Wanted[R], tell: Tell, cancelled: Callable[[], bool]) -> F:
        """Find it, in a thread.

        Args:
            wanted: What is asked for.
            tell: Told how far it is.
            cancelled: Asked often.
        """
        raise NotImplementedError

    def rows_of(self, found: F) -> list[Found]:
        """The table.

        Args:
            found: What was found.
        """
        raise NotImplementedError

    def head(self) -> tuple[Cell, ...]:
        """Names of the columns."""
        raise NotImplementedError

    def asked_words(self, *, brief: bool = False) -> str:
        """What was asked, in a line.

        Args:
            brief: Whether there is no room for everything: lengths stand in the form too.
        """
        raise NotImplementedError

    def answer(self, found: F) -> Content:
        """What was found, in a line.

        Args:
            found: What was found.
        """
        raise NotImplementedError

    def exhibited(self, found: F) -> Exhibit:
        """What was found, to be exported.

        Args:
            found: What was found.
        """
        raise NotImplementedError

    def exhibit(self) -> Exhibit | None:
        """What was found, once it is."""
        return None if self.found is None else self.exhibited(self.found)

    def command(self) -> str:
        """The command line that gives the same answer."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """What is asked, how far it is, the form, the table."""
        texts = {key: field.write(self.values[key]) for key, field in self._fields.items()}
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self.NAME
            dialog.border_subtitle = self.key_words()
            yield Prose(id="asked")
            with Horizontal(id="searching"):
                blanks = [field.blank._replace(note=self.told(field.blank.note)) for field in self.FIELDS]
                yield Form(blanks, texts)
                with Vertical(id="found"):
                    yield Static(classes="headings")
                    yield Menu()
                    yield from self.beside()
            yield Prose(id="about")

    def beside(self) -> ComposeResult:
        """What else is shown of what was found."""
        yield from ()

    def on_mount(self) -> None:
        """Begin at once, with the plan at hand."""
        self._shape(self.app.size)
        self.start()
        self.call_after_refresh(self.query_one(Menu).focus)

    def on_unmount(self) -> None:
        """Stop."""
        self._stop.set()

    def on_resize(self, event: events.Resize) -> None:
        """Put the form aside where there is no room for both."""
        self._shape(event.size)
        self.call_after_refresh(self.show)

    def _shape(self, size: Size) -> None:
        self.set_class(size.width >= FORM_FROM_WIDTH, "-wide")
        self.set_class(size.height >= CHART_FROM_HEIGHT, "-tall")

    def start(self) -> None:
        """Begin anew with the present answers."""
        self._stop.set()
        self.wanted = self.ask(self.values)
        self._run, self._stop, self._hunting, self._problem = self._run + 1, threading.Event(), True, ""
        self._step = Step(0, 1, "")
        self.found, self.rows = None, []
        hunt = partial(self._hunt, self._run, self.wanted, self._stop)
        self.run_worker(hunt, thread=True, exclusive=True, group="hunt")
        self._fill()

    def answer_field(self, key: str, value: Any) -> None:
        """Answer a field other than by typing, and begin anew.

        Args:
            key: Its key.
            value: The value.
        """
        self.values = {**self.values, key: value}
        self.query_one(Form).show({key: self._fields[key].write(value)})
        self.start()

    def _hunt(self, run: int, wanted: Wanted[R], stop: threading.Event) -> None:
        worker, last, rested = get_current_worker(), 0.0, time.monotonic()

        def cancelled() -> bool:
            nonlocal rested
            if time.monotonic() - rested > _REST_EVERY_S:
                time.sleep(_REST_S)  # keys and drawing need the interpreter too, and sooner than it would be taken away
                rested = time.monotonic()
            return stop.is_set() or worker.is_cancelled

        def tell(step: Step) -> None:
            nonlocal last
            if time.monotonic() - last >= _TELL_EVERY_S:
                last = time.monotonic()
                self.post_message(Told(run, step))

        try:
            found = self.hunt(wanted, tell, cancelled)
        except InputError as problem:
            self.post_message(Ended(run, None, str(problem)))
        else:
            self.post_message(Ended(run, found))

    @on(Told)
    def _told(self, message: Told) -> None:
        if message.run == self._run and self._hunting:
            self._step = message.step
            self._say()

    @on(Ended)
    def _ended(self, message: Ended) -> None:
        if message.run == self._run:
            self._hunting, self._problem, self.found = False, message.problem, message.found
            self.rows = [] if self.found is None else self.rows_of(self.found)
            self._fill()

    # What is shown

    def _fill(self) -> None:
        self.query_one(".dialog").border_subtitle = self.key_words()
        menu = self.query_one(Menu)
        menu.set_options(
            Option(Columns(row.cells), id=str(n), disabled=row.plan is None) for n, row in enumerate(self.rows)
        )
        if self.rows:
            menu.action_first()
        self.show()

    def show(self) -> None:
        """Show everything as it is now."""
        self.query_one(".headings", Static).update(Columns(self.head()))
        self._say()
        self.show_row()

    def _say(self) -> None:
        width: int = self.query_one("#asked").size.width
        if width:
            words = self.asked_words()
            said = words if cell_len(words) <= width else self.asked_words(brief=True)
            asked = whole_parts(Content.styled(said, "$foreground-muted"), width)
            rows = part_rows(self._state(), width)
            answered: list[Content] = rows[:_ANSWER_ROWS]
            if len(rows) > _ANSWER_ROWS:
                answered[-1] = Content.assemble(answered[-1], " …").truncate(width, ellipsis=True)
            self.query_one("#asked", Prose).show([asked, *answered])

    def _state(self) -> Content:
        if self._hunting:
            return self._step.bar
        if self._problem:
            return Content.styled(f"! {self._problem}", "$text-error")
        return Content("") if self.found is None else self.answer(self.found)

    def show_row(self) -> None:
        """Say what the row in focus is."""
        row, prose = self.row, self.query_one("#about", Prose)
        width = prose.size.width
        lines = [Content()] * 3 if row is None else about(row, self.catalog)
        prose.show([whole_parts(line, width) for line in lines])

    @property
    def row(self) -> Found | None:
        """The row in focus."""
        option = self.query_one(Menu).highlighted_option
        return None if option is None or not option.id else self.rows[int(option.id)]

    @property
    def running(self) -> bool:
        """Whether it is still at it."""
        return self._hunting

    # What a person does

    @on(Form.Typed)
    def _typed(self, event: Form.Typed) -> None:
        self._taken(event.key, event.text)

    @on(Form.Answered)
    def _answered(self, event: Form.Answered) -> None:
        values = self._taken(event.key, event.text)
        if values is not None and values != self.values:
            self.values = values
            self.start()

    def _taken(self, key: str, text: str) -> dict[str, Any] | None:
        """All answers with this one; where it is refused, the form says why and there are none."""
        problem, values = "", None
        try:
            values = {**self.values, key: self._fields[key].read(text)}
            self.ask(values)
        except InputError as refused:
            problem, values = str(refused), None
        self.query_one(Form).judge(key, problem)
        return values

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        self.show_row()

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """Open the plan of the row in focus."""
        row = self.row
        if row is not None and row.plan is not None:
            self.dismiss(opened(row.plan.spec, self.wanted, self.plan))

    def action_copy(self) -> None:
        """Copy the equivalent command line, and say so where the row in focus is told."""
        command = self.command()
        self.app.copy_to_clipboard(command)
        prose = self.query_one("#about", Prose)
        said = Content.styled(f"copied: {command}", "$foreground-muted").wrap(max(1, prose.size.width))
        prose.show((said + [Content()] * 3)[:3])

    def action_edit(self) -> None:
        """Go to the form."""
        self.set_class(True, "-asking")
        self.query_one(Form).query("FormField").first().focus()

    def action_back(self) -> None:
        """Stop what runs; else leave the form; else leave."""
        if self._hunting:
            self._stop.set()
        elif self.has_class("-asking") or self._in_form():
            self.query_one(Form).give()
            self.set_class(False, "-asking")
            self.query_one(Menu).focus()
        else:
            self.dismiss(None)

    def on_descendant_focus(self) -> None:
        """Name the keys of form or table."""
        self.query_one(".dialog").border_subtitle = self.key_words()

    @property
    def commands(self) -> tuple[Command, ...]:
        """What can be done in the form, or in the table."""
        if self._in_form():
            return rebound((*ASKING, *IN_DIALOGS), self.keys)
        return tuple(map(self._at_present, super().commands))

    def _at_present(self, command: Command) -> Command:
        """A command as the foot names it now: Escape stops or goes back, and without rows there is nothing to open, sort or draw."""
        if command.id == "search-back":
            return command._replace(label="stops" if self._hunting else "back")
        return command._replace(in_line="") if command.id in _OF_ROWS and not self.rows else command

    def _in_form(self) -> bool:
        return self.focused is not None and any(isinstance(node, Form) for node in self.focused.ancestors)
