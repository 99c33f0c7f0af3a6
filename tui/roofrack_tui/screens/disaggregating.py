"""Prefill and decode on GPUs of their own, beside the same GPUs doing both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from roofrack.catalog import Catalog
from roofrack.disaggregation import AtLoad, Disaggregation, Load, across_loads, disaggregate, for_pools
from roofrack.errors import InputError
from roofrack.report.command_line import command_line
from roofrack.report.disaggregation import degrees_words, pool_words, split_words, transfer_words
from roofrack.report.units import duration, gib, rate, steady_rate, usd, whole_percent
from roofrack.results import Plan
from roofrack_tui.commands import CLOSING, POOLS, READING, Command, bindings
from roofrack_tui.export.exhibit import Exhibit, as_written, markdown_report
from roofrack_tui.screens.dialog import DialogScreen
from roofrack_tui.tabular import Column, heading, table
from roofrack_tui.widgets.prose import Prose

_ASIDE = "$foreground-muted"
_EXPORTED_WIDTH = 100
_MUCH = 1.1
"""A time that grows by more than this tenth is named: more tokens/s alone do not make it good."""


class PoolsScreen(DialogScreen[None]):
    """What two pools would do with the rack at hand, and whether that pays.

    Args:
        plan: The plan at hand.
        catalog: Where ids are looked up.
    """

    KEYS: ClassVar[tuple[Command, ...]] = (*POOLS, *READING, *CLOSING["pools"])
    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS)
    ABOUT: ClassVar[str] = "Pools"

    def __init__(self, plan: Plan, catalog: Catalog) -> None:
        super().__init__()
        self._plan = plan
        spec, self._left_out = for_pools(plan.scenario.spec)
        self._spec = replace(spec, workload=replace(spec.workload, concurrency=plan.scenario.workload.concurrency))
        self._loads: tuple[AtLoad, ...] = ()
        self._catalog = catalog
        self._found: Disaggregation | None = None
        self._problem = ""
        self._gpus: int | None = None

    def compose(self) -> ComposeResult:
        """One block of text."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Prefill and decode apart"
            dialog.border_subtitle = self.key_words()
            with VerticalScroll(can_focus=False):
                yield Prose()

    def on_mount(self) -> None:
        """Begin with the best split."""
        self._compute()

    def on_resize(self) -> None:
        """Lay the words out to the width."""
        self.call_after_refresh(self._show)

    def action_split(self, step: int) -> None:
        """Give GPUs to one pool from the other.

        Args:
            step: 1 for one more that prefills.
        """
        if self._found is not None:
            most = self._plan.scenario.rack.device_count - 1
            now = self._gpus if self._gpus is not None else self._found.prefill.gpus
            self._gpus = min(max(1, now + step), most)
            self._compute()

    def action_best(self) -> None:
        """Go back to the best split."""
        self._gpus = None
        self._compute()

    def exhibit(self) -> Exhibit | None:
        """Both ways and when pools pay, once they are computed."""
        found = self._found
        if found is None:
            return None
        command = command_line(self._spec, "disaggregate")
        said = as_written(words(found, self._loads, _EXPORTED_WIDTH))
        return Exhibit("pools", lambda: markdown_report("Prefill and decode apart", said, command=command))

    def action_scroll(self, action: str) -> None:
        """Scroll the words.

        Args:
            action: The scroll's own method.
        """
        getattr(self.query_one(VerticalScroll), action)(animate=False)

    @work(thread=True, exclusive=True)
    def _compute(self) -> None:
        """Solve the pools: tens of milliseconds, up to a second for large racks."""
        gpus = self._gpus
        try:
            found = disaggregate(self._spec, self._catalog, prefill_gpus=gpus)
        except InputError as problem:
            self.app.call_from_thread(self._take, gpus, None, str(problem))
        else:
            self.app.call_from_thread(self._take, gpus, found, "")
            if not self._loads:
                self.app.call_from_thread(self._take_loads, across_loads(self._spec, self._catalog))

    def _take(self, gpus: int | None, found: Disaggregation | None, problem: str) -> None:
        if gpus == self._gpus:
            self._found, self._problem = found or self._found, problem
            self._show()

    def _take_loads(self, loads: tuple[AtLoad, ...]) -> None:
        self._loads = loads
        self._show()

    def _show(self) -> None:
        if self._has_answered:
            return
        prose = self.query_one(Prose)
        width = prose.size.width
        if not width:
            return
        if self._found is None:
            said = f"Not for this plan: {self._problem}." if self._problem else "computing …"
            prose.show(Content(said).wrap(width))
            return
        refused = Content.styled(f"! {self._problem}", "$text-error").wrap(width) if self._problem else []
        notes = [row for note in self._left_out for row in Content.styled(note, _ASIDE).wrap(width)]
        prose.show([*refused, *words(self._found, self._loads, width), *notes])


