"""A small app that the tests run in a process of its own."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.widgets import Footer, Header, OptionList, Static

from roofrack_tui.terminal import driver_class, redraw


class SmallApp(App[None]):
    """A list, and a figure that changes."""

    BINDINGS: ClassVar = [("ctrl+l", "redraw", "Redraw"), ("j", "more", "More"), ("z", "suspend_process", "Suspend")]
    users = 0

    def compose(self) -> ComposeResult:
        """Header, figure, list, footer."""
        yield Header()
        yield Static("users 0 漢字 e\u0301", id="users")
        yield OptionList(*(f"model {n}" for n in range(40)))
        yield Footer()

    def action_more(self) -> None:
        """One user more."""
        self.users += 1
        self.query_one("#users", Static).update(f"users {self.users} 漢字 e\u0301", layout=False)

    def action_redraw(self) -> None:
        """Send everything again."""
        redraw(self)


if __name__ == "__main__":
    SmallApp(driver_class=driver_class()).run()
