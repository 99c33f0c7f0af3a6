"""Page `e`: the published measurements that are nearest to the plan."""

from __future__ import annotations

from roofrack.evidence.nearest import evidence_for
from roofrack.report.evidence import evidence_text
from roofrack_tui.screens.pages.page import Page

_NOTHING = "No published measurement is near this plan: no model of this size and kind on such a device is among those that ship."


class EvidencePage(Page):
    """Measured beside predicted."""

    def text(self) -> str:
        """The nearest measurements."""
        found = evidence_for(self.plan)
        return evidence_text(found) if found else _NOTHING
