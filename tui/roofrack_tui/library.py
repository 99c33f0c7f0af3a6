"""Rows of the lists to choose from, made of presets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from roofrack.catalog import Catalog
from roofrack.domain import Device, Engine, KvFormat, Link, Model
from roofrack.domain.base import version_numbers
from roofrack.domain.engine import EngineProfile
from roofrack.errors import InputError
from roofrack.filters import Facts, device_facts, kinds_of_place, model_facts
from roofrack.report.units import params, steady_rate
from roofrack.results import Plan
from roofrack.settle import own_links
from roofrack.text import clean

if TYPE_CHECKING:
    from roofrack.readers.caches import FoundModel


class Row(NamedTuple):
    """A model or a device as the library lists it.

    Args:
        id: What choosing it means: an id, or the path of a model on disk.
        name: Its name.
        cells: Texts of the columns after the name.
        facts: What a filter judges it by.
        note: What is to be known of it in a line.
        problem: Why it cannot be chosen; empty where it can.
    """

    id: str
    name: str
    cells: tuple[str, ...]
    facts: Facts
    note: str = ""
    problem: str = ""


class Column(NamedTuple):
    """A column of the library.

    Args:
        name: Its heading.
        width: Cells.
        right: Whether it stands at the right.
        from_width: Narrower lists leave it out.
    """

    name: str
    width: int
    right: bool = True
    from_width: int = 0


MODEL_COLUMNS = (
    Column("size", 5),
    Column("active", 6, from_width=56),
    Column("attention", 9, right=False),
    Column("KV KiB/token", 12, from_width=64),
    Column("context", 7, from_width=90),
    Column("weights", 9, right=False, from_width=100),
    Column("licence", 12, right=False, from_width=84),
    Column("released", 8, right=False, from_width=74),
    Column("where", 14, right=False, from_width=70),
)
DEVICE_COLUMNS = (
    Column("GiB", 6),
    Column("GB/s", 7),
    Column("16-bit TFLOPS", 13, from_width=64),
    Column("FP8 TFLOPS", 10, from_width=90),
    Column("FP4 TFLOPS", 10, from_width=90),
    Column("W", 6, from_width=80),
    Column("$/h", 6),
    Column("architecture", 13, right=False, from_width=76),
    Column("released", 8, right=False, from_width=90),
)
NOTHING_MATCHES = "nothing matches: Backspace, or {}"
BROKEN = "broken:"
"""Before the id of a row that cannot be used: a shipped one may have the same id."""

_LITTLE_GIB = 0.01
_SHORT = {"window": "win", "linear": "lin", "sparse": "dsa"}


def model_key(plan: Plan) -> str:
    """The id of the row that a plan's model has: its path where it was read from one.

    Args:
        plan: Any plan.
    """
    return plan.scenario.read_from or plan.scenario.model.id


def model_row(
    model: Model, kv: KvFormat, *, row_id: str = "", found: FoundModel | None = None, own: bool = False
) -> Row:
    """The row of one model.

    Args:
        model: The model.
        kv: 16-bit KV cache, in which a token is counted.
        row_id: Its path where it was read from one.
        found: What is on disk.
        own: Whether it is one of the person's own presets.
    """
    on_disk = bool(row_id)
    place = ("disk" if found is None or found.complete else "partial") if on_disk else "own" if own else "preset"
    size = found.bytes / 2**30 if found else None
    facts = model_facts(model, kv, place=place, disk_gib=size)
    kind = "+".join(_SHORT.get(part, part) for part in model.attention_kind.split("+"))
    where = "" if place == "preset" else "own" if place == "own" else _place(found) if found else "file"
    cells = (
        params(facts.numbers["params"]),
        params(facts.numbers["active"]) if model.is_moe else "",
        kind,
        f"{facts.numbers['kv'] / 1024:,.1f}",
        _tokens(model.max_context_tokens),
        model.native_weights,
        model.licence,
        model.released[:7],
        where,
    )
    note = model.id if not on_disk else f"{f'{found.problem}: ' if found and found.problem else ''}{clean(row_id)}"
    return Row(row_id or model.id, found.name if found else model.name, cells, facts, note)


def model_rows(catalog: Catalog) -> tuple[Row, ...]:
    """All models in the catalogue's order, the person's own first.

    Args:
        catalog: The presets.
    """
    kv, own = catalog.kv_format("16bit"), catalog.own_ids()
    rows = [model_row(model, kv, own=model.id in own) for model in catalog.models()]
    return _own_first(rows, catalog, _broken_rows(catalog, catalog.broken_models, MODEL_COLUMNS))


def rows_on_disk(catalog: Catalog) -> tuple[Row, ...]:
    """The models that are on this disk; those that cannot be read say why.

    Args:
        catalog: For the format that a token's cache is counted in.
    """
    from roofrack.readers.caches import models_on_disk

    kv = catalog.kv_format("16bit")
    by_path: dict[str, list[FoundModel]] = {}
    for found in models_on_disk():
        by_path.setdefault(str(found.path.absolute()), []).append(found)
    return tuple(_found_row(path, same, kv) for path, same in by_path.items())


def _found_row(path: str, same: list[FoundModel], kv: KvFormat) -> Row:
    """The row of one file, which Ollama may know by several names."""
    found = same[0]._replace(name=", ".join(one.name for one in same))
    try:
        model, _ = resolve_path(path)
    except InputError as problem:
        facts = Facts(found.name.lower(), found.name, {"disk": found.bytes / 2**30}, {}, kinds_of_place("partial"))
        cells = ("", "", "", "", "", "", "", "", _place(found))
        return Row(path, found.name, cells, facts, clean(path), found.problem or problem.problem)
    return model_row(model, kv, row_id=path, found=found)


def _place(found: FoundModel) -> str:
    """Whose store, how much is there, and a mark where that is not all."""
    gib = found.bytes / 2**30
    return f"{found.store} {f'{gib:,.3g}' if gib >= _LITTLE_GIB else '0'}G{'' if found.complete else ' !'}"


def resolve_path(path: str) -> tuple[Model, tuple[str, ...]]:
    """The model that a path leads to, and what its files leave open.

    Args:
        path: As for `read_model`.

    Raises:
        InputError: It cannot be read.
    """
    from roofrack.readers import read_model

    read = read_model(path)
    return read.model, (*(f"assumed: {line}" for line in read.assumed), *(f"warning: {line}" for line in read.warnings))


def _tokens(count: int) -> str:
    return f"{count / 2**20:,.4g}M" if count >= 2**20 else f"{count / 1024:,.4g}K"


def device_rows(catalog: Catalog) -> tuple[Row, ...]:
    """All devices, the person's own first.

    Args:
        catalog: The presets.
    """
    own = catalog.own_ids()
    rows = [_device_row(device, own=device.id in own) for device in catalog.devices()]
    return _own_first(rows, catalog, _broken_rows(catalog, catalog.broken_devices, DEVICE_COLUMNS))


def _own_first(rows: list[Row], catalog: Catalog, broken: list[Row]) -> tuple[Row, ...]:
    """The person's own rows first, saying what they replace, then those that cannot be used, then what is shipped."""
    replaced = catalog.replaced_ids()
    own = [
        row._replace(note=f"{row.note}, in place of the shipped one") if row.id in replaced else row
        for row in rows
        if "own" in row.facts.kinds
    ]
    return (*own, *broken, *(row for row in rows if "own" not in row.facts.kinds))


