"""Buy, rent or ask an API: what each costs a month, when buying has paid, and from which utilisation on a rack is cheaper."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from roofrack.catalog.prices import PriceBook, shipped_prices
from roofrack.domain.money import ApiPrice
from roofrack.domain.scenario import Scenario
from roofrack.economics.assumptions import HOURS_PER_MONTH, Assumptions, dated
from roofrack.economics.energy import Energy
from roofrack.economics.tokens import TokenCost


class Api(NamedTuple):
    """The API that a rack is compared with.

    Args:
        name: Provider and model, or how many providers the middle is taken of.
        usd_per_million_prompt: US dollars per 10^6 prompt tokens.
        usd_per_million_output: US dollars per 10^6 output tokens.
        source: Where and when.
    """

    name: str
    usd_per_million_prompt: float
    usd_per_million_output: float
    source: str


class Way(NamedTuple):
    """One way to get the tokens.

    Args:
        name: `buy`, `rent` or `api`.
        upfront_usd: Paid on the first day.
        usd_per_month: Paid every month at the assumed utilisation.
        total_usd: Over the months of the comparison.
        usd_per_million_output: That, with everything charged to output tokens.
    """

    name: str
    upfront_usd: float
    usd_per_month: float
    total_usd: float
    usd_per_million_output: float


class Comparison(NamedTuple):
    """Ways side by side; None where a price is missing or it never happens.

    Args:
        months: Months of the comparison.
        ways: Those whose prices are known, cheapest first.
        api: What the API asks.
        payback_months_against_rent: When buying has cost less than renting.
        payback_months_against_api: When buying has cost less than the API.
        break_even_utilisation_rent: Utilisation from which a rented rack is cheaper than the API; above 1 it never is.
        break_even_utilisation_buy: The same for a bought rack, written off over the amortisation; None where more use never pays.
    """

    months: int
    ways: tuple[Way, ...]
    api: Api | None
    payback_months_against_rent: float | None
    payback_months_against_api: float | None
    break_even_utilisation_rent: float | None
    break_even_utilisation_buy: float | None


class Bought(NamedTuple):
    """A bought rack: its price, what each month costs whatever it does, and what full use adds."""

    upfront: float
    fixed_month: float
    full_use_month: float

    def month(self, utilisation: float) -> float:
        """What a month costs at a utilisation."""
        return self.fixed_month + self.full_use_month * utilisation


def compare(
    scenario: Scenario,
    assumed: Assumptions,
    tokens: TokenCost | None,
    power: Energy | None,
    book: PriceBook | None = None,
) -> Comparison:
    """Put buying, renting and an API side by side.

    Args:
        scenario: What is planned.
        assumed: Prices and utilisation.
        tokens: Tokens per hour at that utilisation; None where the plan does not fit, which leaves nothing to compare.
        power: Electricity.
        book: API prices; the shipped ones by default.

    Raises:
        UnknownIdError: The API price named does not exist.
    """
    months = scenario.spec.money.months
    api = chosen_api(scenario, book or shipped_prices())
    owned = bought(scenario, assumed, power)
    rent = rent_per_month(scenario, assumed)
    if tokens is None:
        return Comparison(months, (), api, None, None, None, None)
    output = tokens.output_tokens_per_hour * HOURS_PER_MONTH
    prompt = tokens.prompt_tokens_per_hour * HOURS_PER_MONTH
    api_month = None
    if api is not None:
        api_month = (prompt * api.usd_per_million_prompt + output * api.usd_per_million_output) / 1e6
    utilisation = assumed.utilisation
    ways = []
    if owned is not None:
        ways.append(_way("buy", owned.upfront, owned.month(utilisation), months, output))
    if rent is not None:
        ways.append(_way("rent", 0.0, rent, months, output))
    if api_month is not None:
        ways.append(_way("api", 0.0, api_month, months, output))
    full_api = api_month / utilisation if api_month else None
    return Comparison(
        months=months,
        ways=tuple(sorted(ways, key=lambda way: way.total_usd)),
        api=api,
        payback_months_against_rent=payback(owned, utilisation, rent),
        payback_months_against_api=payback(owned, utilisation, api_month),
        break_even_utilisation_rent=None if rent is None else _quotient(rent, full_api),
        break_even_utilisation_buy=_break_even(owned, assumed, full_api),
    )


def payback(owned: Bought | None, utilisation: float, other_month: float | None) -> float | None:
    """Months until a purchase has cost less than something paid monthly; None when it never does.

    Args:
        owned: The bought rack.
        utilisation: Share of the time under load.
        other_month: What the other way costs a month.
    """
    if owned is None or other_month is None:
        return None
    saved = other_month - owned.month(utilisation)
    return _quotient(owned.upfront, saved)


def _break_even(owned: Bought | None, assumed: Assumptions, full_api_month: float | None) -> float | None:
    if owned is None or not full_api_month:
        return None
    fixed = owned.upfront / (assumed.amortisation_years * 12) + owned.fixed_month
    gained = full_api_month - owned.full_use_month
    return _quotient(fixed, gained)


def _quotient(value: float, by: float | None) -> float | None:
    """`value / by`; None where there is nothing to divide by, or so little that the result is beyond all numbers."""
    found = value / by if by is not None and by > 0 else inf
    return found if found < inf else None


def bought(scenario: Scenario, assumed: Assumptions, power: Energy | None) -> Bought | None:
    """A bought rack; None where the price or the power of its devices is unknown.

    Args:
        scenario: What is planned.
        assumed: Prices.
        power: Electricity.
    """
    if assumed.usd_per_device is None or power is None:
        return None
    upfront = assumed.usd_per_device * scenario.rack.device_count * (1 + assumed.server_overhead)
    full = power.busy_w / 1000 * HOURS_PER_MONTH * assumed.usd_per_kwh
    idle = full * assumed.idle_power_share
    return Bought(upfront, power.machine_kw * assumed.usd_per_kw_month + idle, full - idle)


def rent_per_month(scenario: Scenario, assumed: Assumptions) -> float | None:
    """A rented rack, day and night, with what clouds add; None where no rent is known."""
    hour = assumed.usd_per_device_hour
    if hour is None:
        return None
    return hour * scenario.rack.device_count * HOURS_PER_MONTH * (1 + assumed.cloud_overhead)


def chosen_api(scenario: Scenario, book: PriceBook) -> Api | None:
    """The API to compare with: one's own prices, the one named, or the middle of what is asked for this very model.

    Args:
        scenario: What is planned.
        book: API prices.

    Raises:
        UnknownIdError: The one named does not exist.
    """
    money = scenario.spec.money
    found = (book.api(money.api),) if money.api else same_model(scenario.model.id, book)
    own_prompt, own_output = money.usd_per_million_prompt_api, money.usd_per_million_output_api
    if not found:
        if own_prompt is None and own_output is None:
            return None
        return Api("your own price", own_prompt or 0.0, own_output or 0.0, "given")
    prompt = statistics.median(price.usd_per_million_prompt for price in found)
    output = statistics.median(price.usd_per_million_output for price in found)
    name = found[0].id if len(found) == 1 else f"middle of {len(found)} providers of {scenario.model.name}"
    return Api(
        name,
        prompt if own_prompt is None else own_prompt,
        output if own_output is None else own_output,
        "given" if own_prompt is not None and own_output is not None else dated(book.api_source),
    )


def same_model(model_id: str, book: PriceBook) -> tuple[ApiPrice, ...]:
    """Prices of this very model, by id.

    Args:
        model_id: Id of a catalogue model.
        book: API prices.
    """
    return tuple(price for price in book.apis if price.model == model_id)


def _way(name: str, upfront: float, month: float, months: int, output_per_month: float) -> Way:
    total = upfront + month * months
    return Way(name, upfront, month, total, total / (output_per_month * months) * 1e6)


class MonthlyCost(NamedTuple):
    """What each way costs a month at one utilisation; None where a price is unknown.

    Args:
        utilisation: Share of the time under the plan's load.
        output_tokens: Output tokens of that month.
        buy_usd: Write-off, site and electricity.
        rent_usd: Rent, with what clouds add.
        api_usd: The same tokens from the API.
    """

    utilisation: float
    output_tokens: float
    buy_usd: float | None
    rent_usd: float | None
    api_usd: float | None


def monthly_costs(
    scenario: Scenario,
    assumed: Assumptions,
    full_load: TokenCost,
    power: Energy | None,
    api: Api | None,
    utilisations: Sequence[float],
) -> tuple[MonthlyCost, ...]:
    """Cost against load, for a chart; the lines cross at the break-even utilisations.

    Args:
        scenario: What is planned.
        assumed: Prices.
        full_load: Tokens of an hour at utilisation 1 (`CostReport.busy`).
        power: Electricity.
        api: The API to compare with.
        utilisations: From 0 to 1.
    """
    owned, rent = bought(scenario, assumed, power), rent_per_month(scenario, assumed)
    output = full_load.output_tokens_per_hour * HOURS_PER_MONTH
    prompt = full_load.prompt_tokens_per_hour * HOURS_PER_MONTH
    asked = api and (prompt * api.usd_per_million_prompt + output * api.usd_per_million_output) / 1e6
    return tuple(
        MonthlyCost(
            utilisation=share,
            output_tokens=output * share,
            buy_usd=owned and owned.upfront / (assumed.amortisation_years * 12) + owned.month(share),
            rent_usd=rent,
            api_usd=None if asked is None else asked * share,
        )
        for share in utilisations
    )
