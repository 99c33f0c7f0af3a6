"""From a measurement to a settled scenario: what is stated, and for the rest what was usual with that engine at that time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple, get_args

from roofrack.domain.device import Device
from roofrack.domain.scenario import ParallelSpec, RackSpec, Scenario, ScenarioSpec, WorkloadSpec
from roofrack.domain.workload import Load
from roofrack.errors import InputError, UnknownIdError
from roofrack.evidence.engines import FORKS, STAND_INS, date_of, engine_name, plain_version, version_at
from roofrack.evidence.measurement import Measurement
from roofrack.evidence.ran import Ran
from roofrack.evidence.stated import LENGTHS_OF_CHATS, LENGTHS_VARY
from roofrack.memory.budget import DRIVER_RESERVED_BYTES, DRIVER_RESERVED_SHARE, GIB, MIB
from roofrack.memory.capacity import plan_memory
from roofrack.results import MemoryPlan
from roofrack.settle import settle

SHORT_PROMPT_TOKENS = 32
SHORT_OUTPUT_TOKENS = 128
"""Lengths of a speed test whose source names none: a question, and an answer of a few lines."""

USUAL_CONTEXT_TOKENS = 8192
"""A benchmark starts its server with the context that its requests need, or about this if that is more."""

FP8_CACHE_SINCE = "2025-06"
"""From then on launch recipes of 8- and 4-bit floating-point checkpoints set an FP8 cache, and ModelOpt checkpoints carry it."""

RAISED_FRACTION = 0.95
"""Whoever published a run whose model does not fit the engine's default share of memory has raised that share."""

USUAL_LIMIT = 1.4
"""A benchmark that lets answers end on their own stops them at about this multiple of their mean: 512 tokens, of which chats use 350 to 370."""

PROMPTS_OF_CHATS = {"p50": 0.84, "p90": 1.93, "p95": 2.17, "p99": 2.45}
"""Where the lengths given are but means: percentiles of prompts in multiples of their mean, as in the 500 recorded prompts that AccelMark
publishes with its results (`sharegpt_standard_v1`; 236 tokens on average, at most 592). A request that is alone waits for its own."""

LONGEST_CHAT_TOKENS = 2048
"""Benchmarks that replay recorded conversations leave out those longer than this, prompt and answer together (vLLM `benchmarks/`)."""

LONGEST_RUN = 100_000
"""Requests beyond which a run is as good as endless."""

UNNAMED_DEVICE = "h200-sxm-141gb"
"""Stands in where a start-up log names no device: only its weights are compared then."""

_FP8_CACHE_WEIGHTS = {
    "vllm": ("fp8", "fp8-block", "nvfp4"),
    "sglang": ("fp8", "fp8-block", "nvfp4"),
    "trtllm": ("fp8", "fp8-block", "nvfp4", "mxfp4"),
}
_OTHER_NAMES = {"w8a8": "int8", "fp8_e4m3": "fp8", "fp8_e5m2": "fp8"}
_LOADS: tuple[str, ...] = get_args(Load)
_WAITS = ("receive_interval", "held_steps")


class Unpredictable(Exception):  # noqa: N818
    """A row that cannot be predicted; the message is the reason, the same for all rows like it."""


class Case(NamedTuple):
    """A measurement with everything settled that does not depend on speed constants.

    Args:
        measurement: The row.
        scenario: Its scenario; the engine's id is the measured engine's, also where roofrack does not plan it.
        memory: Its memory plan, which need not fit.
        likes: Engine ids whose speed constants serve, best first.
    """

    measurement: Measurement
    scenario: Scenario
    memory: MemoryPlan
    likes: tuple[str, ...]


Settled = tuple[Scenario, MemoryPlan, tuple[str, ...]]


def settle_measurement(measurement: Measurement, catalog: Ran) -> Settled:
    """Settle a measurement's scenario and plan its memory.

    Args:
        measurement: The row.
        catalog: Where ids are looked up.

    Raises:
        Unpredictable: An id is unknown or the choices contradict each other.
    """
    try:
        measurement = _plainly(measurement, catalog)
        stand_in = STAND_INS.get(measurement.engine)
        spec = spec_of(measurement, catalog)
        scenario = settle(spec, catalog)
        if measurement.load and spec.gpu_memory_fraction is None and not plan_memory(scenario, brief=True).fits:
            scenario = settle(replace(spec, gpu_memory_fraction=RAISED_FRACTION), catalog)
        options = dict(measurement.options)
        if options.get("chunked_prefill") == "true":
            scenario = _with_batching(scenario, policy="chunked")
        if waits := {name: count for name in _WAITS if (count := _count(options, name))}:
            scenario = _with_batching(scenario, **waits)
        if total := options.get("device_total_gib"):
            scenario = _with_total(scenario, _float(total, "device_total_gib"))
        return scenario, plan_memory(scenario), (measurement.engine, *(stand_in.like if stand_in else ()))
    except UnknownIdError as error:
        raise Unpredictable(f"unknown {error.kind} {error.wanted}") from None
    except (InputError, ValueError) as error:
        raise Unpredictable(str(error)) from None


