"""Random keys, clicks and resizes over all screens: no exception, no number below zero on screen, idle at the end.

`python -m scripts.monkey` plays twenty thousand of them; here are a few hundred with other seeds each, as many as a test run bears.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from scripts.monkey import SIZES, run

from roofrack.catalog import Catalog


@pytest.mark.parametrize("seed", range(1, 7))
async def test_nothing_that_is_pressed_ends_the_app(
    seed: int, whole_catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert len(await run(300, seed, whole_catalog, SIZES[seed % len(SIZES)])) > 3
