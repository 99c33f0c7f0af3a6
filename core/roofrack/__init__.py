"""roofrack: plan the hardware for serving an LLM."""

from roofrack._version import __version__

__all__ = ["__version__"]
