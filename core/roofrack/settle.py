"""From what a person chose to a scenario with every default settled and every id resolved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from roofrack.domain.calibration import Adjustments
from roofrack.domain.device import Device, Link, NodeGroup, Price, Rack
from roofrack.domain.engine import Engine, EngineProfile, StepDefaults
from roofrack.domain.formats import KvFormat, WeightsFormat
from roofrack.domain.scenario import Default, Scenario, ScenarioSpec
from roofrack.domain.workload import Parallel, Workload
from roofrack.errors import InputError
from roofrack.memory.expanded import as_cached
from roofrack.parallelism import check_placement, largest_tp
from roofrack.resolve import resolve
from roofrack.runnable import as_kept_by, runs, runs_kv
from roofrack.text import clean

if TYPE_CHECKING:
    from roofrack.catalog import Catalog
    from roofrack.catalog.profiles import Profile
    from roofrack.domain.model import Model

DEFAULT_CONCURRENCY = 64
"""Requests in flight under the cursor when nothing is said: enough to see batching, few enough for one device."""

_UNQUANTISED_BITS = 16


def settle(spec: ScenarioSpec, catalog: Catalog) -> Scenario:
    """Settle a scenario.

    Args:
        spec: What was chosen; None follows engine, model and rack as the engine itself would.
        catalog: Where ids are looked up.

    Raises:
        InputError: An id is unknown, or the choices contradict each other; it names the field.
    """
    notes: list[Default] = []
    resolved = resolve(spec.model, catalog)
    rack = _rack(spec, catalog, notes)
    engine = catalog.engine(spec.engine)
    if rack.device.vendor not in engine.vendors:
        raise InputError(
            f"engine: {engine.name} does not run on {rack.device.name}",
            f"engines for it: {', '.join(e.id for e in catalog.engines() if rack.device.vendor in e.vendors) or 'none known'}",
        )
    has, needs = rack.device.cuda_capability, engine.min_compute_capability
    if has is not None and needs is not None and has < needs:
        raise InputError(
            f"engine: {engine.name} needs compute capability {needs:g}, {rack.device.name} has {has:g}", "try llama.cpp"
        )
    version = spec.engine_version or engine.default_version
    if spec.engine_version is None:
        notes.append(Default(field="engine-version", value=version, why="newest that is modelled"))
    profile = engine.profile(version)
    model = as_cached(resolved.model, profile.memory)
    weights = _weights(spec, model, engine, rack.device, catalog, notes, stored=resolved.has_weights)
    kv = _kv(spec, model, engine, rack.device, catalog, notes)
    parallel = _parallel(spec, model, rack, engine, notes)
    own = _profile(spec.profile)
    steps = step_defaults(profile, rack.device)
    return Scenario(
        spec=spec,
        model=model,
        rack=rack,
        weights=weights,
        kv=kv,
        engine=engine,
        engine_version=version,
        profile=profile,
        parallel=parallel,
        workload=_workload(spec, model, profile, notes),
        gpu_memory_fraction=spec.gpu_memory_fraction or profile.memory.fraction,
        max_num_batched_tokens=spec.max_num_batched_tokens or steps.max_num_batched_tokens,
        max_num_seqs=spec.max_num_seqs or steps.max_num_seqs,
        targets=spec.targets,
        usd_per_device_hour=_price(spec, rack.device, notes),
        adjustments=own.adjustments if own else Adjustments(),
        band_share=own.band_share(engine.id, rack.device.id, model.id) if own else 1.0,
        own_weights=resolved.own_weights if weights.id == model.native_weights else None,
        defaults=tuple(notes),
        as_published=resolved.model if model is not resolved.model else None,
        read_from=resolved.path,
        read_notes=resolved.notes,
    )


def _profile(name: str | None) -> Profile | None:
    if name is None:
        return None
    from roofrack.catalog.profiles import load_profile

    return load_profile(name)


def _rack(spec: ScenarioSpec, catalog: Catalog, notes: list[Default]) -> Rack:
    chosen = spec.rack
    device = catalog.device(chosen.device)
    link = _link(chosen.link, device, chosen.gpus_per_node, catalog)
    if chosen.link is None and chosen.gpus_per_node > 1:
        notes.append(Default(field="link", value=link.id, why=f"what {device.name} has"))
    network = catalog.link(
        chosen.network or ("ib-ndr-400" if device.link and device.link.max_devices > 2 else "ethernet-25g")
    )
    if network.kind != "network":
        raise InputError(f"network: {network.id} joins devices, not nodes", "choose one of " + _ids(catalog, "network"))
    if chosen.network is None and chosen.nodes > 1:
        notes.append(Default(field="network", value=network.id, why="usual between such nodes"))
    group = NodeGroup(device=device, devices_per_node=chosen.gpus_per_node, nodes=chosen.nodes, link=link)
    return Rack(groups=(group,), network=network)


def own_links(device: Device) -> tuple[str, ...]:
    """Ids of the links that a device has inside a node: its own, PCIe.

    Args:
        device: The device.
    """
    own = (device.link.link,) if device.link else ()
    return (*own, _pcie(device.pcie_generation, device.pcie_lanes)) if device.pcie_generation else own


def _pcie(generation: int, lanes: int | None) -> str:
    return f"pcie-{generation}-x{lanes or 16}"


def _link(chosen: str | None, device: Device, count: int, catalog: Catalog) -> Link:
    """The link inside a node: the device's own where it reaches all devices, else PCIe."""
    wanted = (chosen or "").lower()
    own = device.link
    if wanted in ("nvlink", "own") or (not wanted and own and count <= own.max_devices):
        if own is None:
            raise InputError(f"link: {device.name} has no link of its own", "use --link pcie")
        if count > own.max_devices:
            raise InputError(
                f"link: the {own.link} of {device.name} joins {own.max_devices} devices, not {count}", "use --link pcie"
            )
        return replace(catalog.link(own.link), gb_s_per_direction=own.gb_s_per_direction)
    if wanted in ("", "pcie"):
        generation, lanes = device.pcie_generation, device.pcie_lanes
        if generation is None and count > 1:
            raise InputError(f"link: nothing joins several {device.name}", "use one per node, and --nodes")
        return catalog.link(_pcie(generation or 4, lanes))
    link = catalog.link(wanted)
    if link.kind == "network":
        raise InputError(
            f"link: {link.id} joins nodes, not devices of a node",
            "use --link nvlink, pcie or one of " + _ids(catalog, "device"),
        )
    return link