def words(found: Disaggregation, loads: Sequence[AtLoad], width: int) -> list[Content]:
    """The answer first, then both ways side by side, when it pays, pools and transfer.

    Args:
        found: What was found.
        loads: At which loads it pays; none while that is computed.
        width: Cells across.
    """
    scenario, transfer = found.scenario, found.transfer
    *reasons, conclusion = found.verdict
    answer = (f" {conclusion} ", f"bold reverse $text-{'success' if found.pays else 'warning'}")
    load = scenario.workload
    split = split_words(found.prefill.gpus, found.decode.gpus)
    title = f" {split}, {found.load.concurrency:,} at once, {load.prompt_tokens:,} → {load.output_tokens:,} tokens"
    sent = (
        f"The KV cache of a prompt, {gib(transfer.bytes_per_request)} GiB, goes over {transfer_words(found)} "
        f"in {duration(transfer.seconds)}; the links are {whole_percent(transfer.busy)} busy."
    )
    lines = [Content.assemble(answer, title), *(Content(line) for line in reasons), Content()]
    lines += [heading("The same GPUs, both ways"), *_ways(found, width), Content(), *when(loads, width)]
    lines += [heading("The pools"), *_pools(found, width), Content(), heading("The transfer"), Content(sent)]
    return [row for line in lines for row in (line.wrap(width) if line.cell_length > width else [line])]


def when(loads: Sequence[AtLoad], width: int) -> list[Content]:
    """At which loads pools are better, each with its best split.

    Args:
        loads: Few to many requests in flight; none while they are computed.
        width: Cells across.
    """
    if not loads:
        return []
    columns = (
        Column("at once", right=True, style="bold"),
        Column("prefill + decode"),
        Column("tok/s", right=True),
        Column("TPOT", right=True),
        Column("TTFT", right=True),
        Column(""),
    )
    rows: list[list[str | Content]] = [
        [
            f"{one.concurrency:,}",
            f"{one.prefill_gpus:,} + {one.decode_gpus:,}",
            *(f"{ratio:.2f}x" for ratio in (one.tokens, one.tpot, one.ttft)),
            _does_more(one),
        ]
        for one in loads
    ]
    return [heading("When it pays: pools over together"), *table(columns, rows, width), Content()]


def _does_more(one: AtLoad) -> Content:
    if not one.better:
        return Content.styled("together does more", _ASIDE)
    slower = [name for name, ratio in (("TPOT", one.tpot), ("TTFT", one.ttft)) if ratio > _MUCH]
    if slower:
        return Content.styled(f"more, but later: {' and '.join(slower)}", "$text-warning")
    return Content.styled("✓ pools do more", "$text-success")


def _ways(found: Disaggregation, width: int) -> list[Content]:
    columns = (
        Column("", style="bold"),
        Column("at once", right=True),
        Column("TTFT", right=True),
        Column("TPOT", right=True),
        Column("tok/s", right=True),
        Column("req/s", right=True, from_width=70),
        Column("$/M output", right=True),
    )
    rows = [_load("pools", found.load)]
    together = found.aggregated
    if together is not None:
        rows.append(_load(f"together, {degrees_words(together)}", together.load))
    if found.most is not None:
        rows.append(_load("pools, within targets", found.most))
    if together is not None and together.most is not None:
        rows.append(_load("together, within targets", together.most))
    return table(columns, rows, width)


def _load(name: str, load: Load) -> Sequence[str]:
    price = load.usd_per_million_output_tokens
    return (
        name,
        f"{load.concurrency:,}",
        duration(load.ttft_s.mid),
        duration(load.tpot_s.mid),
        rate(load.output_tokens_per_s.mid),
        steady_rate(load.requests_per_s.mid),
        "?" if price is None else usd(price),
    )


def _pools(found: Disaggregation, width: int) -> list[Content]:
    columns = (
        Column("", style="bold"),
        Column("GPUs", right=True),
        Column("replicas", right=True),
        Column("each"),
        Column("takes req/s", right=True),
        Column("busy", right=True),
        Column("holds requests", right=True, from_width=70),
    )
    rows = [
        (name, f"{pool.gpus:,}", f"{pool.replicas:,}", pool_words(pool), steady_rate(pool.requests_per_s), whole_percent(pool.busy), f"{pool.room:,}")
        for name, pool in (("prefill", found.prefill), ("decode", found.decode))
    ]  # fmt: skip
    return table(columns, rows, width)
