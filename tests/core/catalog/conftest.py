"""A catalogue without anybody's own files, and a way to write some."""

from collections.abc import Callable
from pathlib import Path

import pytest

from roofrack.catalog import Catalog, load_catalog


@pytest.fixture
def shipped(tmp_path: Path) -> Catalog:
    return load_catalog(tmp_path / "nothing")


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Catalog]:
    """Write user presets and open the catalogue over them."""
    directory = tmp_path / "presets"

    def write(**files: str | bytes) -> Catalog:
        for name, content in files.items():
            path = directory / (name.replace("__", "/") + ".toml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_catalog(directory)

    return write
