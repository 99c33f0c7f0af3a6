"""A list to choose from, on a screen of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from roofrack_tui import search
from roofrack_tui.commands import LEAVE, LISTED, Command, bindings
from roofrack_tui.library import Pick
from roofrack_tui.screens.dialog import DialogScreen
from roofrack_tui.widgets.columns import Cell, Columns
from roofrack_tui.widgets.filter import Filter
from roofrack_tui.widgets.menu import Menu

_A_WORD = 3
"""Letters from which on descriptions are searched too; fewer are in nearly all of them."""

_FRAME = 4
"""Rows of a dialog besides those of its list: frame, filter and the gap below it."""

_DETAIL = 4
"""Rows below the list for what the highlighted row means, the first of them empty."""


class PickScreen(DialogScreen[str | None]):
    """A filter above a list; it returns the id chosen, or None.

    Args:
        title: What is chosen.
        picks: The rows.
        chosen: Id of the present choice.
        takes_paths: Whether a path may be typed instead.
        enter: What Enter does.
    """

    KEYS: ClassVar[tuple[Command, ...]] = (*LISTED, LEAVE)
    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS)

    def __init__(
        self, title: str, picks: Sequence[Pick], chosen: str = "", *, takes_paths: bool = False, enter: str = "takes it"
    ) -> None:
        super().__init__()
        self._title = title
        self._picks = tuple(picks)
        self._chosen = chosen
        self._takes_paths = takes_paths
        self._enter = enter
        self._detailed = any(pick.detail for pick in self._picks)
        facts = max((len(pick.facts) for pick in self._picks), default=0)
        self._widths = [max(len(pick.facts[n]) for pick in self._picks if len(pick.facts) > n) for n in range(facts)]

    def compose(self) -> ComposeResult:
        """The filter above the list."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            dialog.styles.height = len(self._picks) + (_FRAME + _DETAIL if self._detailed else _FRAME)
            dialog.border_subtitle = self.key_words(f"Enter {self._enter}")
            yield Filter(placeholder="type to filter" + (", or the path of a file" if self._takes_paths else ""))
            yield Menu()
            if self._detailed:
                yield Static(classes="words")

    def on_mount(self) -> None:
        """Show everything."""
        self.query_one(Menu).can_focus = False
        self._fill("")

    def action_list(self, action: str) -> None:
        """Move in the list while the focus stays in the filter.

        Args:
            action: The list's own action.
        """
        getattr(self.query_one(Menu), f"action_{action}")()

    @on(Input.Changed)
    def _filtered(self, event: Input.Changed) -> None:
        self._fill(event.value.strip())

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        typed = event.value.strip()
        option = self.query_one(Menu).highlighted_option
        if self._takes_paths and ("/" in typed or typed.endswith(".toml")):
            self.dismiss(typed)
        elif option is not None:
            self.dismiss(option.id)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if self._detailed:
            self._explain(event.option_id)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)

    def _explain(self, pick_id: str | None) -> None:
        detail = next((pick.detail for pick in self._picks if pick.id == pick_id), "")
        self.query_one(Static).update(Content(detail), layout=False)

    def _fill(self, wanted: str) -> None:
        menu = self.query_one(Menu)
        shown = search.best(wanted, self._picks, lambda pick: pick.name) if len(wanted) < _A_WORD else []
        shown = shown or search.best(wanted, self._picks, lambda pick: f"{pick.name} {pick.sought}")
        menu.set_options(Option(self._prompt(pick), id=pick.id, disabled=bool(pick.off)) for pick in shown)
        if not wanted:
            menu.point_at(self._chosen)
        if menu.highlighted is None and shown:
            menu.action_first()

    def _prompt(self, pick: Pick) -> Columns:
        name = f"{pick.name} ({pick.off})" if pick.off else pick.name
        mark = "●" if pick.id == self._chosen else " "
        facts = [
            Cell(fact, width, right=True, style="dim", from_width=44)
            for fact, width in zip(pick.facts, self._widths, strict=False)
        ]
        return Columns((Cell(mark, 1), Cell(name), *facts))
