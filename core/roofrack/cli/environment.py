"""Environment variables that roofrack reads, for the man page and the README."""

from typing import NamedTuple

from roofrack.config import SETTINGS
from roofrack.config import VARIABLE as CONFIG_VARIABLE


class Variable(NamedTuple):
    """A variable and what it does."""

    name: str
    says: str


VARIABLES = (
    *(Variable(one.variable, one.says) for one in SETTINGS if one.variable),
    Variable(CONFIG_VARIABLE, "another configuration file"),
    Variable("ROOFRACK_TOKEN", "the token of roofrack serve, instead of one that is made"),
    Variable("ROOFRACK_NO_CELL_DIFF", "1 sends the terminal whole regions, as Textual does, instead of changed cells"),
    Variable("NO_COLOR", "no colours"),
    Variable("TERM, COLORTERM, COLORFGBG", "what the terminal can show, and whether its ground is light"),
    Variable("LC_ALL, LC_CTYPE, LANG, PYTHONIOENCODING", "whether more than ASCII can be shown"),
    Variable("SSH_CONNECTION, SSH_TTY", "no animations"),
    Variable("TEXTUAL_THEME, TEXTUAL_ANIMATIONS, TEXTUAL_COLOR_SYSTEM", "as for every Textual app"),
    Variable("XDG_CONFIG_HOME, XDG_STATE_HOME", "where the person's own files are"),
    Variable("HF_HOME, HF_HUB_CACHE, OLLAMA_MODELS", "where models on this disk are"),
)
