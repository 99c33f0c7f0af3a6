"""The size that a model goes by: the 70 of "Llama 3.1 70B", which is what people put into rules of thumb."""

from __future__ import annotations

import re

from roofrack.domain.model import Model
from roofrack.memory.weights import total_params

_SIZE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)([MBT])\b")
_UNITS = {"M": 1e6, "B": 1e9, "T": 1e12}
_FAR = 0.15
"""A number in the name that is further than this from the real count means something else (experts, active parameters)."""


def nominal_params(model: Model) -> float:
    """Parameters as the model's name says them; the real count, rounded to three figures, where the name does not.

    Args:
        model: Any model.
    """
    total = total_params(model)
    for number, unit in _SIZE.findall(model.name):
        named = float(number) * _UNITS[unit]
        if abs(named / total - 1) <= _FAR:
            return named
    return float(f"{total:.3g}")
