"""Every view as a picture, in three sizes, dark and light; some in ASCII, without colour, on small screens.

After a change that was meant: `make snapshots`, and look at each of them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from app_tools import MakeApp, saved_profile
from textual.app import App
from views import VIEWS, View

from roofrack.catalog import Catalog
from roofrack.search import Progress, SearchResult
from roofrack_tui.screens import searching

SIZES = [(80, 24), (120, 40), (200, 60)]
THEMES = ["roofrack-dark", "roofrack-light"]


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, find_once: None) -> None:
    """Paths on screen are the same everywhere."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home/.config"))


@pytest.fixture
def few(few_devices: Path, tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "own", few_devices)


@pytest.fixture
def three_profiles() -> None:
    for name, device, stream in (
        ("lab", "h100-sxm5-80gb", 0.92),
        ("far-away", "rtx-4090", 0.8),
        ("broken", "rtx-4090", 1.0),
    ):
        path = saved_profile(name, device, stream=stream)
        if name == "broken":
            path.write_text("adjustments = 3\n", encoding="utf-8")


@pytest.fixture
def endless_search(monkeypatch: pytest.MonkeyPatch) -> None:
    def search(*_: Any, progress: Callable[[Progress], None], cancelled: Callable[[], bool]) -> SearchResult:
        progress(Progress(300, 1000, 1234, None))
        while not cancelled():
            threading.Event().wait(0.001)
        return SearchResult((), (), None, 1234, 1000, False, ())

    monkeypatch.setattr(searching, "search", search)


def named(one: View | Otherwise) -> str:
    return one.name.replace(" ", "-")


def cells(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


MakeView = Callable[..., App[Any]]
Compare = Callable[[str], None]


@pytest.fixture
def make_view(make_app: MakeApp, request: pytest.FixtureRequest) -> MakeView:
    """Make the app that a view is looked at in."""

    def make(view: View, **options: Any) -> App[Any]:
        if view.given:
            request.getfixturevalue(view.given)
        return make_app(view.spec, catalog=request.getfixturevalue(view.library), **view.options, **options)

    return make


@pytest.fixture
def is_as_before(snap_compare: Callable[..., bool], monkeypatch: pytest.MonkeyPatch) -> Compare:
    """Compare a picture that is drawn already, with the plugin's report where it is another."""

    def compare(picture: str) -> None:
        monkeypatch.setattr("textual._doc.take_svg_screenshot", lambda **_: picture)
        if not snap_compare(App()):
            pytest.fail("it looks otherwise: snapshot_report.html has both", pytrace=False)

    return compare


async def draw(view: View, app: App[Any], size: tuple[int, int], themes: Sequence[str]) -> dict[str, str]:
    """Pictures of a view by theme, all from one way there."""
    pictures = {}
    async with app.run_test(size=size) as pilot:
        app.theme = themes[0]
        await view.open(pilot)
        assert isinstance(app.screen, view.shows) or app.screen.query(view.shows), app.screen  # type: ignore[type-var]
        for theme in themes:
            app.theme = theme
            await view.settle(pilot)
            pictures[theme] = app.export_screenshot(simplify=True)
    return pictures


_drawn: dict[tuple[str, tuple[int, int]], dict[str, str]] = {}
"""Themes of a view that are drawn and not compared yet."""


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=cells)
@pytest.mark.parametrize("view", VIEWS, ids=named)
def test_view(is_as_before: Compare, make_view: MakeView, view: View, size: tuple[int, int], theme: str) -> None:
    drawn = _drawn.setdefault((view.name, size), {})
    if theme not in drawn:
        drawn |= asyncio.run(draw(view, make_view(view), size, [theme] if view.names_theme else THEMES))
    is_as_before(drawn.pop(theme))


class Otherwise(NamedTuple):
    """A view on a terminal of another kind.

    Args:
        view: Name of the view.
        size: Columns and rows.
        kind: What is different, besides the size.
    """

    view: str
    size: tuple[int, int]
    kind: str = ""

    @property
    def name(self) -> str:
        """What its picture is called."""
        return f"{self.view}-{cells(self.size)}-{self.kind or 'small'}"


OTHERWISE = (
    Otherwise("fits", (50, 16)),
    Otherwise("fits", (64, 20)),
    Otherwise("verdict of a service", (64, 20)),
    Otherwise("evidence", (60, 20)),
    Otherwise("people", (60, 20)),
    Otherwise("search", (60, 20)),
    Otherwise("fits", (120, 40), "ascii"),
    Otherwise("presenting a story", (120, 40), "ascii"),
    Otherwise("search", (120, 40), "ascii"),
    Otherwise("compare", (80, 24), "ascii"),
    Otherwise("does not fit", (120, 40), "no-color"),
    Otherwise("presenting a story", (80, 24), "no-color"),
    Otherwise("search", (120, 40), "no-color"),
    Otherwise("compare", (80, 24), "no-color"),
    Otherwise("fits", (120, 40), "ansi-dark"),
)


@pytest.mark.parametrize("one", OTHERWISE, ids=named)
def test_otherwise(is_as_before: Compare, make_view: MakeView, monkeypatch: pytest.MonkeyPatch, one: Otherwise) -> None:
    if one.kind == "no-color":
        monkeypatch.setenv("NO_COLOR", "1")
    theme = one.kind if one.kind == "ansi-dark" else THEMES[0]
    view = next(view for view in VIEWS if view.name == one.view)
    pictures = asyncio.run(draw(view, make_view(view, ascii=one.kind == "ascii"), one.size, [theme]))
    is_as_before(pictures[theme])


def test_no_picture_is_left_over(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("update_snapshots"):
        pytest.skip("pictures are written at the end")
    kept = {path.stem for path in (Path(__file__).parent / "__snapshots__" / "test_pictures").glob("*.svg")}
    views = {f"test_view[{named(view)}-{cells(size)}-{theme}]" for view in VIEWS for size in SIZES for theme in THEMES}
    assert kept == views | {f"test_otherwise[{named(one)}]" for one in OTHERWISE}
