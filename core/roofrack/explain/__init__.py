"""Why a number is what it is: formula in words and symbols, values with units, source of each constant, width of the band."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from roofrack.errors import InputError
from roofrack.explain import memory, money, speed
from roofrack.explain.derivation import Derivation, Line
from roofrack.results import Plan

if TYPE_CHECKING:
    from roofrack.evidence.predict import Predictor

_OF_MEMORY: tuple[Callable[[Plan], Derivation], ...] = (
    memory.weights_bytes,
    memory.kv_bytes_per_token,
    memory.kv_capacity_tokens,
    memory.max_concurrency,
    money.usd_per_hour,
)
_OF_SPEED: tuple[Callable[[Plan], Derivation], ...] = (
    speed.ttft_s,
    speed.tpot_s,
    speed.tokens_per_s_per_user,
    speed.e2e_latency_s,
    speed.requests_per_s,
    speed.output_tokens_per_s,
    money.usd_per_million_output_tokens,
)
_DERIVE = {derive.__name__: derive for derive in (*_OF_MEMORY, *_OF_SPEED)}
_NEEDS_FIT = tuple(derive.__name__ for derive in _OF_SPEED)

NUMBERS = tuple(_DERIVE)
"""Names of the numbers that can be explained."""

__all__ = ["NUMBERS", "Derivation", "Line", "explain"]


def explain(plan: Plan, number: str | None = None) -> tuple[Derivation, ...]:
    """Derive the numbers of a plan.

    Args:
        plan: The plan.
        number: Only this one; None derives all.

    Raises:
        InputError: There is no such number, or the plan does not fit and has none.
    """
    if number is not None and number not in NUMBERS:
        raise InputError(f"number: '{number}' cannot be explained", f"choose one of {', '.join(NUMBERS)}")
    wanted = (number,) if number else NUMBERS
    if plan.at is None:
        if number in _NEEDS_FIT:
            raise InputError(f"number: {number} needs a plan that fits", plan.memory.reason or "")
        wanted = tuple(name for name in wanted if name not in _NEEDS_FIT)
    # Measurements are read when somebody asks why: `import roofrack` and the app's start do without.
    from roofrack.evidence.predict import Predictor

    predictor = Predictor()
    return tuple(_DERIVE[name](plan)._replace(nearest=_nearest(plan, name, predictor)) for name in wanted)


def _nearest(plan: Plan, number: str, predictor: Predictor) -> str:
    """The nearest measurement of a number in a line."""
    from roofrack.evidence.nearest import NUMBERS as METRICS_OF
    from roofrack.evidence.nearest import evidence_for, nothing_near
    from roofrack.report.evidence import evidence_line

    metrics = METRICS_OF.get(number)
    if metrics is None:
        return ""
    found = evidence_for(plan, metrics=metrics, most=1, predictor=predictor)
    return evidence_line(found[0]) if found else nothing_near(plan, metrics)
