"""Where sliders, steppers and the cursor may stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from roofrack.domain import Engine, KvFormat, Scenario, WeightsFormat
from roofrack.results import Plan
from roofrack.runnable import runs, runs_kv
from roofrack_tui.raster.slider import Stop

USERS = tuple(sorted({1, 2, 3, *(2**n for n in range(2, 17)), *(3 * 2**n for n in range(1, 15))}))
"""Concurrencies that keys go to: powers of two and the middles between them."""

TOKENS = tuple(2**n for n in range(4, 21))
GPUS = (1, 2, 4, 8, 16, 32, 64, 72)
"""GPUs of a node as they are sold, which tensor parallelism divides by; any other number can be typed."""

NODES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
DEGREES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 64)
FRACTIONS = tuple(range(50, 100, 5))
"""Percent of device memory for the engine."""

_USUAL_BITS = ((7.5, 9.0), (4.0, 5.0))
"""Ranges of bits in which every engine has a format."""


def cursor_stops(plan: Plan) -> tuple[int, ...]:
    """Concurrencies that the cursor may stand on: all of `USERS` that the charts show, and where it is.

    Args:
        plan: The plan.
    """
    at = plan.scenario.workload.concurrency
    last = plan.curve[-1].concurrency if plan.curve else max(64, at)
    return tuple(sorted({*(n for n in USERS if n <= last), at}))


def weights_stops(scenario: Scenario, formats: tuple[WeightsFormat, ...]) -> tuple[Stop, ...]:
    """The slider of weights formats, high precision first.

    It has what the engine loads, and marked as off what people look for and cannot have: the model's own format, and the 8- and
    4-bit format of other engines.

    Args:
        scenario: The present scenario.
        formats: All formats.
    """
    engine, device, model = scenario.engine, scenario.rack.device, scenario.model
    ladder = sorted((f for f in formats if f.slider_rank is not None), key=lambda f: f.slider_rank or 0)
    native = {f.id for f in formats if f.keeps(model.native_weights) and engine.id in f.engines}
    wanted = {scenario.weights.id, *(native or {model.native_weights}), *_elsewhere(engine, ladder)}
    shown = [f for f in ladder if engine.id in f.engines or f.id in wanted]
    shown += [f for f in formats if f.slider_rank is None and f.id in wanted]
    shown.sort(key=lambda f: (-round(f.bits), f.slider_rank is None, f.slider_rank or 0))
    return tuple(Stop(f.id, f.id, runs(f, engine, device, model) or "") for f in shown)


def kv_stops(scenario: Scenario, formats: tuple[KvFormat, ...]) -> tuple[Stop, ...]:
    """The slider of KV formats, most bits first: what the engine has, and marked as off the 8- and 4-bit format of other engines.

    Args:
        scenario: The present scenario.
        formats: All formats.
    """
    engine, device = scenario.engine, scenario.rack.device
    wanted = {scenario.kv.id, *_elsewhere(engine, formats)}
    shown = [f for f in formats if engine.id in f.engines or f.id in wanted]
    shown.sort(key=lambda f: -f.bits)
    return tuple(Stop(f.id, f.id, runs_kv(f, engine, device, scenario.model) or "") for f in shown)


def _elsewhere(engine: Engine, formats: Sequence[WeightsFormat | KvFormat]) -> Iterator[str]:
    """Of the formats that only other engines have, the first of each precision that everybody offers: more would crowd the slider."""
    others = [f for f in formats if engine.id not in f.engines]
    for low, high in _USUAL_BITS:
        first = next((f.id for f in others if low <= f.bits < high), None)
        if first is not None:
            yield first
