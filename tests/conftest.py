"""What every test shares: nobody's own configuration, terminal or locale leaks in."""

import os
import tempfile
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("fast", max_examples=60, deadline=None)
settings.load_profile("fast")

SLOW = (
    "core/cli/test_shell_manners.py",
    "core/search/test_brute_force.py",
    "core/search/test_search.py",
    "scripts/test_check_own_profile.py",
    "tui/terminal/test_pty.py",
    "tui/terminal/test_suspend.py",
    "tui/test_beside_scroll_bars.py",
    "tui/test_box.py",
    "tui/test_bytes.py",
    "tui/test_compare_bytes.py",
    "tui/test_compare_screen.py",
    "tui/test_exhibits.py",
    "tui/test_export.py",
    "tui/test_forms.py",
    "tui/test_help.py",
    "tui/test_hostile_stream.py",
    "tui/test_library.py",
    "tui/test_monkey.py",
    "tui/test_own_costs.py",
    "tui/test_own_preset.py",
    "tui/test_pictures.py",
    "tui/test_search_stopped.py",
    "tui/test_searching.py",
    "tui/test_session.py",
    "tui/test_sheets.py",
    "tui/test_story.py",
    "tui/test_table_and_pools.py",
    "tui/web/test_browser.py",
    "tui/web/test_server.py",
)
"""Whole journeys, real terminals and browsers: `make test` and CI run them, plain `pytest` leaves them out to be done in a
coffee's time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes long, and what one process is to run."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_together(item)))
        if item.path.as_posix().endswith(tuple(f"/tests/{name}" for name in SLOW)):
            item.add_marker(pytest.mark.slow)


def _together(item: pytest.Item) -> str:
    """Tests that share what they prepared: those of a file, but of the many pictures those of a view in one size."""
    params: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    return f"{params['view'].name} {params['size']}" if {"view", "size"} <= params.keys() else item.path.as_posix()


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
