"""The library from the main screen: tables of models and devices, every field of one, and one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roofrack.domain.base import Frozen
from roofrack.filters import DEVICES, MODELS
from roofrack_tui.library import DEVICE_COLUMNS, MODEL_COLUMNS, Row, device_rows, model_key
from roofrack_tui.messages import DeviceChosen, ModelChosen
from roofrack_tui.panes.engine import EnginePane
from roofrack_tui.panes.formats import FormatsPane
from roofrack_tui.panes.rack import RackPane

if TYPE_CHECKING:
    from roofrack.catalog.writing import OwnPreset
    from roofrack_tui.screens.main import MainScreen


class Shelves:
    """What the main screen shows of the library.

    Args:
        screen: The screen below.
    """

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen

    def models(self) -> None:
        """All models, on disk too."""
        from roofrack_tui.screens.detail import model_detail
        from roofrack_tui.screens.library import LibraryScreen, Shelf

        store = self._screen.store
        shelf = Shelf("Models", MODELS, MODEL_COLUMNS, store.fits, lambda key: model_detail(key, store.catalog), True)

        def take(answer: str | None) -> None:
            if answer:
                self._screen.post_message(ModelChosen(answer))
            elif answer is not None:
                self.own("model")

        self._screen.app.push_screen(LibraryScreen(shelf, self._screen.rows, model_key(store.plan)), take)

    def devices(self) -> None:
        """All devices."""
        from roofrack_tui.screens.detail import DetailScreen, preset_detail
        from roofrack_tui.screens.library import LibraryScreen, Shelf

        store = self._screen.store

        def detail(key: str) -> DetailScreen:
            return preset_detail(store.catalog.device(key))

        shelf = Shelf("Devices", DEVICES, DEVICE_COLUMNS, store.fits_devices, detail)

        def take(answer: str | None) -> None:
            if answer:
                self._screen.post_message(DeviceChosen(answer))
            elif answer is not None:
                self.own("device")

        rows, chosen = device_rows(store.catalog), store.plan.scenario.rack.device.id
        self._screen.app.push_screen(LibraryScreen(shelf, rows, chosen), take)

    def rows_came(self, rows: tuple[Row, ...]) -> None:
        """Show other models where their table is open.

        Args:
            rows: All of them.
        """
        from roofrack_tui.screens.library import LibraryScreen

        for screen in self._screen.app.screen_stack:
            if isinstance(screen, LibraryScreen) and screen.lists_models:
                screen.rows = rows

    def detail(self) -> None:
        """Every field of the model, device, link, format or engine that has the focus."""
        from roofrack_tui.screens.detail import model_detail, preset_detail

        store = self._screen.store
        preset = self._preset_in_focus()
        shown = preset_detail(preset) if preset else model_detail(model_key(store.plan), store.catalog)
        self._screen.app.push_screen(shown)

    def _preset_in_focus(self) -> Frozen | None:
        scenario = self._screen.store.plan.scenario
        pane, field = self._screen.pane_in_focus(), self._screen.focused
        name = field.id if field else None
        if isinstance(pane, RackPane):
            return {"link": scenario.rack.link, "network": scenario.rack.network}.get(name or "", scenario.rack.device)
        if isinstance(pane, FormatsPane):
            return scenario.kv if name == "kv-slider" else scenario.weights
        return scenario.engine if isinstance(pane, EnginePane) else None

    def own(self, table: str) -> None:
        """Add a preset of one's own.

        Args:
            table: `model` or `device`.
        """
        from roofrack_tui.screens.own_preset import OwnPresetScreen

        self._screen.app.push_screen(OwnPresetScreen(table, self._screen.store.catalog.user_dir), self._saved)

    def _saved(self, made: tuple[OwnPreset, ...] | None) -> None:
        """List what was saved, and plan it."""
        if not made:
            return
        self._screen.store.reopen()
        self._screen.load_library()
        own = made[0]
        chosen = ModelChosen(own.preset.id) if own.table == "model" else DeviceChosen(own.preset.id)
        self._screen.post_message(chosen)
