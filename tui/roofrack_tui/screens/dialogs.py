"""What the main screen asks in dialogs, and what it does with the answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from roofrack.catalog.own import user_preset_directory
from roofrack.errors import InputError
from roofrack.report.scenario_toml import load_scenario_file, save_scenario_file
from roofrack_tui.commands import COMMANDS, MOVING
from roofrack_tui.library import Pick, device_picks, engine_picks, link_picks, scenario_picks, version_picks
from roofrack_tui.messages import (
    Chosen,
    DeviceChosen,
    EngineChosen,
    LinkChosen,
    NetworkChosen,
    ScenarioChosen,
    VersionChosen,
)
from roofrack_tui.pane import Pane

if TYPE_CHECKING:
    from roofrack_tui.screens.main import MainScreen


class Dialogs:
    """The dialogs of one main screen; their screens are imported when they are first needed.

    Args:
        screen: The screen below them.
    """

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen

    def open_list(self, name: str) -> None:
        """Offer devices, links, networks, engines or versions.

        Args:
            name: Which.
        """
        catalog, scenario = self._screen.store.catalog, self._screen.store.plan.scenario
        rack = scenario.rack
        title, picks, chosen, message = {
            "devices": lambda: ("Device", device_picks(catalog), rack.device.id, DeviceChosen),
            "links": lambda: ("Link inside a node", link_picks(catalog, networks=False), rack.link.id, LinkChosen),
            "networks": lambda: (
                "Network between nodes",
                link_picks(catalog, networks=True),
                rack.network.id,
                NetworkChosen,
            ),
            "engines": lambda: ("Engine", engine_picks(catalog, rack.device), scenario.engine.id, EngineChosen),
            "versions": lambda: ("Version", version_picks(scenario.engine), scenario.engine_version, VersionChosen),
        }[name]()
        self._pick(title, picks, chosen, message)

    def _pick(self, title: str, picks: tuple[Pick, ...], chosen: str, message: type[Chosen]) -> None:
        from roofrack_tui.screens.pick import PickScreen

        def take(answer: str | None) -> None:
            if answer is not None:
                self._screen.post_message(message(answer))

        self._screen.app.push_screen(PickScreen(title, picks, chosen), take)

    def fixes(self) -> None:
        """Offer the remedies of a plan that does not fit."""
        from roofrack_tui.screens.pick import PickScreen

        remedies = self._screen.store.plan.remedies
        if not remedies:
            self._screen.say(
                "nothing to fix: it fits" if self._screen.store.plan.at else "no single change makes it fit"
            )
            return
        picks = [Pick(str(n), r.label, (f"{r.max_concurrency:,} at once",)) for n, r in enumerate(remedies)]

        def take(answer: str | None) -> None:
            if answer is not None:
                self._screen.post_message(ScenarioChosen(remedies[int(answer)].spec))

        self._screen.app.push_screen(PickScreen("What makes it fit", picks), take)

    def open(self) -> None:
        """Offer ready scenarios and saved ones."""
        from roofrack_tui.screens.pick import PickScreen

        picks = scenario_picks(self._screen.store.catalog, folder())
        self._screen.app.push_screen(PickScreen("Open a scenario", picks, takes_paths=True), self._open)

    def _open(self, answer: str | None) -> None:
        if answer is None:
            return
        ready = answer.removeprefix("ready:")
        try:
            spec = self._screen.store.catalog.scenario(ready) if ready != answer else load_scenario_file(answer)
        except InputError as problem:
            self._screen.say(f"! {problem}")
        else:
            self._screen.post_message(ScenarioChosen(spec))

    def save(self) -> None:
        """Ask for a name and save."""
        from roofrack_tui.screens.save import SaveScreen, slug

        scenario = self._screen.store.plan.scenario
        rack = scenario.rack
        named = (
            scenario.spec.title or f"{scenario.model.name} {rack.device_count}x {rack.device.id} {scenario.weights.id}"
        )
        self._screen.app.push_screen(SaveScreen(slug(named), folder()), self._save)

    def _save(self, path: Path | None) -> None:
        if path is None:
            return
        try:
            save_scenario_file(self._screen.store.spec, path)
        except InputError as problem:
            self._screen.say(f"! {problem}")
        else:
            self._screen.say(f"saved: {path}")

    def help(self, pane: Pane | None) -> None:
        """Explain a pane, or the app where none has the focus.

        Args:
            pane: What has the focus.
        """
        from roofrack_tui.screens.help import HelpScreen

        here = self._screen.keys_here()
        everywhere = [(command.shown, command.help) for command in (*MOVING, *COMMANDS)]
        everywhere.insert(0, ("1–9", "Go to the pane with that number."))
        name, text = (pane.title, pane.HELP) if pane else ("roofrack", "Plan the hardware for serving an LLM.")
        self._screen.app.push_screen(HelpScreen(name, text, here, everywhere))


def folder() -> Path:
    """Where saved scenarios are."""
    return user_preset_directory() / "scenarios"
