"""Keys of one's own: checked, told to Textual, and shown wherever keys are shown."""

import re
import string
from pathlib import Path
from typing import Any

import pytest
from app_tools import MakeApp, main_screen, screen_text, settled
from textual.keys import Keys, _character_to_key

from roofrack.config import Config
from roofrack_tui.commands import ALL_COMMANDS, line_keys
from roofrack_tui.keymap import NAMED, key_name, key_problems, keymap, rebound, shown


@pytest.mark.parametrize("character", [*string.printable.strip(), "é"])
def test_characters_are_named_as_textual_names_them(character: str) -> None:
    name = key_name(character)
    assert name == _character_to_key(character)
    assert shown(name) == character


def test_named_keys_are_textuals() -> None:
    assert set(NAMED) <= {str(key.value) for key in Keys}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("ctrl+z", "ctrl+z"),
        ("ctrl+Z", "ctrl+z"),
        ("shift+ctrl+left", "ctrl+shift+left"),
        ("shift+z", "Z"),
        ("question_mark", "question_mark"),
        ("ctrl+i", "tab"),
        ("ctrl+[", "escape"),
        ("alt++", "alt+plus"),
        ("pagedwn", None),
        ("", None),
        ("ctrl+", None),
        ("hyper+x", None),
        ("\x1b", None),
        ("zz", None),
    ],
)
def test_names(written: str, name: str | None) -> None:
    assert key_name(written) == name


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"undoo": "x"}, "keys.undoo: no such command, did you mean undo?"),
        ({"undo": 7}, "keys.undo: must be a key"),
        ({"undo": []}, "keys.undo: must be a key"),
        ({"undo": ["b", 7]}, "keys.undo: must be a key"),
        ({"undo": "ctlr+z"}, "keys.undo: 'ctlr+z' is no key"),
        ({"undo": ""}, "keys.undo: '' is no key"),
        ({"undo": "q"}, "keys.undo: q is the key of quit"),
        ({"undo": "3"}, "keys.undo: 3 is the key of panes"),
        ({"undo": "ctrl+i"}, "keys.undo: Tab is the key of next-pane"),
        ({"undo": "ctrl+u", "redo": "ctrl+u"}, "keys.redo: ^U is the key of undo"),
        ({"undo": "ctrl+c"}, "keys.undo: ^C is the key of leaving"),
    ],
)
def test_what_is_wrong_is_named(table: dict[str, Any], said: str) -> None:
    assert any(said in problem for problem in key_problems(table)), key_problems(table)


@pytest.mark.parametrize("table", [{}, {"undo": "Z", "redo": "z"}, {"undo": ["ctrl+u", "z"]}, {"quit": "ctrl+x"}])
def test_what_is_right_passes(table: dict[str, Any]) -> None:
    assert key_problems(table) == []


def test_every_default_is_a_key_that_could_have_been_written() -> None:
    assert key_problems({command.id: command.keys.split(",") for command in ALL_COMMANDS}) == []


def test_the_key_line_and_help_show_the_new_keys() -> None:
    commands = rebound(ALL_COMMANDS, {"undo": ["ctrl+u", "z"], "fewer": "ctrl+left"})
    undo = next(command for command in commands if command.id == "undo")
    assert (undo.keys, undo.shown, undo.in_line) == ("ctrl+u,z", "^U", "^U")
    line = {label: (mark, key) for mark, label, key in line_keys(commands)}
    assert line["Undo"] == ("^U", "ctrl+u")
    assert line["Users"] == ("^← ]", "right_square_bracket")
    assert rebound(ALL_COMMANDS, {}) == ALL_COMMANDS
    assert keymap({"undo": ["?", "z"]}) == {"undo": "question_mark,z"}


async def test_the_app_obeys_and_shows_them(make_app: MakeApp) -> None:
    config = Config(Path(), {"keys": {"undo": "ctrl+u", "help": ["f1", "ctrl+h"], "redo": "z"}})
    app = make_app(config=config)
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        store = main_screen(app).store
        first = store.spec
        assert "^U Undo" in screen_text(app)
        await pilot.press("3", "right")
        await settled(pilot)
        changed = store.spec
        assert changed != first
        await pilot.press("ctrl+u")
        assert store.spec == first
        await pilot.press("z")
        assert store.spec == changed
        await pilot.press("question_mark")
        await settled(pilot)
        assert "Keys everywhere" not in screen_text(app)
        await pilot.press("f1", "end")
        await settled(pilot)
        await pilot.press("pageup")
        await settled(pilot)
        assert "^U  Take the last choice back." in screen_text(app)
        await pilot.press("escape", "ctrl+p", *"undo")
        await settled(pilot)
        await pilot.pause(0.3)
        assert re.search(r"Undo +\^U", screen_text(app))


async def test_a_broken_configuration_is_said_in_the_key_line(make_app: MakeApp, tmp_path: Path) -> None:
    problems = ("keys.undo: q is the key of quit", "display.ascii: must be true or false")
    app = make_app(config=Config(tmp_path / "config.toml", problems=problems, ignored=("keys.undo",)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "! config.toml is ignored: keys.undo: q is the key of quit (and 1 more)" in screen_text(app)
        await pilot.press("tab")
        await settled(pilot)
        assert "ignored" not in screen_text(app)
