"""`roofrack cost`, `users` and `machine` as text for a terminal."""

from __future__ import annotations

from roofrack.economics.assumptions import Assumptions, Note
from roofrack.economics.cards import SameSpeed, Side
from roofrack.economics.compare import Comparison
from roofrack.economics.energy import Energy
from roofrack.economics.margins import Margins
from roofrack.economics.report import CostReport
from roofrack.economics.tokens import TokenCost
from roofrack.machine import Machine
from roofrack.report.plan_text import title
from roofrack.report.table import table
from roofrack.report.units import banded, rate, usd, whole_percent
from roofrack.results import Plan
from roofrack.users import SPEED_CLASSES, PublishedTarget, Service


def cost_text(report: CostReport, against: SameSpeed | None = None) -> str:
    """All money of a plan, what it was assumed from, and another rack beside it where one was named."""
    blocks = [title(report.plan.scenario), _hour(report)]
    if report.busy and report.mean:
        blocks.append(_tokens(report.busy, report.mean))
        blocks.append(_value(report))
    elif not report.plan.memory.fits:
        blocks.append(f"Does not fit, so there are no tokens to divide it by: {report.plan.memory.reason}.")
    if report.energy:
        blocks.append(_energy(report.energy))
    if report.comparison.ways:
        blocks.append(_comparison(report.comparison, report.assumed))
    if report.margins:
        blocks.append(_margins(report.margins, report.assumed.amortisation_years))
    if against:
        blocks.append(_against(against))
    blocks.append("\n".join(["Assumed:", *map(_note, report.assumed.notes)]))
    return "\n\n".join(blocks)


def _hour(report: CostReport) -> str:
    rent, own = report.rent_usd_per_hour, report.own_usd_per_hour
    if rent is None and own is None:
        return "No price is known for this device: give --usd-per-gpu-hour or --usd-per-gpu."
    overhead = report.assumed.cloud_overhead
    extras = (
        f" ({usd(rent * (1 + overhead))} with {whole_percent(overhead)} for storage, traffic and management)"
        if rent and overhead
        else ""
    )
    parts = [
        "no rent known" if rent is None else f"{usd(rent)} per hour rented{extras}",
        "no purchase price known"
        if own is None
        else f"{usd(own)} per hour owned, written off over {report.assumed.amortisation_years:g} years",
    ]
    which = "rented" if report.basis == "rent" else "owned"
    apart = ", extras apart" if extras and report.basis == "rent" else ""
    return f"{'; '.join(parts)}. Tokens below are charged as {which}{apart}."


def _tokens(busy: TokenCost, mean: TokenCost) -> str:
    costs = (busy, mean)
    rows = [
        ["$ per million prompt tokens", *(usd(cost.usd_per_million_prompt) for cost in costs)],
        ["$ per million output tokens", *(usd(cost.usd_per_million_output) for cost in costs)],
        ["$ per million tokens of either kind", *(usd(cost.usd_per_million_tokens) for cost in costs)],
        ["$ per thousand requests", *(usd(cost.usd_per_request * 1000) for cost in costs)],
    ]
    head = ("tokens", "always busy", f"busy {whole_percent(mean.utilisation)} of the time")
    return f"{table(head, rows)}\nSplit {busy.rule}; prompt tokens carry {whole_percent(busy.prompt_share)}."


def _value(report: CostReport) -> str:
    parts = []
    if report.tokens_per_s_per_1000_usd is not None:
        parts.append(f"{rate(report.tokens_per_s_per_1000_usd)} output tokens/s per $1,000 of devices")
    if report.tokens_per_s_per_usd_hour is not None:
        parts.append(f"{rate(report.tokens_per_s_per_usd_hour)} per rented dollar an hour")
    return "Value: " + ", ".join(parts) + "." if parts else "Value: no price known."


def _energy(power: Energy) -> str:
    tokens = ""
    if power.kwh_per_million_output is not None:
        tokens = f", {power.kwh_per_million_output:.3g} kWh per million output tokens"
    return (
        f"Power {power.busy_w / 1000:,.2f} kW busy, {power.mean_w / 1000:,.2f} kW on average, PUE included: "
        f"{power.kwh_per_month:,.0f} kWh and {usd(power.usd_per_month)} a month{tokens}."
    )


