"""What this terminal can show and how the app is to look in it: from flags, environment and configuration.

Flags beat the environment, which beats the configuration, which beats what is found out about the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeVar, cast

from roofrack.config import SETTINGS, Config
from roofrack.errors import InputError, UnavailableError
from roofrack.text import clean
from roofrack_tui.config_check import unknown_theme
from roofrack_tui.theme_names import DEFAULT_DARK, DEFAULT_LIGHT, TERMINAL_DARK, TERMINAL_LIGHT, THEMES

T = TypeVar("T")
Animation = Literal["none", "basic", "full"]
Environ = Mapping[str, str]

_VARIABLES = {setting.name: setting.variable for setting in SETTINGS if setting.table == "display"}
_ON, _OFF = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
_CANNOT_DRAW = ("", "dumb", "unknown")
_ASCII_TERMINALS = re.compile(r"linux|vt\d+.*|cons\d+.*|ansi|sun")
"""Consoles whose fonts lack braille and blocks, and terminals from before Unicode."""

_COLOR_SYSTEMS = ("auto", "standard", "256", "truecolor", "windows")
_UTF_8 = re.compile(r"utf-?8", re.IGNORECASE)
_LIGHT_GROUNDS = ("7", "15")


class Flags(NamedTuple):
    """What the command line asks for; None leaves it open."""

    ascii: bool | None = None
    mouse: bool | None = None
    present: bool | None = None
    theme: str | None = None


class Capabilities(NamedTuple):
    """How the app is to run here.

    Args:
        ascii: Draw with ASCII only.
        mouse: Listen to the mouse.
        present: Start with larger marks and fewer words.
        theme: Name of a theme.
        animation: What may be animated.
        sources: Where each of them comes from, in words.
    """

    ascii: bool
    mouse: bool
    present: bool
    theme: str
    animation: Animation
    sources: Mapping[str, str]


def in_browser(environ: Environ) -> bool:
    """Whether textual-serve runs the app, so that no terminal is involved.

    Args:
        environ: The process's environment.
    """
    return environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def need_terminal(environ: Environ) -> None:
    """Check that the terminal can draw; raises UnavailableError, which says what to use instead.

    Args:
        environ: The process's environment.
    """
    term = environ.get("TERM", "").strip().lower()
    if term in _CANNOT_DRAW and not in_browser(environ):
        raise UnavailableError(
            f"this terminal cannot draw (TERM={term})" if term else "no terminal is named (TERM is not set)",
            "use 'roofrack plan MODEL' for the same as text, 'roofrack serve' for a browser, or set TERM if it can draw",
        )


def capabilities(flags: Flags, environ: Environ, config: Config) -> Capabilities:
    """How the app is to run.

    Args:
        flags: What the command line asks for.
        environ: The process's environment.
        config: The configuration file.

    Raises:
        InputError: A flag, a variable of roofrack's own or one of Textual's has a value that means nothing.
    """
    _check_textuals_own(environ)
    sources: dict[str, str] = {}

    def first(name: str, flag: T | None, found: tuple[T, str]) -> T:
        for value, source in (
            (flag, _flag_of(name, flag)),
            (_from_variable(name, environ), _VARIABLES[name]),
            (config.get("display", name), str(config.path)),
            found,
        ):
            if value is not None:
                sources[name] = source
                return cast(T, value)
        raise AssertionError(name)

    theme = first("theme", flags.theme, _found_theme(environ))
    if theme not in THEMES:
        raise unknown_theme(theme)
    animation: Animation = first("animation", None, _found_animation(environ))
    if animation != "none" and sources["animation"] == str(config.path) and _over_ssh(environ):
        animation, sources["animation"] = "none", "SSH"
    return Capabilities(
        ascii=first("ascii", flags.ascii, _found_ascii(environ)),
        mouse=first("mouse", flags.mouse, (True, "default")),
        present=first("present", flags.present, (False, "default")),
        theme=theme,
        animation=animation,
        sources=sources,
    )


def _check_textuals_own(environ: Environ) -> None:
    """Refuse what Textual would end of in a traceback."""
    system = environ.get("TEXTUAL_COLOR_SYSTEM", "auto")
    if system not in _COLOR_SYSTEMS:
        raise InputError(f"TEXTUAL_COLOR_SYSTEM: '{clean(system, limit=40)}' is not {', '.join(_COLOR_SYSTEMS)}")
    driver = environ.get("TEXTUAL_DRIVER", "")
    if driver and not driver.startswith("textual.drivers."):
        raise InputError(f"TEXTUAL_DRIVER: '{clean(driver, limit=80)}' is no driver of Textual: leave it out")


def _flag_of(name: str, value: object) -> str:
    return f"--no-{name}" if value is False else f"--{name}"


def _from_variable(name: str, environ: Environ) -> Any:
    variable = _VARIABLES[name]
    value = environ.get(variable, "").strip()
    if not value:
        return None
    if name == "theme":
        return value
    if name == "animation":
        if value in ("none", "basic", "full"):
            return value
        raise InputError(f"{variable}: '{clean(value, limit=40)}' is not none, basic or full")
    if value.lower() in _ON + _OFF:
        return value.lower() in _ON
    raise InputError(f"{variable}: '{clean(value, limit=40)}' is neither 1 nor 0")


def _found_theme(environ: Environ) -> tuple[str, str]:
    """Textual's own variable as far as it names a theme that exists, else what suits the terminal's colours and ground."""
    for name in environ.get("TEXTUAL_THEME", "").split(","):
        if name.strip() in THEMES:
            return name.strip(), "TEXTUAL_THEME"
    light = environ.get("COLORFGBG", "").rpartition(";")[2] in _LIGHT_GROUNDS
    if few_colors(environ):
        return TERMINAL_LIGHT if light else TERMINAL_DARK, "the terminal has 16 colours"
    return (DEFAULT_LIGHT, "COLORFGBG") if light else (DEFAULT_DARK, "default")


def few_colors(environ: Environ) -> bool:
    """Whether there are but 16 colours, which a theme of its own colours would be rounded to.

    Args:
        environ: The process's environment.
    """
    if in_browser(environ):
        return False
    forced = environ.get("TEXTUAL_COLOR_SYSTEM", "auto")
    if forced != "auto":
        return forced == "standard"
    from rich.console import Console  # it knows the terminals, and Textual asks it too

    return Console(_environ=environ, force_terminal=True).color_system in (None, "standard")


def _found_animation(environ: Environ) -> tuple[Animation, str]:
    asked = environ.get("TEXTUAL_ANIMATIONS", "").strip().lower()
    if _over_ssh(environ):
        return "none", "SSH"
    if asked in ("none", "basic", "full"):
        return cast(Animation, asked), "TEXTUAL_ANIMATIONS"
    return "none", "default"


def _over_ssh(environ: Environ) -> bool:
    return bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))


def _found_ascii(environ: Environ) -> tuple[bool, str]:
    """Whether only ASCII can be trusted here.

    A locale that is not set at all says nothing: containers have none, and the terminal around them speaks UTF-8.
    """
    if in_browser(environ):
        return False, "default"
    term = environ.get("TERM", "").strip().lower()
    if _ASCII_TERMINALS.fullmatch(term):
        return True, f"TERM={term}"
    encoding = environ.get("PYTHONIOENCODING", "").partition(":")[0].strip()
    if encoding:
        return not _UTF_8.match(encoding), "PYTHONIOENCODING"
    for variable in ("LC_ALL", "LC_CTYPE", "LANG"):
        locale = environ.get(variable, "").strip()
        if locale and not (variable == "LC_CTYPE" and _is_pythons(locale, environ)):
            return not _UTF_8.search(locale), f"{variable}={clean(locale, limit=40)}"
    return False, "default"


def _is_pythons(locale: str, environ: Environ) -> bool:
    """Whether Python itself put LC_CTYPE into its environment (PEP 538), as it does where the locale is C or is not installed."""
    lang = environ.get("LANG", "").strip()
    names_another = "." in lang and not _UTF_8.search(lang)
    return locale in ("C.UTF-8", "C.utf8") and (names_another or lang in ("C", "POSIX", ""))
