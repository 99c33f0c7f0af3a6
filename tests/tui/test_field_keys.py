"""Keys inside fields: all of them come from the registry, can be given other keys, and are shown as they are."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from app_tools import LLAMA_70B, MakeApp, main_screen, screen_text, settled
from textual.binding import Binding
from textual.dom import DOMNode
from textual.pilot import Pilot
from textual.widgets import Input

import roofrack_tui
from roofrack.config import Config
from roofrack_tui.commands import FIELDS, Command
from roofrack_tui.keymap import FIXED, every_command, key_problems, shadows
from roofrack_tui.widgets.field import Field
from roofrack_tui.widgets.form import FormField
from roofrack_tui.widgets.key_line import KeyLine
from roofrack_tui.widgets.menu import Menu


def every_class() -> Iterator[type[DOMNode]]:
    for module in walk_packages(roofrack_tui.__path__, "roofrack_tui."):
        import_module(module.name)

    def below(kind: type[DOMNode]) -> Iterator[type[DOMNode]]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    return (kind for kind in below(DOMNode) if kind.__module__.startswith("roofrack_tui."))


def test_every_key_that_the_app_gives_a_meaning_has_a_name_in_the_registry() -> None:
    named, bound = {command.id for command in every_command()}, set()
    for kind in every_class():
        for binding in Binding.make_bindings(kind.__dict__.get("BINDINGS", ())):
            bound.add(binding.id)
            assert binding.id in named or binding.key in FIXED, (kind, binding)
    assert named == bound - {None}


def test_no_key_is_read_past_the_registry_but_digits_and_the_letters_of_jumping() -> None:
    readers = {kind.__name__ for kind in every_class() for name in kind.__dict__ if re.fullmatch("_?on_key", name)}
    assert readers == {"Stepper", "Field", "JumpScreen"}


def test_what_a_field_takes_from_the_screen_around_it_is_known() -> None:
    taken = {pair for field, screen in FIELDS for pair in shadows(field, screen)}
    assert taken == {
        ("slide-left", "help"), ("step-down", "help"), ("choose-previous", "help"), ("chart-fewer", "help"),
        ("zoom-in", "up"), ("zoom-out", "down"), ("take", "search-open"), ("find-list", "down"),
    }  # fmt: skip


@pytest.mark.parametrize("field", [field for field, _ in FIELDS], ids=lambda field: field[0].id)
def test_no_key_means_two_things_in_one_field(field: Sequence[Command]) -> None:
    keys = [key for command in field for key in command.keys.split(",")]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"slide-left": "right"}, "keys.slide-left: → is the key of slide-right"),
        ({"step-up": "u"}, "keys.step-up: u is the key of users"),
        ({"undo": "plus"}, "keys.undo: + is the key of step-up"),
        ({"list-down": "escape"}, "keys.list-down: Esc is the key of dialog-back"),
        ({"form-clear": "pagedown"}, "keys.form-clear: PgDn is the key of result-down"),
        ({"choose": "2"}, "keys.choose: 2 is the key of panes"),
        ({"slide-lift": "n"}, "keys.slide-lift: no such command, did you mean slide-left"),
    ],
)
def test_what_is_wrong_with_a_key_of_a_field_is_named(table: dict[str, Any], said: str) -> None:
    assert any(said in problem for problem in key_problems(table)), key_problems(table)


def test_a_field_may_have_the_key_of_another_kind_of_field() -> None:
    assert key_problems({"slide-left": ["left", "comma"], "step-down": ["left", "comma"], "choose": "comma"}) == []


OWN = {
    "slide-right": "ctrl+n", "slide-left": "ctrl+b", "step-up": "ctrl+u", "step-type": "ctrl+y", "step-erase": "ctrl+h",
    "back": ["escape", "ctrl+g"], "choose": "comma", "choose-next": "semicolon", "down": "J", "bottom": "ctrl+e",
    "chart-more": "ctrl+right", "zoom-in": "ctrl+up", "zoom-whole": "w", "why": "f8", "list-down": "ctrl+j", "form-next": "ctrl+n", "form-clear": "ctrl+x", "form-choice": "ctrl+f", "result-down": "f9",
}  # fmt: skip


@pytest.fixture
def rebound_app(make_app: MakeApp) -> Any:
    assert key_problems(OWN) == []
    return make_app(config=Config(Path(), {"keys": OWN}))


async def press(pilot: Pilot[Any], *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot)


async def test_sliders_steppers_and_choices_obey(rebound_app: Any) -> None:
    async with rebound_app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        main = main_screen(rebound_app)
        await press(pilot, "3", "right")
        assert main.store.spec == LLAMA_70B
        assert "^N Fewer bits" in screen_text(rebound_app)
        await press(pilot, "ctrl+n")
        assert main.store.spec.weights != LLAMA_70B.weights
        await press(pilot, "ctrl+b")

        await press(pilot, "4", "J")  # the command of the screen around it, from the load to the prompt
        field = rebound_app.focused
        assert isinstance(field, Field)
        before = field.value
        await press(pilot, "plus", "l", "right")
        assert field.value == before
        await press(pilot, "ctrl+u")
        assert field.value > before
        stepped = field.value
        await press(pilot, "ctrl+y", "7", "8", "ctrl+h", "ctrl+g")
        assert field.value == stepped
        await press(pilot, "ctrl+y", "7", "8", "ctrl+h", "ctrl+y")
        assert field.value == 7

        load = main.store.spec.workload.load
        main.query_one("#load").focus()
        await press(pilot, "l", "space", "enter")
        assert rebound_app.screen is main
        assert main.store.spec.workload.load == load
        await press(pilot, "semicolon")
        assert main.store.spec.workload.load != load
        await press(pilot, "2", "comma")
        assert rebound_app.screen is not main


async def test_while_letters_are_letters_the_key_line_names_none(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("slash")
        keys = [key for key, _, _ in main_screen(app).query_one(KeyLine).keys]
        assert set(keys) == {"Enter", "↓", "Esc"}
        await pilot.press("down")
        assert "?" in [key for key, _, _ in main_screen(app).query_one(KeyLine).keys]


async def test_charts_obey(rebound_app: Any) -> None:
    async with rebound_app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        main = main_screen(rebound_app)
        before = main.store.spec
        await press(pilot, "7", "right", "l", "up", "k")
        assert (main.store.spec, main.x_range) == (before, None)
        await press(pilot, "ctrl+right", "ctrl+up")
        assert main.store.spec != before
        assert main.x_range is not None
        await press(pilot, "w")
        assert rebound_app.screen is main
        assert main.x_range is None


async def test_lists_and_filters_obey(rebound_app: Any) -> None:
    async with rebound_app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        models = main_screen(rebound_app).query_one("#models", Menu)
        at = models.highlighted
        assert at is not None
        await press(pilot, "down", "j", "end", "G")
        assert models.highlighted == at
        await press(pilot, "J")
        assert models.highlighted == at + 1
        await press(pilot, "ctrl+e")
        assert models.highlighted == models.option_count - 1

        await press(pilot, "ctrl+t")
        themes = rebound_app.screen.query_one(Menu)
        at = themes.highlighted
        assert at is not None
        await press(pilot, "ctrl+n")
        assert themes.highlighted == at
        await press(pilot, "ctrl+j")
        assert themes.highlighted == at + 1


async def test_forms_obey_and_show_them(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B, config=Config(Path(), {"keys": OWN}))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "U")
        assert "Enter ^N next · ^X automatic · F9 result · Esc back" in screen_text(app)
        first = app.focused
        assert isinstance(first, FormField)
        await press(pilot, *"40", "x")
        assert "x" in first.value  # a letter like any other now
        await press(pilot, "ctrl+x")
        assert first.value == ""
        await press(pilot, "ctrl+n")
        assert app.focused is not first
        named = next(field for field in app.screen.query(FormField) if field.blank.choices)
        named.focus()
        await press(pilot, "right")
        assert named.value == ""
        await press(pilot, "ctrl+f")
        assert named.value == named.blank.choices[0]


async def test_help_tells_the_keys_of_fields_as_they_are(rebound_app: Any) -> None:
    async with rebound_app.run_test(size=(120, 60)) as pilot:
        await settled(pilot)
        await press(pilot, "4", "J")
        told = dict(map(reversed, main_screen(rebound_app).keys_here()))
        assert told["More"] == "^U"
        assert told["Less"] == "-"
        assert "Erase" not in told  # nothing is being typed
        await press(pilot, "question_mark")
        assert "^U  More" in screen_text(rebound_app)
        await press(pilot, "end", "pageup", "end")
        assert "Keys of your own" in screen_text(rebound_app)
        assert "^U  Make the number larger. Instead of → l + =." in screen_text(rebound_app)


async def test_without_keys_of_ones_own_words_are_letters_and_arrows_move_the_cursor(make_app: MakeApp) -> None:
    app = make_app(replace(LLAMA_70B, weights="fp8"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "slash", *"xjkgG", "left", "home", "a")
        assert app.screen.query_one("#filter", Input).value == "axjkgG"


async def test_gpus_are_counted_from_every_field_of_the_rack_without_a_number(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("2")
        await settled(pilot)
        before = app.store.plan.scenario.rack.devices_per_node
        assert app.focused is not None
        assert app.focused.id == "device"
        assert "+ More GPUs" in screen_text(app)
        await pilot.press("plus", "plus", "minus")
        await settled(pilot)
        assert app.store.plan.scenario.rack.devices_per_node == 2 * before
        await pilot.press("down", "down", "plus")  # a field with a number keeps its own keys
        await settled(pilot)
        assert app.store.plan.scenario.rack.devices_per_node == 2 * before
        assert app.store.plan.scenario.rack.nodes == 2
