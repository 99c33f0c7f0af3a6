"""Where the panes of the main screen stand, which of them is in front, and how the focus goes from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual import events, on
from textual.dom import DOMNode
from textual.geometry import Region, Size
from textual.layout import Layout
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from roofrack.results import Plan
from roofrack_tui.arrangement import Arrangement
from roofrack_tui.dirty_parts import PartsCompositor
from roofrack_tui.layouts import PlacesLayout
from roofrack_tui.pane import Pane
from roofrack_tui.shape import LEAST_HEIGHT, LEAST_WIDTH, SHAPES, TOO_SMALL, Shape, shape_of
from roofrack_tui.widgets.tabs import TabLine


class PlacedScreen(Screen[None]):
    """A screen of numbered panes that rearranges itself by its size.

    A subclass makes the panes and calls `take_arrangement` before it yields them.
    """

    # Textual paints a whole screen again when the focus moves; the two panes that look different do so by themselves.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self._compositor = PartsCompositor()
        self._layout_of_places = PlacesLayout(self._places)
        self._shape: Shape = "columns"
        self._gone_to: Pane | None = None
        self._laid_out_for: Size | None = None
        self.when_shown: Callable[[], None] | None = None
        """Called once the first picture is there."""
        self._begins_at = (1, True)

    def begin_at(self, pane: int, *, keys_shown: bool) -> None:
        """Look as it did the last time; called before anything is shown.

        Args:
            pane: Number of the pane that takes the focus.
            keys_shown: Whether the key line is shown.
        """
        self._begins_at = (pane, keys_shown)

    def shown_plan(self) -> Plan:
        """The plan on screen: some panes need more rows for some plans."""
        raise NotImplementedError

    def take_arrangement(self, arrangement: Arrangement) -> None:
        """Take the panes.

        Args:
            arrangement: Of all panes; the first has the focus at the start.
        """
        self._arrangement = arrangement
        self._visited: Pane = arrangement.panes[0]
        arrangement.keys_shown = self._begins_at[1]

    def on_mount(self) -> None:
        """Go to the pane that somebody was in the last time."""
        if (pane := self._begins_at[0]) > 1:
            self.action_go(pane)

    @property
    def pane_number(self) -> int:
        """Number of the pane that has the focus, or had it last."""
        return self._visited.number

    @property
    def keys_shown(self) -> bool:
        """Whether the key line is shown."""
        return self._arrangement.keys_shown

    def show_keys(self, shown: bool) -> None:
        """Show or hide the key line.

        Args:
            shown: Whether it is shown.
        """
        self._arrangement.keys_shown = shown
        self._place()

    def action_keys(self) -> None:
        """Hide or show the key line."""
        self.show_keys(not self.keys_shown)

    @property
    def panes(self) -> tuple[Pane, ...]:
        """All panes, in the order of their numbers."""
        return self._arrangement.panes

    @property
    def layout(self) -> Layout:
        """Where `shape.places` says."""
        return self._layout_of_places

    @on(TabLine.Clicked)
    def _tab(self, message: TabLine.Clicked) -> None:
        self.action_go(message.number)

    def _update_focus_styles(self, focused: Widget | None = None, blurred: Widget | None = None) -> None:
        """Style the panes that have and had the focus; Textual styles everything in them too, which looks as before."""
        moved = [widget for widget in (focused, blurred) if widget is not None]
        panes: set[DOMNode] = {
            node for widget in moved for node in widget.ancestors_with_self if isinstance(node, Pane)
        }
        if panes:
            self.app.stylesheet.update_nodes(panes, animate=True)

    def action_go(self, number: int) -> None:
        """Go to a pane, bringing it in front.

        Args:
            number: The pane's number.
        """
        self._gone_to = pane = self.panes[number - 1]
        if self._bring_in_front(pane):
            self._place()
        pane.enter()

    def action_pane(self, step: int) -> None:
        """Go to the next pane or the one before.

        Args:
            step: 1 or -1.
        """
        now = self.pane_in_focus()
        index = self.panes.index(now) if now else -step
        self.action_go((index + step) % len(self.panes) + 1)

    def action_field(self, step: int) -> None:
        """Go to the next field of the pane or the one before.

        Args:
            step: 1 or -1.
        """
        pane = self.pane_in_focus()
        if pane is not None and self.focused in (fields := pane.fields):
            self.set_focus(fields[(fields.index(self.focused) + step) % len(fields)])

    def pane_in_focus(self) -> Pane | None:
        """The pane that has the focus."""
        focused = self.focused
        return next((node for node in focused.ancestors_with_self if isinstance(node, Pane)), None) if focused else None

    def take_shape(self, size: Size) -> None:
        """Be of the shape for a size; called before the first picture too, so that it is drawn but once.

        Args:
            size: Of the terminal.
        """
        self._shape = shape_of(*size)
        self.set_classes([name for name in self.classes if name[1:] not in SHAPES] + [f"-{self._shape}"])

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Keep the styles: classes, focus and theme have restyled what they changed, whatever was in front meanwhile."""
        event.refresh_styles = False
        self._laid_out_for = self.app.size
        if self.when_shown is not None:
            self.call_next(self.when_shown)
            self.when_shown = None

    def on_resize(self, event: events.Resize) -> None:
        """Take the shape for the size, keeping the pane that has the focus in sight."""
        if event.size == self._laid_out_for:
            event.prevent_default()  # Textual tells the first size three times more, and would lay out for each
        self._laid_out_for = event.size
        if self._shape != shape_of(*event.size):
            self.take_shape(event.size)
            self._bring_in_front(self._visited)
        if self._shape == "tiny":
            needed = f"roofrack needs {LEAST_WIDTH}x{LEAST_HEIGHT} cells,\nthis terminal has {event.size.width}x{event.size.height}"
            self.query_one(f"#{TOO_SMALL}", Static).update(needed)
        elif self.focused is None:
            self.call_after_refresh(self._visited.enter)
        self._place()

    def _bring_in_front(self, pane: Pane) -> bool:
        """Show a pane where its place is shared; whether another was there before."""
        tabs = self._arrangement.bring_in_front(pane)
        if tabs:
            self.query_one(f"#{tabs}", TabLine).front = pane.number
        return bool(tabs)

    def _place(self) -> None:
        """Show what has a place, and lay it out where that is not what was shown."""
        shown = self._places(self.app.size)
        changed = [child for child in self.children if child.display != (child.id in shown)]
        for child in changed:
            child.display = not child.display
        if changed:
            self.refresh(layout=True)

    def _places(self, size: Size) -> Mapping[str, Region]:
        return self._arrangement.places(self.shown_plan(), size)

    def on_descendant_focus(self) -> None:
        """Remember the pane that had the focus last."""
        self._visited = self.pane_in_focus() or self._visited
