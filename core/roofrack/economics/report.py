"""All the money of one plan in one value: what `roofrack cost` and the app's money screen show."""

from __future__ import annotations

from typing import NamedTuple

from roofrack.catalog.prices import PriceBook, shipped_prices
from roofrack.domain.money import Basis
from roofrack.economics.assumptions import HOURS_PER_MONTH, Assumptions, assumptions
from roofrack.economics.compare import Comparison, bought, compare
from roofrack.economics.energy import Energy, energy
from roofrack.economics.margins import Margins, margins
from roofrack.economics.tokens import TokenCost, token_cost
from roofrack.results import Plan


class CostReport(NamedTuple):
    """What a plan costs; None where a price is unknown or the plan does not fit.

    Args:
        plan: The plan.
        assumed: What everything was computed from, with sources.
        rent_usd_per_hour: Rent of the rack.
        own_usd_per_hour: Owning it: write-off, site and electricity, at the assumed utilisation.
        basis: Which of the two the tokens are charged at: the one asked for, or the only one known.
        busy: Tokens in an hour under the load of the cursor.
        full_load: Tokens of an hour under that load, whether or not the device has a price; None only where the plan does not fit.
        mean: Tokens over busy and idle hours: the price that counts.
        tokens_per_s_per_1000_usd: Output tokens/s per $1,000 of devices.
        tokens_per_s_per_usd_hour: Output tokens/s for each rented dollar an hour.
        energy: Electricity.
        comparison: Buying, renting, an API.
        margins: What owner and maker earn on one device that is rented out all the time over the amortisation; None where rent,
            price or power is unknown.
    """

    plan: Plan
    assumed: Assumptions
    rent_usd_per_hour: float | None
    own_usd_per_hour: float | None
    basis: Basis | None
    busy: TokenCost | None
    full_load: TokenCost | None
    mean: TokenCost | None
    tokens_per_s_per_1000_usd: float | None
    tokens_per_s_per_usd_hour: float | None
    energy: Energy | None
    comparison: Comparison
    margins: Margins | None


def cost_report(plan: Plan, prices: PriceBook | None = None) -> CostReport:
    """Everything about the money of a plan.

    Args:
        plan: A plan; `scenario.spec.money` has the person's own numbers.
        prices: Dated defaults; the shipped ones by default.

    Raises:
        UnknownIdError: The API price named does not exist.
    """
    book = prices or shipped_prices()
    scenario = plan.scenario
    assumed = assumptions(scenario, book)
    rate = plan.at.output_tokens_per_s.mid if plan.at else None
    power = energy(scenario, assumed, rate * 3600 * assumed.utilisation if rate else None)
    own = _own_usd_per_hour(plan, assumed, power)
    rent = plan.cost.usd_per_hour
    basis = _basis(scenario.spec.money.basis, rent, own)
    hour = {"rent": rent, "own": own, None: None}[basis]
    busy, mean = (_tokens(plan, assumed, hour, utilisation) for utilisation in (1.0, assumed.utilisation))
    any_tokens = mean or _tokens(plan, assumed, 0.0, assumed.utilisation)
    devices = assumed.usd_per_device and assumed.usd_per_device * scenario.rack.device_count
    return CostReport(
        plan=plan,
        assumed=assumed,
        rent_usd_per_hour=rent,
        own_usd_per_hour=own,
        basis=basis,
        busy=busy,
        full_load=busy or _tokens(plan, assumed, 0.0, 1.0),
        mean=mean,
        tokens_per_s_per_1000_usd=rate / devices * 1000 if rate and devices else None,
        tokens_per_s_per_usd_hour=rate / rent if rate and rent else None,
        energy=power,
        comparison=compare(scenario, assumed, any_tokens, power, book),
        margins=_margins(plan, assumed, power),
    )


def _own_usd_per_hour(plan: Plan, assumed: Assumptions, power: Energy | None) -> float | None:
    owned = bought(plan.scenario, assumed, power)
    if owned is None:
        return None
    month = owned.upfront / (assumed.amortisation_years * 12) + owned.month(assumed.utilisation)
    return month / HOURS_PER_MONTH


def _basis(wanted: Basis, rent: float | None, own: float | None) -> Basis | None:
    prices: dict[Basis, float | None] = {"rent": rent, "own": own}
    known = [name for name, value in prices.items() if value is not None]
    return wanted if wanted in known else known[0] if known else None


def _tokens(plan: Plan, assumed: Assumptions, usd_per_hour: float | None, utilisation: float) -> TokenCost | None:
    if plan.at is None or usd_per_hour is None:
        return None
    return token_cost(
        usd_per_hour,
        plan.at,
        plan.scenario.workload,
        replicas=plan.scenario.parallel.dp,
        utilisation=utilisation,
        split=plan.scenario.spec.money.split,
        market_output_ratio=assumed.market_output_ratio,
    )


def _margins(plan: Plan, assumed: Assumptions, power: Energy | None) -> Margins | None:
    if assumed.usd_per_device is None or assumed.usd_per_device_hour is None or power is None:
        return None
    return margins(
        usd_per_hour=assumed.usd_per_device_hour,
        price_usd=assumed.usd_per_device,
        power_w=power.busy_w / plan.scenario.rack.device_count,
        usd_per_kwh=assumed.usd_per_kwh,
        years=assumed.amortisation_years,
    )
