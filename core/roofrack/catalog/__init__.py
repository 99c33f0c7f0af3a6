"""The library of presets: shipped facts and the user's own, looked up by id, alias or hub id."""

from roofrack.catalog.library import Catalog, default_catalog, load_catalog

__all__ = ["Catalog", "default_catalog", "load_catalog"]
