"""The configuration file of this process, read once; what is wrong with it is said on stderr, once."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from roofrack.catalog import Catalog
from roofrack.config import Config, Table, config_path, read_config
from roofrack.errors import InputError


def configuration(catalog: Catalog) -> Config:
    """The configuration file.

    Args:
        catalog: Where the ids that it names are looked up.
    """
    return _read(config_path(os.environ), catalog)


@lru_cache(maxsize=1)
def _read(path: Path, catalog: Catalog) -> Config:
    def start_problems(tables: Mapping[str, Table]) -> list[str]:
        return [problem for name, value in tables.get("start", {}).items() if (problem := _unknown(name, value))]

    def _unknown(name: str, value: str) -> str:
        try:
            _look_up(name, value, catalog)
        except InputError as error:
            return f"start.{name}: {error}"
        return ""

    config = read_config(path, start_problems, _app_problems)
    if config.complaint:
        print(f"roofrack: {config.complaint}", file=sys.stderr)
    return config


def _look_up(name: str, value: str, catalog: Catalog) -> None:
    from roofrack.cli import options
    from roofrack.resolve import resolve_model

    if name == "scenario":
        options.ready_scenario(value, catalog)
    elif name == "model":
        resolve_model(value, catalog)
    elif name == "rack":
        catalog.device(options.rack_spec(value, options.DEFAULT_RACK).device)
    elif name == "engine":
        catalog.engine(value.partition("@")[0])


def _app_problems(tables: Mapping[str, Table]) -> list[str]:
    """What the app's own module says, asked by name and only where there is something to ask about."""
    if not tables.get("keys") and "theme" not in tables.get("display", {}):
        return []
    check: Any = import_module("roofrack_tui.config_check")
    found: list[str] = check.config_problems(tables)
    return found
