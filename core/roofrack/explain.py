"""Why a number is what it is: formula, values with units, source of each constant, width of the band."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain.scenario import Scenario
from roofrack.errors import InputError
from roofrack.report.units import banded, duration, gib, params, rate
from roofrack.results import Band, CurvePoint, Plan, StepTime
from roofrack.speed.constants import Constants, constants

if TYPE_CHECKING:
    from roofrack.evidence.predict import Predictor


class Line(NamedTuple):
    """One line of a derivation.

    Args:
        what: The quantity in words.
        formula: How it comes about, in symbols; empty for an input.
        value: The value with its unit.
        source: Where a constant or a fact comes from; empty for what was computed.
    """

    what: str
    formula: str
    value: str
    source: str = ""


class Derivation(NamedTuple):
    """The derivation of one number.

    Args:
        name: As in the JSON contract.
        title: In words.
        value: The value with its unit.
        lines: From inputs to the value.
        band: The band and why it is that wide; empty where the value is exact.
        nearest: The nearest published measurement of it and what roofrack says about that one, or that there is none; empty for what
            nobody measures.
    """

    name: str
    title: str
    value: str
    lines: tuple[Line, ...]
    band: str = ""
    nearest: str = ""


def explain(plan: Plan, number: str | None = None) -> tuple[Derivation, ...]:
    """Derive the numbers of a plan.

    Args:
        plan: The plan.
        number: Only this one; None derives all.

    Raises:
        InputError: There is no such number, or the plan does not fit and has none.
    """
    if number is not None and number not in NUMBERS:
        raise InputError(f"number: '{number}' cannot be explained", f"choose one of {', '.join(NUMBERS)}")
    wanted = (number,) if number else NUMBERS
    if plan.at is None:
        missing = [name for name in wanted if name in _NEEDS_FIT]
        if number and missing:
            raise InputError(f"number: {number} needs a plan that fits", plan.memory.reason or "")
        wanted = tuple(name for name in wanted if name not in _NEEDS_FIT)
    # Measurements are read when somebody asks why: `import roofrack` and the app's start do without.
    from roofrack.evidence.predict import Predictor

    predictor = Predictor()
    return tuple(_DERIVE[name](plan)._replace(nearest=_nearest(plan, name, predictor)) for name in wanted)


def _nearest(plan: Plan, number: str, predictor: Predictor) -> str:
    """The nearest measurement of a number in a line."""
    from roofrack.evidence.nearest import NUMBERS as METRICS_OF
    from roofrack.evidence.nearest import evidence_for, nothing_near
    from roofrack.report.evidence import evidence_line

    metrics = METRICS_OF.get(number)
    if metrics is None:
        return ""
    found = evidence_for(plan, metrics=metrics, most=1, predictor=predictor)
    return evidence_line(found[0]) if found else nothing_near(plan, metrics)


def _weights(plan: Plan) -> Derivation:
    scenario, memory = plan.scenario, plan.memory
    lines = [
        Line(
            part.name,
            f"{params(part.params)} × {part.bits:g} bits / 8",
            f"{gib(part.bytes)} GiB",
            _format_source(scenario),
        )
        for part in memory.weights
    ]
    lines.append(Line("shapes", "", scenario.model.id, scenario.model.source.text))
    value = f"{gib(memory.weights_bytes)} GiB ({memory.weights_bytes:,} bytes)"
    return Derivation("weights_bytes", "Weights of one replica", value, tuple(lines))


def _format_source(scenario: Scenario) -> str:
    return f"{scenario.weights.id}: {scenario.weights.source.text}"


def _kv_per_token(plan: Plan) -> Derivation:
    scenario, memory = plan.scenario, plan.memory
    lines = [
        Line(
            f"{part.kind}, {part.layers} layers",
            f"{part.bytes_per_token / part.layers:,.0f} B × {part.layers} layers"
            if part.bytes_per_token
            else "fixed per sequence",
            f"{part.bytes_per_token:,} B/token" if part.bytes_per_token else f"{part.fixed_bytes / 2**20:,.1f} MiB",
            f"{scenario.kv.bits:g} bits per element ({scenario.kv.id}); TP divides it by {part.tp_divisor}",
        )
        for part in memory.kv
    ]
    lines.append(Line("shapes", "", f"{scenario.model.attention_kind} attention", scenario.model.source.text))
    value = f"{memory.kv_bytes_per_token:,} B/token + {memory.kv_fixed_bytes / 2**20:,.1f} MiB per sequence"
    return Derivation("kv_bytes_per_token", "KV cache of one sequence", value, tuple(lines))


def _capacity(plan: Plan) -> Derivation:
    memory, scenario = plan.memory, plan.scenario
    device = memory.devices[0]
    lines = (
        Line(
            "memory of a device",
            "as the driver reports it",
            f"{gib(device.total_bytes)} GiB",
            scenario.rack.device.source.text,
        ),
        Line(
            "the engine may take", _fraction(scenario), f"{gib(device.usable_bytes)} GiB", scenario.engine.source.text
        ),
        Line("weights on it", "share of this rank", f"- {gib(device.weights_bytes)} GiB"),
        Line("activations", "peak of a step", f"- {gib(device.activations_bytes)} GiB"),
        Line("context, libraries, graphs", "", f"- {gib(device.overhead_bytes)} GiB"),
        Line("KV pool", "what is left", f"{gib(device.kv_cache_bytes)} GiB"),
        Line(
            "tokens",
            f"pool / bytes per token on the device × {scenario.parallel.dp} replicas",
            f"{memory.kv_capacity_tokens:,}",
        ),
        Line(
            "of the full context",
            f"tokens / {scenario.workload.context_tokens:,}",
            f"{memory.max_concurrency:,} requests",
        ),
        Line("of this workload", "prompt + output tokens each", f"{memory.workload_concurrency:,} requests"),
    )
    return Derivation("kv_capacity_tokens", "KV capacity of the rack", f"{memory.kv_capacity_tokens:,} tokens", lines)


def _fraction(scenario: Scenario) -> str:
    fraction = scenario.gpu_memory_fraction
    budget = {
        "total": "of the total",
        "after-weights": "of what weights leave",
        "static": "for weights and KV",
        "context": "for the context asked",
    }
    return (
        f"{fraction:g} {budget[scenario.profile.memory.budget]}"
        if fraction
        else f"as {scenario.engine.name} computes it"
    )


def _tpot(plan: Plan) -> Derivation:
    at = _at(plan)
    scenario, effective = plan.scenario, _constants(plan)
    running = at.running / scenario.parallel.dp
    lines = (
        *_step_lines(at.decode, effective, scenario),
        Line("sequences in a step", "running / replicas", f"{running:,.0f}"),
    )
    note = Line(
        "prompts of others",
        "share of steps that carry prompt tokens",
        duration(max(at.tpot_s.mid - at.decode.total_s, 0)),
    )
    return Derivation(
        "tpot_s", "Time per output token", duration(at.tpot_s.mid), (*lines, note), _band_note(plan, "tpot", at.tpot_s)
    )


def _ttft(plan: Plan) -> Derivation:
    at, effective = _at(plan), _constants(plan)
    lines = (
        Line("outside the steps", "request handling", duration(effective.request_s), _calibrated(plan)),
        *_step_lines(at.prefill, effective, plan.scenario),
        Line(
            "queue and shared steps",
            "what is left",
            duration(max(at.ttft_s.mid - at.prefill.total_s - effective.request_s, 0)),
        ),
    )
    return Derivation(
        "ttft_s", "Time to first token", duration(at.ttft_s.mid), lines, _band_note(plan, "ttft", at.ttft_s)
    )


def _throughput(plan: Plan) -> Derivation:
    at = _at(plan)
    output = plan.scenario.workload.output_tokens
    lines = (
        Line("running requests", "", f"{at.running:,}"),
        Line("one request", f"TTFT + ({output} - 1) × TPOT", duration(at.e2e_latency_s.mid)),
        Line("requests/s", "running / time of one", rate(at.requests_per_s.mid)),
        Line("tokens/s", f"requests/s × {output}", rate(at.output_tokens_per_s.mid)),
    )
    value = f"{rate(at.output_tokens_per_s.mid)} tokens/s"
    return Derivation(
        "output_tokens_per_s",
        "Output of the rack",
        value,
        lines,
        _band_note(plan, "throughput", at.output_tokens_per_s, rate),
    )


def _cost(plan: Plan) -> Derivation:
    cost, at = plan.cost, _at(plan)
    if cost.usd_per_hour is None or cost.usd_per_million_output_tokens is None:
        return Derivation("usd_per_million_output_tokens", "Cost of output tokens", "no price known", ())
    lines = (
        Line(
            "rack",
            f"{plan.scenario.rack.device_count} devices × ${plan.scenario.usd_per_device_hour:g}/h",
            f"${cost.usd_per_hour:,.2f}/h",
            cost.source,
        ),
        Line("tokens per hour", "tokens/s × 3600", f"{at.output_tokens_per_s.mid * 3600:,.0f}"),
        Line(
            "per million",
            "rack / tokens × 10⁶, everything charged to output",
            f"${cost.usd_per_million_output_tokens:,.3g}",
        ),
    )
    return Derivation(
        "usd_per_million_output_tokens",
        "Cost of output tokens",
        f"${cost.usd_per_million_output_tokens:,.3g} per million",
        lines,
    )


def _step_lines(step: StepTime, c: Constants, scenario: Scenario) -> tuple[Line, ...]:
    bandwidth = scenario.rack.device.bandwidth_gb_s
    calibrated = f"{scenario.engine.id} {scenario.engine_version}, {scenario.rack.device.architecture}, kernel {scenario.weights.kernel}"
    data_sheet = scenario.rack.device.source.text
    return (
        Line(
            "weights",
            f"bytes / ({c.dense_bytes_s / bandwidth / 1e9:.2f} × {bandwidth:,.0f} GB/s)",
            duration(step.weights_s),
            data_sheet,
        ),
        Line(
            "KV cache",
            f"bytes / ({c.kv_bytes_s / bandwidth / 1e9:.2f} × {bandwidth:,.0f} GB/s)",
            duration(step.kv_s),
            data_sheet,
        ),
        Line(
            "compute",
            f"2 × active params × tokens / {c.dense_flops / 1e12:,.0f} TFLOPS + attention",
            duration(step.compute_s),
            calibrated,
        ),
        Line(
            "communication",
            f"all-reduces at {c.link_bytes_s / 1e9:,.0f} GB/s and {c.link_s * 1e6:g} µs",
            duration(step.communication_s),
            scenario.rack.link.source.text,
        ),
        Line("host", "launches per layer, scheduling, per sequence", duration(step.host_s), calibrated),
        Line("together", f"(weightsⁿ + computeⁿ)^(1/n), n = {c.overlap:g}, plus the others", duration(step.total_s)),
    )


def _band_note(plan: Plan, metric: str, band: Band, write: Callable[[float], str] = duration) -> str:
    """The band, how wide it is, and what of the path was measured."""
    calibration, scenario = shipped_calibration(), plan.scenario
    engine, version = scenario.engine.id, scenario.engine_version
    era = calibration.era(engine, version)
    kind = calibration.device_class(scenario.rack.device, engine, version)
    kernel = calibration.kernel(scenario.weights.kernel, engine, version, kind.id)
    behind = (
        (f"{engine} from {era.since}", era.rows),
        (f"devices like {scenario.rack.device.name}", kind.rows),
        (f"the {scenario.weights.kernel} kernel", kernel.rows),
    )
    factor = calibration.band(metric, scenario.workload.load, _constants(plan).surprise) ** scenario.band_share
    counts = ", ".join(f"{rows:,} of {what}" if rows else f"none of {what}" for what, rows in behind)
    wider = "" if all(rows for _, rows in behind) else "; wider for what was never measured"
    if scenario.band_share < 1:
        wider += "; narrower because your own profile was made on this configuration"
    return (
        f"80 % band {banded(band, write)}: four of five published measurements of such paths lie within ×/÷ {factor:.2f}; "
        f"measurements behind the constants: {counts}{wider}"
    )


def _calibrated(plan: Plan) -> str:
    return f"calibration, {plan.scenario.engine.id} {plan.scenario.engine_version}"


def _constants(plan: Plan) -> Constants:
    return constants(plan.scenario, shipped_calibration())


def _at(plan: Plan) -> CurvePoint:
    if plan.at is None:
        raise InputError("this number needs a plan that fits", plan.memory.reason or "")
    return plan.at


_DERIVE: dict[str, Callable[[Plan], Derivation]] = {
    "weights_bytes": _weights,
    "kv_bytes_per_token": _kv_per_token,
    "kv_capacity_tokens": _capacity,
    "ttft_s": _ttft,
    "tpot_s": _tpot,
    "output_tokens_per_s": _throughput,
    "usd_per_million_output_tokens": _cost,
}
_NEEDS_FIT = ("ttft_s", "tpot_s", "output_tokens_per_s", "usd_per_million_output_tokens")
NUMBERS = tuple(_DERIVE)
"""Names of the numbers that can be explained."""
