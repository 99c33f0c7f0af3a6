"""What the plan at hand means beyond the main screen, as pages: why, evidence, money, users, machine, rules, accuracy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.errors import NoWidget
from textual.widget import Widget
from textual.widgets import Static

from roofrack.report.command_line import command_line
from roofrack.results import Plan
from roofrack_tui.commands import COMMANDS, IN_DIALOGS, READING, RULES, TURNING, WHY, Command, bindings
from roofrack_tui.export.exhibit import Exhibit, Written, as_written, markdown_report
from roofrack_tui.keymap import rebound
from roofrack_tui.screens.dialog import DialogScreen

_EXPORTED_WIDTH = 120
"""Characters a line of an exported page may have."""


class Entry(NamedTuple):
    """A page as the head of the screen names it.

    Args:
        name: One word.
        module: Its module in `screens.pages`, which is read in when somebody turns to it.
        widget: Its class there.
        headless: The command that says the same without the app; empty where a plan has none.
        commands: What can be done on it.
    """

    name: str
    module: str
    widget: str
    headless: str = ""
    commands: tuple[Command, ...] = READING

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
    "why": Entry("Why", "why", "WhyPage", "explain", (*WHY, *READING)),
    "evidence": Entry("Evidence", "evidence", "EvidencePage", "explain"),
    "money": Entry("Money", "money", "MoneyPage", "cost"),
    "users": Entry("Users", "users", "UsersPage", "users"),
    "machine": Entry("Machine", "machine", "MachinePage", "machine"),
    "rules": Entry("Rules", "rules", "RulesPage", "rules", RULES),
    "accuracy": Entry("Accuracy", "accuracy", "AccuracyPage"),
}
"""Pages by the command that shows them, in their order."""


class SheetsScreen(DialogScreen[None]):
    """Pages about a plan; a letter or Tab turns them.

    Args:
        plan: The plan at hand.
        page: The command of the page to begin with.
    """

    KEYS: ClassVar[tuple[Command, ...]] = TURNING
    BINDINGS: ClassVar[list[BindingType]] = bindings(TURNING)

    @property
    def about(self) -> str:
        """The page that is shown."""
        return PAGES[self._page].name

    @property
    def commands(self) -> tuple[Command, ...]:
        """Those of the page too, before the way back, which stands last."""
        return rebound((*TURNING[:2], *PAGES[self._page].commands, *TURNING[2:], *IN_DIALOGS), self.keys)

    def __init__(self, plan: Plan, page: str) -> None:
        super().__init__()
        self._plan = plan
        self._page = page
        self._turning = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """The names of the pages, and room for one of them."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._plan.scenario.model.name
            dialog.border_subtitle = self.key_words()
            yield Static(id="sheet-names")
            yield Vertical(id="sheet-page")

    def exhibit(self) -> Exhibit | None:
        """The page that is shown, where it is text."""
        page = next((page for page in self.query_one("#sheet-page").children if isinstance(page, Written)), None)
        if page is None:
            return None
        said, command = as_written(page.written(_EXPORTED_WIDTH)), PAGES[self._page].headless
        same = command_line(self._plan.scenario.spec, command) if command else ""
        return Exhibit(self.about.lower(), lambda: markdown_report(self.about, said, command=same))

    async def on_mount(self) -> None:
        """Show the first page."""
        await self.action_page(self._page)

    def on_resize(self) -> None:
        """Name the pages as far as there is room."""
        self.call_after_refresh(self._name_pages)

    def _name_pages(self) -> None:
        """All pages by name, those that are not shown by their keys where there is no room for that; at the foot the keys of this one."""
        self.query_one(".dialog").border_subtitle = self.key_words()
        line, keys = self.query_one("#sheet-names", Static), {command.id: command.shown for command in self.commands}

        def named(*, fully: bool) -> Content:
            return Content(" ").join(
                _name(keys[page], entry.name if fully or page == self._page else "", shown=page == self._page)
                for page, entry in PAGES.items()
            )

        names = named(fully=True)
        line.update(named(fully=False) if 0 < line.size.width < names.cell_length else names, layout=False)

    async def action_turn(self, step: int) -> None:
        """Turn to a neighbouring page.

        Args:
            step: 1 for the next, -1 for the one before.
        """
        pages = list(PAGES)
        await self.action_page(pages[(pages.index(self._page) + step) % len(pages)])

    def action_leave_to(self, command: str) -> None:
        """Close the pages, and do what a command of the main screen does.

        Args:
            command: Its id.
        """
        below = self.app.screen_stack[-2]
        action = next(one.action for one in COMMANDS if one.id == command)
        self.dismiss(None)
        self.app.call_later(below.run_action, action)

    async def action_page(self, page: str) -> None:
        """Show a page.

        Args:
            page: The command that shows it.
        """
        self._page = page
        self._name_pages()
        async with self._turning:
            if page != self._page:  # turned on meanwhile
                return
            place, content = self.query_one("#sheet-page"), PAGES[page].make(self._plan)
            self.set_focus(None)  # whoever had it goes, and keys that go to nobody are lost
            with self.app.batch_update():
                await place.remove_children()
                self._map_anew(content)
                await place.mount(content)
            if content.focusable and content.is_attached:
                self.set_focus(content)

    def _map_anew(self, content: Widget) -> None:
        """Let Textual's map of the screen be up to date before something new is on it.

        Scrolling leaves that map out of date until anybody asks it for what it does not have. The first to ask is the new page as it
        gets the focus: the map made for it then has the page, so that it counts as shown already, is never told its size, and stays
        empty.

        Args:
            content: What is not on the screen yet.
        """
        with suppress(NoWidget):
            self.find_widget(content)


def _name(key: str, name: str, *, shown: bool) -> Content:
    marked = Content.assemble((key, "bold $footer-key-foreground"))
    if name:
        marked = Content.assemble(marked, " ", (name, "bold reverse" if shown else "$text-muted"))
    return Content.assemble("▸", marked) if shown else Content.assemble(" ", marked)
