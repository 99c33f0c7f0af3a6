"""The devices of this machine in the app: planned on where nobody asked for others, and named in the title where they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from roofrack_tui.messages import ScenarioChosen
from roofrack_tui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from roofrack.domain import RackSpec
    from roofrack_tui.app import RoofrackApp


def look_around(app: RoofrackApp, *, take: bool) -> None:
    """Ask the drivers, beside the keys: a program that wakes sleeping boards takes seconds.

    Args:
        app: The app, its first picture drawn.
        take: Whether to plan on what is found: nobody asked for a rack.
    """
    before = app.store.spec

    def look() -> None:
        from roofrack.detect import detect, rack_of

        found = tuple(device for device in detect(app.store.catalog) if device.reported.vendor != "cpu")
        rack = rack_of(found)
        if rack is not None:
            app.call_from_thread(show, rack)

    def show(rack: RackSpec) -> None:
        app.main_screen.query_one(TitleLine).detected = rack
        if not take or app.store.spec != before:  # somebody has chosen meanwhile
            return
        app.main_screen.post_message(ScenarioChosen(replace(before, rack=rack)))

    app.run_worker(look, thread=True, group="detect")
