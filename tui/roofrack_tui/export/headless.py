"""The screen of a plan without a terminal."""

from __future__ import annotations

import asyncio

from roofrack.catalog import Catalog
from roofrack.domain import ScenarioSpec
from roofrack_tui.app import RoofrackApp
from roofrack_tui.capabilities import Capabilities
from roofrack_tui.export.picture import png_of, screen_svg


def draw_svg(spec: ScenarioSpec, catalog: Catalog, settings: Capabilities, size: tuple[int, int]) -> str:
    """The main screen as SVG.

    Args:
        spec: The scenario.
        catalog: Where ids are looked up.
        settings: How the app is to look.
        size: Cells across and down.

    Raises:
        InputError: The scenario cannot be planned.
    """
    return asyncio.run(_draw(spec, catalog, settings, size))


def draw_png(svg: str) -> bytes:
    """An SVG as PNG; raises InputError where no Chromium can draw it.

    Args:
        svg: The picture.
    """
    return asyncio.run(png_of(svg))


async def _draw(spec: ScenarioSpec, catalog: Catalog, settings: Capabilities, size: tuple[int, int]) -> str:
    app = RoofrackApp(spec, catalog, ascii=settings.ascii, theme=settings.theme, present=settings.present)
    async with app.run_test(size=size) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        return screen_svg(app, spec.title or app.store.plan.scenario.model.name)
