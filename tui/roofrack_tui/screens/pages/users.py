"""Page `u`: how many people the plan serves."""

from __future__ import annotations

from roofrack.report.money_text import users_text
from roofrack.users import published_targets, service
from roofrack_tui.screens.pages.page import Page


class UsersPage(Page):
    """From people and targets to requests at once, and what breaks first."""

    def text(self) -> str:
        """Verdict and arithmetic."""
        return users_text(self.plan, service(self.plan), published_targets(self.plan))
