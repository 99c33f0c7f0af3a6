"""A page whose facts take a moment: they are gathered in a thread, and the page says so meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from textual import work
from textual.content import Content
from textual.worker import get_current_worker

from roofrack.errors import RoofrackError
from roofrack_tui.screens.pages.page import RowsPage


class GatheredPage(RowsPage):
    """Rows of what `gather` finds."""

    MEANWHILE: ClassVar[str] = "Looking …"
    _found: Any = None
    _problem = ""

    def gather(self) -> Any:
        """Find what the page shows; called in a thread.

        Raises:
            RoofrackError: There is nothing of the kind; the page then says why.
        """
        raise NotImplementedError

    def told(self, found: Any, width: int) -> Iterable[Content]:
        """Everything the page says.

        Args:
            found: What `gather` returned.
            width: Cells across.
        """
        raise NotImplementedError

    def on_mount(self) -> None:
        """Begin to gather."""
        self._gather()

    @work(thread=True, exclusive=True)
    def _gather(self) -> None:
        found, problem = None, ""
        try:
            found = self.gather()
        except RoofrackError as error:
            problem = f"Not for this plan: {error}"
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._take, found, problem)

    def _take(self, found: Any, problem: str) -> None:
        self._found, self._problem = found, problem
        if self.is_attached:  # somebody may have turned the page meanwhile
            self.on_resize()

    def rows(self, width: int) -> Iterable[Content]:
        """What was found, or that it is still looked for."""
        if self._problem:
            return [Content(self._problem)]
        if self._found is None:
            return [Content.styled(self.MEANWHILE, "$foreground-muted")]
        return self.told(self._found, width)
