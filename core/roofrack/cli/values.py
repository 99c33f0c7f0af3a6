"""Values of arguments: read, checked, and refused in words."""

from __future__ import annotations

import argparse


def count(text: str) -> int:
    """A whole number from 1 on; the domain knows the upper ends."""
    try:
        value = int(text.replace("_", ""))
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a whole number") from None
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {value}")
    return value


def counts(text: str) -> tuple[int, ...]:
    """Whole numbers with commas between them."""
    return tuple(count(part.strip()) for part in text.split(","))


def positive(text: str) -> float:
    """A finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a number") from None
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be above 0, not {text[:40]}")
    return value


def words(text: str) -> tuple[str, ...]:
    """Ids with commas between them."""
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not found:
        raise argparse.ArgumentTypeError("names nothing")
    return found


def price(text: str) -> tuple[str, float]:
    """A GPU and what one costs an hour: `h100-sxm5-80gb=2.49`."""
    device, separator, usd = text.rpartition("=")
    if not separator or not device.strip():
        raise argparse.ArgumentTypeError(f"'{text[:60]}' is not a price: write GPU=USD")
    return device.strip(), positive(usd)
