"""Which formats a search tries for a model on a device: the named ones, or those that cost little quality."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, TypeVar

from roofrack.domain.device import Device
from roofrack.domain.engine import Engine
from roofrack.domain.formats import KvFormat, WeightsFormat
from roofrack.domain.model import Model
from roofrack.memory.weights import total_params
from roofrack.runnable import runs, runs_kv
from roofrack.search.request import VERDICTS, Verdict

if TYPE_CHECKING:
    from roofrack.catalog import Catalog

LEAST_KV_BITS = 8
"""Smaller caches are tried only when named: what they cost in quality depends on the task."""

F = TypeVar("F", WeightsFormat, KvFormat)
Refuse = Callable[[str], None]


def weights_choices(
    named: tuple[str, ...],
    quality: Verdict,
    model: Model,
    engine: Engine,
    device: Device,
    catalog: Catalog,
    refuse: Refuse,
) -> list[WeightsFormat]:
    """Weights formats to try, highest precision first.

    Args:
        named: Ids that were asked for; empty: the slider's and the model's own.
        quality: The most quality that a format may cost, of formats that nobody named.
        model: The model.
        engine: Who loads it.
        device: What runs it.
        catalog: Where formats are looked up.
        refuse: Told why a named format does not run.
    """
    if named:
        return _able([catalog.weights_format(one) for one in named], runs, engine, device, model, refuse)
    params = total_params(model)
    tried = [
        one
        for one in catalog.weights_formats()
        if one.keeps(model.native_weights) or (one.slider_rank is not None and good_enough(one, params, quality))
    ]
    able = _able(tried, runs, engine, device, model, None)
    if any(one.keeps(model.native_weights) for one in able):  # stored finer than published, a weight is no better
        published = catalog.weights_format(model.native_weights).bits
        able = [one for one in able if one.bits <= published or one.keeps(model.native_weights)]
    return sorted(_unlike(able, lambda one: (one.bits, one.kernel)), key=lambda one: -one.bits)


def kv_choices(
    named: tuple[str, ...],
    quality: Verdict,
    model: Model,
    engine: Engine,
    device: Device,
    catalog: Catalog,
    refuse: Refuse,
) -> list[KvFormat]:
    """KV formats to try, highest precision first; arguments as for `weights_choices`."""
    if named:
        return _able([catalog.kv_format(one) for one in named], runs_kv, engine, device, model, refuse)
    params, default = total_params(model), catalog.kv_format(engine.default_kv)
    tried = [default]
    for one in catalog.kv_formats():
        smaller = LEAST_KV_BITS <= one.bits < default.bits and one.latent_bytes_per_token is None
        if smaller and good_enough(one, params, quality):
            tried.append(one)
    return list(_unlike(_able(tried, runs_kv, engine, device, model, None), lambda one: one.bits))


def good_enough(format_: WeightsFormat | KvFormat, params: float, most: Verdict) -> bool:
    """Whether a format costs no more quality than that, as far as it was ever measured.

    Args:
        format_: The format.
        params: Parameters of the model.
        most: The most that it may cost.
    """
    for row in format_.quality:
        if row.up_to_params is None or params <= row.up_to_params:
            return row.verdict in VERDICTS[: VERDICTS.index(most) + 1]
    return False


def _able(
    formats: Iterable[F],
    problem_of: Callable[[F, Engine, Device, Model], str | None],
    engine: Engine,
    device: Device,
    model: Model,
    refuse: Refuse | None,
) -> list[F]:
    found = []
    for one in formats:
        problem = problem_of(one, engine, device, model)
        if problem is None:
            found.append(one)
        elif refuse is not None:
            refuse(problem)
    return found


def _unlike(formats: Iterable[F], likeness: Callable[[F], Hashable]) -> Iterable[F]:
    """The first of formats that a plan cannot tell apart (bf16 and fp16)."""
    found: dict[Hashable, F] = {}
    for one in formats:
        found.setdefault(likeness(one), one)
    return found.values()
