"""A screen that tells the story of its scenario: the caption strip, and the keys that turn captions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.reactive import var

from roofrack.domain import ScenarioSpec
from roofrack_tui.arrangement import FIRST_CHART, INPUT
from roofrack_tui.commands import REMOTE, bindings
from roofrack_tui.keymap import key_of, own_keys
from roofrack_tui.messages import Chosen, ScenarioChosen
from roofrack_tui.raster.look import Look
from roofrack_tui.screens.placed import PlacedScreen
from roofrack_tui.story import Story, story_of
from roofrack_tui.themes import look_for
from roofrack_tui.widgets.caption import caption_rows


class TellingScreen(PlacedScreen):
    """Panes under a strip of captions, which is there while presenting and wherever somebody turns captions."""

    # A presenter's remote sends these two keys, whatever has the focus.
    BINDINGS: ClassVar[list[BindingType]] = bindings(REMOTE)

    look: var[Look] = var(Look(), init=False)
    story: var[Story | None] = var(None, init=False)
    telling: var[bool] = var(False, init=False)
    hint: var[str] = var("", init=False)

    def say(self, text: str) -> None:
        """Tell what happened.

        Args:
            text: One line.
        """
        raise NotImplementedError

    def on_mount(self) -> None:
        """Begin at a chart where somebody presents from the start."""
        if self.presenting:
            self.call_after_refresh(self._to_charts)

    def _to_charts(self) -> None:
        """While presenting, the charts have the place of the forms until one of them is gone to."""
        if self._shape != "tiny" and self._visited.has_class(INPUT):
            self.action_go(FIRST_CHART)

    @property
    def presenting(self) -> bool:
        """Whether everything is drawn for others to see."""
        return self.look.sparse

    def follow(self, spec: ScenarioSpec) -> None:
        """Take the story of the scenario that is shown now.

        Args:
            spec: The scenario.
        """
        self.story = story_of(spec, self.story)

    def opening(self, change: Chosen) -> str:
        """What a scenario says of itself when it is opened, where no strip shows it; empty for all other choices.

        Args:
            change: What was chosen.
        """
        if not isinstance(change, ScenarioChosen) or self.presenting:
            return ""
        story = story_of(change.spec, self.story)
        if story is None or story.base is not change.spec:
            return ""
        return f"{story.caption} ({key_of('next-caption', own_keys(self.app))} tells on, {story.position})"

    def action_present(self) -> None:
        """Change between working and presenting."""
        self.look = look_for(ascii=self.look.ascii, present=not self.presenting)

    def action_turn(self, by: int) -> None:
        """Go to another caption, and to the plan that it is said of; where no caption is shown yet, show it.

        Args:
            by: 1 for the next, -1 for the one before.
        """
        story = self.story
        if story is None:
            self.say(f"! this scenario has no story; {key_of('open', own_keys(self.app))} opens one that has")
        elif not (self.telling or self.presenting):
            self.telling = True
        elif (turned := story.turned(by)) is None:
            self.say(f"that was the {'last' if by > 0 else 'first'} caption")
        else:
            self.story = turned
            self.say("")
            if turned.spec is not None:
                self.post_message(ScenarioChosen(turned.spec))

    def action_remote(self, by: int) -> None:
        """Go to another caption.

        Args:
            by: 1 for the next, -1 for the one before.
        """
        self.action_turn(by)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 (part of the interface)
        """Leave Page Up and Page Down to what has the focus unless a story is told."""
        return action != "remote" or (self.presenting and self.story is not None)

    def watch_story(self, old: Story | None, new: Story | None) -> None:
        """Make room for a story, or take it back."""
        if old is None or new is None or old.captions != new.captions:
            if new is None:
                self.telling = False
            self.place_again()

    def watch_hint(self) -> None:
        """Show or hide the strip."""
        self.place_again()

    def watch_telling(self) -> None:
        """Show or hide the strip."""
        self.place_again()

    def watch_look(self) -> None:
        """Present or work."""
        if self.presenting:
            self._to_charts()
        self.place_again()

    def place_again(self) -> None:
        """Give everything its place anew."""
        if self.is_mounted:
            self._place()
            self.refresh(layout=True)

    def _places(self, size: Size) -> Mapping[str, Region]:
        shown = self.story if self.telling or self.presenting else None
        said = (self.hint,) if self.hint else shown.captions if shown else ()
        return self._arrangement.places(
            self.shown_plan(),
            size,
            caption=caption_rows(said, size.width),
            forms=not self.presenting or self._visited.has_class(INPUT),
        )

    def on_descendant_focus(self) -> None:
        """Let a form come back while somebody works in it."""
        before = self._visited
        super().on_descendant_focus()
        if self.presenting and before.has_class(INPUT) != self._visited.has_class(INPUT):
            self.place_again()
