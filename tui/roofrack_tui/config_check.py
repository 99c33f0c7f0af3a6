"""What only the app knows about a configuration file: themes, commands and keys. Needs no Textual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roofrack.errors import UnknownIdError
from roofrack_tui.theme_names import THEMES


def config_problems(tables: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What is wrong with themes and keys, a line each.

    Args:
        tables: The tables of the file, right in kind.
    """
    found = []
    theme = tables.get("display", {}).get("theme")
    if theme is not None and theme not in THEMES:
        found.append(f"display.theme: {unknown_theme(theme)}")
    if keys := tables.get("keys"):
        from roofrack_tui.keymap import key_problems

        found += key_problems(keys)
    return found


def unknown_theme(name: str) -> UnknownIdError:
    """The error about a theme that nobody has.

    Args:
        name: What was written.
    """
    from roofrack.catalog.near import near

    return UnknownIdError("theme", name, near(name, {one: one for one in THEMES}))
