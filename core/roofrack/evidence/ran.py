"""The catalogue as measurements need it: what was measured did run, whatever a planner would advise."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, get_args

from roofrack.catalog.library import Catalog
from roofrack.catalog.own import user_preset_directory
from roofrack.domain.device import Device, Link
from roofrack.domain.engine import Engine
from roofrack.domain.formats import KvFormat, Vendor, WeightsFormat
from roofrack.domain.model import Model
from roofrack.evidence.engines import STAND_INS
from roofrack.runnable import as_kept_by

_ANY_BITS = re.compile(r"(?P<family>exl[23])-(?P<bits>\d(?:\.\d{1,2})?)|mlx-(?P<mlx>\d)bit")
_T = TypeVar("_T")
_ANY_VENDOR: tuple[Vendor, ...] = get_args(Vendor)


class Ran(Catalog):
    """A catalogue in which nothing is refused for its engine, its vendor or its compute capability.

    Args:
        base: Whose presets it shows.
    """

    def __init__(self, base: Catalog) -> None:
        super().__init__(user_preset_directory())
        self._base = base
        self._widened: dict[tuple[str, str], object] = {}

    def model(self, reference: str) -> Model:
        """As in the base; raises UnknownIdError."""
        return self._base.model(reference)

    def knows_model(self, reference: str) -> bool:
        """As in the base."""
        return self._base.knows_model(reference)

    def device(self, reference: str) -> Device:
        """As in the base; raises UnknownIdError."""
        return self._base.device(reference)

    def link(self, reference: str) -> Link:
        """As in the base; raises UnknownIdError."""
        return self._base.link(reference)

    def engine(self, reference: str) -> Engine:
        """The engine, or one made of what stands in for it; raises UnknownIdError."""
        return self._once("engine", reference, self._engine)

    def weights_format(self, reference: str) -> WeightsFormat:
        """The weights format, for every engine and device; raises UnknownIdError."""
        return self._once("weights", reference, self._weights_format)

    def kept_by(self, engine: str, reference: str) -> str:
        """Id of the format in which an engine keeps the values of one; raises UnknownIdError.

        Args:
            engine: Who really ran it.
            reference: The format as written.
        """
        return as_kept_by(engine, self._named(reference), self._base.weights_formats).id

    def kv_format(self, reference: str) -> KvFormat:
        """The KV format, for every engine and device; raises UnknownIdError."""
        return self._once("kv", reference, self._kv_format)

    def _once(self, kind: str, reference: str, make: Callable[[str], _T]) -> _T:
        key = (kind, reference)
        if key not in self._widened:
            self._widened[key] = make(reference)
        return self._widened[key]  # type: ignore[return-value]

    def _engine(self, reference: str) -> Engine:
        stand_in = STAND_INS.get(reference)
        base = self._base.engine(stand_in.base if stand_in else reference)
        anywhere = replace(base, vendors=_ANY_VENDOR, min_compute_capability=None, default_weights=())
        if stand_in is None:
            return anywhere
        profile = replace(base.profile(stand_in.version), since="0")
        return replace(anywhere, id=reference, name=reference, aliases=(), profiles=(profile,))

    def _weights_format(self, reference: str) -> WeightsFormat:
        return replace(
            self._named(reference),
            engines=self._all_engines(),
            vendors=_ANY_VENDOR,
            needs_rate=(),
            min_compute_capability=None,
            max_compute_capability=None,
        )

    def _named(self, reference: str) -> WeightsFormat:
        """A format by name; exl2 and MLX come in any number of bits, of which only some have a row."""
        if found := _ANY_BITS.fullmatch(reference.lower()):
            family, bits = found["family"] or "mlx", float(found["bits"] or found["mlx"])
            known = self._base.weights_format(f"{family}-4.0" if family != "mlx" else "mlx-4bit")
            if 1 <= bits <= 16:
                return replace(known, id=reference, bits=bits + known.bits - 4)
        return self._base.weights_format(reference)

    def _kv_format(self, reference: str) -> KvFormat:
        found = self._base.kv_format(reference)
        return replace(found, engines=self._all_engines(), vendors=_ANY_VENDOR, min_compute_capability=None)

    def _all_engines(self) -> tuple[str, ...]:
        return (*self._base.engine_ids(), *STAND_INS)