def _plainly(measurement: Measurement, catalog: Ran) -> Measurement:
    """A measurement with its engine as an id, and the version that its engine had."""
    engine = catalog.engine(engine_name(measurement.engine)).id
    return measurement._replace(engine=engine, engine_version=_version(measurement, engine))


def _version(measurement: Measurement, engine: str) -> str:
    """The engine version: as stated, or what was in use at the date. A fork's own numbers say nothing."""
    about = dict(measurement.options).get("engine_version_about", "")
    fork = measurement.engine.strip().lower().removeprefix("other:") in FORKS
    stated = plain_version(measurement.engine_version) or ("" if "-" in about else plain_version(about))
    return ("" if fork else stated) or version_at(engine, measurement.date) or "0"


def spec_of(measurement: Measurement, catalog: Ran) -> ScenarioSpec:
    """The choices of a measurement; what its source does not say is what was usual.

    Args:
        measurement: The row, its engine an id and its version plain.
        catalog: Where the engine is looked up.

    Raises:
        Unpredictable: The load is unknown, or a poisson load has no rate.
        UnknownIdError: The engine is unknown.
        ValueError: A value is out of range.
    """
    engine = catalog.engine(measurement.engine)
    profile = engine.profile(measurement.engine_version)
    options = dict(measurement.options)
    degrees = (measurement.tp or 1) * (measurement.pp or 1) * (measurement.dp or 1)
    gpus, nodes = measurement.gpus or degrees, measurement.nodes or 1
    prompt, output = _lengths(measurement)
    slots = profile.memory.budget == "context"
    concurrency = measurement.concurrency or 1
    context = _count(options, "max_model_len") or _context(measurement, prompt + output, slots=slots)
    library = engine.id in STAND_INS and slots
    return ScenarioSpec(
        model=measurement.model,
        weights=_weights(measurement.weights, engine.id, catalog),
        kv=measurement.kv or options.get("kv") or usual_kv(measurement),
        rack=RackSpec(
            device=measurement.gpu or UNNAMED_DEVICE,
            gpus_per_node=max(1, gpus // nodes),
            nodes=nodes,
            link=_link(measurement, gpus // nodes, catalog),
        ),
        parallel=ParallelSpec(tp=measurement.tp, pp=measurement.pp, dp=measurement.dp, ep=measurement.ep),
        engine=engine.id,
        engine_version=measurement.engine_version,
        gpu_memory_fraction=_option(options, "gpu_memory_fraction"),
        max_num_batched_tokens=_count(options, "max_num_batched_tokens") or (max(prompt, 512) if library else None),
        max_num_seqs=_count(options, "max_num_seqs") or (concurrency if slots else None),
        workload=WorkloadSpec(
            prompt_tokens=prompt,
            output_tokens=output,
            context_tokens=context,
            load=_load(measurement),  # type: ignore[arg-type]
            concurrency=concurrency,
            concurrencies=(concurrency,),
            rate_per_s=measurement.request_rate,
            requests=_requests(measurement),
            max_tokens=_longest_answer(measurement, prompt, output, (context or 0) - prompt),
        ),
    )


def _requests(measurement: Measurement) -> int | None:
    """Requests of the whole run where they arrive at random; for other loads their number decides nothing."""
    if measurement.load != "poisson" or measurement.requests is None:
        return None
    return min(measurement.requests, LONGEST_RUN)


def _longest_answer(measurement: Measurement, prompt: int, output: int, room: int) -> int | None:
    """Where answers are cut off, if they are not all alike."""
    if measurement.max_tokens is not None:
        return max(measurement.max_tokens, output)
    lengths = dict(measurement.options).get("lengths")
    if lengths not in (LENGTHS_VARY, LENGTHS_OF_CHATS) or output < 2:
        return None
    usual = round(USUAL_LIMIT * output)
    return max(output, min(room, usual if lengths == LENGTHS_VARY else max(LONGEST_CHAT_TOKENS - prompt, usual)))


def usual_kv(measurement: Measurement) -> str | None:
    """The KV format that a run used whose source does not name one; None is the engine's own default.

    Args:
        measurement: The row, its engine an id and its version plain.
    """
    date = measurement.date or date_of(measurement.engine, measurement.engine_version)
    eight_bit = measurement.weights in _FP8_CACHE_WEIGHTS.get(measurement.engine, ()) and date >= FP8_CACHE_SINCE
    return "fp8" if eight_bit else None


def _weights(written: str, engine: str, catalog: Ran) -> str | None:
    """The format as written, in the engine's own file; a mix of Unsloth's that has no row counts as the plain type of that name."""
    written = _OTHER_NAMES.get(written.lower(), written.lower())
    if written.startswith("ud-"):
        try:
            return catalog.weights_format(written).id
        except UnknownIdError:
            return written.removeprefix("ud-").removesuffix("_xl")
    return catalog.kept_by(engine, written) if written else None


def _lengths(measurement: Measurement) -> tuple[int, int]:
    prompt, output = measurement.prompt_tokens, measurement.output_tokens
    if measurement.metric == "max_concurrency":
        prompt = None  # the column holds the longest request there
    if prompt is not None and prompts_tell(measurement):
        prompt *= PROMPTS_OF_CHATS[measurement.stat]
    return (
        SHORT_PROMPT_TOKENS if prompt is None else max(1, round(prompt)),
        SHORT_OUTPUT_TOKENS if output is None else max(1, round(output)),
    )


def prompts_tell(measurement: Measurement) -> bool:
    """Whether a percentile is one of prompts: a request that has the engine for itself takes what its prompt takes.

    Args:
        measurement: The row.
    """
    varies = dict(measurement.options).get("lengths") == LENGTHS_VARY
    return (
        varies
        and measurement.load == "single"
        and measurement.metric == "ttft"
        and measurement.stat in PROMPTS_OF_CHATS
    )


def _context(measurement: Measurement, needed: int, *, slots: bool) -> int | None:
    if measurement.metric == "max_concurrency" and measurement.prompt_tokens:
        return round(measurement.prompt_tokens)
    if not measurement.load:
        return None
    return needed if slots else max(needed, USUAL_CONTEXT_TOKENS)


def _load(measurement: Measurement) -> str:
    load = measurement.load or "closed"
    if load not in _LOADS:
        raise Unpredictable(f"load {load} is not known")
    if load == "poisson" and measurement.request_rate is None:
        raise Unpredictable("a poisson load without request_rate")
    return load


def _link(measurement: Measurement, devices: int, catalog: Ran) -> str | None:
    """What the source says, where that can be; else what the device has."""
    word = measurement.link.lower()
    if devices < 2:
        return None
    if word.startswith("pci"):
        return "pcie"
    own = catalog.device(measurement.gpu).link if measurement.gpu else None
    reaches = own is not None and devices <= own.max_devices
    return "nvlink" if reaches and word.startswith(("nv", "xgmi", "infinity")) else None


def _with_batching(scenario: Scenario, **changes: Any) -> Scenario:
    """The scenario with steps filled in a way that its engine does not follow unless asked."""
    profile = scenario.profile
    return replace(scenario, profile=replace(profile, batching=replace(profile.batching, **changes)))


def _with_total(scenario: Scenario, total_gib: float) -> Scenario:
    """The scenario on a device of which programs see so much memory."""
    visible = total_gib * GIB
    reserved = min(DRIVER_RESERVED_BYTES, visible / (1 - DRIVER_RESERVED_SHARE) * DRIVER_RESERVED_SHARE)
    group = scenario.rack.groups[0]
    device: Device = replace(group.device, memory_mib=round((visible + reserved) / MIB))
    return replace(scenario, rack=replace(scenario.rack, groups=(replace(group, device=device),)))


def _option(options: dict[str, str], name: str) -> float | None:
    return _float(options[name], name) if options.get(name) else None


def _count(options: dict[str, str], name: str) -> int | None:
    value = _option(options, name)
    return None if value is None else round(value)


def _float(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise Unpredictable(f"option {name} is not a number") from None
    if not 0 < value < 1e12:
        raise Unpredictable(f"option {name} is out of range")
    return value
