"""Keys of one's own: checked, told to Textual, and shown wherever keys are shown."""

import re
import string
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from app_tools import MakeApp, main_screen, screen_text, settled
from textual.keys import Keys as TextualKeys
from textual.keys import _character_to_key

import roofrack_tui
from roofrack.catalog import Catalog
from roofrack.config import Config
from roofrack_tui.commands import ALL_COMMANDS, COMPARING, FIELDS, SCREENS, Command, line_keys
from roofrack_tui.keymap import NAMED, Keys, instead, key_name, key_problems, keymap, rebound, shown, with_keys
from roofrack_tui.screens.dialog import DialogScreen
from roofrack_tui.widgets.chart import Chart


@pytest.mark.parametrize("character", [*string.printable.strip(), "é"])
def test_characters_are_named_as_textual_names_them(character: str) -> None:
    name = key_name(character)
    assert name == _character_to_key(character)
    assert shown(name) == character


def test_named_keys_are_textuals() -> None:
    assert set(NAMED) <= {str(key.value) for key in TextualKeys}


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
        ({"compare-swap": "x"}, "keys.compare-swap: x is the key of compare-unpin"),
        ({"search-sort": "v"}, "keys.search-sort: v is the key of search-view"),
        ({"export": "v"}, "keys.export: v is the key of compare-quantity"),
        ({"table-csb": "c"}, "keys.table-csb: no such command, did you mean table-csv"),
    ],
)
def test_what_is_wrong_is_named(table: dict[str, Any], said: str) -> None:
    assert any(said in problem for problem in key_problems(table)), key_problems(table)


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"undo": "Z", "redo": "z"},
        {"undo": ["ctrl+u", "z"]},
        {"quit": "ctrl+x"},
        {"help": ["f1", "h"]},
        {"pools-best": "c"},
    ],
)
def test_what_is_right_passes(table: dict[str, Any]) -> None:
    assert key_problems(table) == []


def test_every_default_is_a_key_that_could_have_been_written() -> None:
    for screen in SCREENS:
        assert key_problems({command.id: command.keys.split(",") for command in screen}) == []


def test_the_key_line_and_help_show_the_new_keys() -> None:
    commands = rebound(ALL_COMMANDS, Keys({"undo": ["ctrl+u", "z"], "fewer": "ctrl+left"}))
    undo = next(command for command in commands if command.id == "undo")
    assert (undo.keys, undo.shown, undo.in_line) == ("ctrl+u,z", "^U", "^U")
    line = {label: (mark, key) for mark, label, key in line_keys(commands)}
    assert line["Undo"] == ("^U", "ctrl+u")
    assert line["Users"] == ("^← ]", "right_square_bracket")
    assert rebound(ALL_COMMANDS, Keys()) == ALL_COMMANDS
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
        for key in ("f1", "end", "pageup"):
            await pilot.press(key)
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


async def test_screens_above_the_main_one_obey_and_show_them(make_app: MakeApp, whole_catalog: Catalog) -> None:
    own = {
        "compare-quantity": "ctrl+v", "compare-help": "f2", "table-next": ["n", "right"], "table-csv": "ctrl+s",
        "table": "ctrl+g", "dialog-back": "ctrl+x", "why": "f6", "people": "f7", "dialog-help": "f5", "search-back": "ctrl+x",
    }  # fmt: skip
    assert key_problems(own) == []
    app = make_app(catalog=whole_catalog, config=Config(Path(), {"keys": own}))
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        main = app.screen

        async def told(*keys: str) -> str:
            await pilot.press(*keys)
            await settled(pilot)
            return screen_text(app)

        assert "^V Curve" in await told("c")
        drawn = app.screen.query_one(Chart)
        await told("v")
        assert drawn.spec.left.unit == "tok/s total"
        await told("ctrl+v")
        assert drawn.spec.left.unit == "tok/s each"
        assert "^X goes back" in await told("f2")
        assert "^V  Draw tokens/s in all" in await told("pagedown")
        await told("ctrl+x", "escape")
        assert app.screen is main

        foot = await told("ctrl+g")
        assert "← n other numbers · y Markdown · ^S CSV · ^X back" in foot
        assert " 2: many users" in await told("n")
        assert "^S  Copy the whole table as CSV." in await told("f5")
        await told("ctrl+x")
        await told("escape")
        assert app.screen is not main  # Esc has been given away
        await told("ctrl+g")
        assert app.screen is main

        assert "F6 Why" in await told("f6")
        assert "People" in await told("f7")
        assert type(app.screen).__name__ == "PeopleScreen"


