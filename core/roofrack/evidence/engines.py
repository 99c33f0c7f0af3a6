"""Engines as measured: which version ran when, and what stands in for engines that roofrack does not plan."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import tomli

import roofrack_presets
from roofrack.domain.base import version_numbers

_PLAIN = re.compile(r"[bv]?(\d{1,6}(?:\.\d{1,6}){0,4})")
_WEEKS_BEHIND_DAYS = 30
"""A published run used a version that had been out for about a month."""

FORKS = {
    "1cat-vllm": "vllm",
    "vllm-tpu": "vllm",
    "ctransformers": "llama.cpp",
    "optimum-nvidia": "trtllm",
    "nim": "trtllm",
}
"""Programs that serve through a planned engine; their own version numbers say nothing about it."""


class StandIn(NamedTuple):
    """How an engine that is measured but not planned divides memory and forms steps.

    Args:
        base: The planned engine whose memory policy and batching come nearest.
        version: Of which version.
        like: Whose speed constants to take where the calibration has none of its own, best first.
    """

    base: str
    version: str
    like: tuple[str, ...]


# A library that runs one batch at a time keeps no pool: like llama.cpp, it holds the cache of what was asked.
_LIBRARY = StandIn("llama.cpp", "9100", ("transformers", "llama.cpp"))
STAND_INS = {
    "lmdeploy": StandIn("vllm", "0.5", ("vllm",)),
    "tgi": StandIn("vllm", "0.10", ("vllm",)),
    "deepspeed-mii": StandIn("vllm", "0.2", ("vllm",)),
    "exllamav2": StandIn("llama.cpp", "9100", ("llama.cpp",)),
    "exllama": StandIn("llama.cpp", "9100", ("exllamav2", "llama.cpp")),
    "mlc": StandIn("llama.cpp", "9100", ("llama.cpp",)),
    "ctranslate2": StandIn("llama.cpp", "9100", ("lmdeploy", "llama.cpp")),
    "transformers": StandIn("llama.cpp", "9100", ("llama.cpp",)),
    "autoawq": _LIBRARY,
    "autogptq": _LIBRARY,
    "litgpt": _LIBRARY,
    "onnxruntime": _LIBRARY,
}


def engine_name(written: str) -> str:
    """The engine that really ran: without `other:`, and the planned engine where a program serves through one.

    Args:
        written: As in the `engine` column.
    """
    name = written.strip().lower().removeprefix("other:")
    return FORKS.get(name, name)


def plain_version(written: str) -> str:
    """The numbers of a version: `0.19.1rc1.dev339` → `0.19.1`, `b9187` → `9187`; empty where there are none.

    Args:
        written: As a source gives it.
    """
    found = _PLAIN.match(written.strip())
    return found[1] if found else ""


def version_at(engine: str, date: str) -> str:
    """The version that a run published on a date had most likely used; empty for engines without release dates.

    Args:
        engine: Engine id.
        date: As fine as known; empty takes the newest.
    """
    releases = _releases().get(engine, ())
    if not releases:
        return ""
    day = _days(date) - _WEEKS_BEHIND_DAYS
    out = [version for version, released in releases if released <= day]
    return out[-1] if out else releases[0][0]


def date_of(engine: str, version: str) -> str:
    """When a version came out, of engines with release dates; empty otherwise.

    Args:
        engine: Engine id.
        version: A plain version.
    """
    dates = _release_dates().get(engine, {})
    reached = [date for since, date in dates.items() if version_numbers(since) <= version_numbers(version)]
    return reached[-1] if reached else ""


def followed_on(engine: str, version: str) -> str:
    """When the next version with a known date came out, so that a version is surely no younger; empty for the newest.

    Args:
        engine: Engine id.
        version: A plain version.
    """
    later = (
        date
        for since, date in _release_dates().get(engine, {}).items()
        if version_numbers(since) > version_numbers(version)
    )
    return next(later, "")


def _days(date: str) -> float:
    """A date as days; one that is known to the month or year stands for its middle, an unknown one for the end of time."""
    parts = [int(part) for part in re.findall(r"\d+", date)[:3]]
    if not parts or parts[0] < 1000:
        return math.inf
    month = parts[1] if len(parts) > 1 else 6.5
    day = parts[2] if len(parts) > 2 else 15
    return parts[0] * 365.25 + (month - 1) * 30.44 + day


@lru_cache(maxsize=1)
def _release_dates() -> dict[str, dict[str, str]]:
    path = Path(roofrack_presets.__file__).with_name("releases.toml")
    table = tomli.loads(path.read_text(encoding="utf-8"))
    return {engine: dates for engine, dates in table.items() if engine != "source"}


@lru_cache(maxsize=1)
def _releases() -> dict[str, tuple[tuple[str, float], ...]]:
    return {
        engine: tuple((version, _days(date)) for version, date in dates.items())
        for engine, dates in _release_dates().items()
    }
