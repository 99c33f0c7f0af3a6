"""Going to another pane draws two panes again and nothing else."""

from __future__ import annotations

import pytest
from app_tools import MakeApp, main_screen, settled
from textual._compositor import ChopsUpdate
from textual.screen import Screen

SIZE = (120, 40)


async def test_the_focus_moves_without_drawing_the_whole_screen(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()
    drawn: list[object] = []
    display = app._display
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)

        def seen(screen: Screen[object], update: object) -> None:
            drawn.append(update)
            display(screen, update)  # type: ignore[arg-type]

        monkeypatch.setattr(app, "_display", seen)
        for key, pane in (("2", 2), ("tab", 3), ("1", 1)):
            drawn.clear()
            await pilot.press(key)
            await pilot.pause()
            assert main_screen(app).pane_number == pane
            assert drawn
            assert all(isinstance(update, ChopsUpdate) for update in drawn)
            cells = sum(
                end - begin for update in drawn if isinstance(update, ChopsUpdate) for _, begin, end in update.spans
            )
            assert cells < SIZE[0] * SIZE[1] / 2
