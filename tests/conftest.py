"""What every test shares: nobody's own configuration, terminal or locale leaks in."""

import os
import tempfile

import pytest
from hypothesis import settings

settings.register_profile("fast", max_examples=60, deadline=None)
settings.load_profile("fast")

# Some test modules read the catalogue when they are collected, before any fixture.
os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="roofrack-tests-")


@pytest.fixture(autouse=True)
def _clean_environment(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point every place where roofrack looks for a person's own files to an empty folder."""
    home = tmp_path_factory.mktemp("home")
    for variable in (
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "XDG_DATA_HOME",
        "XDG_CACHE_HOME",
        "HF_HOME",
        "OLLAMA_MODELS",
    ):
        monkeypatch.setenv(variable, str(home / variable.lower()))
    monkeypatch.setenv("HOME", str(home))
    for variable in (
        *("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_ANIMATIONS", "COLORTERM", "COLORFGBG", "HF_HUB_CACHE"),
        *("SSH_CONNECTION", "SSH_TTY", "LC_ALL", "LC_CTYPE", "PYTHONIOENCODING"),
        *(name for name in os.environ if name.startswith("ROOFRACK_")),
    ):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
