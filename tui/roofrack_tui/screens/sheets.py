"""What the plan at hand means beyond the main screen, as pages of text: why, evidence, money, users, machine, rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from roofrack.errors import RoofrackError
from roofrack.results import Plan


def _why(plan: Plan) -> str:
    from roofrack.explain import explain
    from roofrack.report.explain_text import derivations_text

    return derivations_text(explain(plan))


def _evidence(plan: Plan) -> str:
    from roofrack.evidence.nearest import evidence_for
    from roofrack.report.evidence import evidence_text

    found = evidence_for(plan)
    if not found:
        return "No published measurement is near this plan: no model of this size and kind on such a device is among those that ship."
    return evidence_text(found)


def _money(plan: Plan) -> str:
    from roofrack.economics import cost_report
    from roofrack.report.money_text import cost_text

    return cost_text(cost_report(plan))


def _users(plan: Plan) -> str:
    from roofrack.report.money_text import users_text
    from roofrack.users import published_targets, service

    return users_text(plan, service(plan), published_targets(plan))


def _machine(plan: Plan) -> str:
    from roofrack.machine import machine
    from roofrack.report.money_text import machine_text

    return machine_text(plan, machine(plan))


def _rules(plan: Plan) -> str:
    from roofrack.report.rules_text import rules_text
    from roofrack.rules import rules

    return rules_text(rules(plan))


PAGES: dict[str, tuple[str, Callable[[Plan], str]]] = {
    "w": ("Why", _why),
    "e": ("Evidence", _evidence),
    "m": ("Money", _money),
    "u": ("Users", _users),
    "a": ("Machine", _machine),
    "r": ("Rules", _rules),
}
"""By key: a page's name and what writes it."""


class SheetsScreen(ModalScreen[None]):
    """Pages about a plan; a letter or Tab turns them, arrows scroll.

    Args:
        plan: The plan at hand.
        page: The key of the page to begin with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Back"),
        Binding("tab", "turn(1)", "Next page"),
        Binding("shift+tab", "turn(-1)", "Page before", show=False),
        *(Binding(key, f"page('{key}')", name, show=False) for key, (name, _) in PAGES.items()),
        Binding("down,j", "scroll('scroll_down')", "Down", show=False),
        Binding("up,k", "scroll('scroll_up')", "Up", show=False),
        Binding("right,l", "scroll('scroll_right')", "Right", show=False),
        Binding("left,h", "scroll('scroll_left')", "Left", show=False),
        Binding("pagedown,space", "scroll('scroll_page_down')", "Page down", show=False),
        Binding("pageup", "scroll('scroll_page_up')", "Page up", show=False),
        Binding("home,g", "scroll('scroll_home')", "Top", show=False),
        Binding("end,G", "scroll('scroll_end')", "Bottom", show=False),
    ]

    def __init__(self, plan: Plan, page: str) -> None:
        super().__init__()
        self._plan = plan
        self._page = page
        self._written: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        """The names of the pages, and one of them."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._plan.scenario.model.name
            dialog.border_subtitle = "Tab turns the page · Esc goes back"
            yield Static(id="sheet-names")
            with ScrollableContainer():
                yield Static(id="sheet-text")

    def on_mount(self) -> None:
        """Show the first page."""
        self.action_page(self._page)

    def action_turn(self, step: int) -> None:
        """Turn to a neighbouring page.

        Args:
            step: 1 for the next, -1 for the one before.
        """
        keys = list(PAGES)
        self.action_page(keys[(keys.index(self._page) + step) % len(keys)])

    def action_page(self, key: str) -> None:
        """Show a page.

        Args:
            key: Its key.
        """
        self._page = key
        names = [_name(other, name, shown=other == key) for other, (name, _) in PAGES.items()]
        self.query_one("#sheet-names", Static).update(Content("   ").join(names))
        self.query_one("#sheet-text", Static).update(Content(self._text(key)))
        self.query_one(ScrollableContainer).scroll_home(animate=False)

    def action_scroll(self, action: str) -> None:
        """Scroll the page.

        Args:
            action: The scroll's own method.
        """
        getattr(self.query_one(ScrollableContainer), action)(animate=False)

    def _text(self, key: str) -> str:
        if key not in self._written:
            try:
                self._written[key] = PAGES[key][1](self._plan)
            except RoofrackError as error:
                self._written[key] = f"Not for this plan: {error}"
        return self._written[key]


def _name(key: str, name: str, *, shown: bool) -> Content:
    marked = Content.assemble(
        (key, "bold $footer-key-foreground"), " ", (name, "bold reverse" if shown else "$text-muted")
    )
    return Content.assemble("▸", marked) if shown else Content.assemble(" ", marked)
