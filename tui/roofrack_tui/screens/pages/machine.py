"""Page `a`: the machine around the GPUs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from roofrack.machine import Machine, Part, machine
from roofrack_tui.screens.pages.page import RowsPage
from roofrack_tui.tabular import Column, heading, table

_MUTED = "$foreground-muted"


class MachinePage(RowsPage):
    """Host memory, cores, disk, network, power and rack space, each with its rule."""

    def rows(self, width: int) -> Iterator[Content]:
        """A node, the site, and the published size class beside them."""
        found = machine(self.plan)
        yield heading(f"Each of {found.nodes} nodes" if found.nodes > 1 else "The node")
        yield from _parts(found.node, width)
        yield Content()
        yield heading("The site")
        yield from _parts(found.site, width)
        yield Content()
        yield heading("A published size class beside it")
        yield from _size_class(found, self.plan.scenario.rack.device_count, width)
        yield Content()
        yield heading("Where the rules come from")
        sources = dict.fromkeys((part.source, part.name) for part in (*found.node, *found.site))
        yield from table(
            (Column(style=_MUTED), Column(wraps=True, style=_MUTED)),
            [[name, source] for source, name in sources],
            width,
        )


def _parts(parts: Sequence[Part], width: int) -> list[Content]:
    columns = (Column(), Column(right=True, style="bold"), Column(), Column(style=_MUTED, wraps=True))
    rows = [
        [
            part.name,
            "unknown" if part.value is None else f"{part.value:,.0f}",
            part.unit if part.value is not None else "",
            part.rule,
        ]
        for part in parts
    ]
    return table(columns, rows, width)


def _size_class(found: Machine, gpus: int, width: int) -> Iterator[Content]:
    known = found.size_class
    head = (
        Column(),
        Column(f"class {known.name!r}", right=True),
        Column("this plan", right=True, style="bold"),
        Column(),
    )
    rows = [
        [name, f"{value:,}", "unknown" if (here := found.value(name)) is None else f"{here:,.0f}", unit]
        for name, value, unit in (
            ("host RAM", known.ram_gb, "GB"),
            ("CPU cores", known.cores, "cores"),
            ("disk", known.disk_gb, "GB"),
        )
    ]
    yield from table(head, [*rows, ["GPUs", known.gpus, f"{gpus:,}", ""]], width)
    yield Content.styled(found.check, _MUTED)