def _ids(catalog: Catalog, kind: str) -> str:
    return ", ".join(link.id for link in catalog.links() if link.kind == kind)


def _weights(
    spec: ScenarioSpec,
    model: Model,
    engine: Engine,
    device: Device,
    catalog: Catalog,
    notes: list[Default],
    *,
    stored: bool,
) -> WeightsFormat:
    if spec.weights is not None:
        chosen = as_kept_by(engine.id, catalog.weights_format(spec.weights), catalog.weights_formats)
        if problem := runs(chosen, engine, device, model):
            raise InputError(f"weights: {problem}", f"try {_runnable(catalog, engine, device, model)}")
        return chosen
    native = as_kept_by(engine.id, catalog.weights_format(model.native_weights), catalog.weights_formats).id
    # Nobody quantises again what its vendor has quantised already, nor the very file that is there.
    first = (native,) if stored or catalog.weights_format(native).bits < _UNQUANTISED_BITS else ()
    candidates = tuple(dict.fromkeys((*first, *engine.default_weights, native, "bf16", "fp16", "fp32")))
    for candidate in candidates:
        found = catalog.weights_format(candidate)
        if runs(found, engine, device, model) is None:
            why = (
                ("what the files hold" if stored else "what the vendor publishes")
                if candidate == native
                else f"what {engine.name} runs on {device.name}"
            )
            notes.append(Default(field="weights", value=found.id, why=why))
            return found
    raise InputError(
        f"weights: {engine.name} runs none of {', '.join(candidates)} on {device.name}", "name one with --weights"
    )


def _runnable(catalog: Catalog, engine: Engine, device: Device, model: Model) -> str:
    return ", ".join(
        f.id for f in catalog.weights_formats() if f.slider_rank is not None and runs(f, engine, device, model) is None
    )


def _kv(
    spec: ScenarioSpec, model: Model, engine: Engine, device: Device, catalog: Catalog, notes: list[Default]
) -> KvFormat:
    kv = catalog.kv_format(spec.kv or engine.default_kv)
    if problem := runs_kv(kv, engine, device, model):
        able = ", ".join(f.id for f in catalog.kv_formats() if runs_kv(f, engine, device, model) is None)
        raise InputError(f"kv: {problem}", f"try {able}")
    if spec.kv is None:
        notes.append(Default(field="kv", value=kv.id, why=f"{engine.name}'s default"))
    return kv


