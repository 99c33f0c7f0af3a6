from __future__ import annotations

from itertools import combinations

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from roofrack_tui.raster import ink
from roofrack_tui.themes import OWN
from roofrack_tui.widgets.palette import Palette, _palette
from roofrack_tui.widgets.safe_colors import ansi_series, apart, contrast, readable, series_colors

THEMES = {name: theme.to_color_system().generate() for name, theme in BUILTIN_THEMES.items() if not theme.ansi}
BACKGROUNDS = ["background", "surface", "panel"]


def _theme_palette(theme: str, ground: str) -> Palette:
    names = ("primary", "secondary", "accent", "success", "warning", "error")
    hues = tuple(Color.parse(THEMES[theme][name]).rgb for name in names)
    background, text = (Color.parse(THEMES[theme][name]).rgb for name in (ground, "foreground"))
    return _palette(hues, background, text, "tint", ())


def _series(variables: dict[str, str], ground: str) -> list[Color]:
    wanted = [Color.parse(variables[name]) for name in ("primary", "warning", "success", "accent", "secondary")]
    return list(series_colors(wanted, Color.parse(variables[ground])))


@pytest.mark.parametrize("ground", BACKGROUNDS)
@pytest.mark.parametrize("theme", sorted(THEMES))
def test_lines_stand_out_in_every_theme(theme: str, ground: str) -> None:
    background = Color.parse(THEMES[theme][ground])
    assert all(contrast(color, background) >= 3 for color in _series(THEMES[theme], ground))


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_lines_stay_apart_for_colour_blind_eyes(theme: str) -> None:
    colors = _series(THEMES[theme], "background")
    assert len(set(colors)) == 8
    assert apart(colors[0], colors[1]) >= 30
    assert min(apart(a, b) for a, b in combinations(colors[:4], 2)) >= 24
    assert min(apart(a, b) for a, b in combinations(colors, 2)) >= 7


@pytest.mark.parametrize("ground", BACKGROUNDS)
@pytest.mark.parametrize("theme", [theme for theme in OWN if not theme.ansi], ids=lambda theme: theme.name)
def test_muted_words_can_be_read_in_the_apps_own_themes(theme: Theme, ground: str) -> None:
    variables = theme.to_color_system().generate()
    background = Color.parse(variables[ground])
    assert contrast(background + Color.parse(variables["foreground-muted"]), background) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(Color.parse("white"), Color.parse("black")) == pytest.approx(21)
    assert contrast(Color.parse("#777777"), Color.parse("white")) == pytest.approx(4.48, abs=0.01)


def test_red_and_green_are_near_for_some_eyes() -> None:
    red, green, blue = (Color.parse(name) for name in ("#d04040", "#708000", "#0060ff"))
    assert apart(red, green) < apart(red, blue)


def test_readable_changes_only_what_it_must() -> None:
    black, white = Color.parse("black"), Color.parse("white")
    assert readable(white, black, 4.5) == white
    assert contrast(readable(Color.parse("#101010"), black, 4.5), black) >= 4.5
    assert contrast(readable(Color.parse("#f0f0f0"), white, 4.5), white) >= 4.5


@pytest.mark.parametrize("dark", [True, False])
def test_terminal_colours_differ(dark: bool) -> None:
    assert len({color.ansi for color in ansi_series(dark)}) == 8


@pytest.mark.parametrize(
    ("fore", "grounds"),
    [(ink.PLAIN, ink.SERIES), (ink.LIMIT, ink.LAYERS)],
    ids=["mark on lines", "limit across layers"],
)
@pytest.mark.parametrize("ground", BACKGROUNDS)
@pytest.mark.parametrize("theme", sorted(THEMES))
def test_what_lies_over_a_colour_is_seen_on_each(
    theme: str, ground: str, fore: ink.Role, grounds: tuple[ink.Role, ...]
) -> None:
    palette = _theme_palette(theme, ground)
    for back in grounds:
        style = palette.style(ink.Ink(fore, back))
        assert style.color
        assert style.bgcolor
        assert contrast(Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)) >= 3


@pytest.mark.parametrize("ground", BACKGROUNDS)
@pytest.mark.parametrize("theme", [theme for theme in OWN if not theme.ansi], ids=lambda theme: theme.name)
def test_hints_of_empty_fields_are_read_in_the_apps_own_themes(theme: Theme, ground: str) -> None:
    variables = theme.to_color_system().generate()
    kind, share = variables["text-disabled"].split()
    assert kind == "auto"
    background = Color.parse(variables[ground])
    hint = background + background.get_contrast_text(float(share.rstrip("%")) / 100)
    assert contrast(hint, background) >= 4.5


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_no_word_of_a_chart_has_the_colour_of_a_line(theme: str) -> None:
    palette = _theme_palette(theme, "background")
    lines = {palette.style(ink.Ink(series)).color for series in ink.SERIES[:3]}
    assert palette.style(ink.Ink(ink.WAIT)).color not in lines
