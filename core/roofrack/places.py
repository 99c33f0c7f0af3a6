"""Where a person's own files are: one rule for configuration and state."""

import os
import sys
from pathlib import Path

NAME = "roofrack"


def config_directory() -> Path:
    """Where configuration, presets, profiles and saved scenarios are."""
    return _place("XDG_CONFIG_HOME", "~/.config", "user_config_path")


def state_directory() -> Path:
    """Where the program remembers what it did last."""
    return _place("XDG_STATE_HOME", "~/.local/state", "user_state_path")


def _place(variable: str, otherwise: str, function: str) -> Path:
    if sys.platform.startswith("linux"):  # what platformdirs answers there, without the time to import it
        base = os.environ.get(variable, "").strip()
        return Path(base or otherwise).expanduser() / NAME
    import platformdirs

    place: Path = getattr(platformdirs, function)(NAME, appauthor=False)
    return place
