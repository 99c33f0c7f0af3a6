"""What flags, environment and configuration make of a terminal, as a table."""

from pathlib import Path
from typing import Any

import pytest

from roofrack.config import Config
from roofrack.errors import InputError, UnavailableError, UnknownIdError
from roofrack_tui.app import RoofrackApp
from roofrack_tui.capabilities import Flags, capabilities, need_terminal
from roofrack_tui.theme_names import THEMES

XTERM = {"TERM": "xterm-256color", "LANG": "en_US.UTF-8"}
FILE = Path("/config.toml")


def settled(environ: dict[str, str], flags: Flags | None = None, **display: Any) -> Any:
    return capabilities(flags or Flags(), environ, Config(FILE, {"display": display}))


@pytest.mark.parametrize(
    ("environ", "only", "source"),
    [
        ({}, False, "LANG=en_US.UTF-8"),
        ({"LANG": ""}, False, "default"),
        ({"LANG": "C"}, True, "LANG=C"),
        ({"LANG": "POSIX"}, True, "LANG=POSIX"),
        ({"LANG": "de_DE"}, True, "LANG=de_DE"),
        ({"LANG": "de_DE.ISO-8859-1"}, True, "LANG=de_DE.ISO-8859-1"),
        ({"LANG": "C.utf8"}, False, "LANG=C.utf8"),
        ({"LC_ALL": "C"}, True, "LC_ALL=C"),
        ({"LC_CTYPE": "C"}, True, "LC_CTYPE=C"),
        ({"LC_CTYPE": "UTF-8", "LANG": "C"}, False, "LC_CTYPE=UTF-8"),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, True, "LANG=C"),  # as Python makes it
        ({"LC_CTYPE": "C.UTF-8", "LANG": ""}, False, "default"),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "de_DE"}, False, "LC_CTYPE=C.UTF-8"),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "de_DE.ISO-8859-1"}, True, "LANG=de_DE.ISO-8859-1"),  # not installed
        ({"LC_ALL": "C.UTF-8", "LANG": "C"}, False, "LC_ALL=C.UTF-8"),
        ({"PYTHONIOENCODING": "ascii"}, True, "PYTHONIOENCODING"),
        ({"PYTHONIOENCODING": "utf-8:replace", "LANG": "C"}, False, "PYTHONIOENCODING"),
        ({"PYTHONIOENCODING": ":replace"}, False, "LANG=en_US.UTF-8"),
        ({"TERM": "linux"}, True, "TERM=linux"),
        ({"TERM": "vt220"}, True, "TERM=vt220"),
        ({"TERM": "screen"}, False, "LANG=en_US.UTF-8"),
        ({"TERM": "tmux-256color"}, False, "LANG=en_US.UTF-8"),
        ({"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver", "TERM": "dumb", "LANG": "C"}, False, "default"),
        ({"ROOFRACK_ASCII": "1"}, True, "ROOFRACK_ASCII"),
        ({"ROOFRACK_ASCII": "off", "TERM": "linux"}, False, "ROOFRACK_ASCII"),
    ],
)
def test_ascii(environ: dict[str, str], only: bool, source: str) -> None:
    found = settled({**XTERM, **environ})
    assert (found.ascii, found.sources["ascii"]) == (only, source)


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        ({}, "roofrack-dark"),
        ({"COLORTERM": "truecolor"}, "roofrack-dark"),
        ({"TERM": "xterm-16color"}, "terminal-dark"),
        ({"TERM": "xterm"}, "terminal-dark"),
        ({"TERM": "linux"}, "terminal-dark"),
        ({"TERM": "screen"}, "terminal-dark"),
        ({"TERM": "screen", "COLORTERM": "truecolor"}, "roofrack-dark"),
        ({"TERM": "screen-256color"}, "roofrack-dark"),
        ({"TERM": "tmux-256color"}, "roofrack-dark"),
        ({"TERM": "xterm-16color", "COLORFGBG": "0;15"}, "terminal-light"),
        ({"COLORFGBG": "0;default;15"}, "roofrack-light"),
        ({"COLORFGBG": "15;0"}, "roofrack-dark"),
        ({"TEXTUAL_COLOR_SYSTEM": "standard"}, "terminal-dark"),
        ({"TEXTUAL_COLOR_SYSTEM": "256", "TERM": "linux"}, "roofrack-dark"),
        ({"TEXTUAL_THEME": "nord"}, "nord"),
        ({"TEXTUAL_THEME": "somebody-elses, dracula"}, "dracula"),
        ({"TEXTUAL_THEME": "somebody-elses"}, "roofrack-dark"),
        ({"ROOFRACK_THEME": "gruvbox", "TEXTUAL_THEME": "nord"}, "gruvbox"),
        ({"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver", "TERM": "linux"}, "roofrack-dark"),
    ],
)
def test_theme(environ: dict[str, str], theme: str) -> None:
    assert settled({**XTERM, **environ}).theme == theme


