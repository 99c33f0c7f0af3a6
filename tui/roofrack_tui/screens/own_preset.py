"""A model or a device of one's own, from a file or by hand."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from roofrack.catalog.forms import DEVICE_FORM, MODEL_FORM, Question, from_form
from roofrack.catalog.writing import OwnPreset, preset_of_config, presets_in, save_own
from roofrack.domain import Model
from roofrack.errors import InputError
from roofrack.places import expanded
from roofrack.report.units import params
from roofrack_tui.commands import FORM, OWN, Command, bindings
from roofrack_tui.screens.dialog import DialogScreen
from roofrack_tui.widgets.form import Blank, Form
from roofrack_tui.widgets.path_line import PathLine


class OwnPresetScreen(DialogScreen[tuple[OwnPreset, ...]]):
    """Questions one below the other; it returns what was saved, nothing where it was left.

    Args:
        table: `model` or `device`.
        directory: Where own presets are.
    """

    AUTO_FOCUS = "PathLine"
    IN_FIELDS: ClassVar[tuple[Command, ...]] = (FORM[2]._replace(in_line=""),)
    KEYS: ClassVar[tuple[Command, ...]] = OWN
    BINDINGS: ClassVar[list[BindingType]] = bindings(OWN)

    def __init__(self, table: str, directory: Path) -> None:
        super().__init__()
        self._table = table
        self._directory = directory
        self._questions = MODEL_FORM if table == "model" else DEVICE_FORM
        self._pasted = ""

    def compose(self) -> ComposeResult:
        """A file or answers, and what they make."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = f"A {self._table} of your own"
            dialog.border_subtitle = self.key_words()
            models = self._table == "model"
            hint = "config.json, folder, .gguf, .toml; or paste" if models else "path of a .toml preset"
            with Horizontal(classes="line"):
                yield Static("from a file", classes="label")
                yield PathLine(placeholder=hint)
            yield Form([_blank(question) for question in self._questions], {})
            yield Static("* must be answered", classes="words")

    def action_save(self) -> None:
        """Check, write and leave; what is wrong is said below the form."""
        try:
            made = self._made()
            for own in made:
                save_own(own, self._directory)
        except InputError as problem:
            if key := self._refuse(problem):
                self.query_one(Form).go(key)
        else:
            self.dismiss(made)

    @on(PathLine.Pasted)
    def _paste(self, message: PathLine.Pasted) -> None:
        """Take the text of a configuration for the file; the line above it may say what to call it."""
        self._pasted = message.text
        self._changed()

    @on(Input.Changed)
    @on(Form.Typed)
    def _changed(self) -> None:
        form = self.query_one(Form)
        for key in form.texts:
            form.judge(key, "")
        try:
            self._say(" · ".join(map(_described, self._made())), "$text-success")
        except InputError as problem:
            key = self._key_of(problem)
            if key and not form.texts[key]:  # nothing is wrong with what nobody has answered yet
                label = problem.problem.partition(":")[0]
                self._say(f"still to be answered: {label}{problem.hint and f', {problem.hint}'}", "$foreground-muted")
            else:
                self._refuse(problem)

    def _refuse(self, problem: InputError) -> str:
        """Say what is wrong, at the question too where it is about one; its key, else an empty one."""
        self._say(f"! {problem}", "$text-error")
        key = self._key_of(problem)
        if key:
            self.query_one(Form).judge(key, problem.hint or problem.problem)
        return key

    def _key_of(self, problem: InputError) -> str:
        """The question that a problem names."""
        return next((one.key for one in self._questions if problem.problem.startswith(f"{one.label}: ")), "")

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        if event.value.strip() or self._pasted:
            self.action_save()
        else:
            self.focus_next()

    def _made(self) -> tuple[OwnPreset, ...]:
        answers = self.query_one(Form).texts
        if path := self.query_one(PathLine).value.strip():
            return presets_in(expanded(path))
        if self._pasted and self._table == "model":
            return (preset_of_config(self._pasted, answers["id"] or "pasted/model"),)
        return (from_form(self._table, answers),)

    def _say(self, text: str, style: str) -> None:
        self.query_one(".words", Static).update(Content.styled(text, style))


def _blank(question: Question) -> Blank:
    label = f"{question.label}{' *' if question.needed else ''}"
    hint = f"e.g. {question.hint}" if question.needed else question.hint  # an example alone looks like an answer
    return Blank(question.key, label, hint, heading=question.heading, takes_words=not question.number)


def _described(own: OwnPreset) -> str:
    """What was understood, for a check before saving."""
    preset = own.preset
    if isinstance(preset, Model):
        from roofrack.memory.weights import active_params, total_params

        active = f", {params(active_params(preset))} active" if preset.is_moe else ""
        return f"{preset.name}: {params(total_params(preset))} parameters{active}, {preset.attention_kind}"
    return f"{preset.name}: {preset.memory_mib / 1024:,.4g} GiB, {preset.bandwidth_gb_s:,.4g} GB/s"
