"""The catalogue as measurements need it: what was measured did run, whatever a planner would advise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, get_args

from roofrack.catalog.library import Catalog
from roofrack.catalog.own import user_preset_directory
from roofrack.domain.engine import Engine
from roofrack.domain.formats import KvFormat, Vendor, WeightsFormat
from roofrack.evidence.engines import STAND_INS

_T = TypeVar("_T")
_ANY_VENDOR: tuple[Vendor, ...] = get_args(Vendor)


class Ran(Catalog):
    """The catalogue for what was measured: nothing is refused for its engine, its vendor or its compute capability.

    Args:
        user_dir: The user's presets; None takes the usual place.
    """

    def __init__(self, user_dir: Path | None = None) -> None:
        super().__init__(user_preset_directory() if user_dir is None else user_dir)
        self._widened: dict[tuple[str, str], object] = {}

    def engine(self, reference: str) -> Engine:
        """The engine, or one made of what stands in for it; raises UnknownIdError."""
        return self._once("engine", reference, self._engine)

    def weights_format(self, reference: str) -> WeightsFormat:
        """The weights format, for every engine and device; raises UnknownIdError."""
        return self._once("weights", reference, self._weights_format)

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
        base = super().engine(stand_in.base if stand_in else reference)
        anywhere = replace(base, vendors=_ANY_VENDOR, min_compute_capability=None, default_weights=())
        if stand_in is None:
            return anywhere
        profile = replace(base.profile(stand_in.version), since="0")
        return replace(anywhere, id=reference, name=reference, aliases=(), profiles=(profile,))

    def _weights_format(self, reference: str) -> WeightsFormat:
        return replace(
            super().weights_format(reference),
            engines=self._all_engines(),
            vendors=_ANY_VENDOR,
            needs_rate=(),
            min_compute_capability=None,
            max_compute_capability=None,
        )

    def _kv_format(self, reference: str) -> KvFormat:
        found = super().kv_format(reference)
        return replace(found, engines=self._all_engines(), vendors=_ANY_VENDOR, min_compute_capability=None)

    def _all_engines(self) -> tuple[str, ...]:
        return (*(engine.id for engine in self.engines()), *STAND_INS)
