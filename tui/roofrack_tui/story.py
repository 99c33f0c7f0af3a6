"""A scenario's story while it is told: which caption, and the plan that it is said of."""

from __future__ import annotations

from typing import NamedTuple

from roofrack.domain import ScenarioSpec
from roofrack.story import told


class Story(NamedTuple):
    """Where the telling stands.

    Args:
        base: The scenario that the story begins with; it has captions.
        at: The caption that is shown, from 0.
    """

    base: ScenarioSpec
    at: int = 0

    @property
    def captions(self) -> tuple[str, ...]:
        """All captions."""
        return self.base.captions

    @property
    def caption(self) -> str:
        """The one that is shown."""
        return self.captions[self.at]

    @property
    def position(self) -> str:
        """Which of how many: `2/4`."""
        return f"{self.at + 1}/{len(self.captions)}"

    @property
    def spec(self) -> ScenarioSpec | None:
        """The scenario that the caption is said of; None where captions leave the scenario to the person who tells."""
        return told(self.base, self.at) if self.base.steps else None

    def turned(self, by: int) -> Story | None:
        """The story at another caption; None where there is none.

        Args:
            by: 1 for the next, -1 for the one before.
        """
        to = self.at + by
        return self._replace(at=to) if 0 <= to < len(self.captions) else None

    def _following(self, spec: ScenarioSpec) -> Story:
        """The caption nearest by that is said of a scenario of this story; the same one where none is."""
        if not self.base.steps:
            return self
        nearest = sorted(range(len(self.captions)), key=lambda number: abs(number - self.at))
        return next((self._replace(at=number) for number in nearest if told(self.base, number) == spec), self)


def story_of(spec: ScenarioSpec, before: Story | None = None) -> Story | None:
    """The story of the scenario on screen; None where it has none.

    Args:
        spec: The scenario.
        before: The story until now, which goes on where it is the same: after a change, an undone choice.
    """
    if before is not None and before.captions == spec.captions and before.base.steps == spec.steps:
        return before._following(spec)
    return Story(spec) if spec.captions else None