def _comparison(found: Comparison, assumed: Assumptions) -> str:
    extras = f" +{whole_percent(assumed.cloud_overhead)}" if assumed.cloud_overhead else ""
    written = f", written off over {assumed.amortisation_years:g} years"
    rows = [
        [
            way.name + (extras if way.name == "rent" else ""),
            usd(way.upfront_usd),
            usd(way.usd_per_month),
            usd(way.total_usd),
            usd(way.usd_per_million_output),
        ]
        for way in found.ways
    ]
    lines = [table((f"over {found.months} months", "first day", "a month", "in all", "all on 1M output"), rows)]
    if found.api:
        lines.append(
            f"API: {found.api.name}, {usd(found.api.usd_per_million_prompt)} and {usd(found.api.usd_per_million_output)} "
            f"per million prompt and output tokens ({found.api.source})."
        )
    else:
        lines.append("No API price is known for this very model: name one with --api.")
    names = {way.name for way in found.ways}
    if {"buy", "rent"} <= names:
        lines.append(f"Buying against renting: {_payback(found.payback_months_against_rent)}.")
    if {"buy", "api"} <= names:
        lines.append(
            f"Buying against the API: {_payback(found.payback_months_against_api)}; {_even(found.break_even_utilisation_buy)}{written}."
        )
    if {"rent", "api"} <= names:
        lines.append(f"Renting against the API: {_even(found.break_even_utilisation_rent)}.")
    return "\n".join(lines)


def _payback(months: float | None) -> str:
    return "never pays back" if months is None else f"pays back in {months:,.1f} months"


def _even(utilisation: float | None) -> str:
    if utilisation is None:
        return "never cheaper, however busy"
    if utilisation > 1:
        return f"never cheaper: it would have to be busy {whole_percent(utilisation)} of the time at this load"
    return f"cheaper from {whole_percent(utilisation)} of the time on"


def _margins(found: Margins, years: float) -> str:
    pays = f", the price is back in {found.payback_months:,.1f} months" if found.payback_months is not None else ""
    return (
        f"One device rented out for {years:g} years without a break: {usd(found.revenue_usd)} of rent − {usd(found.price_usd)} "
        f"− {usd(found.electricity_usd)} of electricity = {_signed(found.owner_usd)} for the owner{pays}; the maker's margin on its "
        f"price is about {usd(found.maker_usd)}."
    )


def _signed(value: float) -> str:
    return usd(value) if value >= 0 else f"a loss of {usd(-value)}"


def _against(found: SameSpeed) -> str:
    rows = [_side(found.first), _side(found.other)]
    lines = [table(("rack", "one user tok/s", "requests", "many users tok/s", "$", "$ per tok/s"), rows)]
    if found.dearer is not None and found.dearer_alone is not None:
        lines.append(
            f"The same total speed costs {found.dearer:.2g} times as much on the first, one user's speed {found.dearer_alone:.2g} times."
        )
    cost = "" if found.others_usd is None else f" for {usd(found.others_usd)}"
    many = "s" if found.others_for_same_speed > 1 else ""
    lines.append(f"{found.others_for_same_speed} rack{many} of the second kind reach its total speed{cost}.")
    return "\n".join(lines)


def _side(side: Side) -> list[str]:
    return [
        side.name,
        banded(side.one_user, rate),
        f"{side.requests:,}",
        banded(side.many_users, rate),
        "-" if side.usd is None else usd(side.usd),
        "-" if side.usd_per_token_s is None else usd(side.usd_per_token_s),
    ]


def _note(note: Note) -> str:
    return f"  {note.name} {note.value:g} {note.unit} ({note.source})"


def users_text(plan: Plan, found: Service, published: tuple[PublishedTarget, ...]) -> str:
    """Verdict, arithmetic, and what the published targets take."""
    blocks = [title(plan.scenario), "\n".join(found.sentences)]
    if found.demand:
        blocks.append("\n".join(["From people to requests:", *(f"  {step}" for step in found.demand.steps)]))
    classes = ", ".join(f"{known.name} {known.tokens_per_s:g}" for known in SPEED_CLASSES)
    blocks.append(f"Streams, tokens/s each: {classes}.")
    blocks.append(
        "\n".join(
            ["Targets that circulate, on this rack:", *(f"  {target.name}: {target.takes}" for target in published)]
        )
    )
    return "\n\n".join(blocks)


def machine_text(plan: Plan, found: Machine) -> str:
    """A node and the site, part by part with its rule."""
    rows = [
        [part.name, "unknown" if part.value is None else f"{part.value:,.0f} {part.unit}", part.rule]
        for part in (*found.node, *found.site)
    ]
    many = f"each of {found.nodes} nodes" if found.nodes > 1 else "the node"
    return "\n\n".join([title(plan.scenario), table((many, "needs", "rule"), rows, left=3), found.check])
