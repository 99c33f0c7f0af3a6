"""Names of all themes, for checks and completions that must not wait for Textual. A test compares them with Textual's."""

DEFAULT_DARK = "roofrack-dark"
DEFAULT_LIGHT = "roofrack-light"
TERMINAL_DARK = "terminal-dark"
TERMINAL_LIGHT = "terminal-light"
"""The terminal's own colours."""

THEMES = (
    DEFAULT_DARK,
    DEFAULT_LIGHT,
    TERMINAL_DARK,
    TERMINAL_LIGHT,
    "ansi-dark",
    "ansi-light",
    "atom-one-dark",
    "atom-one-light",
    "catppuccin-frappe",
    "catppuccin-latte",
    "catppuccin-macchiato",
    "catppuccin-mocha",
    "dracula",
    "flexoki",
    "gruvbox",
    "monokai",
    "nord",
    "rose-pine",
    "rose-pine-dawn",
    "rose-pine-moon",
    "solarized-dark",
    "solarized-light",
    "textual-dark",
    "textual-light",
    "tokyo-night",
)
