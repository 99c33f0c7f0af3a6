"""Help explains every number that a pane shows, with its unit."""

import re
import sys

import pytest
from app_tools import LLAMA_70B, TOO_BIG, MakeApp, main_screen, screen_text, settled
from scripts.ptyterminal import Terminal

from roofrack.catalog import Catalog
from roofrack.report.compare_words import WORDS
from roofrack_tui.dialog_meanings import DIALOGS
from roofrack_tui.library import DEVICE_COLUMNS, MODEL_COLUMNS
from roofrack_tui.meanings import MEANINGS
from roofrack_tui.screens.box import BoxScreen
from roofrack_tui.screens.cost_chart import CostChartScreen
from roofrack_tui.screens.dialog import DialogScreen
from roofrack_tui.screens.disaggregating import PoolsScreen
from roofrack_tui.screens.library import LibraryScreen
from roofrack_tui.screens.pages import accuracy, evidence
from roofrack_tui.screens.searching import SearchScreen
from roofrack_tui.screens.searching_rows import box_head, search_head
from roofrack_tui.screens.sheets import PAGES
from roofrack_tui.screens.table import TableScreen

UNITS = {
    r"\d\s?GiB|\bGiB\b": "GiB",
    r"KiB": "KiB",
    r"tok/s": "tok",
    r"\d\s?ms|\d\s?s\b": "s or ms",
    r"\d\s?%": "%",
    r"\$/M output": "US dollars",
    r"/h\b": "an hour",
    r"GB/s": "GB/s",
    r"\d(\.\d+)?B\b": "10^9",
    r"requests at once": "requests at once",
    r"at full context": "at full context",
    r"\btotal\b": "total",
    r"\beach\b": "each",
    r"\busers?\b": "users",
    r"\bTTFT\b": "TTFT",
    r"\bTPOT\b": "TPOT",
    r"\bact\b": "act",
    r"\bovh\b": "ovh",
    r"\bTP\b": "TP",
    r"\bEP\b": "EP",
}
"""What may stand on a pane, and what its explanation then has to say."""


@pytest.mark.parametrize("spec", [LLAMA_70B, TOO_BIG], ids=["fits", "not"])
async def test_every_unit_on_a_pane_is_explained(make_app: MakeApp, spec: object) -> None:
    app = make_app(spec)
    async with app.run_test(size=(200, 60)) as pilot:
        await settled(pilot)
        lines = screen_text(app).splitlines()
        seen = set()
        for pane in main_screen(app).panes:
            x, y, width, height = pane.region
            text = "\n".join(line[x : x + width] for line in lines[y : y + height])
            said = pane.HELP + "\n" + "\n".join(" ".join(meaning) for meaning in MEANINGS[pane.NAME])
            for pattern, explained in UNITS.items():
                if re.search(pattern, text):
                    seen.add(pattern)
                    assert explained in said, (pane.NAME, pattern)
        assert len(seen) >= (15 if spec is LLAMA_70B else 8), seen


async def test_every_pane_has_meanings_and_no_other(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert {pane.NAME for pane in main_screen(app).panes} == set(MEANINGS)


async def test_long_explanations_stand_below_themselves_and_the_end_can_be_reached(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("9", "question_mark")
        await settled(pilot)
        shown = screen_text(app)
        for _ in range(20):
            await pilot.press("pagedown")
            await pilot.pause()
            shown += screen_text(app)
        assert "requests at once  how many requests" in shown
        assert re.search(r"│ +(before )?others wait", shown)
        assert "Leave roofrack." in screen_text(app)


async def test_keys_of_a_field_are_written_as_people_write_them_and_only_ours(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        main = main_screen(app)
        assert sorted(main.keys_here()) == [
            ("End G", "Last"), ("Home g", "First"), ("PgDn", "Page down"), ("PgUp", "Page up"), ("↑ k", "Up"), ("↓ j", "Down"),
        ]  # fmt: skip
        for pane in main.panes:
            for field in pane.fields:
                field.focus()
                await pilot.pause()
                for keys, says in main.keys_here():
                    assert says, (field, keys)
                    assert not re.search(r"\b[a-z]{2}", keys), (field, keys, says)


@pytest.mark.parametrize(
    ("key", "name", "says"),
    [
        ("S", "Search racks", "used"),
        ("b", "What this rack serves", "at once"),
        ("T", "Table", "per $1,000"),
        ("D", "Pools", "holds requests"),
        ("dollar_sign", "Cost chart", "% busy"),
        ("e", "Evidence", "measured"),
        ("r", "Rules", "says/exact"),
    ],
)
async def test_a_screen_above_the_main_one_explains_itself(
    make_app: MakeApp, whole_catalog: Catalog, key: str, name: str, says: str
) -> None:
    app = make_app(catalog=whole_catalog) if name == "Table" else make_app()
    async with app.run_test(size=(120, 60)) as pilot:
        await settled(pilot)
        await pilot.press(key, "question_mark")
        for _ in range(200):  # what computes below may go on
            if re.search(rf"{re.escape(says)}  \w", screen_text(app)):
                break
            await pilot.pause(0.05)
        shown = screen_text(app)
        assert f"Help: {name}" in shown
        assert re.search(rf"{re.escape(says)}  \w", shown)
        assert "Explain this screen and its numbers." in shown
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, DialogScreen)
        assert app.screen.about == name
        await pilot.press("escape", "escape")
        await settled(pilot)
        assert app.screen is main_screen(app)


def test_every_column_of_a_screen_above_the_main_one_is_explained() -> None:
    columns = {
        "Compare": [row.label for row in WORDS.values()],
        "Search racks": [cell.text for cell in search_head(several=False)],
        "What this rack serves": [cell.text for cell in box_head()],
        "Evidence": [column.name for column in evidence._COLUMNS],
        "Accuracy": [column.name for column in accuracy._COLUMNS],
        "Library": [column.name for column in (*MODEL_COLUMNS, *DEVICE_COLUMNS)],
    }
    plain = {"GPUs", "model", "quantity", "attention", "licence", "released", "where", "architecture", "weights", ""}
    for screen, names in columns.items():
        said = " ".join(" ".join(number) for number in DIALOGS[screen].numbers)
        for name in set(names) - plain:
            assert name in said, (screen, name)


def test_every_screen_with_an_explanation_has_one() -> None:
    said = {"Compare", SearchScreen.ABOUT, BoxScreen.ABOUT, TableScreen.ABOUT, PoolsScreen.ABOUT, CostChartScreen.ABOUT}
    said |= {LibraryScreen.ABOUT, *(page.name for page in PAGES.values())}
    assert said == set(DIALOGS)


def test_the_screen_is_drawn_again_over_a_dialog_too() -> None:
    with Terminal([sys.executable, "-m", "roofrack"], (100, 30), {"TERM": "xterm-256color"}) as terminal:
        terminal.read_until(b"FITS")
        for keys in (("question_mark",), ("escape", "c")):
            for key in keys:
                terminal.press("?" if key == "question_mark" else key)
                terminal.read_until_quiet(0.5, 10)
            before = len(terminal.stream)
            terminal.press("ctrl+l")
            terminal.read_until_quiet(0.5, 10)
            assert len(terminal.stream) - before > 100 * 30, "fewer bytes than cells are not the whole screen"
