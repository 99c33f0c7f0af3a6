"""Colours for lines that stay apart for colour-blind eyes and stand out from the ground, taken from a theme."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

from textual.color import Color, rgb_to_lab

from roofrack_tui.raster.ink import SERIES_COUNT

# Okabe and Ito, "Color Universal Design" (2008): told apart with any common colour vision deficiency.
_UNIVERSAL = tuple(
    map(Color.parse, ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999"))
)

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB: protanopia, deuteranopia, tritanopia.
_DEFICIENCIES = (
    ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
)

_LINE_CONTRAST = 3.2
_BOLDER = 0.5
_DARK_ANSI = ("bright_blue", "yellow", "cyan", "magenta", "green", "bright_white", "bright_cyan", "bright_magenta")
_LIGHT_ANSI = ("blue", "magenta", "green", "cyan", "yellow", "black", "bright_blue", "bright_magenta")


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _encoded(channel: float) -> float:
    channel = min(max(channel, 0.0), 1.0)
    return channel * 12.92 if channel <= 0.0031308 else float(1.055 * channel ** (1 / 2.4) - 0.055)


def luminance(color: Color) -> float:
    """Return the relative luminance of WCAG 2, 0…1."""
    red, green, blue = (_linear(channel) for channel in color.normalized)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of WCAG 2, 1…21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(color: Color, ground: Color, least: float) -> Color:
    """Return ``color``, made lighter or darker until its contrast with ``ground`` is at least ``least``."""
    pole = _pole(ground)
    return next((mixed for step in range(20) if contrast(mixed := color.blend(pole, step / 20), ground) >= least), pole)


def _pole(ground: Color) -> Color:
    """Return white for a dark ground and black for a light one."""
    return Color(255, 255, 255) if luminance(ground) < 0.18 else Color(0, 0, 0)


def seen(color: Color) -> list[tuple[float, float, float]]:
    """Return a colour's place in CIELAB as seen with full colour vision and with each deficiency."""
    channels = [_linear(channel) for channel in color.normalized]
    colors = [color]
    for matrix in _DEFICIENCIES:
        mixed = (sum(a * b for a, b in zip(row, channels, strict=True)) for row in matrix)
        red, green, blue = (round(255 * _encoded(channel)) for channel in mixed)
        colors.append(Color(red, green, blue))
    labs = map(rgb_to_lab, colors)
    return [(lab.L, lab.a, lab.b) for lab in labs]


def apart(one: Color, other: Color) -> float:
    """Return how far apart two colours are (ΔE, CIE 1976) for the eyes that see the least difference."""
    return _distance(seen(one), seen(other))


def series_colors(wanted: Iterable[Color], ground: Color) -> Sequence[Color]:
    """Return eight line colours for a ground: those wanted as far as they stay apart, then universal ones.

    Args:
        wanted: The theme's colours, the favourite first.
        ground: What they stand on.
    """
    return _series_colors(tuple(color.rgb for color in wanted), ground.rgb)


@lru_cache(maxsize=32)
def _series_colors(wanted: tuple[tuple[int, int, int], ...], ground_rgb: tuple[int, int, int]) -> tuple[Color, ...]:
    ground = Color(*ground_rgb)
    favourites = [readable(Color(*rgb), ground, _LINE_CONTRAST) for rgb in wanted]
    others = [readable(color, ground, _LINE_CONTRAST) for color in _UNIVERSAL]
    pole = _pole(ground)
    bolder = [color.blend(pole, _BOLDER) for color in (*favourites, *others)]
    candidates = [*favourites, *others, *bolder]
    places = [seen(color) for color in candidates]
    chosen: list[int] = [0]
    least = 30.0
    while len(chosen) < SERIES_COUNT:
        for index in range(len(candidates)):
            far = all(_distance(places[index], places[other]) >= least for other in chosen)
            if far and len(chosen) < SERIES_COUNT:
                chosen.append(index)
        least *= 0.8
    return tuple(candidates[index] for index in chosen)


def _distance(one: list[tuple[float, float, float]], other: list[tuple[float, float, float]]) -> float:
    return min(map(math.dist, one, other))


def ansi_series(dark: bool) -> tuple[Color, ...]:
    """Return line colours out of a terminal's own sixteen."""
    return tuple(Color.parse(f"ansi_{name}") for name in (_DARK_ANSI if dark else _LIGHT_ANSI))
