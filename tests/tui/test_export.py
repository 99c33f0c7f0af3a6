"""Exports: what comes out is the plan on screen, nothing is overwritten unasked, and every failure is a sentence."""

import asyncio
import base64
import csv
import io
import re
import stat
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from app_tools import LLAMA_70B, TOO_BIG, MakeApp, main_screen, said, screen_text, settled
from scripts.ptyterminal import Terminal
from textual.pilot import Pilot
from textual.widgets import Input

from roofrack.domain import Step
from roofrack.errors import InputError
from roofrack.files import shown_path, shown_size
from roofrack.report.command_line import command_line
from roofrack.report.curve_csv import curve_csv
from roofrack.report.scenario_toml import load_scenario_file
from roofrack_tui.export.clipboard import MOST_BYTES, MOST_SEQUENCE_BYTES, fits_clipboard
from roofrack_tui.export.files import unused
from roofrack_tui.export.kinds import KINDS
from roofrack_tui.export.picture import png_of
from roofrack_tui.screens.export import ExportScreen

SIZE = (120, 40)
NAME = "roofrack-llama-3.1-70b-4x-h100-sxm5-80gb-fp8"
DOWN = {kind.suffix: ["down"] * number for number, kind in enumerate(KINDS)}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


def names() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


async def press(pilot: Pilot[Any], *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot)


async def test_a_file_is_written_and_said_with_its_size(make_app: MakeApp) -> None:
    app = make_app()
    texts = {}
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "3", "right")
        await press(pilot, "z")
        for suffix in ("md", "csv", "svg", "toml"):
            await press(pilot, "E", *DOWN[suffix], "enter")
            path = Path(f"{NAME}.{suffix}")
            assert said(pilot) == f"written: ./{path} ({shown_size(path.stat().st_size)})"
            texts[suffix] = path.read_text(encoding="utf-8")
        plan = main_screen(app).store.plan
    assert len(names()) == len(texts)
    assert texts["md"].startswith("# Llama 3.1 70B")
    assert command_line(plan.scenario.spec) in texts["md"]
    assert "## Across concurrency" in texts["md"]
    assert texts["csv"] == curve_csv(plan)
    assert len(list(csv.DictReader(io.StringIO(texts["csv"])))) == len(plan.curve)
    assert load_scenario_file(f"{NAME}.toml") == plan.scenario.spec
    assert "Throughput" in texts["svg"]
    assert "Export" not in texts["svg"]  # the screen, not the dialog above it
    assert "url(" not in texts["svg"].replace("url(#", "")


async def test_curves_of_pinned_plans_stand_below_each_other(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "p", "3", "right")
        await press(pilot, "E", *DOWN["csv"], "enter")
        lines = main_screen(app).store.sight.lines
        rows = list(csv.DictReader(io.StringIO(next(Path().glob("*.csv")).read_text(encoding="utf-8"))))
    assert len(lines) == 2
    assert [row["plan"] for row in rows] == [line.name for line in lines for _ in line.plan.curve]
    mids = [point.ttft_s.mid for line in lines for point in line.plan.curve]
    assert [float(row["ttft_s_mid"]) for row in rows] == pytest.approx(mids, rel=1e-5)


async def test_the_report_compares_pinned_plans(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "p", "3", "right")
        await press(pilot, "E", "enter")
        text = next(Path().glob("*.md")).read_text(encoding="utf-8")
        lines = main_screen(app).store.sight.lines
    assert text.count("\n# Comparison\n") == 1
    assert all(command_line(line.plan.scenario.spec) in text for line in lines)


