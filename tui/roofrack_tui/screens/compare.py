"""Pinned plans and the one on screen side by side: a difference table, one quantity of all of them, and files of plans."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widgets import Static

from roofrack.catalog.own import user_preset_directory
from roofrack.compare import Comparison, ScenarioSet, Yardstick, compare_plans, full_name
from roofrack.errors import InputError
from roofrack.files import shown_path, what_is_at
from roofrack.report.compare_toml import save_set
from roofrack.report.compare_words import place_text
from roofrack_tui.commands import COMPARING, bindings, line_keys
from roofrack_tui.export.exhibit import Exhibit
from roofrack_tui.keymap import key_of, own_keys, rebound
from roofrack_tui.messages import Chosen, ConcurrencyChosen, XRange
from roofrack_tui.overlays import Metric, each_at, overlay
from roofrack_tui.pins import MOST_PINS, Line, Sight
from roofrack_tui.raster.ink import Ink, clip_parts
from roofrack_tui.raster.look import Look
from roofrack_tui.raster.strokes import mark, role
from roofrack_tui.screens.compare_name import NameScreen
from roofrack_tui.screens.compare_table import Drawn, column_at, is_judged, legend, table_rows
from roofrack_tui.screens.dialog import STYLES
from roofrack_tui.stops import cursor_stops
from roofrack_tui.store import Store
from roofrack_tui.terminal import redraw
from roofrack_tui.widgets.chart import Chart
from roofrack_tui.widgets.key_line import KeyLine
from roofrack_tui.widgets.palette import Palette
from roofrack_tui.widgets.prose import Prose

_METRICS: tuple[Metric, ...] = ("total", "each", "tpot", "ttft")
_CHART_FROM = 24
"""Rows of a terminal from which on there is room for curves below the table."""

_LONG_NOTES_FROM = 32
"""From so many rows on a note may take several."""

_ONLY_OF_PINS = ("compare-swap", "compare-unpin", "compare-name", "compare-left")
"""Commands that the key line leaves out while nothing is pinned; the one that pins stands there instead."""

_NOTHING = "Nothing is pinned: {} pins this plan, {} opens a file of plans."


class CompareScreen(Screen[None]):
    """A column for each plan; keys act on the column that is pointed at.

    Args:
        store: Owner of scenario and pins.
        look: How charts are drawn.
        changed: Told what happened whenever the plan on screen or the pins changed.
    """

    CSS_PATH = STYLES
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMPARING)
    AUTO_FOCUS = ""

    def __init__(self, store: Store, look: Look, changed: Callable[[str], None]) -> None:
        super().__init__()
        self._store = store
        self._look = look
        self._changed = changed
        self._yardstick: Yardstick = "cursor"
        self._metric = 0
        self._x_range: XRange = None
        self._lines: tuple[Line, ...] = ()
        self._at = 0
        self._comparison = compare_plans([store.plan])

    def compose(self) -> ComposeResult:
        """Where plans are compared, the table, the curves, the keys."""
        yield Static(id="compare-title")
        yield Prose(id="compare-table")
        yield Prose(id="compare-note")
        chart = Chart(look=self._look)
        chart.can_focus = False
        yield chart
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Point at the plan on screen."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._show_table())
        self.show_plans("")
        self._point_at_screen()

    def on_resize(self, event: events.Resize) -> None:
        """Lay the table out anew."""
        self.query_one(Chart).display = event.size.height >= _CHART_FROM
        self.show_plans(self.query_one(KeyLine).message)

    def show_plans(self, note: str) -> None:
        """Show the store's plans.

        Args:
            note: What happened.
        """
        store = self._store
        sight = store.sight
        if not sight.lines:
            sight = Sight((Line(store.plan, full_name(store.plan), 0, None, on_screen=True),))
        self._lines = sight.lines
        self._at = min(self._at, len(self._lines) - 1)
        self.query_one(KeyLine).message = sight.lost or note
        self.query_one(KeyLine).keys = self._keys()
        comparison = self._comparison = self._compared()
        unit = f"  ({len(store.pins)} of {MOST_PINS} pinned)" if store.pins else ""
        said = Content.assemble(Content.styled("Compare ", "bold $primary"), place_text(comparison), unit)
        self.query_one("#compare-title", Static).update(said, layout=False)
        self._show_table()
        drawn = overlay(_METRICS[self._metric], sight, self._x_range)
        if len(self._lines) == 1:  # the head of its column names it
            drawn = drawn._replace(series=[series._replace(name="") for series in drawn.series])
        if self._yardstick == "best":
            drawn = each_at(drawn, _METRICS[self._metric], self._lines, comparison.points)
        self.query_one(Chart).spec = drawn

    def _key(self, command: str) -> str:
        return key_of(command, own_keys(self.app))

    def _keys(self) -> tuple[tuple[str, str, str], ...]:
        known = rebound(COMPARING, own_keys(self.app))
        if self._store.pins:
            return tuple(line_keys(known))
        pin = next(command for command in known if command.id == "compare-pin")
        others = [command for command in known[1:] if command.id != pin.id]
        return tuple(line_keys([known[0], pin._replace(in_line=pin.shown), *others], _ONLY_OF_PINS))

    def _compared(self) -> Comparison:
        """The plans' numbers, under the names that they have on screen."""
        made = compare_plans([line.plan for line in self._lines], yardstick=self._yardstick)
        return made._replace(names=tuple(line.name for line in self._lines))

    def _show_table(self) -> None:
        comparison = self._comparison
        drawn = Drawn(self.size.width - 2, self._look.ascii, self._colour)
        self.query_one(Prose).show(table_rows(comparison, self._lines, self._at, drawn))
        said = self._noted(drawn.width)
        if not self._store.pins:
            nothing = _NOTHING.format(self._key("compare-pin"), self._key("compare-open"))
            said.append(Content(nothing).truncate(drawn.width))
        elif is_judged(comparison):
            said.append(Content(legend(self._lines[0].name, drawn, len(self._lines))).truncate(drawn.width))
        self.query_one("#compare-note", Prose).show(said)

    def _noted(self, width: int) -> list[Content]:
        """What is to be known of the plan that is pointed at."""
        line, note = self._lines[self._at], self._comparison.notes[self._at]
        if not note:
            return []
        sign = mark(line.style, self._look.ascii)
        if line.plan.memory.fits:
            name = clip_parts(line.name, max(1, width - len(f"{sign}  {note}")), "." if self._look.ascii else "…")
            return [Content(f"{sign} {name} {note}").truncate(width, ellipsis=True)]
        if self.size.height < _LONG_NOTES_FROM:
            note = note.partition(": weights ")[0]
        said = Content(f"{sign} {'' if self._look.ascii else '✗ '}{note}")
        return [Content.styled(row.plain, "$text-error") for row in said.wrap(width)]

    def _colour(self, style: int) -> Style:
        palette = Palette.of(self.query_one(Chart), "tint")
        # Of the colour alone: the mark also stands in the head that is pointed at, which has another background.
        return Style(foreground=Style.from_rich_style(palette.style(Ink(role(style)))).foreground)

    def _point_at_screen(self) -> None:
        self._at = next(n for n, line in enumerate(self._lines) if line.on_screen)
        self._show_table()

    def _tell(self, note: str) -> None:
        self._changed(note)
        self.show_plans(note)

    def _choose(self, change: Chosen) -> None:
        try:
            note = self._store.choose(change)
        except InputError as problem:
            note = f"! {problem}"
        self._tell(note)

    @on(events.Click, "#compare-table")
    def _clicked(self, event: events.Click) -> None:
        """Point at the plan under the mouse."""
        column = column_at(event.x - 1, self.size.width - 2, len(self._lines))
        if column is not None:
            self.action_column(column - self._at)

    # What keys do

    def action_back(self) -> None:
        """Go back to the main screen; keys typed ahead find this one closed already."""
        if self.is_active:
            self.dismiss(None)

    def action_column(self, by: int) -> None:
        """Point at another plan.

        Args:
            by: 1 for the next, -1 for the one before.
        """
        self._at = (self._at + by) % len(self._lines)
        self.query_one(KeyLine).message = ""
        self._show_table()

    def action_swap(self) -> None:
        """Put the plan that is pointed at on screen, and the one on screen in its place."""
        line = self._lines[self._at]
        if line.on_screen or line.pin is None:
            self.show_plans(f"{line.name} is on screen")
            return
        try:
            note = self._store.swap(line.pin) or f"on screen: {line.name}; {self._key('undo')} there goes back"
        except InputError as problem:
            note = f"! {problem}"
        self._tell(note)

    def action_pin(self) -> None:
        """Pin the plan on screen, or unpin it."""
        store = self._store
        self._tell(store.pins.toggle(store.plan, store.catalog))

    def action_unpin(self) -> None:
        """Unpin the plan that is pointed at."""
        line = self._lines[self._at]
        if line.pin is None:
            self.show_plans(f"{line.name} is on screen and not pinned")
            return
        self._store.pins.remove(line.pin)
        self._tell(f"unpinned: {line.name}")

    def action_order(self, by: int) -> None:
        """Move the plan that is pointed at; the first is what the others are measured against.

        Args:
            by: -1 to the left, 1 to the right.
        """
        line = self._lines[self._at]
        if line.pin is None:
            self.show_plans(f"pin it first ({self._key('compare-pin')}): a plan that is only on screen stands last")
            return
        self._at = self._store.pins.move(line.pin, by)
        self._tell("")

    def action_rename(self) -> None:
        """Ask for a name."""
        line = self._lines[self._at]
        if line.pin is None:
            self.show_plans(f"pin it first ({self._key('compare-pin')}): only pinned plans have names of their own")
            return
        given = self._store.pins.members[line.pin].name
        automatic = compare_plans([one.plan for one in self._lines]).names[self._at]
        self.app.push_screen(NameScreen(given, automatic), partial(self._named, line.pin))

    def _named(self, pin: int, name: str | None) -> None:
        if name is None:
            return
        try:
            self._store.pins.rename(pin, name)
        except InputError as problem:
            self.show_plans(f"! {problem}")
        else:
            self._tell("")

    def action_yardstick(self) -> None:
        """Compare all at the cursor, or each at its own best within the targets."""
        self._yardstick = "best" if self._yardstick == "cursor" else "cursor"
        self.show_plans("")

    def action_quantity(self) -> None:
        """Draw another quantity."""
        self._metric = (self._metric + 1) % len(_METRICS)
        self.show_plans("")

    def action_cursor(self, direction: int) -> None:
        """Move the cursor of all charts.

        Args:
            direction: 1 for more users, -1 for fewer.
        """
        stops = cursor_stops(self._store.plan)
        index = stops.index(self._store.plan.scenario.workload.concurrency) + direction
        if 0 <= index < len(stops):
            self._choose(ConcurrencyChosen(stops[index]))

    @on(Chart.CursorMoved)
    def _moved(self, event: Chart.CursorMoved) -> None:
        self._choose(ConcurrencyChosen(round(event.x)))

    @on(Chart.Zoomed)
    def _zoomed(self, event: Chart.Zoomed) -> None:
        self._x_range = event.x_range
        self.show_plans("")

    def action_save(self) -> None:
        """Ask for a name and write all columns to one file."""
        from roofrack_tui.screens.save import SaveScreen, slug

        if len(self._lines) > MOST_PINS:
            self.show_plans(f"! a file has at most {MOST_PINS} plans: unpin one ({self._key('compare-unpin')})")
            return
        called = slug(" or ".join(line.name for line in self._lines))
        self.app.push_screen(SaveScreen(called, sets_folder(), "Save these plans"), self._save)

    def _save(self, path: Path | None) -> None:
        if path is None:
            return
        given = [member.name for member in self._store.pins.members]
        members = [(given[line.pin] if line.pin is not None else "", line.plan.scenario.spec) for line in self._lines]
        from roofrack.compare import Member

        try:
            save_set(ScenarioSet(tuple(Member(spec, name) for name, spec in members)), path)
        except InputError as problem:
            self.show_plans(f"! {problem}")
        else:
            self.show_plans(f"saved {len(members)} plans: {shown_path(path)}")

    def action_open(self) -> None:
        """Offer the files of plans."""
        from roofrack_tui.library import Pick
        from roofrack_tui.screens.pick import PickScreen

        folder = sets_folder()
        files = sorted(folder.glob("*.toml")) if what_is_at(folder) == "folder" else []
        picks = [Pick(str(path), path.stem) for path in files]
        self.app.push_screen(PickScreen("Open a file of plans", picks, takes_paths=True), self._open)

    def _open(self, answer: str | None) -> None:
        if answer is None:
            return
        try:
            note = self._store.pin_set(answer)
        except InputError as problem:
            self.show_plans(f"! {problem}")
        else:
            self._tell(note)

    def action_copy(self) -> None:
        """Copy the comparison as Markdown."""
        from roofrack.report.compare_text import compare_markdown

        text = compare_markdown(self._comparison)
        self.app.copy_to_clipboard(text)
        self.show_plans(f"copied as Markdown: {len(text.encode()):,} bytes")

    def exhibit(self) -> Exhibit:
        """The comparison, and the curves of all its plans."""
        from roofrack.report.compare_text import compare_markdown
        from roofrack.report.curve_csv import curves_csv

        plans, comparison = [(line.name, line.plan) for line in self._lines], self._comparison
        return Exhibit("comparison", lambda: compare_markdown(comparison) + "\n", lambda: curves_csv(plans))

    def action_redraw(self) -> None:
        """Send the whole screen again."""
        redraw(self.app)

    def action_help(self) -> None:
        """Explain the screen."""
        from roofrack_tui.dialog_meanings import DIALOGS
        from roofrack_tui.screens.help import HelpScreen

        said = DIALOGS["Compare"]
        keys = [(command.shown, command.help) for command in rebound(COMPARING, own_keys(self.app))]
        self.app.push_screen(HelpScreen("Compare", said.text, keys, (), said.numbers))


def sets_folder() -> Path:
    """Where files of several plans are."""
    return user_preset_directory().parent / "sets"
