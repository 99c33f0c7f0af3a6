"""What the main screen asks in dialogs, and what it does with the answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from roofrack.catalog.own import user_preset_directory
from roofrack.errors import InputError
from roofrack.files import shown_path
from roofrack.report.scenario_toml import save_scenario_file
from roofrack_tui.keymap import own_keys, with_keys
from roofrack_tui.library import Pick, Row, engine_picks, link_picks, scenario_picks, version_picks
from roofrack_tui.messages import (
    Chosen,
    EngineChosen,
    LinkChosen,
    NetworkChosen,
    ProfileChosen,
    ScenarioChosen,
    VersionChosen,
)
from roofrack_tui.panes.rack import RackPane
from roofrack_tui.screens.shelves import Shelves
from roofrack_tui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from roofrack.domain import ScenarioSpec
    from roofrack_tui.messages import ListName
    from roofrack_tui.screens.answering import AnsweringScreen
    from roofrack_tui.screens.main import MainScreen


class Dialogs:
    """The dialogs of one main screen; their screens are imported when they are first needed.

    Args:
        screen: The screen below them.
    """

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self.shelves = Shelves(screen)

    def library(self) -> None:
        """Show all models, or all devices where the focus is in the rack."""
        if isinstance(self._screen.pane_in_focus(), RackPane):
            self.shelves.devices()
        else:
            self.shelves.models()

    def rows_came(self, rows: tuple[Row, ...]) -> None:
        """Show other models in the library, where it is open.

        Args:
            rows: All of them.
        """
        self.shelves.rows_came(rows)

    def detail(self) -> None:
        """Show every field of what has the focus."""
        self.shelves.detail()

    def own(self) -> None:
        """Add a device where the focus is in the rack, else a model."""
        self.shelves.own("device" if isinstance(self._screen.pane_in_focus(), RackPane) else "model")

    def open_list(self, name: ListName) -> None:
        """Offer what a field of the main screen chooses from.

        Args:
            name: Which.
        """
        catalog, scenario = self._screen.store.catalog, self._screen.store.plan.scenario
        rack = scenario.rack
        if name == "devices":
            self.shelves.devices()
        elif name == "links":
            found = link_picks(catalog, networks=False, device=rack.device)
            self._pick("Link inside a node", found, rack.link.id, LinkChosen)
        elif name == "networks":
            self._pick("Network between nodes", link_picks(catalog, networks=True), rack.network.id, NetworkChosen)
        elif name == "engines":
            self._pick("Engine", engine_picks(catalog, rack.device), scenario.engine.id, EngineChosen)
        else:
            self._pick("Version", version_picks(scenario.engine), scenario.engine_version, VersionChosen)

    def _pick(self, title: str, picks: tuple[Pick, ...], chosen: str, message: Callable[[str], Chosen]) -> None:
        from roofrack_tui.screens.pick import PickScreen

        def take(answer: str | None) -> None:
            if answer is not None:
                self._screen.post_message(message(answer))

        self._screen.app.push_screen(PickScreen(title, picks, chosen), take)

    def commands(self) -> None:
        """Offer every command by name, with its key."""
        from roofrack_tui.screens.pick import PickScreen

        own = own_keys(self._screen.app)
        offered = [command for command in self._screen.commands if command.in_palette]
        picks = [
            Pick(command.id, command.label, (command.shown,), said, detail=said)
            for command in offered
            for said in [with_keys(command.help, own)]
        ]
        actions = {command.id: command.action for command in offered}

        def take(answer: str | None) -> None:
            if answer is not None:
                self._screen.call_later(self._screen.run_action, actions[answer])

        self._screen.app.push_screen(PickScreen("Commands", picks, enter="runs it"), take)

    def themes(self) -> None:
        """Offer all themes."""
        from roofrack_tui.screens.pick import PickScreen

        app = self._screen.app
        picks = [
            Pick(name, name, ("dark" if theme.dark else "light",))
            for name, theme in sorted(app.available_themes.items(), key=lambda one: not one[0].startswith("roofrack"))
        ]

        def take(answer: str | None) -> None:
            if answer is not None:
                app.theme = answer

        app.push_screen(PickScreen("Theme", picks, app.theme), take)

    def fixes(self) -> None:
        """Offer what would make the plan fit, or raise its next limit."""
        from roofrack_tui.screens.pick import PickScreen

        store = self._screen.store
        helps = store.helps
        if not helps:
            self._screen.say("no single change helps")
            return
        picks = [Pick(str(n), one.label, (f"{one.requests:,} at once",)) for n, one in enumerate(helps)]
        title = "What raises the limit" if store.plan.memory.fits else "What makes it fit"

        def take(answer: str | None) -> None:
            if answer is not None:
                self._screen.post_message(ScenarioChosen(helps[int(answer)].spec))

        self._screen.app.push_screen(PickScreen(title, picks), take)

    def profiles(self) -> None:
        """Offer the profiles that `roofrack calibrate` has saved."""
        from roofrack_tui.profiles import SHIPPED, profile_picks
        from roofrack_tui.screens.pick import PickScreen

        store = self._screen.store
        picks = profile_picks(store.plan, store.catalog)
        if len(picks) == 1:
            self._screen.say(
                "no profile of your own yet: `roofrack calibrate RESULT …` makes one from your benchmark results"
            )
            return

        def take(answer: str | None) -> None:
            if answer is not None:
                self._screen.post_message(ProfileChosen(None if answer == SHIPPED else answer))

        self._screen.app.push_screen(PickScreen("Profile of your own", picks, store.spec.profile or SHIPPED), take)

    def sheets(self, page: str) -> None:
        """Show the pages about the plan at hand.

        Args:
            page: The key of the page to begin with.
        """
        from roofrack_tui.screens.sheets import SheetsScreen

        self._screen.app.push_screen(SheetsScreen(self._screen.store.plan, page))

    def pin(self) -> None:
        """Pin the plan on screen, or unpin it where it is pinned."""
        store = self._screen.store
        self._screen.show_store(store.pins.toggle(store.plan, store.catalog))

    def compare(self) -> None:
        """Set the pinned plans and the one on screen side by side."""
        from roofrack_tui.screens.compare import CompareScreen

        self._screen.app.push_screen(CompareScreen(self._screen.store, self._screen.look, self._screen.show_store))

    def people(self) -> None:
        """Ask who uses the service and what they are promised."""
        from roofrack_tui.screens.people import PeopleScreen

        self._push_form(PeopleScreen)

    def prices(self) -> None:
        """Ask what everything costs."""
        from roofrack_tui.screens.prices import PricesScreen

        self._push_form(PricesScreen)

    def _push_form(self, form: type[AnsweringScreen]) -> None:
        screen = self._screen

        def tell(refused: str | None) -> None:
            if refused:
                screen.say(f"! not taken: {refused}")

        screen.app.push_screen(form(screen.store.plan, screen.store.catalog, screen.post_message), tell)

    def cost_chart(self) -> None:
        """Draw what buying, renting and an API cost against the load."""
        from roofrack_tui.screens.cost_chart import CostChartScreen

        screen = self._screen
        screen.app.push_screen(
            CostChartScreen(screen.store.plan, screen.store.catalog, screen.post_message, screen.look)
        )

    def search(self) -> None:
        """Search racks for the load and the targets of the plan at hand."""
        from roofrack_tui.screens.searching import SearchScreen

        screen = self._screen
        screen.app.push_screen(SearchScreen(screen.store.plan, screen.store.catalog, screen.look), self._open_found)

    def box(self) -> None:
        """List the models that the rack at hand serves."""
        from roofrack_tui.screens.box import BoxScreen

        screen = self._screen
        screen.app.push_screen(BoxScreen(screen.store.plan, screen.store.catalog), self._open_found)

    def _open_found(self, spec: ScenarioSpec | None) -> None:
        if spec is not None:
            self._screen.post_message(ScenarioChosen(spec))

    def table(self) -> None:
        """Show model classes on kinds of devices."""
        from roofrack_tui.screens.table import TableScreen

        self._screen.app.push_screen(TableScreen(self._screen.store.catalog))

    def pools(self) -> None:
        """Show prefill and decode on pools of their own."""
        from roofrack_tui.screens.disaggregating import PoolsScreen

        self._screen.app.push_screen(PoolsScreen(self._screen.store.plan, self._screen.store.catalog))

    def open(self) -> None:
        """Offer ready scenarios and saved ones."""
        from roofrack_tui.screens.pick import PickScreen

        picks = scenario_picks(self._screen.store.catalog, folder())
        self._screen.app.push_screen(PickScreen("Open a scenario", picks, takes_paths=True), self._open)

    def _open(self, answer: str | None) -> None:
        if answer is None:
            return
        from roofrack.report.compare_toml import load_set

        store, ready = self._screen.store, answer.removeprefix("ready:")
        try:
            specs = (
                [store.catalog.scenario(ready)] if ready != answer else [one.spec for one in load_set(answer).members]
            )
            if len(specs) > 1:
                self._screen.show_store(store.pin_set(answer))
                return
        except InputError as problem:
            self._screen.say(f"! {problem}")
        else:
            self._screen.post_message(ScenarioChosen(store.opened(specs[0])))

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
            self._screen.say(f"saved: {shown_path(path)}")

    def jump(self) -> None:
        """Show a letter at every field, and go where one is pressed."""
        from roofrack_tui.jump import targets
        from roofrack_tui.screens.jump import KEYS, JumpScreen

        screen, found = self._screen, targets(self._screen.panes)

        def go(key: str | None) -> None:
            screen.say("")
            field = next((target.field for target in found if target.letter == key), None)
            if field is not None:
                field.focus()
            elif key and key in "123456789":
                screen.action_go(int(key))

        screen.say(KEYS)
        screen.app.push_screen(JumpScreen(found), go)

    def reset(self) -> None:
        """Start fresh: the plan, which can be undone, the pins and how the screen looks."""
        from roofrack_tui.resume import start_fresh

        start_fresh(self._screen)

    def export(self) -> None:
        """Offer what can be exported of the screen."""
        from roofrack_tui.export.exhibit import Exhibiting
        from roofrack_tui.export.kinds import Subject
        from roofrack_tui.export.picture import screen_svg
        from roofrack_tui.screens.export import ExportScreen

        screen, store = self._screen, self._screen.store
        base = screen.story.base if screen.story else None
        svg = screen_svg(screen.app, store.spec.title or store.plan.scenario.model.name)
        beside = tuple((line.name, line.plan) for line in store.sight.lines)
        above = screen.app.screen
        shown = above.exhibit() if isinstance(above, Exhibiting) else None
        subject = Subject(store.plan, store.catalog, base, svg, beside, shown)
        screen.app.push_screen(ExportScreen(subject), self._said)

    def _said(self, done: str | None) -> None:
        """Say it where the person looks: in the key line, or at the foot of the dialog that was exported."""
        if done is None:
            return
        from roofrack_tui.export.files import middle_cut

        shown = self._screen.app.screen
        for line in shown.query(KeyLine):
            line.message = middle_cut(done, line.room)
        for dialog in shown.query(".dialog"):
            dialog.border_subtitle = Content(middle_cut(done, dialog.size.width - 4)).markup

    def help(self) -> None:
        """Explain the pane that has the focus, or the app where none has."""
        from roofrack_tui.meanings import MEANINGS
        from roofrack_tui.screens.help import HelpScreen

        pane, here = self._screen.pane_in_focus(), self._screen.keys_here()
        everywhere = [(command.shown, command.help) for command in self._screen.commands]
        everywhere.insert(0, ("1–9", "Go to the pane with that number."))
        name, text = (pane.title, pane.HELP) if pane else ("roofrack", "Plan the hardware for serving an LLM.")
        numbers = MEANINGS[pane.NAME] if pane else ()
        self._screen.app.push_screen(HelpScreen(name, text, here, everywhere, numbers))


def folder() -> Path:
    """Where saved scenarios are."""
    return user_preset_directory() / "scenarios"
