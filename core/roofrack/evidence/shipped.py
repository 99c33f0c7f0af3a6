"""The measurements that ship, read when somebody asks."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import roofrack_presets
from roofrack.errors import UnknownIdError
from roofrack.evidence.measurement import Measurement, read_measurements

SHIPPED = Path(roofrack_presets.__file__).with_name("measurements")


def sources() -> tuple[str, ...]:
    """Names of the shipped files, without ending."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.csv")))


@lru_cache(maxsize=32)
def shipped(source: str) -> tuple[Measurement, ...]:
    """The measurements of one source.

    Args:
        source: Name of the file, without ending.

    Raises:
        UnknownIdError: No such file ships.
    """
    if source not in sources():
        from roofrack.catalog.near import near

        raise UnknownIdError("source of measurements", source, near(source, {name: name for name in sources()}))
    return read_measurements(SHIPPED / f"{source}.csv")


def all_shipped() -> tuple[Measurement, ...]:
    """Every shipped measurement, numbered from 0 across sources."""
    found = (row for source in sources() for row in shipped(source))
    return tuple(row._replace(row=number) for number, row in enumerate(found))
