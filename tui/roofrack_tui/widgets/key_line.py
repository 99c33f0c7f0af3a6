"""The last line: the keys that matter now, or what just happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from textual.binding import Binding
from textual.content import Content
from textual.events import Click
from textual.reactive import var
from textual.screen import Screen
from textual.widget import Widget

from roofrack_tui import keymap
from roofrack_tui.commands import TYPING
from roofrack_tui.widgets.one_line import OneLine


class KeyLine(OneLine):
    """Keys with what they do, as many as there is room for; a message takes their place until the next key."""

    keys: var[tuple[tuple[str, str, str], ...]] = var((), init=False)
    message: var[str] = var("", init=False)

    def watch_keys(self) -> None:
        """Show other keys."""
        self.show()

    def watch_message(self) -> None:
        """Show or take away the message."""
        self.show()

    def words(self, room: int) -> Content:
        """The line."""
        return Content(self.message) if self.message else Content.assemble(*self._spans(room))

    def on_click(self, event: Click) -> None:
        """Do what the key under the mouse does."""
        column = event.get_content_offset(self)
        at = self.MARGIN
        for shown, label, key in self._shown(self.room):
            width = len(shown) + len(label) + 3
            if column is not None and at <= column.x < at + width:
                self.app.simulate_key(key)
            at += width

    def _spans(self, room: int) -> Sequence[Content | str]:
        spans: list[Content | str] = []
        for shown, label, _ in self._shown(room):
            spans += [
                "  ",
                Content.styled(shown, "bold $footer-key-foreground"),
                " ",
                Content.styled(label, "$foreground-muted"),
            ]
        return spans[1:]  # none before the first; after the last they would count as cut

    def _shown(self, room: int) -> Sequence[tuple[str, str, str]]:
        shown = []
        for key in self.keys:
            room -= len(key[0]) + len(key[1]) + 3
            if room < -2:
                break
            shown.append(key)
        return shown


def own_bindings(screen: Screen[None]) -> list[Binding]:
    """The bindings of what has the focus and of its pane, one for each action, with all its keys as people write them.

    What Textual's widgets bring along besides is left out: dozens of keys for editing a line, and for scrolling what does not scroll.

    Args:
        screen: The screen that it is on.
    """
    focused = screen.focused
    nodes = (
        [node for node in focused.ancestors_with_self if isinstance(node, Widget) and node is not screen]
        if focused
        else []
    )
    ours = {action for node in nodes for kind in type(node).__mro__ for action in _actions_of(kind)}
    found: dict[str, list[Binding]] = {}
    for active in screen.active_bindings.values():
        if active.node in nodes and active.binding.action in ours:
            found.setdefault(active.binding.action, []).append(active.binding)
    keys = keymap.own_keys(screen.app)
    return [_with_all_keys(bindings, keys) for bindings in found.values()]


def keys_while_typing(screen: Screen[None]) -> tuple[tuple[str, str, str], ...]:
    """The keys that matter while a number is being typed into what has the focus, as `KeyLine` shows them.

    Args:
        screen: The screen that it is on.
    """
    known = {binding.action: binding for binding in own_bindings(screen)}
    shown = ((known[action], label) for action, label in TYPING.items() if action in known)
    return tuple((binding.key_display or binding.key, label, binding.key) for binding, label in shown)


@cache
def _actions_of(kind: type) -> frozenset[str]:
    if not kind.__module__.startswith("roofrack_tui."):
        return frozenset()
    made = Binding.make_bindings(kind.__dict__.get("BINDINGS", ()))
    return frozenset(binding.action for binding in made)


def _with_all_keys(bindings: Sequence[Binding], keys: keymap.Keys) -> Binding:
    named = next((one for one in reversed(bindings) if one.description), bindings[0])
    given = next((one.key_display for one in bindings if one.key_display), "")
    shown = given or " ".join(dict.fromkeys(keymap.shown(one.key) for one in bindings))
    return replace(named, key_display=keys.written(shown))
