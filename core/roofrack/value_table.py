"""The table that self-hosters ask for (R9): model classes on a CPU, a gaming GPU, a commercial GPU and a Mac, with value for money."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import tomli

import roofrack_presets
from roofrack.domain.scenario import RackSpec, ScenarioSpec, WorkloadSpec
from roofrack.economics.assumptions import assumptions
from roofrack.plan import plan
from roofrack.report.table import markdown_table
from roofrack.report.units import rate, usd
from roofrack.results import Band, Plan
from roofrack.sweep import points, slots

if TYPE_CHECKING:
    from roofrack.catalog import Catalog


class ValueRow(NamedTuple):
    """One class of models on one kind of device; None where it does not fit or no price is known.

    Args:
        model_class: `7B` …
        model: Name of the model that stands for it.
        kind: `CPU`, `gaming GPU` …
        rack: The smallest rack of it that holds the model.
        weights: Weights format.
        one_user: Tokens/s of one request alone.
        many: Requests at once in the next column.
        many_users: Tokens/s of all of them together.
        usd: Price of the devices.
        tokens_per_s_per_1000_usd: With many users.
        tokens_per_s_per_1000_usd_one: With one.
    """

    model_class: str
    model: str
    kind: str
    rack: str
    weights: str
    one_user: Band | None
    many: int | None
    many_users: Band | None
    usd: float | None
    tokens_per_s_per_1000_usd: Band | None
    tokens_per_s_per_1000_usd_one: Band | None


def value_table(catalog: Catalog) -> tuple[ValueRow, ...]:
    """Compute every cell from the presets.

    Args:
        catalog: Where models and devices are looked up.
    """
    setup = _setup()
    return tuple(_row(setup, known, kind, catalog) for known in setup["class"] for kind in setup["kind"])


def table_lengths() -> tuple[int, int]:
    """Prompt and output tokens of the requests that the table is about."""
    setup = _setup()
    return setup["prompt_tokens"], setup["output_tokens"]


def _setup() -> dict[str, Any]:
    """Which models, devices and lengths the table is about."""
    return tomli.loads(Path(roofrack_presets.__file__).with_name("value_table.toml").read_text(encoding="utf-8"))


def _row(setup: dict[str, Any], known: dict[str, Any], kind: dict[str, Any], catalog: Catalog) -> ValueRow:
    plans = (_plan(setup, known, kind, count, catalog) for count in kind["counts"])
    made = next((found for found in plans if found.memory.fits), None)
    name, device = catalog.model(known["model"]).name, catalog.device(kind["device"])
    if made is None:
        rack = f"{max(kind['counts'])}x {device.name}: does not fit"
        return ValueRow(known["name"], name, kind["name"], rack, kind["weights"], *(None,) * 6)
    many = min(setup["many"], slots(made))
    one, all_ = points(made, (1, many)) if many > 1 else points(made, (1,)) * 2
    count = made.scenario.rack.device_count
    price = assumptions(made.scenario).usd_per_device
    total = None if price is None else price * count
    return ValueRow(
        model_class=known["name"],
        model=name,
        kind=kind["name"],
        rack=f"{count}x {device.name}",
        weights=kind["weights"],
        one_user=one.tokens_per_s_per_user,
        many=many,
        many_users=all_.output_tokens_per_s,
        usd=total,
        tokens_per_s_per_1000_usd=_per_thousand(all_.output_tokens_per_s, total),
        tokens_per_s_per_1000_usd_one=_per_thousand(one.tokens_per_s_per_user, total),
    )


def _plan(setup: dict[str, Any], known: dict[str, Any], kind: dict[str, Any], count: int, catalog: Catalog) -> Plan:
    load = WorkloadSpec(
        prompt_tokens=setup["prompt_tokens"],
        output_tokens=setup["output_tokens"],
        context_tokens=setup["context_tokens"],
        concurrency=1,
    )
    rack = RackSpec(device=kind["device"], gpus_per_node=count)
    spec = ScenarioSpec(model=known["model"], rack=rack, weights=kind["weights"], engine=kind["engine"], workload=load)
    return plan(spec, catalog)


def _per_thousand(speed: Band, total: float | None) -> Band | None:
    return None if total is None else Band(*(value / total * 1000 for value in speed))


_HEAD = (
    "class",
    "model",
    "on",
    "rack",
    "weights",
    "one user tok/s",
    "requests",
    "many users tok/s",
    "$",
    "one user tok/s per $1,000",
    "many users tok/s per $1,000",
)


def table_markdown(rows: tuple[ValueRow, ...]) -> str:
    """The table in Markdown, each speed with its 80 % band.

    Args:
        rows: What `value_table` made.
    """
    cells = [
        [
            *row[:5],
            _cell(row.one_user),
            "-" if row.many is None else str(row.many),
            _cell(row.many_users),
            "-" if row.usd is None else usd(row.usd),
            _cell(row.tokens_per_s_per_1000_usd_one),
            _cell(row.tokens_per_s_per_1000_usd),
        ]
        for row in rows
    ]
    return markdown_table(_HEAD, cells, left=5)


def table_csv(rows: tuple[ValueRow, ...]) -> str:
    """The table as CSV, bands as columns of their own; empty cells where there is no number.

    Args:
        rows: What `value_table` made.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [
        column
        for name in ValueRow._fields
        for column in ((f"{name}_low", name, f"{name}_high") if name in _BANDS else (name,))
    ]
    writer.writerow(names)
    for row in rows:
        writer.writerow([cell for name in ValueRow._fields for cell in _csv_cells(name, getattr(row, name))])
    return out.getvalue()


_BANDS = ("one_user", "many_users", "tokens_per_s_per_1000_usd", "tokens_per_s_per_1000_usd_one")


def _csv_cells(name: str, value: Any) -> list[object]:
    if name not in _BANDS:
        return ["" if value is None else value]
    return ["", "", ""] if value is None else [float(f"{number:.6g}") for number in value]


def _cell(band: Band | None) -> str:
    return "-" if band is None else f"{rate(band.mid)} ({rate(band.low)} to {rate(band.high)})"
