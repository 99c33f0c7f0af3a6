"""Everything that costs are computed from: a person's own number where there is one, else a dated default."""

from __future__ import annotations

from typing import NamedTuple

from roofrack.catalog.prices import PriceBook, shipped_prices
from roofrack.domain.base import Source
from roofrack.domain.device import Device
from roofrack.domain.money import MoneySpec
from roofrack.domain.scenario import Scenario
from roofrack.settle import rent_source

HOURS_PER_MONTH = 730
"""A twelfth of 8,760."""


class Note(NamedTuple):
    """One number and where it is from.

    Args:
        name: What it is, as the flag is called without dashes.
        value: The number.
        unit: Its unit.
        source: `given`, or source and date.
    """

    name: str
    value: float
    unit: str
    source: str


class Assumptions(NamedTuple):
    """Numbers that costs need; None where nobody knows a price.

    Args:
        utilisation: Share of the time under load.
        usd_per_device: Purchase price of one device.
        whole_machine: That price is of a whole machine, host included.
        usd_per_device_hour: Rent of one device.
        server_overhead: Hosts and network as a fraction of the devices' price.
        usd_per_kwh: Electricity.
        pue: Power usage effectiveness.
        usd_per_kw_month: Colocation.
        amortisation_years: Write-off.
        cloud_overhead: Fraction on top of a rent.
        idle_power_share: Power when idle, as a fraction.
        market_output_ratio: Price of an output token against a prompt token at APIs.
        notes: Each with its source.
    """

    utilisation: float
    usd_per_device: float | None
    whole_machine: bool
    usd_per_device_hour: float | None
    server_overhead: float
    usd_per_kwh: float
    pue: float
    usd_per_kw_month: float
    amortisation_years: float
    cloud_overhead: float
    idle_power_share: float
    market_output_ratio: float
    notes: tuple[Note, ...]


DEFAULT_FACTS = {
    "utilisation": "utilisation",
    "server_overhead": "server-overhead",
    "usd_per_kwh": "electricity-us-industrial",
    "pue": "pue",
    "usd_per_kw_month": "colocation",
    "amortisation_years": "amortisation",
    "cloud_overhead": "cloud-overhead",
    "idle_power_share": "idle-power",
}
"""Id of the dated default by field of `MoneySpec`."""


def assumptions(scenario: Scenario, prices: PriceBook | None = None) -> Assumptions:
    """Settle what a scenario's costs are computed from.

    Args:
        scenario: What is planned; its `spec.money` has the person's own numbers.
        prices: Dated defaults; the shipped ones by default.
    """
    book = prices or shipped_prices()
    money, notes = scenario.spec.money, []
    values = {}
    for field, fact_id in DEFAULT_FACTS.items():
        fact, given = book.costs[fact_id], getattr(money, field)
        values[field] = fact.value if given is None else given
        notes.append(Note(_flag(field), values[field], fact.unit, "given" if given is not None else dated(fact.source)))
    ratio = book.costs["market-output-ratio"]
    if money.split == "market":
        notes.append(Note("market-output-ratio", ratio.value, ratio.unit, dated(ratio.source)))
    bought, whole, bought_from = purchase(scenario.rack.device, money, book)
    if bought is not None:
        notes.append(Note("usd-per-gpu", bought, "USD", bought_from))
    if scenario.usd_per_device_hour is not None:
        notes.append(Note("usd-per-gpu-hour", scenario.usd_per_device_hour, "USD/h", _rent_from(scenario)))
    if whole:
        values["server_overhead"] = money.server_overhead or 0.0
    return Assumptions(
        usd_per_device=bought,
        whole_machine=whole,
        usd_per_device_hour=scenario.usd_per_device_hour,
        market_output_ratio=ratio.value,
        notes=tuple(
            note for note in notes if not (whole and note.name == "server-overhead" and note.source != "given")
        ),
        **values,
    )


def purchase(device: Device, money: MoneySpec, book: PriceBook) -> tuple[float | None, bool, str]:
    """Price of one device, whether that is a whole machine, and where the price is from.

    Args:
        device: The device.
        money: The person's own price, where there is one.
        book: Prices that the device preset lacks.
    """
    if money.usd_per_gpu is not None:
        return money.usd_per_gpu, False, "given"
    if device.price is not None:
        return device.price.usd, device.unified_memory, dated(device.price.source)
    found = book.hardware.get(device.id)
    return (found.usd, found.whole_machine, dated(found.source)) if found else (None, False, "no price known")


def dated(source: Source) -> str:
    """A source with its date, and how sure it is where it is not."""
    sure = (
        "" if source.confidence == "A" or "guess" in source.text or "memory" in source.text else " (secondary source)"
    )
    return f"{source.text}{', ' + source.date if source.date else ''}{sure}"


def _rent_from(scenario: Scenario) -> str:
    rent = scenario.rack.device.rent
    return "given" if scenario.spec.usd_per_gpu_hour is not None or rent is None else rent_source(rent)


def _flag(field: str) -> str:
    return field.replace("_", "-")
