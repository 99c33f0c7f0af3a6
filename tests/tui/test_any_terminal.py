"""Any size, any name, any theme: a clear screen, never a traceback, and nothing sent while nobody does anything."""

from __future__ import annotations

import ast
import asyncio
import re
from pathlib import Path
from unicodedata import category

import pytest
from app_tools import LLAMA_70B, TOO_BIG, MakeApp, main_screen, screen_text, settled
from textual._compositor import Compositor

import roofrack
import roofrack_tui
from roofrack.catalog import Catalog
from roofrack.domain import RackSpec, ScenarioSpec
from roofrack.errors import InputError, UnknownIdError
from roofrack_tui.app import RoofrackApp
from roofrack_tui.plain import plain

HOSTILE = (
    "[bold red]red[/] [@click=app.quit]quit[/] \\u001b[31mred\\u001b]52;c;aGk=\\u0007"
    " \\u202eevil\\u202c zero\\u200bwidth \\u4e2d\\u6587 \\U0001F600 [[]] $primary"
)


@pytest.mark.parametrize(
    "size", [(1, 1), (20, 1), (5, 20), (20, 5), (59, 40), (60, 20), (61, 21), (100, 36), (99, 36), (300, 100)]
)
@pytest.mark.parametrize("spec", [LLAMA_70B, TOO_BIG], ids=["fits", "not"])
async def test_any_size_draws_and_takes_keys(make_app: MakeApp, size: tuple[int, int], spec: ScenarioSpec) -> None:
    app = make_app(spec)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("3", "right", "7", "right", "9", "down", "z")
        await settled(pilot)
        text = screen_text(app)
        assert len(text.splitlines()) == size[1]
        assert ("FIT" in text) == (size[0] >= 60 and size[1] >= 20)


async def test_a_small_terminal_says_what_it_needs(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(40, 10)) as pilot:
        await settled(pilot)
        text = screen_text(app)
        assert "roofrack needs 60x20" in text
        assert "40x10" in text


async def test_resizing_at_any_moment_keeps_everything(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("3", "right")
        for size in [(80, 24), (20, 1), (200, 60), (64, 20), (120, 40)]:
            await pilot.resize_terminal(*size)
            await settled(pilot)
        pane = main_screen(app).pane_in_focus()
        assert pane is not None
        assert pane.number == 3
        assert main_screen(app).store.spec.weights == "fp8-block"
        assert "✓ FITS" in screen_text(app)


def with_hostile_model(small_library: Path, folder: Path) -> Catalog:
    """A user's preset that tries everything a name can try."""
    text = (small_library / "models" / "kept.toml").read_text(encoding="utf-8")
    row = re.sub(
        r"^(aliases|hub_ids) = \[.*?\]\n", "", text[: text.index("[[model]]", 5)], flags=re.MULTILINE | re.DOTALL
    )
    row = re.sub(r"^name = .*$", lambda _: f'name = "{HOSTILE}"', row, count=1, flags=re.MULTILINE)
    row = re.sub(r"^id = .*$", 'id = "evil/model"', row, count=1, flags=re.MULTILINE)
    folder.mkdir()
    (folder / "evil.toml").write_text(row, encoding="utf-8")
    return Catalog(folder, small_library)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_hostile_name_is_only_text_wherever_it_is_shown(
    make_app: MakeApp, small_library: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    catalog = with_hostile_model(small_library, tmp_path / "evil")
    spec = ScenarioSpec(model="evil/model", title=HOSTILE, rack=RackSpec(device="h100-sxm5-80gb"))
    app = make_app(spec, catalog=catalog)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        text = screen_text(app)
        assert "[bold red]red[/] [@click=app.quit]quit[/]" in text
        assert not set("\x1b\x07\u202e\u202c\u200b") & set(text)
        await pilot.press("slash", *"evil")
        await settled(pilot)
        assert "[bold" in screen_text(app)
        await pilot.press("escape", "question_mark", "escape", "o", "escape", "s")
        await settled(pilot)
        await pilot.press("escape", "y")
        await settled(pilot)
        assert app.is_running
        assert "\x1b" not in app.clipboard


async def test_a_broken_scenario_of_ones_own_does_not_keep_the_list_from_opening(
    make_app: MakeApp, small_library: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "own" / "scenarios"
    folder.mkdir(parents=True)
    (folder / "broken.toml").write_text("model = [[[", encoding="utf-8")
    (folder / "wrong.toml").write_text("model = 7", encoding="utf-8")
    app = make_app(catalog=Catalog(tmp_path / "own", small_library))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("o")
        await settled(pilot)
        assert "70B at four precisions" in screen_text(app)


async def test_nothing_happens_while_nobody_does_anything(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("slash", "x")  # an input has the focus: no cursor may blink
        await settled(pilot)
        drawn: list[object] = []
        real = Compositor.render_update

        def counted(*args: object, **kwargs: object) -> object:
            drawn.append(args)
            return real(*args, **kwargs)  # type: ignore[arg-type]

        monkeypatch.setattr(Compositor, "render_update", counted)
        await asyncio.sleep(0.8)
        assert not drawn


@pytest.mark.parametrize("theme", ["textual-light", "dracula", "ansi-dark", "solarized-light"])
async def test_textuals_themes_work(make_app: MakeApp, theme: str) -> None:
    app = make_app(theme=theme)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert app.theme == theme
        assert "✓ FITS" in screen_text(app)


def test_an_unknown_theme_is_an_input_error_with_a_suggestion(make_app: MakeApp) -> None:
    with pytest.raises(UnknownIdError, match="dracula"):
        make_app(theme="draculla")


def test_an_unknown_model_is_an_input_error(catalog: Catalog) -> None:
    with pytest.raises(InputError, match="unknown model"):
        RoofrackApp(ScenarioSpec(model="nobody/nothing", rack=RackSpec(device="h100-sxm5-80gb")), catalog)


async def test_ascii_means_ascii(make_app: MakeApp) -> None:
    for size in [(120, 40), (80, 24)]:
        app = make_app(TOO_BIG, ascii=True)
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            for keys in (["2"], ["3", "right"], ["question_mark"], ["escape", "o"]):
                await pilot.press(*keys)
                await settled(pilot)
                text = screen_text(app)
                assert text.isascii(), {c for c in text if not c.isascii()}


@pytest.mark.parametrize("text", ["✓ FITS", "中文", "a–b…", "é", ""])
def test_plain_text_is_ascii_and_as_wide(text: str) -> None:
    from rich.cells import cell_len

    assert plain(text).isascii()
    assert cell_len(plain(text)) == cell_len(text)


def test_everything_that_we_write_can_be_written_in_ascii() -> None:
    """Rasters draw ASCII of their own, and the terminal's tables of widths only name characters."""
    unwritten: dict[str, str] = {}
    for package in (roofrack, roofrack_tui):
        folder = Path(package.__file__ or "").parent
        for path in folder.rglob("*.py"):
            if "raster" in path.parts or path.name == "cells.py":
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
            docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                    # Private characters stand for something while lines are broken and are never written.
                    written = [c for c in node.value if "?" not in node.value and category(c) != "Co"]
                    unwritten |= {c: path.name for c in written if "?" in plain(c)}
    assert not unwritten


async def test_scroll_bars_have_no_question_marks_in_ascii(make_app: MakeApp) -> None:
    app = make_app(ascii=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        for _ in range(12):
            await settled(pilot)
            lines = [plain(line) for line in screen_text(app).splitlines()]
            assert not [line for line in lines if "? |" in line or "?|" in line]
            await pilot.press("pagedown")
