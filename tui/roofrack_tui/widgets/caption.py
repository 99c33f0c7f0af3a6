"""The strip with the caption of a story."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import var
from textual.widget import Widget

from roofrack_tui.story import Story

_MARGIN = 8
"""Cells beside the words: the position, and a gap at either side."""


def caption_rows(story: Story, width: int) -> int:
    """Rows that the longest caption of a story needs, so that the strip never changes its height while it is told.

    Args:
        story: The story.
        width: Cells across.
    """
    return max(len(_wrapped(caption, width)) for caption in story.captions)


def _wrapped(caption: str, width: int) -> list[Content]:
    return Content(caption).wrap(max(20, width - _MARGIN))


class CaptionStrip(Widget):
    """A caption with its place in the story; it follows the screen's story through `data_bind`.

    Args:
        id: As for every widget.
    """

    DEFAULT_CSS = """
    CaptionStrip { width: 1fr; }
    """

    story: var[Story | None] = var(None, init=False)

    def watch_story(self) -> None:
        """Show another caption."""
        self.refresh()

    def render(self) -> Content:
        """The position beside the words."""
        if self.story is None:
            return Content()
        width, height = self.size
        first, *others = _wrapped(self.story.caption, width)[:height]
        position = Content.styled(f"{self.story.position:^5}", "bold reverse")
        gap = " " * (position.cell_length + 1)
        return Content("\n").join([Content.assemble(position, " ", first), *(Content(gap) + row for row in others)])
