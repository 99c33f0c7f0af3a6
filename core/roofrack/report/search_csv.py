"""What a search or a box found, as CSV: plain values, bands in three columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from roofrack.report.search_json import box_json, candidate_json
from roofrack.search import Box, BoxSpec, SearchResult


def search_csv(found: SearchResult) -> str:
    """The ranked plans, best first, then the other trades of cost for speed; without any, what comes nearest.

    Args:
        found: What was found.
    """
    nearest = found.miss.closest if found.miss is not None else None
    plans = [*found.ranked, *found.front, *([nearest] if nearest is not None else [])]
    return _written([candidate_json(one) for one in dict.fromkeys(plans)])


def box_csv(spec: BoxSpec, found: Box) -> str:
    """The models that a rack serves, those that keep the targets first.

    Args:
        spec: What was asked.
        found: What was found.
    """
    return _written(box_json(spec, found)["models"])


def _written(rows: Sequence[Mapping[str, Any]]) -> str:
    flat = [dict(_flat(row)) for row in rows]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(flat[0]) if flat else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return out.getvalue()


def _flat(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}_{inner}", number) for inner, number in _flat(value))
        else:
            yield name, value
