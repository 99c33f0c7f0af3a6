"""One registry: every key once, every action there, everything explained."""

from roofrack_tui.app import RoofrackApp
from roofrack_tui.commands import ALL_COMMANDS, COMMANDS, MOVING, bindings, line_keys
from roofrack_tui.screens.dialogs import Dialogs
from roofrack_tui.screens.main import MainScreen
from roofrack_tui.widgets.key_line import KeyLine

ALL = (*COMMANDS, *MOVING)


def test_ids_and_keys_are_used_once() -> None:
    ids = [command.id for command in ALL]
    keys = [key for command in ALL for key in command.keys.split(",")]
    assert len(set(ids)) == len(ids)
    assert len(set(keys)) == len(keys)
    assert not {str(n) for n in range(10)} & set(keys)


def test_every_action_exists() -> None:
    for command in ALL:
        place, _, name = command.action.partition("(")[0].rpartition(".")
        owner = RoofrackApp if place == "app" else MainScreen
        assert hasattr(owner, f"action_{name}"), command
        if name == "dialog":
            assert hasattr(Dialogs, command.action.split("'")[1]), command


def test_every_command_is_explained_in_a_sentence() -> None:
    for command in ALL:
        assert command.help.endswith("."), command
        assert command.label
        assert command.shown


def test_the_key_line_names_six_to_ten_keys() -> None:
    assert 6 <= sum(bool(command.in_line) for command in COMMANDS) <= 10


def test_bindings_come_from_the_registry() -> None:
    made = {binding.id for binding in bindings(COMMANDS, MOVING)}
    assert made == {command.id for command in ALL}


def test_the_key_line_names_keys_whole_at_any_width() -> None:
    line, said = KeyLine(), []
    line.set_reactive(KeyLine.keys, tuple(line_keys(ALL_COMMANDS)))
    for room in range(1, 200):
        words = line.words(room).plain
        assert len(words) <= room, "what is longer is cut"
        said.append(words)
    whole = [f"{shown} {label}" for shown, label, _ in line_keys(ALL_COMMANDS)]
    assert said[-1] == "  ".join(whole)
    assert set(said) == {"  ".join(whole[:n]) for n in range(len(whole) + 1)}
    assert said[len("  ".join(whole[:3])) - 1] == "  ".join(whole[:3]), "as many as there is room for"
