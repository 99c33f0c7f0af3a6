"""Write what the search for near measurements must know of their models, devices and formats, so that it need not open the presets.

`python -m scripts.list_subjects` rewrites `presets/roofrack_presets/measurements/subjects.tsv`; a test compares it with the catalogue.
"""

from __future__ import annotations

import sys
from pathlib import Path

from roofrack.catalog import Catalog, load_catalog
from roofrack.errors import UnknownIdError
from roofrack.evidence.shipped import SHIPPED, all_shipped
from roofrack.memory.weights import active_params, total_params


def lines(catalog: Catalog) -> list[str]:
    """The file's lines.

    Args:
        catalog: Presets.
    """
    rows = all_shipped()
    found = [
        "# kind, id, then of a model: total and active parameters, dense or moe; of a device: GB/s, architecture, compute capability; of a format: bits"
    ]
    for name in sorted({row.model for row in rows if not row.model.startswith("unresolved:")}):
        model = catalog.model(name)
        kind = "moe" if model.is_moe else "dense"
        found.append(f"model\t{name}\t{total_params(model)}\t{active_params(model)}\t{kind}")
    for name in sorted({row.gpu for row in rows if row.gpu}):
        device = catalog.device(name)
        found.append(f"device\t{name}\t{device.bandwidth_gb_s:g}\t{device.architecture}\t{device.compute_capability}")
    for name in sorted({row.weights for row in rows}):
        try:
            weights = catalog.weights_format(name)
        except UnknownIdError:
            continue
        found.append(f"format\t{name}\t{weights.bits:g}")
    return found


def main() -> int:
    """Rewrite the file."""
    text = "\n".join(lines(load_catalog(Path("/nonexistent")))) + "\n"
    (SHIPPED / "subjects.tsv").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
