"""Axes: values to positions and back, round ticks, and numbers as short text."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

NumberStyle = Literal["si", "plain", "seconds"]

_SI = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))


class Scale(NamedTuple):
    """A map between values and the interval 0…1, linear or logarithmic.

    Args:
        low: Value at position 0.
        high: Value at position 1, above ``low``.
        log: Whether positions follow the logarithm; both ends are then positive.
    """

    low: float
    high: float
    log: bool = False

    def position(self, value: float) -> float:
        """Return where ``value`` lies, 0 at ``low`` and 1 at ``high``; outside values lie outside."""
        if self.log:
            if value <= 0:
                return -math.inf
            return (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        return (value - self.low) / (self.high - self.low)

    def value(self, position: float) -> float:
        """Return the value at ``position``, the inverse of `position`."""
        if self.log:
            return float(self.low * (self.high / self.low) ** position)
        return self.low + (self.high - self.low) * position

    def ticks(self, most: int) -> list[float]:
        """Return at most ``most`` round values inside the scale: 1, 2 or 5 times a power of ten."""
        if most < 1:
            return []
        if self.log and self.high / self.low >= 10:
            return self._decades(most)
        step = nice_step((self.high - self.low) / most)
        while True:
            first = math.ceil(self.low / step - 1e-9)
            last = math.floor(self.high / step + 1e-9)
            if last - first < most:
                return [index * step for index in range(first, last + 1)]
            step = nice_step(step * 1.5)

    def _decades(self, most: int) -> list[float]:
        first = math.ceil(math.log10(self.low) - 1e-9)
        last = math.floor(math.log10(self.high) + 1e-9)
        for multiples in ((1, 2, 5), (1, 3), (1,)):
            ticks = [m * 10.0**e for e in range(first - 1, last + 1) for m in multiples]
            ticks = [t for t in ticks if self.low * (1 - 1e-9) <= t <= self.high * (1 + 1e-9)]
            if len(ticks) <= most:
                return ticks
        every = math.ceil((last - first + 1) / most)
        return [10.0**e for e in range(first, last + 1, every)]


def nice_step(rough: float) -> float:
    """Return the smallest of 1, 2, 2.5 or 5 times a power of ten that is not below ``rough``."""
    if not rough > 0 or math.isinf(rough):
        return 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    for multiple in (1.0, 2.0, 2.5, 5.0, 10.0):
        if multiple * power >= rough * (1 - 1e-9):
            return multiple * power
    return 10.0 * power


def powers_of_two(low: float, high: float) -> list[float]:
    """Return the powers of two from ``low`` to ``high``."""
    first = math.ceil(math.log2(low) - 1e-9)
    last = math.floor(math.log2(high) + 1e-9)
    return [2.0**exponent for exponent in range(first, last + 1)]


def short_count(value: float) -> str:
    """Return a power of two as on a concurrency axis: 512, 1k, 2k, 1M."""
    for size, suffix in ((2.0**30, "G"), (2.0**20, "M"), (2.0**10, "k")):
        if value >= size and value % size == 0:
            return f"{value / size:g}{suffix}"
    return f"{value:g}"


def read_out(value: float, style: NumberStyle) -> str:
    """Return ``value`` as words beside a chart have it: `2,166`, `35.3`, `32 ms`, `386 ms`, `1.1 s`; with SI prefixes from a million.

    Args:
        value: A finite number.
        style: As for `number`.
    """
    if style == "seconds":
        text = number(value, style, 3 if 0.1 <= value < 1 else 2)
        digits = text.rstrip("mµns")
        return f"{digits} {text[len(digits) :]}".rstrip()
    if style == "si" and 999.5 <= abs(value) < 999_999.5:
        return f"{value:,.0f}"
    return number(value, style)


def number(value: float, style: NumberStyle = "si", digits: int = 3) -> str:
    """Return ``value`` as short text.

    Args:
        value: A finite number.
        style: ``"si"`` 1.2k, ``"plain"`` 1,200, ``"seconds"`` 120ms.
        digits: Significant digits.
    """
    if not math.isfinite(value):
        return "–"
    if style == "plain":
        rounded = _round(value, digits)
        return f"{rounded:,.0f}" if abs(rounded) >= 10 ** (digits - 1) else f"{rounded:g}"
    text, suffix = _scaled(value, digits)
    if style == "si":
        return text + suffix
    return text + ("s" if value == 0 or abs(value) >= 1 else suffix + "s")


def _scaled(value: float, digits: int) -> tuple[str, str]:
    rounded = _round(value, digits)
    if rounded == 0:
        return "0", ""
    for size, suffix in _SI:
        if abs(rounded) >= size:
            return f"{_round(rounded / size, digits):g}", suffix
    return f"{rounded:.0e}", ""


def _round(value: float, digits: int) -> float:
    if value == 0 or not math.isfinite(value):
        return 0.0
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))
