"""Profiles of a person's own measurements: small files beside their presets."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from roofrack.catalog.own import read_toml, user_preset_directory
from roofrack.domain.base import Count, Frozen, NotNegative, Text
from roofrack.domain.calibration import Adjustments
from roofrack.errors import InputError, UnknownIdError

if TYPE_CHECKING:
    from roofrack.catalog import Catalog
    from roofrack.domain.device import Device
    from roofrack.domain.engine import Engine
    from roofrack.domain.model import Model

OWN_BAND_SHARE = 0.5
"""How much of the band's width is left for a configuration with three or more points of its own: half holds 83 % of the other points of
83 published series (`tests/core/evidence/test_calibrate.py` repeats it on some of them)."""

_ENOUGH, _CLOSE = 3, 0.1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Profile(Frozen):
    """What calibrating against own measurements has found.

    Args:
        adjustments: Factors on the effective constants; 1 where a file has none.
        engine: Engine that was measured.
        device: Device that was measured.
        model: Model that was measured.
        weights: Its weights format.
        measurements: How many numbers.
        error_before: Median absolute error of the shipped constants on them, as a fraction.
        error_after: The same with the factors.
        date: When it was made.
    """

    adjustments: Adjustments = Adjustments()
    engine: Text
    device: Text
    model: Text
    weights: Text
    measurements: Count
    error_before: NotNegative
    error_after: NotNegative
    date: Text = ""

    def band_share(self, engine: str, device: str, model: str) -> float:
        """How much of the bands' width is left for a configuration; all of it where another one was measured, or the fit is poor.

        Args:
            engine: Engine id.
            device: Device id.
            model: Model id.
        """
        same = (self.engine, self.device, self.model) == (engine, device, model)
        return OWN_BAND_SHARE if same and self.measurements >= _ENOUGH and self.error_after <= _CLOSE else 1.0


class ProfileNames(NamedTuple):
    """What a profile was made on, by names as people write them."""

    engine: str
    device: str
    model: str


def names_of(profile: Profile, catalog: Catalog) -> ProfileNames:
    """The names of what a profile was made on; an id where no preset has it any more.

    Args:
        profile: The profile.
        catalog: Where ids are looked up.
    """

    def name(find: Callable[[str], Engine | Device | Model], wanted: str) -> str:
        try:
            return find(wanted).name
        except InputError:
            return wanted

    return ProfileNames(
        name(catalog.engine, profile.engine), name(catalog.device, profile.device), name(catalog.model, profile.model)
    )


def profile_directory() -> Path:
    """Where profiles are: `profiles` in roofrack's configuration directory."""
    return user_preset_directory().with_name("profiles")


def profile_names() -> tuple[str, ...]:
    """Names of all saved profiles."""
    try:
        return tuple(sorted(path.stem for path in profile_directory().glob("*.toml")))
    except OSError:
        return ()


def load_profile(name: str) -> Profile:
    """Read a saved profile.

    Args:
        name: Its name.

    Raises:
        InputError: There is none of that name, or its file is wrong; it names the key.
    """
    path = _path(name)
    if not path.is_file():
        from roofrack.catalog.near import near

        names = profile_names()
        raise UnknownIdError("profile", name, near(name, {one.lower(): one for one in names}) or names)
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(path: Path, _changed_ns: int) -> Profile:
    from roofrack.validation import validated

    return validated(Profile, read_toml(path), str(path))


def save_profile(name: str, profile: Profile) -> Path:
    """Write a profile, whole or not at all; one of the same name is replaced.

    Args:
        name: Its name.
        profile: What to write.

    Raises:
        InputError: The name cannot be a file's, or the file cannot be written.
    """
    from roofrack.files import write_whole
    from roofrack.report.scenario_toml import dump_table

    path = _path(name)
    head = (
        "# A roofrack profile, made by `roofrack calibrate`: factors on the speed model's constants for this machine.\n"
    )
    write_whole(path, head + dump_table(profile))
    return path


def _path(name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise InputError(f"profile: '{name}' cannot be a name", "use letters, digits and . _ -, at most 64")
    return profile_directory() / f"{name}.toml"
