"""Where sliders, steppers and the cursor may stand."""

from __future__ import annotations

from roofrack.domain import KvFormat, Scenario, WeightsFormat
from roofrack.results import Plan
from roofrack.runnable import runs, runs_kv
from roofrack_tui.raster import Stop

USERS = tuple(sorted({1, 2, 3, *(2**n for n in range(2, 17)), *(3 * 2**n for n in range(1, 15))}))
"""Concurrencies that keys go to: powers of two and the middles between them."""

TOKENS = tuple(2**n for n in range(4, 21))
GPUS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 32, 36, 64, 72)
NODES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
DEGREES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 64)
FRACTIONS = tuple(range(50, 100, 5))
"""Percent of device memory for the engine."""


def cursor_stops(plan: Plan) -> tuple[int, ...]:
    """Concurrencies that the cursor may stand on: all of `USERS` that the charts show, and where it is.

    Args:
        plan: The plan.
    """
    at = plan.scenario.workload.concurrency
    last = plan.curve[-1].concurrency if plan.curve else max(64, at)
    return tuple(sorted({*(n for n in USERS if n <= last), at}))


def weights_stops(scenario: Scenario, formats: tuple[WeightsFormat, ...]) -> tuple[Stop, ...]:
    """The slider of weights formats that the engine loads, high precision first; what cannot run says why.

    Args:
        scenario: The present scenario.
        formats: All formats.
    """
    engine, device, chosen = scenario.engine, scenario.rack.device, scenario.weights
    shown = [f for f in formats if (f.slider_rank is not None and engine.id in f.engines) or f.id == chosen.id]
    shown.sort(key=lambda f: (f.slider_rank is None, f.slider_rank or 0, -f.bits))
    return tuple(Stop(f.id, f.id, runs(f, engine, device, scenario.model) or "") for f in shown)


def kv_stops(scenario: Scenario, formats: tuple[KvFormat, ...]) -> tuple[Stop, ...]:
    """The slider of KV formats that the engine has, most bits first; what cannot run says why.

    Args:
        scenario: The present scenario.
        formats: All formats.
    """
    engine, device = scenario.engine, scenario.rack.device
    shown = [f for f in formats if engine.id in f.engines or f.id == scenario.kv.id]
    shown.sort(key=lambda f: -f.bits)
    return tuple(Stop(f.id, f.id, runs_kv(f, engine, device, scenario.model) or "") for f in shown)