def _broken_rows(catalog: Catalog, broken: tuple[tuple[str, str], ...], columns: tuple[Column, ...]) -> list[Row]:
    """Rows that only say why they cannot be used: presets of this table, and files that are no presets at all."""
    listed = {problem for _, problem in (*catalog.broken_models, *catalog.broken_devices)}
    files = [(Path(problem.partition(": ")[0]).name, problem) for problem in catalog.problems if problem not in listed]
    return [
        Row(
            f"{BROKEN}{number}:{name}",
            name,
            ("",) * len(columns),
            Facts(name.lower(), name, {}, {}, frozenset({"own"})),
            problem=problem,
        )
        for number, (name, problem) in enumerate((*broken, *files))
    ]


def _device_row(device: Device, *, own: bool) -> Row:
    rates = device.rates
    tflops = (rates.bf16 or rates.fp16, rates.fp8, rates.fp4)
    cells = (
        f"{device.memory_mib / 1024:,.1f}",
        f"{device.bandwidth_gb_s:,.0f}",
        *(steady_rate(number) if number else "" for number in tflops),
        f"{device.power_w:,.0f}" if device.power_w else "",
        f"{device.rent.usd:,.2f}" if device.rent else "",
        device.architecture,
        device.released[:7],
    )
    place = "own" if own else "preset"
    drivers = f", {device.driver_names[0]}" if device.driver_names else ""
    return Row(device.id, device.name, cells, device_facts(device, place=place), f"{device.id}{drivers}")


