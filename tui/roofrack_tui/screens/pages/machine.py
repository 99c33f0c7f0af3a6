"""Page `a`: the machine around the GPUs."""

from __future__ import annotations

from roofrack.machine import machine
from roofrack.report.money_text import machine_text
from roofrack_tui.screens.pages.page import Page


class MachinePage(Page):
    """Host memory, cores, disk, network, power and rack space, each with its rule."""

    def text(self) -> str:
        """A node and the site."""
        return machine_text(self.plan, machine(self.plan))
