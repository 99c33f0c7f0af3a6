"""A form: questions one below the other, each with what is wrong or what it means right below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from roofrack_tui.commands import FORM, bindings
from roofrack_tui.widgets.filter import Filter

_ROOM_FOR_ASIDES = 46


class Blank(NamedTuple):
    """One question.

    Args:
        key: Its id.
        label: What is asked, in a few words.
        hint: What an empty answer means; stands in the field while it is empty.
        aside: The unit, or whatever belongs beside the answer.
        note: What is said below while it has the focus.
        choices: Answers that the arrow keys go through; others may be typed.
        heading: Stands above it where a group begins.
        takes_words: An `x` is a letter here; elsewhere it empties the field.
    """

    key: str
    label: str
    hint: str = ""
    aside: str = ""
    note: str = ""
    choices: tuple[str, ...] = ()
    heading: str = ""
    takes_words: bool = False


class Form(VerticalScroll, can_focus=False):
    """Blanks to fill in. Enter and the arrows go on, which is when an answer is given; Esc is left to the screen.

    Args:
        blanks: From the top down; keys are unique.
        answers: Text by key.
    """

    DEFAULT_CSS = """
    Form { scrollbar-size-vertical: 1; }
    Form.-narrow .aside { display: none; }
    Form.-narrow FormField, Form .-long FormField { width: 1fr; }
    Form .-long .aside { width: auto; }
    Form .heading { color: $text-primary; text-style: bold; height: 1; }
    """

    @dataclass
    class Typed(Message):
        """The text of a blank changed."""

        form: Form
        key: str
        text: str

    @dataclass
    class Answered(Message):
        """A blank was left with another text than it had."""

        form: Form
        key: str
        text: str

    def __init__(self, blanks: Sequence[Blank], answers: Mapping[str, str]) -> None:
        super().__init__()
        self._blanks = tuple(blanks)
        self._given = {blank.key: answers.get(blank.key, "") for blank in blanks}

    def compose(self) -> ComposeResult:
        """All blanks."""
        for number, blank in enumerate(self._blanks):
            if blank.heading:
                yield Static(Content(blank.heading), classes="heading")
            yield FormLine(number, blank, self._given[blank.key])

    def on_resize(self, event: events.Resize) -> None:
        """Leave out what stands beside the answers where there is no room for it."""
        self.set_class(event.size.width < _ROOM_FOR_ASIDES, "-narrow")
        for line in self._lines():
            line.say()

    @property
    def texts(self) -> dict[str, str]:
        """What stands in the blanks by key, given or not."""
        return {line.blank.key: line.field.value.strip() for line in self._lines()}

    def show(self, answers: Mapping[str, str]) -> None:
        """Show other answers, as given.

        Args:
            answers: Text by key; blanks that are not named stay.
        """
        for line in self._lines():
            key = line.blank.key
            if key in answers:
                self._given[key] = answers[key]
                with self.prevent(Input.Changed):
                    line.field.value = answers[key]
                line.judge("")

    def judge(self, key: str, problem: str) -> None:
        """Say what is wrong with an answer.

        Args:
            key: Of the blank.
            problem: Why it is refused; empty where it is taken.
        """
        next(line for line in self._lines() if line.blank.key == key).judge(problem)

    def go(self, key: str) -> None:
        """Put the focus into a blank.

        Args:
            key: Of the blank.
        """
        next(line for line in self._lines() if line.blank.key == key).field.focus()

    def give(self) -> Answered | None:
        """The answer of the blank in focus, as if it were left; None where it has none or the same as before."""
        line = next((line for line in self._lines() if line.field.has_focus), None)
        return self._given_by(line) if line else None

    def _give(self, line: FormLine) -> None:
        if answered := self._given_by(line):
            self.post_message(answered)

    def _given_by(self, line: FormLine) -> Answered | None:
        key, text = line.blank.key, line.field.value.strip()
        if text == self._given[key]:
            return None
        self._given[key] = text
        return self.Answered(self, key, text)

    def _lines(self) -> Iterator[FormLine]:
        return iter(self.query(FormLine))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        line = _line_of(event.input)
        self.post_message(self.Typed(self, line.blank.key, event.value.strip()))

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        self._give(_line_of(event.input))
        self.screen.focus_next(FormField)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Say what the blank in focus means."""
        if isinstance(event.widget, FormField):
            _line_of(event.widget).tell(focused=True)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Take the answer of the blank that was left."""
        if isinstance(event.widget, FormField):
            line = _line_of(event.widget)
            line.tell(focused=False)
            self._give(line)


class FormLine(Vertical):
    """A label, the answer, what belongs beside it, and below what is to be said about it.

    Args:
        number: Its place in the form.
        blank: The question.
        answer: The text it begins with.
    """

    DEFAULT_CSS = """
    FormLine { height: auto; }
    FormLine Horizontal { height: 1; }
    FormLine .label { width: 18; color: $foreground-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    FormLine FormField { width: 14; background: $panel; padding: 0; margin: 0; }
    FormLine .aside { width: 1fr; padding: 0 0 0 1; color: $foreground-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    FormLine .note { height: auto; padding: 0 1 0 2; display: none; }
    """

    def __init__(self, number: int, blank: Blank, answer: str) -> None:
        # Names in a list take room, which nothing beside them needs.
        super().__init__(classes="-long" if blank.takes_words and not blank.choices and not blank.aside else None)
        self.blank = blank
        self.field = FormField(answer, blank, f"blank-{number}")
        self._aside = Static(Content(blank.aside), classes="aside")
        self._note = Static(classes="note")
        self._problem = ""
        self._focused = False

    def compose(self) -> ComposeResult:
        """One row, and one for the note."""
        yield Horizontal(Static(Content(self.blank.label), classes="label"), self.field, self._aside)
        yield self._note

    def judge(self, problem: str) -> None:
        """Say what is wrong, or that nothing is.

        Args:
            problem: Why the answer is refused; empty where it is taken.
        """
        if problem != self._problem:
            self._problem = problem
            self.say()

    def tell(self, *, focused: bool) -> None:
        """Show the note while the blank has the focus.

        Args:
            focused: Whether it has.
        """
        self._focused = focused
        self.say()

    def say(self) -> None:
        """Show the problem, or the note, or neither."""
        problem = Content.styled(f"! {self._problem}", "$text-error") if self._problem else None
        note = Content.styled(self._means(), "$foreground-muted") if self._focused and self.blank.note else None
        self._note.display = bool(problem or note)
        self._note.update(problem or note or "")
        aside = Content.styled("✗ refused", "$text-error") if self._problem else Content(self.blank.aside)
        self._aside.update(aside, layout=False)

    def _means(self) -> str:
        """The note, after what has no room beside the answer."""
        narrow = any(form.has_class("-narrow") for form in self.ancestors if isinstance(form, Form))
        return f"{self.blank.aside}. {self.blank.note}" if narrow and self.blank.aside else self.blank.note


class FormField(Filter):
    """Where an answer is typed; `x` empties it, and where there are choices, sideways goes through them."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(FORM)

    def __init__(self, answer: str, blank: Blank, name: str) -> None:
        super().__init__(answer, placeholder=blank.hint, id=name)
        self.select_on_focus = True  # what is typed replaces the answer
        self.blank = blank
        self.cursor_position = 0

    def on_blur(self) -> None:
        """Show how the answer begins."""
        self.cursor_position = 0

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 (part of the interface)
        """Leave letters to words, and the arrows to the cursor where there is nothing to choose from."""
        return {"clear": not self.blank.takes_words, "choice": bool(self.blank.choices)}.get(action, True)

    def action_clear(self) -> None:
        """Empty the field."""
        self.value = ""

    def action_choice(self, step: int) -> None:
        """Take the choice after the present one, or before; empty is one of them."""
        choices = ("", *self.blank.choices)
        at = choices.index(self.value) if self.value in choices else 0
        self.value = choices[(at + step) % len(choices)]
        self.cursor_position = len(self.value)


def _line_of(field: Input) -> FormLine:
    return next(node for node in field.ancestors if isinstance(node, FormLine))
