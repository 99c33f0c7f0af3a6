"""What the plan at hand means beyond the main screen, as pages: why, evidence, money, users, machine, rules, accuracy."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from roofrack.results import Plan
from roofrack_tui.screens.dialog import DialogScreen


class Entry(NamedTuple):
    """A page as the head of the screen names it.

    Args:
        name: One word.
        module: Its module in `screens.pages`, which is read in when somebody turns to it.
        widget: Its class there.
    """

    name: str
    module: str
    widget: str

    def make(self, plan: Plan) -> Widget:
        """Return the page of a plan.

        Args:
            plan: The plan.
        """
        page: Callable[[Plan], Widget] = getattr(
            import_module(f"roofrack_tui.screens.pages.{self.module}"), self.widget
        )
        return page(plan)


PAGES = {
    "w": Entry("Why", "why", "WhyPage"),
    "e": Entry("Evidence", "evidence", "EvidencePage"),
    "m": Entry("Money", "money", "MoneyPage"),
    "u": Entry("Users", "users", "UsersPage"),
    "a": Entry("Machine", "machine", "MachinePage"),
    "r": Entry("Rules", "rules", "RulesPage"),
    "A": Entry("Accuracy", "accuracy", "AccuracyPage"),
}
"""Pages by key, in their order."""

FORMS = ("U", "M", "dollar_sign")
"""Keys of what changes the numbers on the pages; pages name them."""


class SheetsScreen(DialogScreen[None]):
    """Pages about a plan; a letter or Tab turns them.

    Args:
        plan: The plan at hand.
        page: The key of the page to begin with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Back"),
        Binding("tab", "turn(1)", "Next page"),
        Binding("shift+tab", "turn(-1)", "Page before", show=False),
        *(Binding(key, f"page('{key}')", entry.name, show=False) for key, entry in PAGES.items()),
        *(Binding(key, f"leave_to('{key}')", show=False) for key in FORMS),
    ]

    def __init__(self, plan: Plan, page: str) -> None:
        super().__init__()
        self._plan = plan
        self._page = page

    def compose(self) -> ComposeResult:
        """The names of the pages, and room for one of them."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._plan.scenario.model.name
            dialog.border_subtitle = "Tab turns the page · Esc goes back"
            yield Static(id="sheet-names")
            yield Vertical(id="sheet-page")

    async def on_mount(self) -> None:
        """Show the first page."""
        await self.action_page(self._page)

    async def action_turn(self, step: int) -> None:
        """Turn to a neighbouring page.

        Args:
            step: 1 for the next, -1 for the one before.
        """
        keys = list(PAGES)
        await self.action_page(keys[(keys.index(self._page) + step) % len(keys)])

    def action_leave_to(self, key: str) -> None:
        """Close the pages, and open what a key of the main screen opens.

        Args:
            key: The key.
        """
        self.dismiss(None)
        self.app.call_later(self.app.simulate_key, key)

    async def action_page(self, key: str) -> None:
        """Show a page.

        Args:
            key: Its key.
        """
        self._page = key
        names = [_name(other, entry.name, shown=other == key) for other, entry in PAGES.items()]
        self.query_one("#sheet-names", Static).update(Content(" ").join(names), layout=False)
        place, page = self.query_one("#sheet-page"), PAGES[key].make(self._plan)
        with self.app.batch_update():
            await place.remove_children()
            await place.mount(page)
        if page.focusable:
            page.focus()


def _name(key: str, name: str, *, shown: bool) -> Content:
    marked = Content.assemble(
        (key, "bold $footer-key-foreground"), " ", (name, "bold reverse" if shown else "$text-muted")
    )
    return Content.assemble("▸", marked) if shown else Content.assemble(" ", marked)
