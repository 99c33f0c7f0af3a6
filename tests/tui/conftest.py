"""A small library that new presets do not change, and an app on it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from app_tools import DEVICES, LLAMA_70B, MODELS, MakeApp

from roofrack.catalog import Catalog, load_catalog
from roofrack.catalog.chunks import chunks
from roofrack.catalog.library import SHIPPED
from roofrack.domain import ScenarioSpec
from roofrack.search import SearchResult, SearchSpec, search
from roofrack_tui.app import RoofrackApp
from roofrack_tui.screens import searching


@pytest.fixture(scope="session")
def small_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped presets with a handful of the models and devices."""
    folder = tmp_path_factory.mktemp("library")
    for name in ("links.toml", "formats.toml", "kv_formats.toml"):
        shutil.copy(SHIPPED / name, folder)
    for name in ("engines", "scenarios"):
        shutil.copytree(SHIPPED / name, folder / name)
    for kind, table, kept in (("models", "model", MODELS), ("devices", "device", DEVICES)):
        rows = {c.id: c.text for path in sorted((SHIPPED / kind).glob("*.toml")) for c in chunks(path, table)}
        (folder / kind).mkdir()
        (folder / kind / "kept.toml").write_text(
            "\n".join(rows[name] for name in kept if name in rows), encoding="utf-8"
        )
    return folder


@pytest.fixture
def catalog(small_library: Path, tmp_path: Path) -> Catalog:
    """The small library, and no presets of one's own."""
    return Catalog(tmp_path / "own", small_library)


@pytest.fixture
def whole_catalog(tmp_path: Path) -> Catalog:
    """Everything that is shipped, and no presets of one's own."""
    return load_catalog(tmp_path / "own")


@pytest.fixture
def make_app(catalog: Catalog) -> MakeApp:
    """Make an app on the small library, with the 70B model on four H100 unless told otherwise."""

    def make(spec: ScenarioSpec = LLAMA_70B, **options: Any) -> RoofrackApp:
        return RoofrackApp(spec, options.pop("catalog", catalog), **options)

    return make


@pytest.fixture(scope="session")
def few_devices(small_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small library with three devices: a search of it takes a fraction of a second."""
    folder = tmp_path_factory.mktemp("few")
    shutil.copytree(small_library, folder, dirs_exist_ok=True)
    rows = [chunk for path in (small_library / "devices").glob("*.toml") for chunk in chunks(path, "device")]
    kept = [row.text for row in rows if row.id in ("h100-sxm5-80gb", "a100-sxm4-80gb", "rtx-4090")]
    (folder / "devices" / "kept.toml").write_text("\n".join(kept), encoding="utf-8")
    return folder


@pytest.fixture
def make_searching_app(few_devices: Path, tmp_path: Path, make_app: MakeApp) -> MakeApp:
    """Make an app that has little to search."""

    def make(spec: ScenarioSpec = LLAMA_70B, **options: Any) -> RoofrackApp:
        return make_app(spec, **{"catalog": Catalog(tmp_path / "own", few_devices), **options})

    return make


_found: dict[SearchSpec, SearchResult] = {}


@pytest.fixture
def find_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found once is found again: most tests begin with the same search, which takes a second."""

    def found(spec: SearchSpec, *told: Any, **how: Any) -> SearchResult:
        if spec not in _found:
            result = search(spec, *told, **how)
            if not result.complete:
                return result
            _found[spec] = result
        return _found[spec]

    monkeypatch.setattr(searching, "search", found)
