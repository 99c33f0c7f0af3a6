"""Shipped preset files cut into rows by a scan, so that one row can be parsed without the others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

# The header of a row or of a table inside it, or one of the keys that a row is looked up by.
_MARK = re.compile(
    r'^(?:\[\[?(?P<table>[a-z_.]+)\]\]?[ \t]*$|(?P<key>id|aliases|hub_ids|driver_names) = (?P<value>"[^"\n]*"|\[[^\]]*\]))',
    re.MULTILINE,
)
_STRING = re.compile(r'"([^"\n]*)"')


@dataclass(slots=True)
class Chunk:
    """The text of one row and the names it is found by.

    Args:
        id: The row's id.
        aliases: Its aliases and hub ids.
        driver_names: What drivers call it.
        path: The file.
        text: The row alone, valid TOML.
    """

    id: str
    aliases: tuple[str, ...]
    driver_names: tuple[str, ...]
    path: Path
    text: str

    def parse(self, table: str) -> dict[str, Any]:
        """Parse this row alone.

        Args:
            table: Name of its TOML table.
        """
        parsed: Any = tomli.loads(self.text)[table]
        row: dict[str, Any] = parsed[0] if isinstance(parsed, list) else parsed
        return row


def chunks(path: Path, table: str) -> Iterator[Chunk]:
    """Cut a shipped file into rows.

    Args:
        path: A preset file: UTF-8, one `[[table]]` a row (or one `[table]` for the whole file), keys `id`, `aliases`, `hub_ids` and
            `driver_names` at the start of a line.
        table: Which table.
    """
    text = path.read_text(encoding="utf-8")
    starts: list[int] = []
    names: list[dict[str, tuple[str, ...]]] = []
    inside = False
    for mark in _MARK.finditer(text):
        if mark["table"]:
            inside = mark["table"] == table
            if inside:
                starts.append(mark.start())
                names.append({})
        elif inside:
            names[-1][mark["key"]] = tuple(_STRING.findall(mark["value"]))
    for start, end, found in zip(starts, [*starts[1:], len(text)], names, strict=True):
        yield Chunk(
            id=found["id"][0],
            aliases=found.get("aliases", ()) + found.get("hub_ids", ()),
            driver_names=found.get("driver_names", ()),
            path=path,
            text=text[start:end],
        )
