"""No view of the app is without pictures: a new screen, page, list or command is named in `views`, or this fails."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any, get_args

from textual.screen import Screen
from views import OPENS_NOTHING, VIEWS

import roofrack_tui
from roofrack_tui.commands import ALL_COMMANDS, COMPARING
from roofrack_tui.messages import ListName
from roofrack_tui.screens.sheets import PAGES, SheetsScreen

SHOWN = {view.shows for view in VIEWS}


def screens() -> Iterator[type[Screen[Any]]]:
    """Every screen of the app that is not there for others to build on."""
    for module in pkgutil.walk_packages(roofrack_tui.__path__, "roofrack_tui."):
        import_module(module.name)
    to_see = [Screen]
    while to_see:
        one = to_see.pop()
        below = one.__subclasses__()
        to_see += below
        if one.__module__.startswith("roofrack_tui.") and not below:
            yield one


def test_no_screen_is_without_pictures() -> None:
    assert set(screens()) - {SheetsScreen} <= SHOWN, "the pages of SheetsScreen are looked at one by one"


def test_no_page_is_without_pictures() -> None:
    pages = {
        getattr(import_module(f"roofrack_tui.screens.pages.{page.module}"), page.widget) for page in PAGES.values()
    }
    assert pages <= SHOWN


def test_no_command_is_without_pictures() -> None:
    """A new command either leads to something that is pictured, or is said to lead to nothing."""
    pictured = frozenset().union(*(view.commands for view in VIEWS))
    known = {command.id for command in (*ALL_COMMANDS, *COMPARING)}
    assert pictured | OPENS_NOTHING == known


def test_no_list_is_without_pictures() -> None:
    assert set(get_args(ListName)) <= {view.name for view in VIEWS}


def test_names_are_used_once() -> None:
    assert len({view.name for view in VIEWS}) == len(VIEWS)
