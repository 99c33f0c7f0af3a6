"""Page `u`: how many people the plan serves."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from roofrack.users import SPEED_CLASSES, service
from roofrack_tui.keymap import with_keys
from roofrack_tui.people_words import served
from roofrack_tui.screens.pages.page import RowsPage
from roofrack_tui.tabular import Column, heading, table


class UsersPage(RowsPage):
    """From people and targets to requests at once, and what breaks first."""

    def rows(self, width: int) -> Iterator[Content]:
        """The answer, the sentences of the verdict, the arithmetic, and what speeds mean."""
        said = service(self.plan).sentences
        yield from served(self.plan, width)
        yield Content()
        yield heading("In sentences")
        yield from (Content(f"· {sentence}") for sentence in said)
        yield Content()
        yield heading(with_keys("How fast a stream feels ({people} sets one as a target)", self.keys))
        rows = [[known.name, f"{known.tokens_per_s:g} tok/s", known.source] for known in SPEED_CLASSES]
        yield from table(
            (Column(style="bold"), Column(right=True), Column(style="$foreground-muted", wraps=True)), rows, width
        )
