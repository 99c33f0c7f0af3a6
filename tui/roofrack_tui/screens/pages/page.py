"""What every page about a plan is: something that scrolls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import ScrollableContainer
from textual.content import Content
from textual.widgets import Static

from roofrack.errors import RoofrackError
from roofrack.results import Plan
from roofrack_tui.commands import READING, SIDEWAYS, bindings
from roofrack_tui.keymap import USUAL_KEYS, Keys, own_keys
from roofrack_tui.tabular import wrapped
from roofrack_tui.widgets.prose import Prose


class Page(ScrollableContainer, can_focus=True):
    """A page of text that scrolls both ways.

    Args:
        plan: The plan at hand.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(READING, SIDEWAYS)

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan

    @property
    def keys(self) -> Keys:
        """The keys that somebody has; the usual ones while the page is on no screen."""
        return own_keys(self.app) if self.is_attached else USUAL_KEYS

    def action_scroll(self, action: str) -> None:
        """Scroll the page.

        Args:
            action: The scroll's own method.
        """
        getattr(self, action)(animate=False)

    def text(self) -> str:
        """Everything the page says.

        Raises:
            RoofrackError: Where the plan has nothing of the kind; the page then says why.
        """
        raise NotImplementedError

    def written(self, width: int) -> list[Content]:  # noqa: ARG002 (pages of rows need it)
        """Everything the page says, or why it cannot.

        Args:
            width: Cells across; nothing is wider where the page can wrap.
        """
        try:
            return [Content(line) for line in self.text().split("\n")]
        except RoofrackError as error:
            return [Content(f"Not for this plan: {error}")]

    def compose(self) -> ComposeResult:
        """One block of text."""
        yield Static(Content("\n").join(self.written(0)))


class RowsPage(Page):
    """A page of rows that are laid out to the width at hand."""

    def rows(self, width: int) -> Iterable[Content]:
        """Everything the page says; rows that are too long are wrapped.

        Args:
            width: Cells across.

        Raises:
            RoofrackError: Where the plan has nothing of the kind; the page then says why.
        """
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Rows."""
        yield Prose()

    def on_resize(self) -> None:
        """Lay the rows out to the new width."""
        bar = self.styles.scrollbar_size_vertical + 1  # whether or not it is needed
        width = self.content_size.width - bar
        if width > 0:
            self.query_one(Prose).show(self.written(width))

    def written(self, width: int) -> list[Content]:
        """Everything the page says, or why it cannot.

        Args:
            width: Cells across; nothing is wider.
        """
        try:
            said = list(self.rows(width))
        except RoofrackError as error:
            said = [Content(f"Not for this plan: {error}")]
        return wrapped(said, width)
