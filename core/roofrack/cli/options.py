"""From parsed arguments to a scenario: a ready one or a file first, then whatever flags say."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from typing import Any, TypeVar

from roofrack.catalog import Catalog
from roofrack.cli.configured import configuration
from roofrack.cli.spec_flags import AUDIENCE, LENGTHS, MONEY, TARGETS, one_way
from roofrack.config import Config
from roofrack.domain.base import Frozen
from roofrack.domain.scenario import RackSpec, ScenarioSpec
from roofrack.errors import InputError

T = TypeVar("T", bound=Frozen)
_RACK = re.compile(r"(?:(\d{1,6})\s*[x*×]\s*)?(\S.*)", re.IGNORECASE)
DEFAULT_MODEL = "meta-llama/Llama-3.1-70B-Instruct"
DETECTED = "detected"
DEFAULT_RACK = RackSpec(device="h100-sxm5-80gb", gpus_per_node=4)

# Names of arguments, and of the fields that they set, in `ScenarioSpec` and its parts.
_TOP = {
    "weights": "weights",
    "kv": "kv",
    "gpu_memory_fraction": "gpu_memory_fraction",
    "max_num_batched_tokens": "max_num_batched_tokens",
    "max_num_seqs": "max_num_seqs",
    "usd_per_gpu_hour": "usd_per_gpu_hour",
    "profile": "profile",
}
_RACK_FIELDS = {"nodes": "nodes", "link": "link", "network": "network"}
_PARALLEL = {"tp": "tp", "pp": "pp", "dp": "dp", "ep": "ep"}
_WORKLOAD = {
    **LENGTHS,
    "concurrency": "concurrency",
    "concurrencies": "concurrencies",
    "load": "load",
    "rate": "rate_per_s",
    "requests": "requests",
    "max_tokens": "max_tokens",
}


def scenario_spec(options: argparse.Namespace, catalog: Catalog, *, model_needed: bool = True) -> ScenarioSpec:
    """The scenario that the arguments describe.

    Args:
        options: Parsed arguments of `plan`, `explain` or `tui`.
        catalog: Where `--scenario NAME` is looked up.
        model_needed: Whether a model must be named, by argument or scenario.

    Raises:
        InputError: No model is named, or a value is out of range; it names the flag.
    """
    config = configuration(catalog)
    if options.scenario:
        spec = ready_scenario(options.scenario, catalog)
    elif options.model:
        spec = _with_start(ScenarioSpec(model=options.model, rack=DEFAULT_RACK), config)
    elif not model_needed:
        spec = first_scenario(config, catalog)
    else:
        raise InputError("no model", "name one (roofrack models lists them) or give --scenario")
    try:
        if options.model:
            spec = replace(spec, model=options.model)
        spec = replace(
            spec,
            rack=replace(rack_spec(options.rack, spec.rack), **given(options, _RACK_FIELDS)),
            parallel=replace(spec.parallel, **given(options, _PARALLEL)),
            workload=replace(spec.workload, **given(options, _WORKLOAD)),
            targets=replace(spec.targets, **given(options, TARGETS)),
            audience=_with_flags(spec.audience, one_way(given(options, AUDIENCE)), AUDIENCE),
            money=_with_flags(spec.money, given(options, MONEY), MONEY),
            **given(options, _TOP),
        )
        return config.with_costs(_with_engine(spec, options.engine) if options.engine else spec)
    except ValueError as error:
        raise InputError(in_flags(str(error))) from None


def _with_flags(part: T, fields: dict[str, Any], names: dict[str, str]) -> T:
    """A part of a scenario with what flags say; its own names, because another part has a field of the same name."""
    try:
        return replace(part, **fields)  # type: ignore[type-var]
    except ValueError as error:
        raise InputError(in_flags(str(error), names)) from None


def given(options: argparse.Namespace, names: dict[str, str]) -> dict[str, Any]:
    """The fields that arguments set.

    Args:
        options: Parsed arguments.
        names: Of arguments, and of the fields that they set.
    """
    return {field: getattr(options, name) for name, field in names.items() if getattr(options, name) is not None}


def first_scenario(config: Config, catalog: Catalog) -> ScenarioSpec:
    """What the app opens where nothing else was asked for.

    Args:
        config: The configuration file.
        catalog: Where ids are looked up.
    """
    if ready := config.get("start", "scenario"):
        return config.with_costs(ready_scenario(ready, catalog))
    model = config.get("start", "model") or DEFAULT_MODEL
    return config.with_costs(_with_start(ScenarioSpec(model=model, rack=DEFAULT_RACK), config))


def _with_start(spec: ScenarioSpec, config: Config) -> ScenarioSpec:
    """A scenario that names but a model, with the configuration's rack and engine."""
    spec = replace(spec, rack=rack_spec(config.get("start", "rack"), spec.rack))
    engine = config.get("start", "engine")
    return _with_engine(spec, engine) if engine else spec


def ready_scenario(name: str, catalog: Catalog) -> ScenarioSpec:
    """A ready scenario, or one from a file; raises InputError.

    Args:
        name: Its id, or the path of a `.toml` file.
        catalog: Where ids are looked up.
    """
    if name.lower().endswith(".toml") or "/" in name:
        from roofrack.report.scenario_toml import load_scenario_file

        return load_scenario_file(name)
    return catalog.scenario(name)


def rack_spec(text: str | None, before: RackSpec) -> RackSpec:
    """A rack as people write it, `4xh100-sxm5-80gb`; raises InputError.

    Args:
        text: What was written; None keeps the rack as it was.
        before: The rack that it changes.
    """
    if text is None:
        return before
    if text.strip().lower() == DETECTED:
        return _detected(before)
    found = _RACK.fullmatch(text.strip())
    if not found:
        raise InputError(f"rack: '{text}' is not a rack", "write it as 4xh100-sxm5-80gb")
    return RackSpec(device=found[2], gpus_per_node=int(found[1] or 1), nodes=before.nodes)


def _detected(before: RackSpec) -> RackSpec:
    """The devices of this machine, as its drivers report them."""
    from roofrack.catalog import default_catalog
    from roofrack.detect import detect, rack_of

    found = detect(default_catalog())
    rack = rack_of(found)
    if rack is None:
        names = ", ".join(dict.fromkeys(f"'{device.reported.name}'" for device in found)) or "nothing"
        raise InputError(f"rack: detected {names}, which is not one known kind of device", "see roofrack detect")
    return replace(rack, nodes=before.nodes)


def _with_engine(spec: ScenarioSpec, text: str) -> ScenarioSpec:
    engine, _, version = text.partition("@")
    return replace(spec, engine=engine, engine_version=version.lstrip("v") or None)


def in_flags(message: str, names: dict[str, str] | None = None) -> str:
    """What the domain says of a value, with the flag's name instead of the field's.

    Args:
        message: `field: what is wrong`.
        names: Of arguments, and of the fields that they set; None for those of a scenario.
    """
    field, separator, rest = message.partition(":")
    own = {"rack": "gpus_per_node", "engine": "engine_version"}
    flags = names or {**_TOP, **_RACK_FIELDS, **_PARALLEL, **_WORKLOAD, **TARGETS, **own}
    named = {value: "--" + key.replace("_", "-") for key, value in flags.items()}
    return f"{named.get(field, field)}{separator}{rest}"
