"""Roles to colours, out of the running theme.

A theme may set any of them itself: its variable ``chart-series-1`` is the colour of role ``series-1``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Literal

from rich.style import Style
from textual.color import Color
from textual.widget import Widget

from roofrack_tui.raster import ink
from roofrack_tui.raster.ink import Ink, Role
from roofrack_tui.widgets.safe_colors import ansi_series, contrast, readable, series_colors

_BOLD = frozenset({ink.STRONG, ink.CHIP, ink.LIMIT, ink.OVER})
_THEME_COLORS = ("primary", "secondary", "accent", "success", "warning", "error")
_BLACK = Color.parse("ansi_black")
_MARK_CONTRAST = 3.0
"""Of WCAG for graphics, and for words that are large or bold."""

_LAYER_SERIES = (0, 1, 2, 4, 3, 5)

Shading = Literal["tint", "pattern"]


class Palette:
    """The styles of drawings on one background under one theme.

    Args:
        fore: Colours of characters by role.
        back: Colours of grounds by role; other roles have the widget's own ground.
    """

    def __init__(self, fore: Mapping[Role, Color], back: Mapping[Role, Color]) -> None:
        self._fore = fore
        self._back = back
        self.style = cache(self._style)

    @classmethod
    def of(cls, widget: Widget, shading: Shading) -> Palette:
        """Return the palette for a widget where it stands."""
        _, _, background, foreground = widget.colors
        variables = widget.app.theme_variables
        asked = tuple((role, variables[f"chart-{role}"]) for role in ink.ROLES if f"chart-{role}" in variables)
        theme = widget.app.current_theme
        if theme.ansi:
            return _ansi_palette(theme.dark, asked)
        hues = tuple(Color.parse(variables[name]).rgb for name in _THEME_COLORS)
        return _palette(hues, background.rgb, (background + foreground).rgb, shading, asked)

    def _style(self, inked: Ink) -> Style:
        fore = self._fore.get(inked.fore, self._fore[ink.PLAIN])
        back = self._back.get(inked.back, self._back[ink.PLAIN])
        if inked.fore in (ink.TEXT, ink.STRONG) and inked.back in ink.LAYERS:
            fore = _BLACK if back.ansi is not None else back.get_contrast_text(1.0).blend(back, 0.1, 1.0)
        elif inked.fore == ink.PLAIN and inked.back in ink.SERIES and back.ansi is None:
            fore = _standing_out(fore, back)
        elif inked.fore == ink.LIMIT and inked.back in ink.LAYERS and back.ansi is None:
            fore = readable(fore, back, _MARK_CONTRAST)
        return Style(color=fore.rich_color, bgcolor=back.rich_color, bold=inked.fore in _BOLD)


def _standing_out(color: Color, ground: Color) -> Color:
    """A mark's colour on a line, or black or white where it would hardly be seen there."""
    poles = (Color(0, 0, 0), Color(255, 255, 255))
    return color if contrast(color, ground) >= _MARK_CONTRAST else max(poles, key=lambda pole: contrast(pole, ground))


RGB = tuple[int, int, int]
Asked = tuple[tuple[Role, str], ...]


@lru_cache(maxsize=32)
def _palette(hues: tuple[RGB, ...], ground: RGB, text: RGB, shading: Shading, asked: Asked) -> Palette:
    background, foreground = Color(*ground), Color(*text)
    primary, secondary, accent, success, warning, error = (Color(*hue) for hue in hues)
    series = series_colors((primary, warning, success, accent, secondary), background)
    mute = foreground.blend
    alarm, caution = readable(error, background, 4.0), readable(warning, background, 4.0)
    fore = {
        ink.PLAIN: foreground,
        ink.TEXT: mute(background, 0.25),
        ink.STRONG: foreground,
        ink.AXIS: mute(background, 0.62),
        ink.GRID: mute(background, 0.82),
        ink.CURSOR: mute(background, 0.25),
        ink.CHIP: background,
        ink.LIMIT: alarm,
        ink.TARGET: mute(background, 0.1),
        ink.MEASURED: foreground,
        ink.WAIT: mute(background, 0.1),  # a word in a series' colour would be taken for its name
        ink.OVER: alarm,
        ink.HATCH_WAIT: background.blend(caution, 0.4),
        ink.HATCH_OVER: background.blend(alarm, 0.5),
        ink.FREE: mute(background, 0.75),
        ink.OFF: mute(background, 0.6),
    }
    back = {
        ink.PLAIN: background,
        ink.CHIP: foreground,
        ink.HATCH_WAIT: background.blend(caution, 0.07),
        ink.HATCH_OVER: background.blend(alarm, 0.1),
        ink.FREE: background.blend(foreground, 0.06),
    }
    for role, band, color in zip(ink.SERIES, ink.BANDS, series, strict=True):
        fore[role] = back[role] = color
        fore[band] = back[band] = background.blend(color, 0.17 if shading == "tint" else 0.55)
    for role, index in zip(ink.LAYERS, _LAYER_SERIES, strict=True):
        fore[role] = back[role] = background.blend(series[index], 0.62)
    for role, color_name in asked:
        fore[role] = back[role] = Color.parse(color_name)
    return Palette(fore, back)


@lru_cache(maxsize=4)
def _ansi_palette(dark: bool, asked: Asked) -> Palette:
    names = {
        ink.PLAIN: "default",
        ink.TEXT: "default",
        ink.STRONG: "default",
        ink.AXIS: "bright_black",
        ink.GRID: "bright_black",
        ink.CURSOR: "default",
        ink.CHIP: "black" if dark else "bright_white",
        ink.LIMIT: "bright_red" if dark else "red",
        ink.TARGET: "default",
        ink.MEASURED: "default",
        ink.WAIT: "default",
        ink.OVER: "bright_red" if dark else "red",
        ink.HATCH_WAIT: "yellow",
        ink.HATCH_OVER: "red",
        ink.FREE: "bright_black",
        ink.OFF: "bright_black",
    }
    fore = {role: Color.parse(f"ansi_{name}") for role, name in names.items()}
    back = {ink.PLAIN: Color.parse("ansi_default"), ink.CHIP: Color.parse("ansi_white" if dark else "ansi_black")}
    for role, band, color in zip(ink.SERIES, ink.BANDS, ansi_series(dark), strict=True):
        fore[role] = back[role] = fore[band] = color
    for role, color in zip(ink.LAYERS, ansi_series(dark), strict=False):
        fore[role] = back[role] = color
    for role, color_name in asked:
        fore[role] = back[role] = Color.parse(color_name)
    return Palette(fore, back)
