"""An input line that does not blink: an idle screen sends nothing."""

from __future__ import annotations

from textual.widgets import Input


class Filter(Input):
    """One compact line to type in.

    Args:
        value: What stands in it.
        placeholder: What it is for, shown while it is empty.
        id: As for every widget.
    """

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(value, placeholder=placeholder, compact=True, id=id, select_on_focus=False)
        self.cursor_blink = False
