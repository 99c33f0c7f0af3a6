"""The shipped prices: costs, hardware that device presets do not price, and hosted APIs; each parsed when asked for."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path
from typing import Any

import tomli

import roofrack_presets
from roofrack.catalog.near import near
from roofrack.domain.base import Source
from roofrack.domain.money import ApiPrice, CostFact, HardwarePrice
from roofrack.errors import UnknownIdError
from roofrack.validation import trusted


class PriceBook:
    """Prices by id.

    Args:
        folder: Where `costs.toml`, `hardware.toml` and `api.toml` are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def costs(self) -> dict[str, CostFact]:
        """Electricity, colocation, PUE, amortisation … by id."""
        return {row["id"]: trusted(CostFact, row) for row in self._read("costs")["cost"]}

    @cached_property
    def hardware(self) -> dict[str, HardwarePrice]:
        """Purchase prices by device id."""
        return {row["device"]: trusted(HardwarePrice, row) for row in self._read("hardware")["hardware"]}

    @cached_property
    def apis(self) -> tuple[ApiPrice, ...]:
        """What hosted APIs ask."""
        return tuple(trusted(ApiPrice, row) for row in self._apis["api"])

    @cached_property
    def api_source(self) -> Source:
        """Where all API prices come from, and when."""
        return trusted(Source, self._apis["source"])

    def api(self, reference: str) -> ApiPrice:
        """The API price of an id, or of the model's name where one provider alone has it; raises UnknownIdError."""
        wanted = reference.strip().lower()
        found = [price for price in self.apis if price.id.lower() == wanted]
        found = found or [price for price in self.apis if price.id.lower().partition(":")[2] == wanted]
        if len(found) == 1:
            return found[0]
        alike = tuple(price.id for price in found) or near(wanted, {p.id.lower(): p.id for p in self.apis})
        raise UnknownIdError("API price", reference, alike[:5])

    @cached_property
    def _apis(self) -> dict[str, Any]:
        return self._read("api")

    def _read(self, name: str) -> dict[str, Any]:
        return tomli.loads((self._folder / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def shipped_prices() -> PriceBook:
    """The prices that come with roofrack."""
    return PriceBook(Path(roofrack_presets.__file__).parent / "prices")
