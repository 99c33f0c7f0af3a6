"""Page `r`: published rules of thumb beside the exact model."""

from __future__ import annotations

from roofrack.report.rules_text import rules_text
from roofrack.rules import rules
from roofrack_tui.screens.pages.page import Page


class RulesPage(Page):
    """R1 to R10 for the plan at hand."""

    def text(self) -> str:
        """All rules."""
        return rules_text(rules(self.plan))
