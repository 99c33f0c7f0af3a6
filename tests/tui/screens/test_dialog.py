"""A dialog answers once and closes nothing but itself, whatever was typed ahead."""

from __future__ import annotations

from textual.app import App
from textual.message import Message

from roofrack_tui.screens.dialog import DialogScreen


class Said(Message):
    """Something that a dialog is told."""


class Question(DialogScreen[str]):
    """Counts what it hears."""

    heard = 0

    def on_said(self) -> None:
        self.heard += 1


class Asking(App[None]):
    """Two questions, one above the other."""

    def __init__(self) -> None:
        super().__init__()
        self.below, self.above = Question(), Question()
        self.answers: list[tuple[str, str | None]] = []

    def on_mount(self) -> None:
        self.push_screen(self.below, lambda answer: self.answers.append(("below", answer)))
        self.push_screen(self.above, lambda answer: self.answers.append(("above", answer)))


async def test_only_the_first_answer_counts() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        app.above.dismiss("first")
        app.above.dismiss("typed ahead")
        await pilot.pause()
        assert app.answers == [("above", "first")]
        assert app.screen is app.below


async def test_a_dialog_below_another_is_not_closed() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        app.below.dismiss("too early")
        await pilot.pause()
        assert app.answers == []
        assert app.screen is app.above


async def test_what_is_said_after_the_answer_is_not_heard() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        app.above.post_message(Said())
        await pilot.pause()
        app.above.dismiss("done")
        app.above.post_message(Said())
        await pilot.pause()
        assert app.above.heard == 1
