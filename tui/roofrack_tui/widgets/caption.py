"""The strip with the caption of a story."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.reactive import var
from textual.widget import Widget

from roofrack_tui.story import Story

_MARGIN = 13
"""Cells beside the words: the position between its keys, and a gap at either side."""


def caption_rows(captions: Sequence[str], width: int) -> int:
    """Rows that the longest of some captions needs, so that the strip never changes its height while a story is told.

    Args:
        captions: What may be shown.
        width: Cells across.
    """
    return max((len(_wrapped(caption, width)) for caption in captions), default=0)


def _wrapped(caption: str, width: int) -> list[Content]:
    return Content(caption).wrap(max(20, width - _MARGIN))


class CaptionStrip(Widget):
    """A caption with its place in the story, or a hint; it follows the screen through `data_bind`.

    Args:
        id: As for every widget.
    """

    DEFAULT_CSS = """
    CaptionStrip { width: 1fr; }
    """

    story: var[Story | None] = var(None, init=False)
    hint: var[str] = var("", init=False)

    def watch_story(self) -> None:
        """Show another caption."""
        self.refresh()

    def watch_hint(self) -> None:
        """Show a hint, or the caption again."""
        self.refresh()

    def render(self) -> Content:
        """The position in the story beside the words; a hint stands in its place."""
        mark, words = ("?", self.hint) if self.hint else ("", "")
        if not words and self.story is not None:
            mark, words = _position(self.story), self.story.caption
        width, height = self.size
        rows = _wrapped(words, width)
        first, *others = rows if len(rows) <= height else _cut(rows[: max(1, height)])
        position = Content.styled(f"{mark:^9}", "bold reverse")
        gap = " " * (position.cell_length + 1)
        return Content("\n").join([Content.assemble(position, " ", first), *(Content(gap) + row for row in others)])


def _position(story: Story) -> str:
    """Which of how many, between the keys that lead on from there."""
    return f"{'<' if story.turned(-1) else ' '} {story.position} {'>' if story.turned(1) else ' '}"


def _cut(rows: list[Content]) -> list[Content]:
    """Rows whose last says that there are more."""
    return [*rows[:-1], rows[-1].truncate(max(1, rows[-1].cell_length - 1)) + "…"]
