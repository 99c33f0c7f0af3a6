"""How fast: the time of one engine step as a sum of named terms, and what a load makes of it."""

from roofrack.speed.curve import curve

__all__ = ["curve"]
