"""What a plan costs, in words and aligned numbers."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from roofrack.economics.report import CostReport
from roofrack.economics.tokens import TokenCost
from roofrack.report.units import percent, rate, usd
from roofrack_tui.keymap import Keys, with_keys
from roofrack_tui.tabular import Column, pairs, table

_MUTED = "$foreground-muted"
_UNKNOWN = "–"
WAYS = {"buy": "buy", "rent": "rent", "api": "API"}
"""Ways to get tokens, as people write them."""


def key_price(report: CostReport) -> Content:
    """The one number that is asked for: output tokens per dollar, or why there is none.

    Args:
        report: All money of a plan.
    """
    if report.mean is None:
        why = "does not fit" if not report.plan.memory.fits else "no price is known for this device"
        return Content.styled(f" {why} ", "bold reverse $text-error")
    said = f" {usd(report.mean.usd_per_million_output)} per million output tokens "
    paid = "owned" if report.basis == "own" else "rented without extras" if report.assumed.cloud_overhead else "rented"
    busy = f" busy {percent(report.mean.utilisation)}, {paid}"
    return Content.assemble((said, "bold reverse $text-success"), (busy, _MUTED))


def tokens(report: CostReport, width: int) -> Iterator[Content]:
    """Prices of tokens, always busy and as busy as assumed.

    Args:
        report: All money of a plan.
        width: Cells across.
    """
    busy, mean = report.busy, report.mean
    if busy is None or mean is None:
        return
    columns = (
        Column("$ for", style=_MUTED),
        Column(f"{percent(mean.utilisation)} busy", right=True, style="bold"),
        Column("always", right=True),
    )
    both = (mean, busy)
    rows = [
        ["1M output", *(usd(one.usd_per_million_output) for one in both)],
        ["1M prompt", *(usd(one.usd_per_million_prompt) for one in both)],
        ["1M of either", *(usd(one.usd_per_million_tokens) for one in both)],
        ["all on output", *(usd(one.usd_per_hour / one.output_tokens_per_hour * 1e6) for one in both)],
        ["1k requests", *(usd(one.usd_per_request * 1000) for one in both)],
    ]
    yield from table(columns, rows, width)
    yield Content.styled(_split(busy), _MUTED)


def _split(cost: TokenCost) -> str:
    return f"Split {cost.rule}; prompts carry {percent(cost.prompt_share)}."


def ways(report: CostReport, width: int) -> Iterator[Content]:
    """Buying, renting and an API side by side, the cheapest first.

    Args:
        report: All money of a plan.
        width: Cells across.
    """
    found = report.comparison
    if not found.ways:
        return
    columns = (
        Column(f"{found.months} months", style="bold"),
        Column("first day", right=True, from_width=44),
        Column("a month", right=True),
        Column("in all", right=True, style="bold"),
        Column("all on 1M output", right=True, from_width=66),
    )
    rows = [
        [
            way_name(way.name, report),
            _or_none(way.upfront_usd),
            usd(way.usd_per_month),
            usd(way.total_usd),
            usd(way.usd_per_million_output),
        ]
        for way in found.ways
    ]
    yield from table(columns, rows, width)


def way_name(name: str, report: CostReport) -> str:
    """A way to get tokens, and whether something comes on top of it: `rent + extras`.

    Args:
        name: `buy`, `rent` or `api`.
        report: All money of a plan.
    """
    return f"{WAYS[name]} + extras" if name == "rent" and report.assumed.cloud_overhead else WAYS[name]


def break_even(report: CostReport, width: int, keys: Keys) -> Iterator[Content]:
    """When one way becomes cheaper than another.

    Args:
        report: All money of a plan.
        width: Cells across.
        keys: The keys that somebody has.
    """
    found = report.comparison
    names = {way.name for way in found.ways}
    rows = []
    if {"buy", "rent"} <= names:
        rows.append(("buy or rent", payback(found.payback_months_against_rent)))
    if {"buy", "api"} <= names:
        paid = payback(found.payback_months_against_api)
        over = f", over {report.assumed.amortisation_years:g} years"
        rows.append(("buy or API", f"{paid}; {cheaper(found.break_even_utilisation_buy)}{over}"))
    if {"rent", "api"} <= names:
        rows.append(("rent or API", cheaper(found.break_even_utilisation_rent)))
    yield from pairs(rows, width)
    if found.api is None and found.ways:
        yield Content.styled(
            with_keys("No API price is known for this very model: name one with {prices}.", keys), _MUTED
        )


def payback(months: float | None) -> str:
    """Months until a purchase has paid, in words.

    Args:
        months: None for never.
    """
    return "never pays back" if months is None else f"pays back in {months:,.1f} months"


def cheaper(utilisation: float | None) -> str:
    """From which use on something is cheaper, in words.

    Args:
        utilisation: Above 1 it never is; None likewise.
    """
    if utilisation is None:
        return "never cheaper, however busy"
    if utilisation > 1:
        return f"never cheaper at this load: {percent(utilisation)} busy"
    return f"cheaper from {percent(utilisation)} busy on"


def hour(report: CostReport) -> Iterator[tuple[str, str]]:
    """What an hour of the rack costs, and what speed a dollar buys, as labels and texts.

    Args:
        report: All money of a plan.
    """
    rented, owned = report.rent_usd_per_hour, report.own_usd_per_hour
    years = f"{report.assumed.amortisation_years:g} years"
    extras = report.assumed.cloud_overhead
    with_extras = (
        f"; {usd(rented * (1 + extras))} with extras, {percent(extras)} for storage, traffic, management"
        if rented and extras
        else ""
    )
    yield "rented", "no rent known" if rented is None else f"{usd(rented)} an hour{with_extras}"
    yield "owned", "no purchase price known" if owned is None else f"{usd(owned)} an hour, over {years}"
    if report.tokens_per_s_per_1000_usd is not None:
        yield "speed bought", f"{rate(report.tokens_per_s_per_1000_usd)} tok/s per $1,000 of devices"
    if report.tokens_per_s_per_usd_hour is not None:
        yield "speed rented", f"{rate(report.tokens_per_s_per_usd_hour)} tok/s per $ an hour"


def electricity(report: CostReport) -> Iterator[tuple[str, str]]:
    """Power, energy and what they cost, as labels and texts.

    Args:
        report: All money of a plan.
    """
    power = report.energy
    if power is None:
        yield "power", "not known for this device"
        return
    yield "power", f"{power.busy_w / 1000:,.2f} kW busy, {power.mean_w / 1000:,.2f} kW mean, with PUE"
    yield "electricity", f"{power.kwh_per_month:,.0f} kWh, {usd(power.usd_per_month)} a month"
    if power.kwh_per_million_output is not None:
        yield "energy", f"{power.kwh_per_million_output:.3g} kWh per million output tokens"


def _or_none(value: float) -> str:
    return usd(value) if value else _UNKNOWN