def _parallel(spec: ScenarioSpec, model: Model, rack: Rack, engine: Engine, notes: list[Default]) -> Parallel:
    chosen, devices = spec.parallel, rack.device_count
    layers_split = engine.profiles[-1].batching.policy == "slots"
    if layers_split:
        tp = chosen.tp or 1
        pp = chosen.pp or max(1, min(model.layer_count, devices // (tp * (chosen.dp or 1))))
    else:
        pp = chosen.pp or (1 if chosen.dp or chosen.tp else rack.nodes)
        tp = chosen.tp or largest_tp(model, max(1, min(rack.devices_per_node, devices // (pp * (chosen.dp or 1)))))
    dp = chosen.dp or max(1, devices // (tp * pp))
    parallel = Parallel(tp=tp, pp=pp, dp=dp, ep=chosen.ep or 1)
    check_placement(model, rack, parallel)
    why = f"{engine.name} splits layers over devices" if layers_split else "all devices of the rack"
    for name, given, taken in (("tp", chosen.tp, tp), ("pp", chosen.pp, pp), ("dp", chosen.dp, dp)):
        if given is None and taken > 1:
            notes.append(Default(field=name, value=str(taken), why=why))
    return parallel


def step_defaults(profile: EngineProfile, device: Device) -> StepDefaults:
    """Tokens and sequences of a step where nobody chooses them.

    Args:
        profile: The engine at its version.
        device: What it runs on.
    """
    gib = device.memory_mib / 1024
    for row in profile.batching.defaults:
        if gib >= row.min_memory_gib and device.id not in row.not_device_ids:
            return row
    return profile.batching.defaults[-1]


def _workload(spec: ScenarioSpec, model: Model, profile: EngineProfile, notes: list[Default]) -> Workload:
    chosen = spec.workload
    context = chosen.context_tokens or model.max_context_tokens
    if chosen.context_tokens is None:
        notes.append(Default(field="context", value=str(context), why="the model's own"))
    needed = chosen.prompt_tokens + chosen.output_tokens
    if needed > context:
        what = f"prompt {chosen.prompt_tokens} + output {chosen.output_tokens} tokens exceed the context of {context}"
        raise InputError(what, "shorten them or raise --context")
    concurrency = chosen.concurrency
    if concurrency is None:
        concurrency = 1 if chosen.load == "single" or profile.batching.policy == "slots" else DEFAULT_CONCURRENCY
        notes.append(Default(field="concurrency", value=str(concurrency), why="to start from"))
    if chosen.load == "poisson" and chosen.rate_per_s is None:
        raise InputError("rate: a poisson load needs an arrival rate", "give --rate REQUESTS_PER_S")
    if chosen.max_tokens is not None and chosen.max_tokens < chosen.output_tokens:
        what = f"max-tokens: answers of at most {chosen.max_tokens} tokens cannot be {chosen.output_tokens} long on average"
        raise InputError(what, "raise --max-tokens or shorten --output")
    return Workload(
        prompt_tokens=chosen.prompt_tokens,
        output_tokens=chosen.output_tokens,
        context_tokens=context,
        load=chosen.load,
        concurrency=1 if chosen.load == "single" else concurrency,
        concurrencies=chosen.concurrencies or (concurrency,),
        rate_per_s=chosen.rate_per_s,
        requests=chosen.requests,
        max_tokens=chosen.max_tokens,
    )


def _price(spec: ScenarioSpec, device: Device, notes: list[Default]) -> float | None:
    if spec.usd_per_gpu_hour is not None:
        return spec.usd_per_gpu_hour
    if device.rent is None:
        return None
    notes.append(Default(field="usd-per-gpu-hour", value=f"{device.rent.usd:g}", why=rent_source(device.rent)))
    return device.rent.usd


def rent_source(rent: Price) -> str:
    """Where a rent comes from, in a few words; `roofrack show DEVICE` has the sources in full."""
    dated = f", {rent.source.date}" if rent.source.date else ""
    if rent.low_usd and rent.high_usd and rent.low_usd < rent.high_usd:
        return f"middle of published rents, ${rent.low_usd:,.2f} to ${rent.high_usd:,.2f}{dated}"
    return clean(rent.source.text, limit=80) + dated
