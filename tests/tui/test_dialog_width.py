"""Dialogs take the whole room where only slices of the screen below would be left."""

import pytest
from app_tools import MakeApp, settled

DIALOGS = ("question_mark", "i", "n", "U", "w", "ctrl+t", "D")


@pytest.mark.parametrize("key", DIALOGS)
async def test_a_dialog_leaves_no_slices_at_its_sides(make_app: MakeApp, key: str) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(key)
        await settled(pilot)
        dialog = app.screen.query_one(".dialog")
        for columns, fills in ((80, True), (60, True), (180, False)):
            await pilot.resize_terminal(columns, 24)
            await settled(pilot)
            assert (dialog.region.width == columns) is fills, (key, columns)


@pytest.mark.parametrize("key", DIALOGS)
async def test_a_dialog_leaves_no_slice_below(make_app: MakeApp, key: str) -> None:
    """A dialog that has more to show than there is room for ends right above the keys, or covers them too."""
    app = make_app()
    clipped = 0
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(key)
        await settled(pilot)
        dialog = app.screen.query_one(".dialog")
        for rows in (20, 24, 25, 31):
            await pilot.resize_terminal(80, rows)
            await settled(pilot)
            if any(widget.max_scroll_y for widget in dialog.query("*")):
                clipped += 1
                assert rows - dialog.region.bottom <= 1, (key, rows)
    assert clipped
