"""The constants that are fitted: where each stands in the calibration, as one vector."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from roofrack.domain.base import Frozen, version_numbers
from roofrack.domain.calibration import Calibration, Era
from roofrack.domain.scenario import Scenario
from scripts.calibrating.priors import (
    CLASSES,
    CONSUMER_STREAM,
    DEVICE_CLASS,
    ENGINES,
    ERA,
    HBM,
    KERNEL,
    KERNEL_FAMILIES,
    KERNELS,
    KV_READ_BY_ENGINE,
    LINK_WIDTH,
    LINKS,
    MEASURED_FROM,
    MEASURED_UNTIL,
    NEXT_ERA,
    OF_THE_CHIP,
    PHYSICS,
    PREDECESSORS,
    REFERENCE_KERNEL,
    SAME_KERNEL,
    TURNS,
)

Vector = NDArray[np.float64]


class Parameter(NamedTuple):
    """One fitted constant.

    Args:
        table: `physics`, `eras`, `device_classes`, `kernels` or `links`.
        row: Of which row; 0 in `physics`.
        field: Which constant.
        entry: Which entry of `kv_read_by_engine`.
        centre: Prior centre, as it stands in the vector; from the anchor, if there is one.
        width: Prior width.
        anchor: The parameter that the prior leans on.
    """

    table: str
    row: int
    field: str
    entry: int
    centre: float
    width: float
    anchor: int | None = None

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.table}[{self.row}].{self.field}" + (f"[{self.entry}]" if self.entry >= 0 else "")


class Space:
    """All fitted constants as one vector of logarithms.

    Args:
        base: The calibration that supplies rows, keys and whatever is not fitted.
    """

    def __init__(self, base: Calibration) -> None:
        self.base = base
        self.parameters: list[Parameter] = []
        self._place: dict[tuple[str, int, str, int], int] = {}
        for field, (centre, width) in PHYSICS.items():
            self._add("physics", 0, field, _to_vector(field, centre), width)
        self._add_eras()
        rows = {kind.id: row for row, kind in enumerate(base.device_classes)}
        for row, kind in enumerate(base.device_classes):
            for field, width in DEVICE_CLASS.items():
                centre, width = CLASSES.get(kind.id, {}).get(field, (1.0, width))
                like = rows.get(PREDECESSORS.get(kind.id, "")) if field in OF_THE_CHIP else None
                self._add("device_classes", row, field, math.log(centre), width, like=like)
            if kind.id in HBM:
                centre, width = CONSUMER_STREAM
                self._add("device_classes", row, "consumer_stream", math.log(centre), width)
            for entry in range(len(kind.kv_read_by_engine)):
                self._add("device_classes", row, "kv_read_by_engine", 0.0, KV_READ_BY_ENGINE, entry=entry)
        self._add_kernels()
        for row, link in enumerate(base.links):
            known = next((LINKS[name] for name in LINKS if name in link.links), None)
            if known is None and "network" in link.links:
                continue
            latency, share = known or LINKS["pcie"]
            self._add("links", row, "latency_s", math.log(latency), LINK_WIDTH)
            self._add("links", row, "share", math.log(share), LINK_WIDTH)

    def _add(
        self, table: str, row: int, field: str, centre: float, width: float, *, entry: int = -1, like: int | None = None
    ) -> None:
        anchor = None if like is None else self._place[table, like, field, entry]
        self._place[table, row, field, entry] = len(self.parameters)
        self.parameters.append(Parameter(table, row, field, entry, centre, width, anchor))

    def _add_eras(self) -> None:
        before: dict[str, int] = {}
        for row, era in enumerate(self.base.eras):
            like = before.get(era.engine)
            for field, (centre, width) in ERA.items():
                if not _has(era, field):
                    continue
                if like is None or ("eras", like, field, -1) not in self._place:
                    centre, width = ENGINES.get(era.engine, {}).get(field, (centre, width))
                    self._add("eras", row, field, math.log(centre), width)
                    continue
                turn = TURNS.get((era.engine, era.since), {})
                centre, width = turn.get(field, (1.0, NEXT_ERA[field]))
                self._add("eras", row, field, math.log(centre), width, like=like)
            before[era.engine] = row

    def _add_kernels(self) -> None:
        first: dict[tuple[tuple[str, ...], bool], int] = {}
        for row, kernel in enumerate(self.base.kernels):
            like = first.setdefault((kernel.kernels, not kernel.engines or "vllm" in kernel.engines), row)
            own = KERNELS.get(kernel.kernels[0], {})
            known = own | KERNEL_FAMILIES.get(kernel.kernels[0], {})
            for field, width in (KERNEL | {field: width for field, (_, width) in known.items()}).items():
                if REFERENCE_KERNEL in kernel.kernels and field != "moe_layer":
                    continue
                if like == row:
                    centre, width = known.get(field, (1.0, width))
                    self._add("kernels", row, field, math.log(centre), width)
                else:
                    # What is known of the first row is not said of the others.
                    centre = -math.log(own[field][0]) if field in own else 0.0
                    self._add("kernels", row, field, centre, SAME_KERNEL.get(field, width), like=like)

    def vector(self) -> Vector:
        """The constants of the base as a vector."""
        return np.array([_to_vector(p.field, _value(self.base, p)) for p in self.parameters])

    def calibration(
        self, vector: Sequence[float] | Vector, rows: dict[tuple[str, int], int] | None = None
    ) -> Calibration:
        """The calibration that a vector means.

        Args:
            vector: One logarithm for each parameter.
            rows: Measurements behind each row of each table; as in the base if not given.
        """
        changes: dict[tuple[str, int], dict[str, Any]] = {}
        for parameter, x in zip(self.parameters, vector, strict=True):
            row = changes.setdefault((parameter.table, parameter.row), {})
            value = _from_vector(parameter.field, float(x))
            if parameter.entry < 0:
                row[parameter.field] = value
                continue
            entries = row.get("kv_read_by_engine") or self.base.device_classes[parameter.row].kv_read_by_engine
            row["kv_read_by_engine"] = tuple(
                replace(entry, factor=value) if place == parameter.entry else entry
                for place, entry in enumerate(entries)
            )
        for table, number in rows or {}:
            changes.setdefault((table, number), {})["rows"] = (rows or {})[table, number]
        tables: dict[str, Any] = {
            table: tuple(
                replace(row, **changes.get((table, number), {})) for number, row in enumerate(getattr(self.base, table))
            )
            for table in ("eras", "device_classes", "kernels", "links")
        }
        return replace(self.base, physics=replace(self.base.physics, **changes["physics", 0]), **tables)

    def used(self, scenario: Scenario) -> frozenset[tuple[str, int]]:
        """The rows of tables that a scenario's speed depends on.

        Args:
            scenario: Under the engine whose constants serve.
        """
        base, engine, version = self.base, scenario.engine.id, scenario.engine_version
        kind = base.device_class(scenario.rack.device, engine, version)
        families = {scenario.weights.kernel} | ({REFERENCE_KERNEL} if scenario.weights.experts_only else set())
        parallel, rack = scenario.parallel, scenario.rack
        links = []
        if parallel.tp > 1:
            links.append(rack.network if parallel.tp > rack.devices_per_node else rack.link)
        if parallel.pp > 1:
            links.append(rack.network if parallel.devices_per_replica > rack.devices_per_node else rack.link)
        found: list[tuple[str, Frozen]] = [("eras", base.era(engine, version)), ("device_classes", kind)]
        found += [("kernels", base.kernel(family, engine, version, kind.id)) for family in families]
        found += [("links", base.link(link.id, link.kind)) for link in links]
        return frozenset(
            (table, place) for table, row in found if (place := _place(getattr(base, table), row)) is not None
        )

    def uses(self, parameter: Parameter, scenario: Scenario, used: frozenset[tuple[str, int]]) -> bool:
        """Whether a scenario's speed depends on a parameter.

        Args:
            parameter: One of this space.
            scenario: Under the engine whose constants serve.
            used: What `used` says of it.
        """
        if parameter.table == "physics":
            return True
        if (parameter.table, parameter.row) not in used:
            return False
        if parameter.table == "kernels":
            # The plain kernel beside a packed one lends only what is not fitted.
            return self._own_kernel(scenario) == parameter.row
        if parameter.field == "consumer_stream":
            return self.base.era(scenario.engine.id, scenario.engine_version).fp16_accumulate
        if "kv_read" not in parameter.field or parameter.table != "device_classes":
            return True
        own = [e.engine for e in self.base.device_classes[parameter.row].kv_read_by_engine]
        if parameter.entry < 0:
            return scenario.engine.id not in own
        return own[parameter.entry] == scenario.engine.id

    def _own_kernel(self, scenario: Scenario) -> int | None:
        engine, version = scenario.engine.id, scenario.engine_version
        kind = self.base.device_class(scenario.rack.device, engine, version)
        return _place(self.base.kernels, self.base.kernel(scenario.weights.kernel, engine, version, kind.id))

    def prior(self, vector: Vector) -> Vector:
        """How far each parameter is from what is believed of it, in widths.

        Args:
            vector: One logarithm for each parameter.
        """
        believed = [p.centre + (0.0 if p.anchor is None else vector[p.anchor]) for p in self.parameters]
        widths = np.array([p.width for p in self.parameters])
        return np.asarray((vector - np.array(believed)) / widths, dtype=np.float64)

    def prior_slopes(self) -> Vector:
        """Derivatives of `prior`, a square matrix."""
        slopes: Vector = np.diag([1 / p.width for p in self.parameters])
        for row, parameter in enumerate(self.parameters):
            if parameter.anchor is not None:
                slopes[row, parameter.anchor] = -1 / parameter.width
        return slopes

    def believed(self) -> Vector:
        """The vector that the priors alone lead to."""
        found = np.zeros(len(self.parameters))
        for place, parameter in enumerate(self.parameters):
            found[place] = parameter.centre + (0.0 if parameter.anchor is None else found[parameter.anchor])
        return found


def _has(era: Era, field: str) -> bool:
    since = MEASURED_FROM[field].get(era.engine) if field in MEASURED_FROM else era.since
    until = MEASURED_UNTIL.get(field)
    if until is not None and version_numbers(era.since) >= version_numbers(until):
        return False
    return since is not None and version_numbers(era.since) >= version_numbers(since)


def _place(table: Sequence[object], row: object) -> int | None:
    return next((place for place, own in enumerate(table) if own is row), None)


def _value(base: Calibration, parameter: Parameter) -> float:
    table = getattr(base, parameter.table)
    row = table if parameter.table == "physics" else table[parameter.row]
    found = getattr(row, parameter.field)
    return float(found[parameter.entry].factor if parameter.entry >= 0 else found)


def _to_vector(field: str, value: float) -> float:
    return math.log(max(value - 1 if field == "overlap_exponent" else value, 1e-9))


def _from_vector(field: str, x: float) -> float:
    return 1 + math.exp(x) if field == "overlap_exponent" else math.exp(x)
