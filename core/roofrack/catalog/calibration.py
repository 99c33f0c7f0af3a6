"""The shipped constants of the speed model."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import tomli

import roofrack_presets
from roofrack.domain.calibration import Calibration
from roofrack.validation import trusted


@lru_cache(maxsize=1)
def shipped_calibration() -> Calibration:
    """The constants of the speed model as shipped, from `calibration.toml`."""
    path = Path(roofrack_presets.__file__).with_name("calibration.toml")
    return trusted(Calibration, tomli.loads(path.read_text(encoding="utf-8")))
