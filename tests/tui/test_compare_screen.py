"""The screen of comparisons: its keys, its table, its files."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from app_tools import LLAMA_70B, TOO_BIG, MakeApp, main_screen, screen_text, settled
from textual.pilot import Pilot
from textual.widgets import Input

from roofrack.compare import Member, ScenarioSet
from roofrack.config import Config
from roofrack.domain import Targets
from roofrack.report.compare_toml import load_set, save_set
from roofrack_tui.app import RoofrackApp
from roofrack_tui.messages import GpusChosen, ScenarioChosen
from roofrack_tui.screens.compare import CompareScreen
from roofrack_tui.widgets.chart import Chart
from roofrack_tui.widgets.key_line import KeyLine

SIZE = (120, 40)
TWO = ("p", "3", "right", "p", "2", "down", "plus", "c")
"""Two plans pinned and a third on screen."""


def app_of(pilot: Pilot[Any]) -> RoofrackApp:
    assert isinstance(pilot.app, RoofrackApp)
    return pilot.app


def heads(pilot: Pilot[Any]) -> list[str]:
    """The names above the columns."""
    line = screen_text(app_of(pilot)).splitlines()[1]
    return [part.strip() for part in line.replace("▸", " ").replace(">", " ").split("  ") if part.strip()]


def said(pilot: Pilot[Any]) -> str:
    return app_of(pilot).screen.query_one(KeyLine).message


async def test_pins_are_drawn_on_the_main_screen(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("p", "3", "right")
        await settled(pilot)
        text = screen_text(app_of(pilot))
        pinned, now = main_screen(app_of(pilot)).store.sight.lines
        for chart in ("throughput", "latency"):
            spec = main_screen(app_of(pilot)).query_one(f"#{chart} Chart", Chart).spec
            assert [series.name for series in spec.series] == [now.name, pinned.name]
        assert f"■ {pinned.name}" in text
        memory = main_screen(app_of(pilot)).query_one("#memory Chart", Chart)
        assert not memory.spec.series
        await pilot.press("8", "v")
        await settled(pilot)
        spec = main_screen(app_of(pilot)).query_one("#latency Chart", Chart).spec
        assert spec.left.unit == "TTFT"


async def test_the_cursor_moves_all_plans(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press(*TWO)
        await settled(pilot)
        assert "at 64 requests at once  (2 of 4 pinned)" in screen_text(app_of(pilot))
        await pilot.press("right_square_bracket", "right_square_bracket")
        await settled(pilot)
        assert "at 128 requests at once" in screen_text(app_of(pilot))
        assert all(line.plan.at.concurrency == 128 for line in main_screen(app_of(pilot)).store.sight.lines)  # type: ignore[union-attr]


async def test_enter_swaps_and_undo_swaps_back(make_app: MakeApp) -> None:
    config = Config(Path(), {"keys": {"undo": "ctrl+u"}})
    async with make_app(config=config).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("p", "3", "right", "c")
        await settled(pilot)
        store = main_screen(app_of(pilot)).store
        before = store.spec
        assert heads(pilot)[0].startswith("■")
        await pilot.press("left", "enter")
        await settled(pilot)
        assert store.spec.weights == "fp8"
        assert store.pins.members[0].spec == before
        assert said(pilot).startswith("on screen: fp8")
        assert said(pilot).endswith("; ^U there goes back")
        await pilot.press("escape", "ctrl+u")
        await settled(pilot)
        assert store.spec == before
        assert store.pins.members[0].spec.weights == "fp8"
        assert main_screen(app_of(pilot)).plan is store.plan


async def test_order_name_and_unpin(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press(*TWO)
        await settled(pilot)
        first, second, third = heads(pilot)
        await pilot.press("left", "less_than_sign")
        await settled(pilot)
        assert heads(pilot) == [second, first, third]
        await pilot.press("n", *"mine", "enter")
        await settled(pilot)
        assert heads(pilot)[0].endswith(" mine")
        await pilot.press("delete")
        await settled(pilot)
        assert len(heads(pilot)) == 2
        assert said(pilot) == "unpinned: mine"
        await pilot.press("x", "x")
        await settled(pilot)
        assert len(heads(pilot)) == 1
        assert "is on screen and not pinned" in said(pilot)
        assert "Nothing is pinned:" in screen_text(app_of(pilot))


async def test_a_click_points_at_a_plan(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await settled(pilot)
        pinned(app_of(pilot), 1, 2, 4)
        await pilot.press("c")
        await settled(pilot)
        for column, name in ((30, "1 GPU"), (60, "2 GPUs"), (110, "4 GPUs")):
            await pilot.click("#compare-table", offset=(column, 5))
            await settled(pilot)
            assert screen_text(app_of(pilot)).splitlines()[1].partition("▸")[2][2:].startswith(name)


async def test_a_set_opens_from_the_main_screen(make_app: MakeApp, tmp_path: Path) -> None:
    path = tmp_path / "two.toml"
    save_set(ScenarioSet((Member(LLAMA_70B), Member(replace(LLAMA_70B, weights="bf16"), "old"))), path)
    async with make_app(TOO_BIG).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("o")
        await settled(pilot)
        app_of(pilot).screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await settled(pilot)
        assert said(pilot) == f"pinned 2 plans of {path}; c compares"
        store = main_screen(app_of(pilot)).store
        assert store.spec == TOO_BIG
        assert [line.name for line in store.sight.lines][1] == "old"


async def test_nothing_pinned_says_what_to_do(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("c", "enter", "n", "greater_than_sign", "left", "b", "v")
        await settled(pilot)
        assert "Nothing is pinned: p pins this plan" in screen_text(app_of(pilot)) or "at its most" in screen_text(
            app_of(pilot)
        )
        await pilot.press("q")
        assert not isinstance(app_of(pilot).screen, CompareScreen)


async def test_each_at_its_own_best(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press(*TWO, "b")
        await settled(pilot)
        text = screen_text(app_of(pilot))
        assert "Compare each at its most requests" in text
        assert "within targets" not in text  # none are set
        assert "at its most, " in text
        await pilot.press("escape")
        screen = main_screen(app_of(pilot))
        screen.post_message(ScenarioChosen(replace(screen.store.spec, targets=Targets(tpot_s=0.05))))
        await settled(pilot)
        await pilot.press("c", "b")
        await settled(pilot)
        assert "Compare each at its most requests within TPOT" in screen_text(app_of(pilot))
        assert "within targets" in screen_text(app_of(pilot))


async def test_sets_are_saved_and_opened(make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    async with make_app().run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press(*TWO)
        await settled(pilot)
        before = heads(pilot)
        await pilot.press("s")
        await settled(pilot)
        field = app_of(pilot).screen.query_one(Input)
        field.value = "three"
        await pilot.press("enter")
        await settled(pilot)
        path = tmp_path / "roofrack" / "sets" / "three.toml"
        assert said(pilot) == f"saved 3 plans: {path}"
        assert len(load_set(path).members) == 3
        await pilot.press("x", "left", "x", "x", "x")
        await settled(pilot)
        await pilot.press("o", "enter")
        await settled(pilot)
        assert said(pilot) == f"pinned 3 plans of {path}; c compares"
        assert [head[2:] for head in heads(pilot)] == [head[2:] for head in before]


async def test_a_file_that_cannot_be_opened_changes_nothing(make_app: MakeApp, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("[[scenario]]\nmodel = 'nosuch'\nrack = {device = 'h100-sxm5-80gb'}", encoding="utf-8")
    async with make_app().run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press(*TWO)
        await settled(pilot)
        before = heads(pilot)
        for name in (path, tmp_path / "none.toml"):
            await pilot.press("o")
            await settled(pilot)
            app_of(pilot).screen.query_one(Input).value = str(name)
            await pilot.press("enter")
            await settled(pilot)
            assert said(pilot).startswith("! ")
        assert heads(pilot) == before


async def test_the_comparison_is_copied_as_markdown(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr(RoofrackApp, "copy_to_clipboard", lambda _, text: copied.append(text))
    async with make_app().run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press(*TWO, "y")
        await settled(pilot)
        assert copied[0].startswith("# Comparison")
        assert copied[0].count("roofrack plan ") == 3
        assert said(pilot) == f"copied as Markdown: {len(copied[0].encode()):,} bytes"


def pinned(app: RoofrackApp, *gpus: int) -> None:
    """Pin plans with so many GPUs, one of them staying on screen."""
    store = main_screen(app).store
    for count in gpus:
        store.choose(GpusChosen(count))
        store.pins.toggle(store.plan, store.catalog)
    main_screen(app).show_store("")


@pytest.mark.parametrize("options", [{"ascii": True}, {"present": True}])
async def test_hostile_names_stay_text(make_app: MakeApp, tmp_path: Path, options: dict[str, Any]) -> None:
    nasty = ("[red]a[/red]", "\x1b]52;c;eA==\x07b", "\u202ec\u202c 日本語 👩\u200d🚀" * 20, "@click=app.quit")
    async with make_app(**options).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        store = main_screen(app_of(pilot)).store
        specs = [LLAMA_70B, TOO_BIG, replace(LLAMA_70B, weights="bf16"), LLAMA_70B]
        members = [Member(spec, name) for spec, name in zip(specs, nasty, strict=True)]
        store.pins.take(members, store.plan, store.catalog)
        main_screen(app_of(pilot)).show_store("")
        await pilot.press("7")
        texts = []
        for keys in ((), ("c",), ("right", "b")):
            await pilot.press(*keys)
            await settled(pilot)
            texts.append(screen_text(app_of(pilot)))
        assert not any(bad in text for text in texts for bad in ("\x1b", "\u202e", "\u200d", "\x07"))
        assert "[red]a" in texts[1]


@pytest.mark.parametrize("options", [{}, {"ascii": True}, {"present": True}, {"theme": "ansi-dark"}])
async def test_it_fits_any_terminal(make_app: MakeApp, options: dict[str, Any]) -> None:
    async with make_app(**options).run_test(size=(60, 20)) as pilot:
        await settled(pilot)
        pinned(app_of(pilot), 1, 2, 4, 8)
        main_screen(app_of(pilot)).store.choose(GpusChosen(6))
        await pilot.press("c", "left")
        for size in ((1, 1), (20, 5), (40, 60)):  # nothing to read, and nothing to fall over
            await pilot.resize_terminal(*size)
            await pilot.press("right", "b", "v")
            await settled(pilot)
        for size in ((60, 20), (80, 24), (300, 100)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            text = screen_text(app_of(pilot))
            assert "power kW" in text
            assert len(heads(pilot)) == 5
            assert all(len(line) == size[0] for line in text.splitlines() if line.isascii())
            if options.get("ascii"):
                assert text.isascii()
                assert "better" in text
                assert not re.search(r"[✓✗▲▼≈]", text)
