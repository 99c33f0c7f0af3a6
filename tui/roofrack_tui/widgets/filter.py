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

    # Textual's `compact` would style it a second time before it is even on screen.
    DEFAULT_CSS = """
    Filter { height: 1; padding: 0; border: none !important; }
    """

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(value, placeholder=placeholder, id=id, select_on_focus=False)
        self.cursor_blink = False