async def test_pages_above_the_main_screen_are_exported_as_they_are(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        for opening, shown in ((["u"], "Money"), (["question_mark"], "Help:"), (["p", "c"], "Swap")):
            await press(pilot, *opening)
            await press(pilot, "E", *DOWN["svg"])
            app.screen.query_one(Input).value = f"{opening[-1]}.svg"
            await press(pilot, "enter")
            assert shown in Path(f"{opening[-1]}.svg").read_text(encoding="utf-8")
            assert f"written: ./{opening[-1]}.svg" in screen_text(app)
            await press(pilot, "escape")


async def test_an_e_that_is_typed_into_a_filter_is_a_letter(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "o", "E")
        assert app.screen.query_one(Input).value == "E"
        assert not isinstance(app.screen, ExportScreen)


def test_a_copy_reaches_the_terminal_as_it_is() -> None:
    command = [sys.executable, "-m", "roofrack", "--fresh"]
    with Terminal(command, SIZE, {"TERM": "xterm-256color"}) as terminal:
        deadline = time.monotonic() + 20
        while "FITS" not in "\n".join(terminal.screen()) and time.monotonic() < deadline:
            terminal.read_until_quiet(0.2, 1)
        for key in ("E", "down", "ctrl+y"):
            terminal.press(key)
            terminal.read_until_quiet(0.3, 5)
        sent = re.search(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", bytes(terminal.stream))
    assert sent is not None
    assert base64.b64decode(sent[1]).startswith(b"concurrency,running,waiting,ttft_s_low")


async def test_nothing_is_overwritten_silently(make_app: MakeApp) -> None:
    Path(f"{NAME}.md").write_text("mine")
    Path("other.md").write_text("mine too")
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "E")
        field = app.screen.query_one(Input)
        assert field.value == f"{NAME}-2.md"
        field.value = "other.md"
        await press(pilot, "enter")
        assert "is there already: Enter again replaces it" in screen_text(app)
        assert Path("other.md").read_text() == "mine too"
        await press(pilot, "enter")
        assert Path("other.md").read_text(encoding="utf-8").startswith("# Llama")
        assert Path(f"{NAME}.md").read_text() == "mine"


async def test_the_question_is_asked_anew_for_another_name(make_app: MakeApp) -> None:
    for name in ("one.md", "two.md"):
        Path(name).write_text("mine")
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "E")
        for name in ("one.md", "two.md"):
            app.screen.query_one(Input).value = name
            await press(pilot, "enter")
        assert {Path(name).read_text() for name in ("one.md", "two.md")} == {"mine"}


async def test_places_that_cannot_be_written_are_said_in_the_dialog(make_app: MakeApp) -> None:
    Path("file").write_text("in the way")
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "E")
        for name, complaint in (
            ("file/x.md", "choose another place"),
            (".", "is a folder"),
            ("reprots/x.md", "there is no folder ./reprots: make it first"),
        ):
            app.screen.query_one(Input).value = name
            await press(pilot, "enter")
            assert isinstance(app.screen, ExportScreen)
            assert complaint in screen_text(app)


async def test_the_ending_follows_the_kind(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "E")
        Path("out").mkdir()
        app.screen.query_one(Input).value = "out/mine.md"
        await press(pilot, "down", "enter")
        assert Path("out/mine.csv").is_file()


async def test_copies_go_through_the_terminal(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "E", "down", "ctrl+y")
        assert app.clipboard == curve_csv(main_screen(app).store.plan)
        assert said(pilot).startswith(f"copied: curves ({shown_size(len(app.clipboard))})")
        assert names() == []


async def test_what_is_too_large_or_no_text_is_not_copied(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "E", *DOWN["svg"], "ctrl+y")
        assert "are too many: terminals take 75.0 kB at most" in screen_text(app)
        await press(pilot, "down", "ctrl+y")
        assert "a PNG cannot go through the terminal" in screen_text(app)
        assert app.clipboard == ""


