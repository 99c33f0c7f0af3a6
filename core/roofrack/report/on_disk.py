"""The models on this disk as rows of `roofrack models disk`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from roofrack.domain.formats import KvFormat
from roofrack.domain.model import Model
from roofrack.errors import InputError
from roofrack.filters import MODELS, Facts, Query, kinds_of_place, model_facts
from roofrack.readers import FoundModel, models_on_disk, read_model

Row = dict[str, Any]
GIB = 2**30


def rows_on_disk(query: Query, kv: KvFormat, row_of: Callable[[Model, KvFormat], Row]) -> list[Row]:
    """What the hub's cache and Ollama's store hold, as far as a filter leaves it.

    Args:
        query: The filter; whether a model fits is not judged.
        kv: In which a token's cache is counted.
        row_of: The row of a model that can be read.

    Returns:
        Rows of models, with where they are, how much of their weights is there, and what is wrong; of a model that cannot be read, only
        these.
    """
    rows = [_row(found, kv, row_of) for found in models_on_disk()]
    return [row for row, _ in query.select(rows, lambda pair: pair[1], MODELS)]


def _row(found: FoundModel, kv: KvFormat, row_of: Callable[[Model, KvFormat], Row]) -> tuple[Row, Facts]:
    place = {
        "id": found.name,
        "path": str(found.path),
        "store": found.store,
        "disk_gib": round(found.bytes / GIB, 3),
        "complete": found.complete,
        "problem": found.problem or None,
    }
    where = "disk" if found.complete else "partial"
    try:
        model = read_model(found.path).model
    except InputError as problem:
        facts = Facts(found.name.lower(), found.name, {"disk": found.bytes / GIB}, {}, kinds_of_place(where))
        return {**place, "problem": found.problem or problem.problem}, facts
    facts = model_facts(model, kv, place=where, disk_gib=found.bytes / GIB)
    facts = facts._replace(text=f"{found.name.lower()} {facts.text}", name=found.name)
    return {**row_of(model, kv), **place}, facts
