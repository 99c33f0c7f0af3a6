"""What a screen above the main one has to export: its own text and table instead of the plan's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol, runtime_checkable

from textual.content import Content


class Exhibit(NamedTuple):
    """What such a screen shows.

    Args:
        name: One word or two, for the file's name.
        markdown: Makes a report of it.
        csv: Makes its table as CSV; None where it has none.
    """

    name: str
    markdown: Callable[[], str]
    csv: Callable[[], str] | None = None


@runtime_checkable
class Exhibiting(Protocol):
    """A screen that has something of its own to export."""

    def exhibit(self) -> Exhibit | None:
        """What is on it; None while there is nothing yet, or where it is about the plan."""


@runtime_checkable
class Written(Protocol):
    """A page that can be written down."""

    def written(self, width: int) -> list[Content]:
        """Everything it says, a row each.

        Args:
            width: Cells across.
        """


def markdown_report(title: str, *blocks: str, command: str = "") -> str:
    """A report in Markdown.

    Args:
        title: Its heading.
        blocks: What it says, as Markdown.
        command: The command line that says the same; empty where there is none.
    """
    said = [f"# {title}", *blocks, *([f"```\n{command}\n```"] if command else [])]
    return "\n\n".join(filter(None, said)) + "\n"


def as_written(rows: Iterable[Content]) -> str:
    """Rows of a screen that line up by themselves, as a block of Markdown that keeps them so.

    Args:
        rows: From the top down.
    """
    text = "\n".join(row.plain.rstrip() for row in rows).strip("\n")
    fence = "```" if "```" not in text else "~~~~"
    return f"{fence}\n{text}\n{fence}"
