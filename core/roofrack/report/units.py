"""Numbers for people: one way to write each quantity."""

from __future__ import annotations

from collections.abc import Callable

from roofrack.results import Band

_GIB = 2**30


def gib(value: float) -> str:
    """Bytes as GiB: `16.9`."""
    return f"{value / _GIB:,.1f}"


def params(value: float) -> str:
    """A parameter count: `70.6B`, `494M`, `1.03T`."""
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M")):
        if value >= size:
            scaled = value / size
            return f"{scaled:.3g}{letter}" if scaled < 100 else f"{scaled:.0f}{letter}"
    return f"{value:,.0f}"


def duration(seconds: float) -> str:
    """A time: `2.5 µs`, `7.2 ms`, `38 ms`, `1.2 s`, `4 min`."""
    if 0 < seconds < 1e-4:
        return f"{seconds * 1e6:.2g} µs"
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 100:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:,.0f} h"


UNITS_IN_A_SECOND = {"µs": 1e6, "ms": 1e3, "s": 1.0, "min": 1 / 60, "h": 1 / 3600}
"""Units of a time as `duration` chooses them."""


def duration_ends(band: Band) -> str:
    """The ends of a band of times in the unit of its middle: `161 to 698 ms`, `59 to 93 s`."""
    unit = duration(band.mid).rpartition(" ")[2]
    low, high = (end * UNITS_IN_A_SECOND[unit] for end in (band.low, band.high))
    return f"{two_digits(low)} to {two_digits(high)} {unit}"


def two_digits(value: float) -> str:
    """Two digits, or all of them before the point."""
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 0.995 else f"{value:.2g}"


def rate(value: float) -> str:
    """A rate: `0.38`, `38.2`, `1,840`."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def steady_rate(value: float) -> str:
    """A rate in a column of others, always with three digits: `0.380`, `57.0`, `1,840`."""
    return rate(value) if value >= 99.95 or value < 0.01 else f"{value:#.3g}"


def times(factor: float) -> str:
    """How many times: `1.1`, `12`, `7,700,000`."""
    return f"{factor:.2g}" if factor < 100 else f"{factor:,.0f}"


def usd(value: float) -> str:
    """A price: `$0.031`, `$1.12`, `$32`."""
    if value >= 0.1:
        return f"${value:,.0f}" if value >= 100 else f"${value:,.2f}"
    return f"${value:#.3g}" if value >= 1e-4 else f"${value:.3g}"


def percent(share: float) -> str:
    """A share, to three digits: `45 %`, `0.1 %`, `1,234 %`."""
    return f"{share * 100:,.3g} %" if share < 10 else f"{share * 100:,.0f} %"


def whole_percent(share: float) -> str:
    """A share to a percent: `45 %`, `0 %`."""
    return f"{share * 100:,.0f} %"


def deviation(share: float) -> str:
    """How far off something is, to a percent: `+13 %`, `0 %`.

    Args:
        share: Of what it should be; below 0 where it is less.
    """
    whole = round(share * 100)
    return f"{whole:+,d} %" if whole else "0 %"


def counted(number: int, noun: str) -> str:
    """A number of things: `1 node`, `3 nodes`, `2 replicas of 4 nodes`."""
    thing, of, rest = noun.partition(" of ")
    return f"{number:,} {thing}{'' if number == 1 else 's'}{of}{rest}"


def banded(band: Band, write: Callable[[float], str] = duration) -> str:
    """A value with its band: `26 ms (23 ms to 30 ms)`."""
    return f"{write(band.mid)} ({write(band.low)} to {write(band.high)})"
