"""No class of ours keeps something of its own under a private name that Textual uses for something else."""

from __future__ import annotations

import ast
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator
from functools import cache
from importlib import import_module

import pytest
from textual.message_pump import MessagePump

import roofrack_tui

MEANT = {"DialogScreen": {"_dispatch_message"}, "PlacedScreen": {"_compositor", "_update_focus_styles"}}
"""By class: private attributes of Textual's that are set on purpose."""


def ours() -> Iterator[type[MessagePump]]:
    for module in pkgutil.walk_packages(roofrack_tui.__path__, "roofrack_tui."):
        for one in vars(import_module(module.name)).values():
            if isinstance(one, type) and issubclass(one, MessagePump) and one.__module__ == module.name:
                yield one


@cache
def assigned(one: type) -> set[str]:
    """Private attributes and methods that the source of a class gives its objects."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(one)))
    stored = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }
    methods = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return {name for name in stored | methods if name.startswith("_") and not name.startswith("__")}


@pytest.mark.parametrize("one", dict.fromkeys(ours()), ids=lambda one: one.__name__)
def test_private_names_are_ones_own(one: type[MessagePump]) -> None:
    textuals = set().union(*(assigned(base) for base in one.__mro__ if base.__module__.startswith("textual.")))
    assert assigned(one) & textuals <= MEANT.get(one.__name__, set())
