"""The man page: complete, and right in the eyes of those who check man pages."""

from __future__ import annotations

import argparse
import shutil
import subprocess

import pytest
from scripts.man_page import man_page

from roofrack.cli.environment import VARIABLES
from roofrack.cli.exits import EXITS
from roofrack.cli.parser import COMMANDS, build_parser
from roofrack.config import SETTINGS


@pytest.fixture(scope="module")
def page() -> str:
    return man_page()


def written(text: str) -> str:
    return text.replace("-", "\\-")


def test_everything_is_in_it(page: str) -> None:
    parser = build_parser()
    commands = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction)).choices
    assert tuple(commands) == COMMANDS or set(commands) == set(COMMANDS)
    for name, command in commands.items():
        assert f"\\fB{name}\\fR" in page
        for action in command._actions:
            for flag in action.option_strings:
                assert isinstance(action, argparse._HelpAction) or f"\\fB{written(flag)}\\fR" in page, flag
    for term in (*(one.name for one in VARIABLES), *(one.key for one in SETTINGS), *(str(one.code) for one in EXITS)):
        assert f"\\fB{written(term)}\\fR" in page


def test_it_is_ascii_and_the_same_each_time(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert page.isascii()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert man_page() == man_page()
    assert ".TH ROOFRACK 1 1970-01-02 " in man_page()


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="no mandoc on this machine")
def test_mandoc_finds_nothing(page: str) -> None:
    done = subprocess.run(["mandoc", "-T", "lint"], input=page, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff on this machine")
def test_groff_warns_of_nothing(page: str) -> None:
    done = subprocess.run(["groff", "-man", "-ww", "-z"], input=page, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
