"""The library in the app: filters, what fits, every field, models on disk, own presets beside the shipped."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from app_tools import MakeApp, main_screen, screen_text, settled
from test_any_terminal import with_hostile_model
from textual import events
from textual.pilot import Pilot
from textual.screen import Screen
from textual.worker import WorkerState

from roofrack.catalog import Catalog
from roofrack.catalog.chunks import chunks
from roofrack.domain import RackSpec, ScenarioSpec
from roofrack_tui import library
from roofrack_tui.screens.detail import DetailScreen
from roofrack_tui.screens.library import LibraryScreen
from roofrack_tui.slices import SLICE_S
from roofrack_tui.widgets.filter import Filter
from roofrack_tui.widgets.menu import Menu
from roofrack_tui.widgets.prose import Prose

SIZE = (120, 40)


def listed(pilot: Pilot[int]) -> list[str]:
    return [option.id or "" for option in pilot.app.screen.query_one(Menu).options]


def prose(screen: Screen[Any]) -> str:
    return " ".join(row.plain.strip() for row in screen.query_one(Prose)._rows)


async def typed(pilot: Pilot[int], text: str) -> None:
    field = pilot.app.screen.query_one(Filter)
    field.value = text
    await settled(pilot)


def test_a_link_says_between_whom(whole_catalog: Catalog) -> None:
    rates = {pick.id: pick.facts for kind in (False, True) for pick in library.link_picks(whole_catalog, networks=kind)}
    assert rates["nvlink4"] == ("450 GB/s each way",)
    assert rates["efa-v1-100"] == ("50 GB/s a node",)
    assert rates["efa-v2-400"] == ("50 GB/s a GPU",)


def test_the_links_that_a_device_has_are_marked(whole_catalog: Catalog) -> None:
    def own(device: str) -> set[str]:
        picks = library.link_picks(whole_catalog, networks=False, device=whole_catalog.device(device))
        return {pick.id for pick in picks if pick.facts[0] == "its own"}

    assert own("h100-sxm5-80gb") == {"nvlink4", "pcie-5-x16"}
    assert own("rtx-4090") == {"pcie-4-x16"}


async def test_the_table_filters_sorts_and_chooses(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("L")
        await settled(pilot)
        assert len(listed(pilot)) == 8
        await typed(pilot, "moe >100b sort:size")
        assert listed(pilot) == ["openai/gpt-oss-120b", "deepseek-ai/DeepSeek-V3"]
        await typed(pilot, "fits moe")
        assert "deepseek-ai/DeepSeek-V3" not in listed(pilot)
        assert "openai/gpt-oss-120b" in listed(pilot)
        await typed(pilot, "moe sort:zzz")
        assert "sort by one of" in screen_text(app)
        await typed(pilot, "gpt")
        await pilot.press("f3")
        assert app.screen.query_one(Filter).value == "gpt sort:name"
        await pilot.press("f2")
        await settled(pilot)
        assert "experts per token" in screen_text(app)
        await pilot.press("G")
        await settled(pilot)
        assert "confidence" in screen_text(app)
        await pilot.press("escape", "enter")
        await settled(pilot)
        assert main_screen(app).store.plan.scenario.model.id == "openai/gpt-oss-120b"


async def test_which_models_fit_is_found_while_keys_are_served(make_app: MakeApp, whole_catalog: Catalog) -> None:
    """Rows are judged in slices, so that the loop runs in between; another filter gives up the one before."""
    app = make_app(catalog=whole_catalog)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("L")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, LibraryScreen)
        judge, asked = screen._shelf.fits, []

        def slow(names: Sequence[str]) -> Mapping[str, bool | None]:
            asked.extend(names)
            time.sleep(0.02)
            return judge(names)

        screen._shelf = screen._shelf._replace(fits=slow)
        field = screen.query_one(Filter)
        field.value = "fits"
        while not asked:
            await asyncio.sleep(0)
        assert len(asked) < len(screen.rows) / 4, "the loop ran long before all were judged"
        field.value = "fits moe >100b"
        await settled(pilot)
        assert len(asked) < len(screen.rows) / 2, "the first question was given up"
        shown = listed(pilot)
        assert "openai/gpt-oss-120b" in shown
        assert all(screen._fits[name] for name in shown)


@pytest.mark.parametrize(
    ("leave", "most"),
    [(lambda screen: screen.dismiss(None), 1), (lambda screen: screen.query(Menu).remove(), 20)],
    ids=["answered", "gone"],
)
async def test_who_has_left_is_asked_for_no_more_rows(
    make_app: MakeApp, whole_catalog: Catalog, leave: Callable[[LibraryScreen], object], most: int
) -> None:
    app = make_app(catalog=whole_catalog)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("L")
        await settled(pilot)
        screen, asked = app.screen, []
        assert isinstance(screen, LibraryScreen)

        def leaves(names: Sequence[str]) -> Mapping[str, bool | None]:
            asked.extend(names)
            if len(asked) == 1:
                leave(screen)
            time.sleep(2 * SLICE_S)  # one row is a slice
            return dict.fromkeys(names, True)

        screen._shelf = screen._shelf._replace(fits=leaves)
        worker = screen._judge([row.id for row in screen.rows])
        await worker.wait()
        assert len(asked) <= most < len(screen.rows)  # the list goes within a few turns of the loop, an answer at once
        assert worker.state is WorkerState.SUCCESS


async def test_the_pane_understands_the_same_language(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        main_screen(app).query_one("#filter", Filter).value = "dense gqa <40b sort:-size"
        await settled(pilot)
        menu = main_screen(app).query_one("#models", Menu)
        assert [option.id for option in menu.options] == [
            "Qwen/Qwen3-32B",
            "google/gemma-3-27b-it",
            "meta-llama/Llama-3.1-8B-Instruct",
        ]


async def test_devices_filter_and_sort(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("2", "L")
        await settled(pilot)
        await typed(pilot, "nvidia >=79gib sort:bandwidth")
        assert listed(pilot) == ["h200-sxm-141gb", "h100-sxm5-80gb", "a100-sxm4-80gb"]
        await pilot.press("enter")
        await settled(pilot)
        assert main_screen(app).store.plan.scenario.rack.device.id == "h200-sxm-141gb"


IN_DETAIL = (
    (("1",), "Llama 3.1 70B", ("hidden size", "KV heads", "context", "131,072 tokens", "confidence")),
    (("2",), "H100 SXM5", ("driver names", "81,559 MiB (79.6 GiB)", "3,350 GB/s", "rent, an hour", "$12.29")),
    (("2", "up"), "InfiniBand NDR", ("each way", "50 GB/s", "source")),
    (("3",), "FP8", ("engines", "least compute capability", "quality")),
    (("3", "down"), "16-bit KV", ("bits", "engines")),
    (("5",), "vLLM", ("default version", "from version 0.28", "least memory")),
)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_i_shows_every_field_of_what_has_the_focus(make_app: MakeApp, size: tuple[int, int]) -> None:
    """The keys come in one burst, as over a slow line: the focus must not lag behind them."""
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        for keys, title, fields in IN_DETAIL:
            for key in (*keys, "i"):
                app.post_message(events.Key(key, key if len(key) == 1 else None))
            await settled(pilot)
            assert isinstance(app.screen, DetailScreen)
            assert title in str(app.screen.query_one(".dialog").border_title)
            shown = prose(app.screen)
            assert all(field in shown for field in fields)
            await pilot.press("escape")
            assert app.screen is main_screen(app)


async def test_models_on_disk_are_listed_beside_the_presets(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "hub"
    snapshot = cache / "models--lab--tiny" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (cache / "models--lab--tiny" / "refs").mkdir()
    (cache / "models--lab--tiny" / "refs" / "main").write_text("abc", encoding="utf-8")
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 1024, "vocab_size": 32000}
    config |= {"num_hidden_layers": 8, "num_attention_heads": 8, "num_key_value_heads": 4, "intermediate_size": 4096}
    config |= {"max_position_embeddings": 4096}
    (snapshot / "config.json").write_text(json.dumps(config), encoding="utf-8")
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        found = [row for row in main_screen(app).rows if row.name == "lab/tiny"]
        assert [row.id for row in found] == [str(snapshot)]
        await pilot.press("L")
        await settled(pilot)
        await typed(pilot, "partial")  # there are no weights beside its configuration
        assert listed(pilot) == [str(snapshot)]
        await pilot.press("enter")
        await settled(pilot)
        assert main_screen(app).store.spec.model == str(snapshot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_hostile_names_are_text_in_table_and_detail(
    make_app: MakeApp, small_library: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    catalog = with_hostile_model(small_library, tmp_path / "evil")
    app = make_app(ScenarioSpec(model="evil/model", rack=RackSpec(device="h100-sxm5-80gb")), catalog=catalog)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("L")
        await settled(pilot)
        assert isinstance(app.screen, LibraryScreen)
        await typed(pilot, "own")
        assert "[bold red]" in screen_text(app)
        await pilot.press("f2")
        await settled(pilot)
        text = screen_text(app)
        assert "[bold red]red[/]" in text
        assert not set("\x1b\x07\u202e\u202c\u200b") & set(text)


def test_versions_say_what_begins_with_them(whole_catalog: Catalog) -> None:
    for engine in whole_catalog.engines():
        picks = {pick.id: pick.detail for pick in library.version_picks(engine)}
        assert all(picks[profile.since].startswith(f"since {profile.since}: ") for profile in engine.profiles)
    said = {pick.id: pick.detail for pick in library.version_picks(whole_catalog.engine("vllm"))}
    assert "hybrid KV cache manager" in said["0.10"]
    assert "memory fraction 0.92" in said["0.18"]
    assert "keeps the latent of MLA models" in said["0.7.1"]


async def test_own_presets_say_what_they_replace_and_what_is_wrong_with_them(
    make_app: MakeApp, small_library: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    h100 = next(c.text for c in chunks(small_library / "devices" / "kept.toml", "device") if c.id == "h100-sxm5-80gb")
    (own / "mine.toml").write_text(h100, encoding="utf-8")
    (own / "wrong.toml").write_text(
        h100.replace("memory_mib", "memory_mb").replace("h100-sxm5-80gb", "odd"), encoding="utf-8"
    )
    (own / "broken.toml").write_text("[[device", encoding="utf-8")
    app = make_app(catalog=Catalog(own, small_library))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("2", "L")
        await settled(pilot)
        await typed(pilot, "own")
        assert "in place of the shipped one" in screen_text(app)
        assert len(listed(pilot)) == 3
        for name, said in (("odd", "memory_mib: missing"), ("broken.toml", "not TOML")):
            await typed(pilot, f"own {name}")
            assert "cannot be used" in screen_text(app)
            await pilot.press("enter")
            await settled(pilot)
            assert isinstance(app.screen, LibraryScreen), "it cannot be chosen"
            await pilot.press("f2")
            await settled(pilot)
            assert isinstance(app.screen, DetailScreen)
            assert said in prose(app.screen)
            await pilot.press("escape")
