"""Devices that were reported, each with the preset it is."""

from __future__ import annotations

import re
from typing import NamedTuple

from roofrack.catalog import Catalog
from roofrack.detect.programs import Reported, reported
from roofrack.domain.device import Device
from roofrack.domain.scenario import RackSpec

_VENDOR = re.compile(r"^(?:NVIDIA|AMD|Intel\(R\)|Advanced Micro Devices, Inc\.)\s+", re.IGNORECASE)
_MOUNTED = re.compile(r"\s+(?:OAM|HBM3e?|with Radeon Graphics)$", re.IGNORECASE)
_PREFIXES = {
    "nvidia": ("NVIDIA ", "Tesla ", "Quadro "),
    "amd": ("AMD ", "AMD Instinct ", "AMD Radeon "),
    "apple": (),
    "cpu": (),
}
_NEAR = 0.12
"""How far the memory of a preset may be from that reported, as a fraction, so that it is still taken for the device."""


class DetectedDevice(NamedTuple):
    """A device of this machine.

    Args:
        reported: What its driver says.
        preset: The preset; None where none has the name.
    """

    reported: Reported
    preset: Device | None


def detect(catalog: Catalog, found: tuple[Reported, ...] | None = None) -> tuple[DetectedDevice, ...]:
    """The devices of this machine, with the presets of their names.

    Args:
        catalog: Where the names are looked up.
        found: What was reported; None asks the drivers' programs.
    """
    rows = reported() if found is None else found
    return tuple(DetectedDevice(row, preset_of(row, catalog)) for row in rows)


def preset_of(row: Reported, catalog: Catalog) -> Device | None:
    """The preset that a driver's name means; where several share it, the one with that memory.

    Args:
        row: What the driver says.
        catalog: Where it is looked up.
    """
    known: dict[str, list[Device]] = {}
    for device in catalog.devices():
        if device.vendor == row.vendor:
            for name in device.driver_names:
                known.setdefault(name.lower(), []).append(device)
    for name in _spellings(row):
        fitting = [device for device in known.get(name.lower(), ()) if _has_memory(device, row.memory_mib)]
        if fitting:
            return min(fitting, key=lambda device: abs(device.memory_mib - (row.memory_mib or device.memory_mib)))
    return None


def _spellings(row: Reported) -> tuple[str, ...]:
    """The name as reported, without and with what drivers of other ages put around it."""
    bare = _VENDOR.sub("", row.name)
    short = _MOUNTED.sub("", bare)
    return tuple(
        dict.fromkeys(
            (row.name, bare, short, *(f"{prefix}{one}" for one in (bare, short) for prefix in _PREFIXES[row.vendor]))
        )
    )


def _has_memory(device: Device, memory_mib: int | None) -> bool:
    if memory_mib is None or device.unified_memory:  # a Mac's or a server's is whatever was bought
        return True
    return abs(device.memory_mib - memory_mib) <= _NEAR * device.memory_mib


def rack_of(devices: tuple[DetectedDevice, ...]) -> RackSpec | None:
    """The rack that these devices are; None where one is not known or they are not all alike.

    Args:
        devices: What was detected.
    """
    presets = {device.preset.id for device in devices if device.preset}
    if len(presets) != 1 or any(device.preset is None for device in devices):
        return None
    return RackSpec(device=presets.pop(), gpus_per_node=len(devices))
