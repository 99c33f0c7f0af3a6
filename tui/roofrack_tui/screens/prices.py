"""What everything costs: a form with dated defaults, beside what tokens cost with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from textual.content import Content

from roofrack.catalog.prices import PriceBook, shipped_prices
from roofrack.domain import MoneySpec
from roofrack.domain.money import Basis, Split
from roofrack.economics import cost_report
from roofrack.economics.assumptions import DEFAULT_FACTS, dated, purchase
from roofrack.economics.compare import chosen_api, same_model
from roofrack.report.units import usd
from roofrack.results import Plan
from roofrack.settle import rent_source
from roofrack_tui import money_words
from roofrack_tui.answers import NUMBER, SHARE, TEXT, WHOLE, Kind, Question, named_choice
from roofrack_tui.screens.answering import AnsweringScreen
from roofrack_tui.tabular import pairs

_SPLITS: Mapping[Split, str] = {"gpu-time": "GPU time", "market": "market prices", "output": "all to output"}
_BASES: Mapping[Basis, str] = {"rent": "rent", "own": "owning"}
_ADDRESS = re.compile(r"https?://(?:www\.)?([^/\s,]+)[^\s,]*")
_DATED: dict[str, tuple[str, Kind, str]] = {
    "utilisation": ("utilisation", SHARE, "of the time busy"),
    "server_overhead": ("hosts, network", SHARE, "of the GPUs' price"),
    "amortisation_years": ("write-off, years", NUMBER, "years"),
    "cloud_overhead": ("cloud's extras", SHARE, "of the rent"),
    "usd_per_kwh": ("power, $/kWh", NUMBER, "$ per kWh"),
    "pue": ("PUE", NUMBER, "site / machine"),
    "idle_power_share": ("idle power", SHARE, "of full power"),
    "usd_per_kw_month": ("site, $/kW month", NUMBER, "$ per kW, month"),
}


class PricesScreen(AnsweringScreen):
    """Questions about costs, each with its dated default, beside the price of tokens."""

    TITLE_OF_FORM: ClassVar[str] = "Prices and assumptions"

    def questions(self, plan: Plan) -> Sequence[Question]:
        """All of `MoneySpec`, and the rent of a device."""
        return tuple(_questions(plan, shipped_prices()))

    def check(self, plan: Plan) -> None:
        """An API that is named must be known."""
        chosen_api(plan.scenario, shipped_prices())

    def result(self, plan: Plan, width: int) -> Sequence[Content]:
        """What tokens cost, and which way is cheapest."""
        report = cost_report(plan)
        return [
            money_words.key_price(report),
            Content(),
            *money_words.tokens(report, width),
            Content(),
            *money_words.ways(report, width),
            *money_words.break_even(report, width, self.keys),
            Content(),
            *pairs((*money_words.hour(report), *money_words.electricity(report)), width),
        ]


def _questions(plan: Plan, book: PriceBook) -> Iterator[Question]:
    device = plan.scenario.rack.device
    rent, (price, _, bought_from) = device.rent, purchase(device, MoneySpec(), book)
    yield Question(
        "", "usd_per_gpu_hour", "rent, $/GPU hour", NUMBER, _usd(rent.usd if rent else None), "$ per hour",
        rent_source(rent) if rent else "No rent is known for this device.", heading="Rent",
    )  # fmt: skip
    yield _dated("cloud_overhead", book)
    yield Question("money", "usd_per_gpu", "price, $/GPU", NUMBER, _usd(price), "$", f"{bought_from}.", heading="Buy")
    for field in (
        "server_overhead",
        "amortisation_years",
        "usd_per_kwh",
        "pue",
        "idle_power_share",
        "usd_per_kw_month",
    ):
        yield _dated(field, book)
    yield _dated("utilisation", book, heading="Charge")
    yield Question(
        "money",
        "split",
        "split",
        named_choice(_SPLITS),
        _SPLITS[MoneySpec().split],
        "prompt/output",
        "By GPU time, as the market prices it, or all to output: {form-choice-previous} {form-choice}.",
        tuple(_SPLITS.values()),
    )
    yield Question(
        "money",
        "basis",
        "tokens pay",
        named_choice(_BASES),
        _BASES[MoneySpec().basis],
        "",
        "The rent, or the cost of owning: {form-choice-previous} {form-choice}.",
        tuple(_BASES.values()),
    )
    yield Question(
        "money", "months", "compared over", WHOLE, str(MoneySpec().months), "months", "Of buying, renting and an API."
    )
    yield from _api(plan, book)


def _api(plan: Plan, book: PriceBook) -> Iterator[Question]:
    known = same_model(plan.scenario.model.id, book)
    source = dated(book.api_source)
    middle = f"middle of {len(known)}" if known else "none known"
    yield Question(
        "money", "api", "API", TEXT, middle, "provider:model", f"{{form-choice-previous}} {{form-choice}} goes through those of this model; any other may be typed, openai:gpt-4o. {source}.",
        tuple(price.id for price in known), heading="API",
    )  # fmt: skip
    note = "Your own contract."
    yield Question("money", "usd_per_million_prompt_api", "  prompt tokens", NUMBER, "its price", "$ per million", note)
    yield Question("money", "usd_per_million_output_api", "  output tokens", NUMBER, "its price", "$ per million", note)


def _dated(field: str, book: PriceBook, heading: str = "") -> Question:
    label, kind, unit = _DATED[field]
    fact = book.costs[DEFAULT_FACTS[field]]
    ends = "" if fact.low is None or fact.high is None else f", {kind.write(fact.low)} to {kind.write(fact.high)}"
    # Below an answer there is room for where something was published; `cost` and the page of costs have the whole address.
    source = _ADDRESS.sub(r"\1", dated(fact.source))
    note = f"{fact.name}{ends}: {source}."
    return Question("money", field, label, kind, kind.write(fact.value), unit, note, heading=heading)


def _usd(value: float | None) -> str:
    return "not known" if value is None else usd(value).removeprefix("$")
