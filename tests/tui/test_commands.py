"""One registry: every key once, every action there, everything explained."""

from roofrack_tui.app import RoofrackApp
from roofrack_tui.commands import COMMANDS, MOVING, bindings
from roofrack_tui.screens.dialogs import Dialogs
from roofrack_tui.screens.main import MainScreen

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
