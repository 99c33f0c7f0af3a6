"""Page `w`: every number of the plan, derived."""

from __future__ import annotations

from roofrack.explain import explain
from roofrack.report.explain_text import derivations_text
from roofrack_tui.screens.pages.page import Page


class WhyPage(Page):
    """Derivations, step by step."""

    def text(self) -> str:
        """All of them."""
        return derivations_text(explain(self.plan))
