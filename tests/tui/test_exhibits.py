"""Exports of the screens above the main one: what comes out is what the screen shows, not the plan below it."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from app_tools import LLAMA_70B, TOO_BIG, MakeApp, main_screen, screen_text, settled
from textual.pilot import Pilot
from textual.widgets import Input

from roofrack.catalog import Catalog
from roofrack_tui.export.exhibit import Exhibit, as_written
from roofrack_tui.export.files import middle_cut
from roofrack_tui.screens.dialog import DialogScreen


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


async def exported(pilot: Pilot[Any], *down: str) -> Path:
    await pilot.press("E")
    await settled(pilot)
    before = set(Path().iterdir())
    await pilot.press(*down, "enter")
    await settled(pilot)
    (path,) = set(Path().iterdir()) - before
    return path


@pytest.mark.parametrize(
    ("key", "name", "says", "command"),
    [
        ("b", "box", "Llama-3.1-8B", "roofrack box"),
        ("T", "table", "tok/s", "roofrack table"),
        ("D", "pools", "The same GPUs, both ways", "roofrack disaggregate"),
        ("dollar_sign", "cost-against-load", "a month", "roofrack cost"),
        ("w", "why", "TTFT", "roofrack explain"),
        ("e", "evidence", "predicted", "roofrack explain"),
        ("m", "money", "per million output tokens", "roofrack cost"),
        ("u", "users", "requests at once", "roofrack users"),
        ("a", "machine", "host RAM", "roofrack machine"),
        ("r", "rules", "R1", "roofrack rules"),
        ("A", "accuracy", "new device", ""),
        ("c", "comparison", "TTFT", "roofrack plan"),
    ],
)
async def test_a_report_says_what_the_screen_says(
    make_app: MakeApp, whole_catalog: Catalog, key: str, name: str, says: str, command: str
) -> None:
    app = make_app(catalog=whole_catalog) if name == "table" else make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(key)
        await settled(pilot)
        path = await exported(pilot)
        text = path.read_text(encoding="utf-8")
        assert path.name.endswith(f"-{name}.md")
        assert text.startswith("# ")
        assert text.endswith("\n")
        assert says.lower() in text.lower()
        assert command in text
        assert text.count("\n```") % 2 == 0, "every block of fixed width is closed"
        shown = screen_text(app)
        assert re.search(r"written: .*md \([\d.,]+ (kB|bytes)\)", shown), (
            "the end of a long path and the size stay in sight"
        )
        assert app.screen is not main_screen(app)


@pytest.mark.parametrize(
    ("key", "columns"),
    [
        ("b", {"model", "weights", "ttft_s_low", "ttft_s_high", "max_requests", "alone_tpot_s_mid"}),
        ("T", {"model_class"}),
        ("dollar_sign", {"busy_percent", "rent_usd_per_month"}),
        ("c", {"plan", "concurrency", "ttft_s_mid"}),
    ],
)
async def test_a_table_is_plain_numbers(make_app: MakeApp, whole_catalog: Catalog, key: str, columns: set[str]) -> None:
    app = make_app(catalog=whole_catalog) if key == "T" else make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press(key)
        await settled(pilot)
        path = await exported(pilot, "down")
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
        assert path.suffix == ".csv"
        assert len(rows) > 1
        assert columns <= set(rows[0])
        for row in rows:
            assert None not in row
            assert None not in row.values()


async def test_a_search_is_exported_as_far_as_it_came(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("S")
        while not isinstance(app.screen, DialogScreen):
            await pilot.pause(0.02)
        screen: Any = app.screen
        assert screen.exhibit() is None, "nothing is there while it runs, and the plan is exported"
        await pilot.press("escape")
        await settled(pilot)
        found = screen.exhibit()
        assert isinstance(found, Exhibit)
        text = found.markdown()
        assert "| rack | weights | KV |" in text
        assert "roofrack search" in text
        assert found.csv is not None
        rows = list(csv.DictReader(io.StringIO(found.csv())))
        assert float(rows[0]["ttft_s_low"]) <= float(rows[0]["ttft_s_mid"]) <= float(rows[0]["ttft_s_high"])
        assert rows[0]["device"] in text
        assert all(int(row["gpus"]) == int(row["gpus_per_node"]) * int(row["nodes"]) for row in rows)


async def test_what_does_not_fit_is_exported_too(make_app: MakeApp) -> None:
    app = make_app(TOO_BIG)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for key in ("dollar_sign", "D", "u", "r", "c"):
            await pilot.press(key)
            await settled(pilot)
            assert (await exported(pilot)).read_text(encoding="utf-8").strip()
            await pilot.press("escape")
            await settled(pilot)
            assert app.screen is main_screen(app)


async def test_on_the_main_screen_it_is_the_plan(make_app: MakeApp) -> None:
    app = make_app(LLAMA_70B)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        path = await exported(pilot)
        assert path.name == "roofrack-llama-3.1-70b-4x-h100-sxm5-80gb-fp8.md"


def test_a_fence_in_the_text_does_not_end_the_block() -> None:
    from textual.content import Content

    assert as_written([Content("a  "), Content("```"), Content("")]) == "~~~~\na\n```\n~~~~"


@pytest.mark.parametrize("width", [3, 10, 29, 30, 31, 200])
def test_long_messages_keep_their_end(width: int) -> None:
    text = "written: ./a/long/path.md (3 kB)"
    cut = middle_cut(text, width)
    assert len(cut) <= width or cut == text[:width]
    assert cut == text if width >= len(text) else "…" in cut
    assert cut[-1] == ")"


@pytest.mark.parametrize(
    "typed", ["~nobody-has-this-name/x.md", "a\0b.md", "/dev/full", "/proc/none/x.md", "x" * 300 + ".md"]
)
async def test_no_path_ends_the_app(make_app: MakeApp, typed: str) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("E")
        await settled(pilot)
        app.screen.query_one(Input).value = typed
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert app.screen is main_screen(app)


async def test_a_current_directory_that_is_gone_does_not_end_the_app(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for key in ("E", "s", "o"):
            await pilot.press(key)
            await settled(pilot)
            await pilot.press(*"./x.toml", "enter")
            await settled(pilot)
            await pilot.press("escape")
            await settled(pilot)
        assert app.screen is main_screen(app)
