"""Who earns what on a GPU: its owner over the years it is rented out, and its maker on the day it is sold (R8)."""

from __future__ import annotations

from typing import NamedTuple

HOURS_PER_YEAR = 8760
MAKER_GROSS_MARGIN = 0.75
"""Share of a data-centre GPU's price that is its maker's gross margin, as a newsletter of November 2024 has it."""


class Margins(NamedTuple):
    """One device over its life, US dollars.

    Args:
        revenue_usd: What renting it out brings.
        price_usd: What it cost.
        electricity_usd: What it drew.
        owner_usd: What is left to the owner.
        owner_share: That as a share of the revenue; None without any.
        payback_months: When the owner has the price back; None when never.
        maker_usd: The maker's gross margin on the price.
    """

    revenue_usd: float
    price_usd: float
    electricity_usd: float
    owner_usd: float
    owner_share: float | None
    payback_months: float | None
    maker_usd: float


def margins(
    *,
    usd_per_hour: float,
    price_usd: float,
    power_w: float,
    usd_per_kwh: float,
    years: float = 2,
    rented_share: float = 1,
    maker_gross_margin: float = MAKER_GROSS_MARGIN,
) -> Margins:
    """Who earns what.

    Args:
        usd_per_hour: Rent of one device.
        price_usd: Its price.
        power_w: What it draws, watts; PUE is the caller's to include.
        usd_per_kwh: Electricity.
        years: How long it is rented out.
        rented_share: Share of the hours in which somebody rents it.
        maker_gross_margin: Share of the price.
    """
    hours = years * HOURS_PER_YEAR
    revenue = usd_per_hour * hours * rented_share
    electricity = power_w / 1000 * hours * usd_per_kwh
    left = revenue - price_usd - electricity
    monthly = (revenue - electricity) / (years * 12)
    return Margins(
        revenue_usd=revenue,
        price_usd=price_usd,
        electricity_usd=electricity,
        owner_usd=left,
        owner_share=left / revenue if revenue else None,
        payback_months=price_usd / monthly if monthly > 0 else None,
        maker_usd=price_usd * maker_gross_margin,
    )
