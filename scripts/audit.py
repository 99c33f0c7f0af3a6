"""Print every shipped model's recomputed totals beside the published ones: `python -m scripts.audit`."""

from __future__ import annotations

from roofrack.catalog import default_catalog
from roofrack.domain import Model
from roofrack.domain.formats import KvFormat
from roofrack.memory.kv import kv_bytes_per_token, kv_parts
from roofrack.memory.weights import active_params, total_params
from roofrack.report.table import table

_TOLERANCE = 0.01
_BILLION = 1e9


def _row(model: Model, sixteen_bits: KvFormat) -> tuple[str, ...]:
    decoder, published = total_params(model), model.params_published
    stored = decoder + model.tower_params + model.draft_params
    off = (stored - published) / published if published else None
    active = active_params(model)
    fixed = sum(part.fixed_bytes for part in kv_parts(model, sixteen_bits))
    return (
        model.id,
        model.attention_kind,
        f"{decoder / _BILLION:.3f}",
        f"{published / _BILLION:.3f}" if published else "-",
        "-" if off is None else f"{100 * off:+.3f}",
        f"{active / _BILLION:.2f}" if active != decoder else "-",
        f"{model.active_params_published / _BILLION:.2f}" if model.active_params_published else "-",
        f"{kv_bytes_per_token(model, sixteen_bits):,}",
        f"{fixed / 2**20:.1f}" if fixed else "-",
        model.source.confidence,
        "" if off is None or abs(off) <= _TOLERANCE else model.params_note or "NO REASON",
    )


def main() -> None:
    """Print the table and how many totals are off without a reason."""
    catalog = default_catalog()
    head = (
        "model", "attention", "decoder B", "published B", "off %", "active B", "published B",
        "KV B/token", "windows, states MiB", "conf", "reason for more than 1 %",
    )  # fmt: skip
    rows = [_row(model, catalog.kv_format("16bit")) for model in catalog.models()]
    print(table(head, rows, left=2))
    unexplained = sum(row[-1] == "NO REASON" for row in rows)
    explained = sum(bool(row[-1]) for row in rows) - unexplained
    print(f"{len(rows)} models; {explained} more than 1 % off with a reason, {unexplained} without")


if __name__ == "__main__":
    main()
