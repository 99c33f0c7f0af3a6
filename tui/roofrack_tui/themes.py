"""How the app looks: its own themes (all of Textual's can be chosen too), and how things are drawn."""

from __future__ import annotations

from dataclasses import replace

from textual.theme import BUILTIN_THEMES, Theme

from roofrack_tui import theme_names as names
from roofrack_tui.raster.look import Look

_HINTS_ON_DARK, _HINTS_ON_LIGHT = "auto 55%", "auto 66%"
"""Of hints in empty fields, which name what holds while nobody answers: to be read, not only to be seen."""

DARK = Theme(
    name=names.DEFAULT_DARK,
    primary="#6cb2ff",
    secondary="#5fd7c4",
    accent="#c9a3ff",
    warning="#f0b54a",
    error="#ff7a70",
    success="#6bd18a",
    foreground="#dde3ea",
    background="#10151c",
    surface="#161d26",
    panel="#1f2833",
    dark=True,
    variables={
        "border": "#6cb2ff",
        "border-blurred": "#38444f",
        "block-cursor-background": "#2a4a6e",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#26313d",
        "block-cursor-blurred-foreground": "#dde3ea",
        "block-cursor-text-style": "bold",
        "input-selection-background": "#6cb2ff 35%",
        "footer-key-foreground": "#6cb2ff",
        "text-disabled": _HINTS_ON_DARK,
        "chart-series-8": "#5fd7c4",
        "chart-band-8": "#1d3639",
    },
)

LIGHT = Theme(
    name=names.DEFAULT_LIGHT,
    primary="#0b62c4",
    secondary="#0b7f72",
    accent="#7a3fc4",
    warning="#a86400",
    error="#c4281c",
    success="#1d7f3c",
    foreground="#1c242c",
    background="#fbfbf9",
    surface="#f2f3f1",
    panel="#e6e9ea",
    dark=False,
    variables={
        "border": "#0b62c4",
        "border-blurred": "#c3cad0",
        "block-cursor-background": "#cfe2f9",
        "block-cursor-foreground": "#0a1420",
        "block-cursor-blurred-background": "#e3e8ec",
        "block-cursor-blurred-foreground": "#1c242c",
        "block-cursor-text-style": "bold",
        "input-selection-background": "#0b62c4 25%",
        "footer-key-foreground": "#0b62c4",
        "foreground-muted": "#1c242ca8",  # 66 %: the usual 60 % has a contrast of 4 on light grounds
        "text-disabled": _HINTS_ON_LIGHT,
        "chart-series-8": "#0b7f72",
        "chart-band-8": "#d2e6e2",
    },
)

TERMINAL_DARK = replace(
    BUILTIN_THEMES["ansi-dark"],
    name=names.TERMINAL_DARK,
    primary="ansi_bright_cyan",  # the blue of most palettes cannot be read on black
    variables={
        **BUILTIN_THEMES["ansi-dark"].variables,
        "border": "ansi_bright_cyan",
        "footer-key-foreground": "ansi_bright_cyan",
    },
)

TERMINAL_LIGHT = replace(
    BUILTIN_THEMES["ansi-light"],
    name=names.TERMINAL_LIGHT,
    variables={**BUILTIN_THEMES["ansi-light"].variables, "footer-key-foreground": "ansi_blue"},
)

OWN = (DARK, LIGHT, TERMINAL_DARK, TERMINAL_LIGHT)
"""The app's own; the last two draw with the terminal's own 16 colours."""


def other_shade(theme: Theme) -> str:
    """The light theme for a dark one and the other way round, with the terminal's own colours where it has those.

    Args:
        theme: The running one.
    """
    if theme.ansi:
        return names.TERMINAL_LIGHT if theme.dark else names.TERMINAL_DARK
    return names.DEFAULT_LIGHT if theme.dark else names.DEFAULT_DARK


def look_for(*, ascii: bool, present: bool) -> Look:
    """How everything is drawn.

    Args:
        ascii: With ASCII only.
        present: With larger marks and fewer words.
    """
    return Look(rendering="ascii" if ascii else "blocks" if present else "braille", sparse=present)