@pytest.mark.parametrize(
    ("environ", "display", "animation"),
    [
        ({}, {}, "none"),
        ({}, {"animation": "basic"}, "basic"),
        ({"TEXTUAL_ANIMATIONS": "full"}, {}, "full"),
        ({"TEXTUAL_ANIMATIONS": "FULL", "SSH_TTY": "/dev/pts/3"}, {}, "none"),
        ({"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}, {"animation": "full"}, "none"),
        ({"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22", "ROOFRACK_ANIMATION": "basic"}, {}, "basic"),
    ],
)
def test_animation(environ: dict[str, str], display: dict[str, str], animation: str) -> None:
    assert settled({**XTERM, **environ}, **display).animation == animation


def test_flags_beat_the_environment_which_beats_the_file_which_beats_the_terminal() -> None:
    environ = {**XTERM, "TERM": "linux"}
    file = {"ascii": False, "mouse": False, "present": True, "theme": "nord"}
    assert settled(environ).ascii is True
    by_file = settled(environ, **file)
    assert (by_file.ascii, by_file.mouse, by_file.present, by_file.theme) == (False, False, True, "nord")
    assert {by_file.sources[name] for name in file} == {str(FILE)}
    told = {"ROOFRACK_ASCII": "1", "ROOFRACK_MOUSE": "yes", "ROOFRACK_PRESENT": "0", "ROOFRACK_THEME": "monokai"}
    by_environment = settled({**environ, **told}, **file)
    assert by_environment[:4] == (True, True, False, "monokai")
    by_flags = settled({**environ, **told}, Flags(ascii=False, mouse=False, present=True, theme="flexoki"), **file)
    assert by_flags[:4] == (False, False, True, "flexoki")
    assert by_flags.sources["ascii"] == "--no-ascii"
    assert by_flags.sources["theme"] == "--theme"


@pytest.mark.parametrize("name", ["ROOFRACK_ASCII", "ROOFRACK_MOUSE", "ROOFRACK_PRESENT", "ROOFRACK_ANIMATION"])
def test_a_variable_that_means_nothing_is_named(name: str) -> None:
    with pytest.raises(InputError, match=name):
        settled({**XTERM, name: "perhaps\x1b[31m"})


def test_an_unknown_theme_is_named_with_what_it_may_mean() -> None:
    with pytest.raises(UnknownIdError, match="dracula"):
        settled(XTERM, Flags(theme="draculla"))
    with pytest.raises(UnknownIdError, match="nord"):
        settled({**XTERM, "ROOFRACK_THEME": "nrod"})


@pytest.mark.parametrize("term", ["dumb", "DUMB", "", "unknown"])
def test_a_terminal_that_cannot_draw_is_told_what_to_use(term: str) -> None:
    with pytest.raises(UnavailableError, match="roofrack plan MODEL"):
        need_terminal({"TERM": term})
    need_terminal({"TERM": term, "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"})


@pytest.mark.parametrize("term", ["xterm", "linux", "screen", "tmux", "tmux-256color", "xterm-kitty"])
def test_others_can(term: str) -> None:
    need_terminal({"TERM": term})


def test_the_names_of_themes_are_those_that_there_are(make_app: Any) -> None:
    app: RoofrackApp = make_app()
    assert sorted(THEMES) == sorted(app.available_themes)


@pytest.mark.parametrize(
    ("theme", "other"),
    [
        ("roofrack-dark", "roofrack-light"),
        ("roofrack-light", "roofrack-dark"),
        ("nord", "roofrack-light"),
        ("terminal-dark", "terminal-light"),
        ("ansi-light", "terminal-dark"),
    ],
)
async def test_light_and_dark_keep_to_the_terminals_colours(make_app: Any, theme: str, other: str) -> None:
    app: RoofrackApp = make_app(theme=theme)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("t")
        assert app.theme == other


@pytest.mark.parametrize("value", ["junk", "", "\x1b]52;c;aGk=\x07"])
@pytest.mark.parametrize("name", ["TEXTUAL_COLOR_SYSTEM", "TEXTUAL_DRIVER"])
def test_what_textual_would_not_survive_is_named(name: str, value: str) -> None:
    if name == "TEXTUAL_DRIVER" and not value:
        assert settled({**XTERM, name: value})
        return
    with pytest.raises(InputError, match=f"{name}: ") as caught:
        settled({**XTERM, name: value})
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("value", ["auto", "standard", "256", "truecolor"])
def test_what_textual_knows_passes(value: str) -> None:
    assert settled(
        {**XTERM, "TEXTUAL_COLOR_SYSTEM": value, "TEXTUAL_DRIVER": "textual.drivers.linux_driver:LinuxDriver"}
    )