class Pick(NamedTuple):
    """A row of a list that opens on a screen of its own.

    Args:
        id: What choosing it means.
        name: Its name.
        facts: Further columns.
        sought: What a filter is matched against besides the name.
        off: Why it cannot be chosen; empty where it can.
        detail: What it means, in a sentence or two.
    """

    id: str
    name: str
    facts: tuple[str, ...] = ()
    sought: str = ""
    off: str = ""
    detail: str = ""


def link_picks(catalog: Catalog, *, networks: bool, device: Device | None = None) -> tuple[Pick, ...]:
    """Links inside a node, or networks between nodes.

    Args:
        catalog: The presets.
        networks: Whether networks are wanted.
        device: Whose own links are marked as such.
    """
    own = dict.fromkeys(own_links(device), ("its own",)) if device else {}
    found = [link for link in catalog.links() if (link.kind == "network") == networks]
    return tuple(
        Pick(link.id, link.name, (*own.get(link.id, ("",) if own else ()), link_rate(link)), link.id) for link in found
    )


def link_rate(link: Link) -> str:
    """What a link carries, and between whom: `450 GB/s each way`, `50 GB/s a GPU`, `50 GB/s a node`.

    Args:
        link: A link inside a node, or a network.
    """
    shared = "a node" if link.shared_by_node else "a GPU"
    return f"{link.gb_s_per_direction:,g} GB/s {shared if link.kind == 'network' else 'each way'}"


def engine_picks(catalog: Catalog, device: Device) -> tuple[Pick, ...]:
    """All engines; those that do not run on a device say so.

    Args:
        catalog: The presets.
        device: The rack's device.
    """
    return tuple(
        Pick(e.id, e.name, (), e.id, "" if device.vendor in e.vendors else f"does not run on {device.name}")
        for e in catalog.engines()
    )


def engine_versions(engine: Engine) -> tuple[str, ...]:
    """Versions that differ for the planner, oldest first: where a profile begins, and the newest.

    Args:
        engine: The engine.
    """
    return tuple(sorted({*(profile.since for profile in engine.profiles), engine.default_version}, key=version_numbers))


def version_picks(engine: Engine) -> tuple[Pick, ...]:
    """Versions of an engine, newest first.

    Args:
        engine: The engine.
    """
    dates = {profile.since: profile.date for profile in engine.profiles}
    return tuple(
        Pick(
            version,
            f"{engine.name} {version}",
            (dates.get(version, "newest"),),
            detail=_since(engine.profile(version)),
        )
        for version in reversed(engine_versions(engine))
    )


def _since(profile: EngineProfile) -> str:
    """What distinguishes a range of versions, from the note on its source."""
    policy = profile.memory
    fraction = f"memory fraction {policy.fraction:g}" if policy.fraction else ""
    return f"since {profile.since}: {'; '.join(filter(None, (fraction, profile.source.note)))}"


def scenario_picks(catalog: Catalog, folder: Path) -> tuple[Pick, ...]:
    """Ready scenarios, the user's own, and files saved since the catalogue was opened.

    Args:
        catalog: The presets.
        folder: Where scenarios are saved.
    """
    found = ((name, catalog.scenario(name)) for name in catalog.scenario_ids())
    ready = sorted(found, key=lambda one: (one[1].title or one[0]).casefold())
    known = {name for name, _ in ready}
    saved = [path for path in sorted(folder.glob("*.toml")) if clean(path.stem, limit=100) not in known]
    return (
        *(
            Pick(
                f"ready:{name}",
                spec.title or name,
                sought=f"{name} {spec.model} {spec.rack.device}",
                detail=spec.captions[0]
                if spec.captions
                else f"{spec.model} on {spec.rack.gpus_per_node}x {spec.rack.device}",
            )
            for name, spec in ready
        ),
        *(Pick(str(path), clean(path.stem), ("saved",)) for path in saved),
    )
