"""A list to choose from, with the keys that people's fingers know."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.reactive import var
from textual.widgets import OptionList

from roofrack_tui.commands import LISTS, bindings


class Menu(OptionList):
    """Textual's option list with vi keys, which also says which rows are in sight."""

    # Textual's `compact` would style it a second time before it is even on screen.
    DEFAULT_CSS = """
    Menu { padding: 0; border: none !important; & > .option-list--option { padding: 0; } }
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(LISTS)

    auto_links = var(False)
    """No row is a link; Textual would look for some in each row it draws."""

    class Moved(Message):
        """Other rows came into sight."""

        def __init__(self, menu: Menu) -> None:
            super().__init__()
            self.menu = menu

        @property
        def control(self) -> Menu:
            """The list, for ``@on`` selectors."""
            return self.menu

    @property
    def ids_in_sight(self) -> tuple[str, ...]:
        """Ids of the options on screen, top to bottom; every option is one row."""
        top = round(self.scroll_y)
        in_sight = self.options[top : top + self.scrollable_content_region.height]
        return tuple(option.id for option in in_sight if option.id)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scroll, and say so."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.post_message(self.Moved(self))

    def on_resize(self) -> None:
        """Say that other rows may be in sight."""
        self.post_message(self.Moved(self))

    def on_click(self, event: events.Click) -> None:
        """Leave alone a click on a row that has gone since it was drawn."""
        row = event.style.meta.get("option")
        if row is not None and row >= self.option_count:
            event.prevent_default()

    def action_page_up(self) -> None:
        """Go a page up, where the list has any rows."""
        if self.scrollable_content_region.height:
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """Go a page down, where the list has any rows."""
        if self.scrollable_content_region.height:
            super().action_page_down()  # type: ignore[no-untyped-call]

    def point_at(self, option_id: str) -> None:
        """Highlight an option without announcing it; nothing happens where it is not in the list.

        Args:
            option_id: Which.
        """
        index = next((n for n, option in enumerate(self.options) if option.id == option_id), None)
        if index is None or index == self.highlighted:
            return
        height = self.scrollable_content_region.height
        in_sight = 0 <= index - round(self.scroll_y) < height
        with self.prevent(OptionList.OptionHighlighted):
            self.highlighted = index
        if not in_sight:
            self.scroll_to(y=max(0, index - height // 2), animate=False, force=True)
