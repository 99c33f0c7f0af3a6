"""Where a person's own files are: one rule for configuration and state."""

import os
import sys
from pathlib import Path

NAME = "roofrack"


def expanded(path: str | Path) -> Path:
    """A path with its `~` written out; where there is no such home it stays as it stands, as in a shell.

    Args:
        path: As a person wrote it.
    """
    return Path(os.path.expanduser(path))  # noqa: PTH111 (pathlib's own raises where nobody has the name)


def config_directory() -> Path:
    """Where configuration, presets, profiles and saved scenarios are."""
    return _place("XDG_CONFIG_HOME", "~/.config", "user_config_path")


def state_directory() -> Path:
    """Where the program remembers what it did last."""
    return _place("XDG_STATE_HOME", "~/.local/state", "user_state_path")


def _place(variable: str, otherwise: str, function: str) -> Path:
    if sys.platform.startswith("linux"):  # what platformdirs answers there, without the time to import it
        base = os.environ.get(variable, "").strip()
        return expanded(base or otherwise) / NAME
    import platformdirs

    place: Path = getattr(platformdirs, function)(NAME, appauthor=False)
    return place
