"""Page `m`: what the plan costs."""

from __future__ import annotations

from roofrack.economics import cost_report
from roofrack.report.money_text import cost_text
from roofrack_tui.screens.pages.page import Page


class MoneyPage(Page):
    """Rent, buy or API, energy, margins."""

    def text(self) -> str:
        """All money of the plan."""
        return cost_text(cost_report(self.plan))
