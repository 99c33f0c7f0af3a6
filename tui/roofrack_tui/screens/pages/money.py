"""Page `m`: what the plan costs."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from roofrack.economics import CostReport, Margins, cost_report
from roofrack.report.units import usd
from roofrack_tui import money_words
from roofrack_tui.keymap import with_keys
from roofrack_tui.screens.pages.page import RowsPage
from roofrack_tui.tabular import Column, heading, pairs, table


class MoneyPage(RowsPage):
    """The price of tokens first, then ways to pay for them, and last what it was all computed from."""

    def rows(self, width: int) -> Iterator[Content]:
        """All money of the plan."""
        report, own = cost_report(self.plan), self.keys
        yield money_words.key_price(report)
        yield Content()
        yield from money_words.tokens(report, width)
        yield Content()
        if report.comparison.ways:
            yield heading("Buy, rent or ask an API")
            yield from money_words.ways(report, width)
            yield from money_words.break_even(report, width, own)
            yield Content()
        yield heading("The rack")
        yield from pairs((*money_words.hour(report), *money_words.electricity(report)), width)
        yield Content()
        if report.margins:
            years = report.assumed.amortisation_years
            yield heading(f"One device rented out for {years:g} years without a break")
            yield from pairs(_margins(report.margins), width)
            yield Content()
        yield heading(with_keys("Computed from ({prices} changes them, {cost-chart} draws them)", own))
        yield from _assumed(report, width)


def _margins(found: Margins) -> Iterator[tuple[str, str]]:
    left = usd(found.owner_usd) if found.owner_usd >= 0 else f"a loss of {usd(-found.owner_usd)}"
    yield (
        "its owner",
        f"{usd(found.revenue_usd)} of rent − {usd(found.price_usd)} − {usd(found.electricity_usd)} of electricity = {left}",
    )
    if found.payback_months is not None:
        yield "pays back", f"in {found.payback_months:,.1f} months"
    yield "its maker", f"about {usd(found.maker_usd)} of the price is gross margin"


def _assumed(report: CostReport, width: int) -> list[Content]:
    columns = (Column(), Column(right=True, style="bold"), Column(), Column(style="$foreground-muted", wraps=True))
    rows = [[note.name, f"{note.value:,g}", note.unit, note.source] for note in report.assumed.notes]
    if report.comparison.api:
        api = report.comparison.api
        for kind, price in (("prompt", api.usd_per_million_prompt), ("output", api.usd_per_million_output)):
            rows.append([f"API {kind}", f"{price:,g}", "USD/M", f"{api.name}; {api.source}"])
    return table(columns, rows, width)