def test_the_cap_is_that_of_the_whole_sequence() -> None:
    assert fits_clipboard("x" * MOST_BYTES)
    assert not fits_clipboard("x" * (MOST_BYTES + 1))
    assert not fits_clipboard("ü" * (MOST_BYTES // 2 + 1))
    assert MOST_BYTES // 3 * 4 + len("\x1b]52;c;\a") <= MOST_SEQUENCE_BYTES


async def test_a_plan_that_does_not_fit_is_exported_too(make_app: MakeApp) -> None:
    app = make_app(TOO_BIG)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        for suffix in ("md", "csv"):
            await press(pilot, "E", *DOWN[suffix], "enter")
    report, curve = (next(Path().glob(f"*.{suffix}")).read_text(encoding="utf-8") for suffix in ("md", "csv"))
    assert "Does not fit" in report
    assert curve.count("\n") == 1


async def test_the_report_tells_the_story_with_its_numbers(make_app: MakeApp) -> None:
    steps = (Step(caption="As | it *is*."), Step(caption="FP8 for both.", kv="fp8"))
    app = make_app(replace(LLAMA_70B, steps=steps))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "greater_than_sign", "greater_than_sign", "E", "enter")
        capacity = main_screen(app).store.plan
        text = next(Path().glob("*.md")).read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith(("| 1 | As", "| 2 | FP8"))]
    assert r"As \| it \*is\*." in rows[0]
    assert capacity.at is not None
    assert f"{capacity.at.output_tokens_per_s.mid:,.0f}" in rows[1]


async def test_no_escape_sequence_comes_out_of_a_title(make_app: MakeApp) -> None:
    hostile = replace(LLAMA_70B, title="\x1b]52;c;aGk=\x07<b>`x`</b>\u202e", story=("\x1b[31mred\x9b31m",))
    app = make_app(hostile)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        for suffix in ("md", "svg", "toml"):
            await press(pilot, "E", *DOWN[suffix], "enter")
    assert len(names()) == 3
    for path in Path().iterdir():
        text = path.read_text(encoding="utf-8")
        assert not {c for c in text if not c.isprintable()} - {"\n", "\xa0"}, path


def browser(tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "browser"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("ROOFRACK_CHROMIUM", str(path))


DRAWS = 'for a in "$@"; do case "$a" in --screenshot=*) printf PNG > "${a#--screenshot=}";; esac; done'


async def test_a_png_is_drawn_by_the_browser(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser(tmp_path, DRAWS, monkeypatch)
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "E", *DOWN["png"], "enter")
        assert said(pilot) == f"written: ./{NAME}.png (3 bytes)"


@pytest.mark.parametrize(
    ("script", "complaint"), [("exit 3", "failed with exit code 3"), ("exit 0", "failed with exit code 0")]
)
async def test_a_browser_that_fails_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, complaint: str
) -> None:
    browser(tmp_path, script, monkeypatch)
    with pytest.raises(InputError, match=complaint):
        await png_of("<svg/>")


async def test_a_browser_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser(tmp_path, "exec sleep 60", monkeypatch)
    start = time.monotonic()
    with pytest.raises(InputError, match=r"did not draw within 0\.2 s"):
        await png_of("<svg/>", patience_s=0.2)
    task = asyncio.create_task(png_of("<svg/>"))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - start < 10


async def test_without_a_browser_the_dialog_says_what_to_do(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOFRACK_CHROMIUM", "no-such-browser")
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "E", *DOWN["png"], "enter")
        assert "a PNG needs no-such-browser, which is not there" in screen_text(app)
        await press(pilot, "escape")
        assert names() == []


def test_names_and_sizes(tmp_path: Path) -> None:
    assert unused(tmp_path, "a", "md").name == "a.md"
    (tmp_path / "a.md").touch()
    (tmp_path / "a-2.md").touch()
    assert unused(tmp_path, "a", "md").name == "a-3.md"
    assert (shown_size(999), shown_size(4210)) == ("999 bytes", "4.2 kB")
    assert shown_path(Path("x/y.md")) == "./x/y.md"
    assert shown_path(Path("/x/y.md")) == "/x/y.md"
    assert shown_path(Path("~/x/y.md")) == "~/x/y.md"