def test_the_key_line_of_the_comparison_shows_the_new_keys() -> None:
    line = {label: mark for mark, label, _ in line_keys(rebound(COMPARING, Keys({"compare-fewer": "("})))}
    assert line["Users"] == "( ]"


@pytest.mark.parametrize("screen", range(len(SCREENS)))
def test_no_key_means_two_things_on_one_screen(screen: int) -> None:
    keys = [key for command in SCREENS[screen] for key in command.keys.split(",")]
    assert len(set(keys)) == len(keys)


def test_every_screen_that_names_keys_is_checked_for_conflicts() -> None:
    for path in (Path(roofrack_tui.__file__).parent / "screens").glob("*.py"):
        import_module(f"roofrack_tui.screens.{path.stem}")
    checked = {command.id for screen in SCREENS for command in screen}

    def below(kind: type) -> Iterator[type]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    named = [kind for kind in below(DialogScreen) if kind.__dict__.get("KEYS")]
    assert len(named) >= 9
    for kind in named:
        assert {command.id for command in kind.KEYS} <= checked, kind
        bound = {binding.id for keys in kind._merged_bindings.key_to_bindings.values() for binding in keys}
        assert {command.id for command in kind.KEYS} <= bound, kind


@pytest.mark.parametrize(("width", "foot"), [(120, "y command"), (60, "e changes · Esc back")])
async def test_the_way_back_stays_in_sight_where_there_is_little_room(make_app: MakeApp, width: int, foot: str) -> None:
    app = make_app()
    async with app.run_test(size=(width, 20)) as pilot:
        await settled(pilot)
        await pilot.press("S")
        while not isinstance(app.screen, DialogScreen):
            await pilot.pause(0.02)
        await settled(pilot)
        last = screen_text(app).splitlines()[-1]
        assert "Esc back" in last
        assert foot.split(" · ")[0] in last
        assert "…" not in last


@pytest.mark.parametrize("commands", [*SCREENS, *(field for field, _ in FIELDS)])
def test_in_ascii_arrows_have_names(commands: tuple[Command, ...]) -> None:
    for usual, named in zip(commands, rebound(commands, Keys(ascii=True)), strict=True):
        for before, after in ((usual.shown, named.shown), (usual.in_line, named.in_line)):
            assert after.isascii()
            assert after == before or set(before) & set("←→↑↓")
        assert not {"<", ">"} & set(named.shown) or named.keys in ("less_than_sign", "greater_than_sign")


def test_in_ascii_own_arrows_have_names_too() -> None:
    keys = Keys({"undo": "ctrl+left", "why-next": "down"}, ascii=True)
    assert with_keys("{undo} or {why-next} or {next-caption}", keys) == "^Left or Down or >"
    assert ("^Left", "Take the last choice back. Instead of z.") in list(instead(keys))
    assert keys.written("Shift+→ l") == "Shift+Right l"


_NAMED_IN_ASCII = {
    "chart": (("7",), "Left Cursor left  Right Cursor right"),
    "help of a chart": (("7", "question_mark", "pagedown"), "Up k Zoom in"),
    "filter": (("slash",), "Down list"),
    "comparison": (("c",), "Right Plan"),
    "pools": (("D",), "Left/Right split"),
    "form of a search": (("S", "e", "down", "down", "up", "up", "up", "up"), "Left Right or the word."),
    "cost chart": (("dollar_sign",), "Left Right load"),
}


@pytest.mark.parametrize(("keys", "said"), _NAMED_IN_ASCII.values(), ids=_NAMED_IN_ASCII)
async def test_screens_in_ascii_name_arrows(make_searching_app: MakeApp, keys: tuple[str, ...], said: str) -> None:
    app = make_searching_app(ascii=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
        shown_now = " ".join(screen_text(app).split())
        assert " ".join(said.split()) in shown_now
        assert screen_text(app).isascii()
