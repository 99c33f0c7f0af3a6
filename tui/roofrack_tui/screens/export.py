"""What to export of the screen, and where to."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from roofrack.errors import InputError
from roofrack.files import shown_path, shown_size, what_is_at, write_whole
from roofrack.places import expanded
from roofrack_tui.commands import EXPORTING, LISTED, Command, bindings
from roofrack_tui.export.clipboard import MOST_BYTES, fits_clipboard
from roofrack_tui.export.files import default_name, unused
from roofrack_tui.export.kinds import PNG, Kind, Subject, kinds_of
from roofrack_tui.screens.dialog import DialogScreen
from roofrack_tui.widgets.columns import Cell, Columns
from roofrack_tui.widgets.filter import Filter
from roofrack_tui.widgets.menu import Menu


class ExportScreen(DialogScreen[str | None]):
    """Kinds of exports above the name of a file; it returns what was done, in words, or None.

    Args:
        subject: What is on screen.
    """

    AUTO_FOCUS = "Filter"
    KEYS: ClassVar[tuple[Command, ...]] = (*LISTED, *EXPORTING)
    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS)

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self._subject = subject
        self._kinds = kinds_of(subject)
        self._stem = default_name(subject.plan, subject.shown.name if subject.shown else "")
        self._named = ""
        self._may_replace: Path | None = None

    def compose(self) -> ComposeResult:
        """The kinds, the file, and what will happen."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Export"
            dialog.border_subtitle = self.key_words("Enter writes the file")
            yield Menu()
            yield Filter(placeholder="the path of a file")
            yield Static(classes="words")

    def on_mount(self) -> None:
        """Begin with the report."""
        menu = self.query_one(Menu)
        menu.can_focus = False
        menu.styles.height = len(self._kinds) + 1
        menu.set_options(Option(_row(kind, self.told(kind.says)), id=kind.suffix) for kind in self._kinds)
        menu.highlighted = 0

    @property
    def _kind(self) -> Kind:
        return self._kinds[self.query_one(Menu).highlighted or 0]

    def action_list(self, action: str) -> None:
        """Move in the list while the focus stays in the name.

        Args:
            action: The list's own action.
        """
        getattr(self.query_one(Menu), f"action_{action}")()

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        """Name a file of this kind: one that is not there yet, or the typed name with another ending."""
        field = self.query_one(Input)
        typed = field.value.strip()
        if typed and typed != self._named:
            path = Path(typed)
            field.value = str(path.with_suffix(f".{self._kind.suffix}")) if path.name else typed
        else:
            self._named = str(unused(Path(), self._stem, self._kind.suffix))
            field.value = self._named
        field.cursor_position = len(field.value)

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _changed(self) -> None:
        self._may_replace = None
        path = self._path()
        if path is None:
            self._say("type the path of a file, or ^Y to copy")
        elif (found := what_is_at(path)) == "folder":
            self._say(f"! {shown_path(path)} is a folder: add a name")
        else:
            self._say(f"{shown_path(path)} {'is there already' if found else 'is new'}")

    @on(Input.Submitted)
    def _submitted(self) -> None:
        path = self._path()
        if path is None or (found := what_is_at(path)) == "folder":
            return
        if found and self._may_replace != path:
            self._may_replace = path
            self._say(f"! {shown_path(path)} is there already: Enter again replaces it")
            return
        self._write(path, new=self._may_replace is None)

    @work(exclusive=True)
    async def _write(self, path: Path, *, new: bool) -> None:
        """Write the file; leaving the dialog gives up."""
        kind = self._kind
        try:
            content: str | bytes = kind.write(self._subject)
            if kind.suffix == PNG:
                from roofrack_tui.export.picture import browser, png_of

                self._say(f"{Path(browser()).name} draws the picture … {self.told('{dialog-back}')} gives up")
                content = await png_of(self._subject.svg)
            write_whole(path, content, new=new)
        except InputError as problem:
            self._say(f"! {problem}")
            return
        byte_count = len(content.encode("utf-8") if isinstance(content, str) else content)
        self.dismiss(f"written: {shown_path(path)} ({shown_size(byte_count)})")

    def action_copy(self) -> None:
        """Copy it through the terminal."""
        kind = self._kind
        if kind.suffix == PNG:
            self._say("! a PNG cannot go through the terminal: write a file, or copy the SVG")
            return
        text = kind.write(self._subject)
        byte_count = len(text.encode("utf-8"))
        if not fits_clipboard(text):
            self._say(
                f"! {shown_size(byte_count)} are too many: terminals take {shown_size(MOST_BYTES)} at most. Write a file"
            )
            return
        self.app.copy_to_clipboard(text)
        self.dismiss(f"copied: {kind.name.lower()} ({shown_size(byte_count)}), if this terminal lets programs copy")

    def _path(self) -> Path | None:
        typed = self.query_one(Input).value.strip()
        return expanded(typed) if typed else None

    def _say(self, text: str) -> None:
        self.query_one(".words", Static).update(Content(text))


def _row(kind: Kind, says: str) -> Columns:
    return Columns((Cell(kind.name, 9, style="bold"), Cell(says, style="dim")))
