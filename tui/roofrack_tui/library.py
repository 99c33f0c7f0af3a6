"""Rows of the lists to choose from, made of presets."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from roofrack.catalog import Catalog
from roofrack.domain import Device, Engine, Model
from roofrack.domain.base import version_numbers
from roofrack.memory.weights import active_params, total_params
from roofrack.report.units import params, usd
from roofrack.text import clean


class ModelRow(NamedTuple):
    """A model as the picker shows it.

    Args:
        id: Its id.
        name: Its name.
        params: Total parameters, for people.
        active: Parameters that one token passes, where they are fewer; else empty.
        kind: Kind of attention, shortened.
        sought: What a filter is matched against.
    """

    id: str
    name: str
    params: str
    active: str
    kind: str
    sought: str


_SHORT = {"window": "win", "linear": "lin", "sparse": "dsa"}


def model_row(model: Model) -> ModelRow:
    """The row of one model.

    Args:
        model: A preset.
    """
    kind = "+".join(_SHORT.get(part, part) for part in model.attention_kind.split("+"))
    size = params(model.params_published or total_params(model))
    active = f"A{params(model.active_params_published or active_params(model))}" if model.is_moe else ""
    return ModelRow(model.id, model.name, size, active, kind, " ".join((model.name, model.id, *model.aliases)))


def model_rows(catalog: Catalog) -> tuple[ModelRow, ...]:
    """All models in the catalogue's order.

    Args:
        catalog: The presets.
    """
    return tuple(map(model_row, catalog.models()))


class Pick(NamedTuple):
    """A row of a list that opens on a screen of its own.

    Args:
        id: What choosing it means.
        name: Its name.
        facts: Further columns.
        sought: What a filter is matched against besides the name.
        off: Why it cannot be chosen; empty where it can.
        detail: What it means, in a sentence or two.
    """

    id: str
    name: str
    facts: tuple[str, ...] = ()
    sought: str = ""
    off: str = ""
    detail: str = ""


def device_picks(catalog: Catalog) -> tuple[Pick, ...]:
    """All devices with memory, bandwidth and rent.

    Args:
        catalog: The presets.
    """
    return tuple(map(_device_pick, catalog.devices()))


def _device_pick(device: Device) -> Pick:
    rent = f"{usd(device.rent.usd)}/h" if device.rent else ""
    facts = (f"{device.memory_mib / 1024:,.0f} GiB", f"{device.bandwidth_gb_s:,.0f} GB/s", rent)
    return Pick(
        device.id, device.name, facts, " ".join((device.id, *device.aliases, device.vendor, device.architecture))
    )


def link_picks(catalog: Catalog, *, networks: bool) -> tuple[Pick, ...]:
    """Links inside a node, or networks between nodes.

    Args:
        catalog: The presets.
        networks: Whether networks are wanted.
    """
    found = [link for link in catalog.links() if (link.kind == "network") == networks]
    return tuple(Pick(link.id, link.name, (f"{link.gb_s_per_direction:,g} GB/s",), link.id) for link in found)


def engine_picks(catalog: Catalog, device: Device) -> tuple[Pick, ...]:
    """All engines; those that do not run on a device say so.

    Args:
        catalog: The presets.
        device: The rack's device.
    """
    return tuple(
        Pick(e.id, e.name, (), e.id, "" if device.vendor in e.vendors else f"does not run on {device.name}")
        for e in catalog.engines()
    )


def engine_versions(engine: Engine) -> tuple[str, ...]:
    """Versions that differ for the planner, oldest first: where a profile begins, and the newest.

    Args:
        engine: The engine.
    """
    return tuple(sorted({*(profile.since for profile in engine.profiles), engine.default_version}, key=version_numbers))


def version_picks(engine: Engine) -> tuple[Pick, ...]:
    """Versions of an engine, newest first.

    Args:
        engine: The engine.
    """
    dates = {profile.since: profile.date for profile in engine.profiles}
    return tuple(
        Pick(version, f"{engine.name} {version}", (dates.get(version, ""),))
        for version in reversed(engine_versions(engine))
    )


def scenario_picks(catalog: Catalog, folder: Path) -> tuple[Pick, ...]:
    """Ready scenarios, the user's own, and files saved since the catalogue was opened.

    Args:
        catalog: The presets.
        folder: Where scenarios are saved.
    """
    ready = [(name, catalog.scenario(name)) for name in catalog.scenario_ids()]
    known = {name for name, _ in ready}
    saved = [path for path in sorted(folder.glob("*.toml")) if clean(path.stem, limit=100) not in known]
    return (
        *(
            Pick(
                f"ready:{name}",
                spec.title or name,
                sought=f"{name} {spec.model} {spec.rack.device}",
                detail=spec.story[0]
                if spec.story
                else f"{spec.model} on {spec.rack.gpus_per_node}x {spec.rack.device}",
            )
            for name, spec in ready
        ),
        *(Pick(str(path), clean(path.stem), ("saved",)) for path in saved),
    )
