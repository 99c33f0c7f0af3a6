"""A form about the scenario beside what its answers mean for the plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content

from roofrack.catalog import Catalog
from roofrack.errors import InputError
from roofrack.plan import plan as make_plan
from roofrack.results import Plan
from roofrack_tui.answers import Question
from roofrack_tui.commands import FORM, LEAVE, RESULT, Command, bindings
from roofrack_tui.messages import Chosen
from roofrack_tui.screens.dialog import DialogScreen
from roofrack_tui.tabular import wrapped
from roofrack_tui.widgets.form import Blank, Form
from roofrack_tui.widgets.prose import Prose
from roofrack_tui.widgets.room import Room

Choose = Callable[[Chosen], object]


class AnsweringScreen(DialogScreen[str]):
    """Questions at the left, the result at the right; each answer that is given is one step of the undo history.

    While something is typed, the result already shows what it would mean. It returns what is to be said about answers that were refused.

    Args:
        plan: The plan at hand.
        catalog: Where ids are looked up.
        choose: Takes a change to the store.
    """

    AUTO_FOCUS = "FormField"
    TITLE_OF_FORM: ClassVar[str]
    IN_FIELDS: ClassVar[tuple[Command, ...]] = FORM
    KEYS: ClassVar[tuple[Command, ...]] = (*RESULT, LEAVE._replace(action="leave", label="back"))
    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS)

    def __init__(self, plan: Plan, catalog: Catalog, choose: Choose) -> None:
        super().__init__()
        self._plan = plan
        self._catalog = catalog
        self._choose = choose
        self._shown = plan
        self._refused: dict[str, str] = {}
        self._questions = {question.key: question for question in self.questions(plan)}

    def questions(self, plan: Plan) -> Sequence[Question]:
        """What is asked.

        Args:
            plan: The plan at hand.
        """
        raise NotImplementedError

    def result(self, plan: Plan, width: int) -> Sequence[Content]:
        """What the answers mean.

        Args:
            plan: The plan that they make.
            width: Cells across.
        """
        raise NotImplementedError

    def check(self, plan: Plan) -> None:
        """Raise InputError where an answer can be planned but means nothing.

        Args:
            plan: The plan that the answers make.
        """

    def compose(self) -> ComposeResult:
        """Form and result."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self.TITLE_OF_FORM
            dialog.border_subtitle = self.key_words()
            with Horizontal(id="answering"):
                yield Form([self._blank(question) for question in self._questions.values()], self._texts())
                with Room(id="result"):
                    yield Prose()

    def _blank(self, question: Question) -> Blank:
        return Blank(
            question.key,
            question.label,
            hint=question.hint,
            aside=question.unit,
            note=self.told(question.note),
            choices=question.choices,
            heading=question.heading,
            takes_words=question.takes_words,
        )

    @on(Room.Sized)
    def _lay_out(self) -> None:
        self._show(self._shown)

    @on(Form.Typed)
    def _typed(self, event: Form.Typed) -> None:
        self._show(self._planned(event.key, event.text) or self._plan)

    @on(Form.Answered)
    def _answered(self, event: Form.Answered) -> None:
        planned = self._planned(event.key, event.text)
        if planned is None:
            return
        if planned.scenario.spec != self._plan.scenario.spec:
            self._choose(self._questions[event.key].change(event.text))
            self._plan = planned
        taken = {key: text for key, text in self._texts().items() if key not in self._refused}
        self.query_one(Form).show(taken)
        self._show(planned)

    def action_leave(self) -> None:
        """Give the answer in hand and go back."""
        if given := self.query_one(Form).give():
            self._answered(given)
        refused = (f"{self._questions[key].label.strip()}: {problem}" for key, problem in self._refused.items())
        self.dismiss("; ".join(refused))

    def action_result(self, action: str) -> None:
        """Scroll the result.

        Args:
            action: The scroll's own method.
        """
        getattr(self.query_one(Room), action)(animate=False)

    def _texts(self) -> dict[str, str]:
        return {key: question.text(self._plan.scenario.spec) for key, question in self._questions.items()}

    def _planned(self, key: str, text: str) -> Plan | None:
        """The plan with an answer; where it is refused, the form says why and there is none."""
        problem, planned = "", None
        try:
            change = self._questions[key].change(text)
            planned = make_plan(change.next(self._plan.scenario.spec), self._catalog)
            self.check(planned)
        except InputError as error:
            problem, planned = str(error), None
        except ValueError as error:
            problem = str(error).partition(": ")[2] or str(error)
        self._refused.pop(key, None)
        if problem:
            self._refused[key] = problem
        self.query_one(Form).judge(key, problem)
        return planned

    def _show(self, plan: Plan) -> None:
        self._shown = plan
        width = self.query_one(Room).text_width
        if width > 0:
            try:
                said = self.result(plan, width)
            except InputError as problem:
                said = [Content(str(problem))]
            self.query_one(Prose).show(wrapped(said, width))
