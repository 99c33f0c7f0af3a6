"""Why times and rates are what they are."""

from __future__ import annotations

from math import ceil, inf

from roofrack.domain.workload import Workload
from roofrack.explain.bands import band_note
from roofrack.explain.derivation import Derivation, Line, constants_of, fitted, point_of
from roofrack.report.units import duration, rate
from roofrack.results import Percentiles, Plan, StepTime
from roofrack.speed.curve import requests_of
from roofrack.speed.pipeline import SOURCE as PIPELINE_SOURCE
from roofrack.speed.pipeline import chunk_times
from roofrack.speed.step import StepModel


def tpot_s(plan: Plan) -> Derivation:
    """Time per output token.

    Args:
        plan: The plan.
    """
    at, workload = point_of(plan), plan.scenario.workload
    running = at.running / plan.scenario.parallel.dp
    lines = (
        Line(
            "sequences in a step",
            f"{at.running:,} running / {plan.scenario.parallel.dp} replica{'s' if plan.scenario.parallel.dp > 1 else ''}",
            f"{running:,.0f}",
        ),
        Line(
            "their mean length",
            f"{workload.prompt_tokens:,} + {workload.output_tokens:,} / 2",
            f"{workload.prompt_tokens + workload.output_tokens / 2:,.0f} tokens",
        ),
        *_step_lines(plan, at.decode),
        Line(
            "prompts of others",
            "share of steps that carry prompt tokens × what they add",
            duration(max(at.tpot_s.mid - at.decode.total_s, 0)),
        ),
        *_run_lines(workload),
        *_spread_line(at.spread.tpot_s if at.spread else None),
    )
    return Derivation(
        "tpot_s",
        "Time per output token",
        duration(at.tpot_s.mid),
        lines,
        words="One decode step for all running sequences; longer where steps also carry prompts of others.",
        symbols="TPOT = t(decode) + share × (t(decode and prompts) − t(decode))",
        band=band_note(plan, at.tpot_s),
    )


def ttft_s(plan: Plan) -> Derivation:
    """Time to first token.

    Args:
        plan: The plan.
    """
    at, handling = point_of(plan), constants_of(plan).request_s
    lines = (
        Line("outside the steps", "request handling", duration(handling), fitted(plan.scenario)),
        *_piece_lines(plan),
        *_step_lines(plan, at.prefill),
        Line("waiting", f"{at.waiting:,} requests queue for memory or a slot", f"{at.waiting:,}"),
        Line(
            "shared steps",
            f"{'the queue, ' if at.waiting else ''}steps that it misses, prompts of others in its own",
            duration(max(at.ttft_s.mid - at.prefill.total_s - handling, 0)),
        ),
        *_run_lines(plan.scenario.workload),
        *_spread_line(at.spread.ttft_s if at.spread else None),
    )
    return Derivation(
        "ttft_s",
        "Time to first token",
        duration(at.ttft_s.mid),
        lines,
        words="Handling of the request, the steps of its own prompt, and what it waits for others: their prompts, a free slot.",
        symbols="TTFT = t(request) + t(own prompt) + t(queue)",
        band=band_note(plan, at.ttft_s),
    )


def e2e_latency_s(plan: Plan) -> Derivation:
    """Send to last token.

    Args:
        plan: The plan.
    """
    at, output = point_of(plan), plan.scenario.workload.output_tokens
    decoding = at.e2e_latency_s.mid - at.ttft_s.mid
    lines = (
        Line("to the first token", "TTFT", duration(at.ttft_s.mid)),
        Line("to the last", f"({output:,} − 1) × {duration(at.tpot_s.mid)}", duration(decoding)),
    )
    return Derivation(
        "e2e_latency_s",
        "Send to last token",
        duration(at.e2e_latency_s.mid),
        lines,
        words="The first token, then each further one.",
        symbols="latency = TTFT + (output tokens − 1) × TPOT",
        band=band_note(plan, at.e2e_latency_s),
    )


def tokens_per_s_per_user(plan: Plan) -> Derivation:
    """What one user sees.

    Args:
        plan: The plan.
    """
    at = point_of(plan)
    return Derivation(
        "tokens_per_s_per_user",
        "What one user sees",
        f"{rate(at.tokens_per_s_per_user.mid)} tokens/s",
        (Line("tokens/s", f"1 / {duration(at.tpot_s.mid)}", rate(at.tokens_per_s_per_user.mid)),),
        words="How fast an answer streams once it has begun.",
        symbols="tokens/s = 1 / TPOT",
        band=band_note(plan, at.tokens_per_s_per_user, rate),
    )


def output_tokens_per_s(plan: Plan) -> Derivation:
    """Output of the rack.

    Args:
        plan: The plan.
    """
    at, output = point_of(plan), plan.scenario.workload.output_tokens
    lines = (
        Line("requests/s", "see requests_per_s", rate(at.requests_per_s.mid)),
        Line("tokens/s", f"{rate(at.requests_per_s.mid)} × {output:,} tokens", rate(at.output_tokens_per_s.mid)),
    )
    return Derivation(
        "output_tokens_per_s",
        "Output of the rack",
        f"{rate(at.output_tokens_per_s.mid)} tokens/s",
        lines,
        words="Requests that end every second, times the tokens of an answer.",
        symbols="tokens/s = requests/s × output tokens",
        band=band_note(plan, at.output_tokens_per_s, rate),
    )


def requests_per_s(plan: Plan) -> Derivation:
    """Requests that end every second.

    Args:
        plan: The plan.
    """
    at = point_of(plan)
    lines = (
        Line("requests in flight", f"{at.running:,} running + {at.waiting:,} waiting", f"{at.concurrency:,}"),
        Line("time of one", "TTFT and all its tokens", duration(at.e2e_latency_s.mid)),
        Line("requests/s", f"{at.concurrency:,} / {duration(at.e2e_latency_s.mid)}", rate(at.requests_per_s.mid)),
    )
    return Derivation(
        "requests_per_s",
        "Requests completed per second",
        f"{rate(at.requests_per_s.mid)} requests/s",
        lines,
        words="Little's law: as many are in flight as come while one is served.",
        symbols="requests/s = requests in flight / latency",
        band=band_note(plan, at.requests_per_s, rate),
    )


def _run_lines(workload: Workload) -> tuple[Line, ...]:
    """What else is known of the load: how long the run is, where answers end."""
    lines = []
    if workload.load == "poisson" and workload.requests is not None:
        lines.append(Line("the run", "requests, from an idle engine to an idle engine", f"{workload.requests:,}"))
    if workload.max_tokens is not None and workload.load != "single":
        lines.append(Line("longest answer", "they end on their own before", f"{workload.max_tokens:,} tokens"))
    return tuple(lines)


def _spread_line(found: Percentiles | None) -> tuple[Line, ...]:
    """How a time is spread over requests, where that was simulated."""
    if found is None:
        return ()
    shares = " / ".join(name for name in found._fields if name != "mean")
    values = " / ".join(duration(value) for value in found[1:])
    return (Line("over requests", f"{shares} of a simulated run", values),)


def _piece_lines(plan: Plan) -> tuple[Line, ...]:
    """Where a prompt is longer than a step: the steps that it takes, and how far its pieces run side by side."""
    asked = requests_of(plan.scenario, plan.memory)
    pieces = asked.prompt / asked.chunk
    if pieces <= 1:
        return ()
    split = f"{ceil(pieces):,} of at most {asked.chunk:,} tokens"
    step = StepModel(plan.scenario, constants_of(plan))
    if not asked.pipelines_prompts or step.stages == 1:
        return (Line("pieces of the prompt", f"{split}, one after another", f"{round(pieces, 1):,g} steps"),)
    queue = f"; queues hold {step.queued_chunks:.2g}" if step.queued_chunks < inf else ""
    took = chunk_times(pieces, step.stages, step.queued_chunks)
    through = f"{split} through {step.stages} stages{queue}"
    return (Line("pieces of the prompt", through, f"{round(took, 1):,g} steps", PIPELINE_SOURCE),)


def _power(watts: float | None, sustained: float) -> str:
    return f"{watts:,.0f} W sustain {sustained:.2f}" if watts else f"power not stated, {sustained:.2f} assumed"


def _step_lines(plan: Plan, step: StepTime) -> tuple[Line, ...]:
    scenario, c = plan.scenario, constants_of(plan)
    device, calibrated = scenario.rack.device, fitted(scenario)
    bandwidth = device.bandwidth_gb_s
    dense = f"{c.dense_bytes_s / bandwidth / 1e9:.2f}"
    experts = f", of experts {c.expert_bytes_s / bandwidth / 1e9:.2f}" if scenario.model.is_moe else ""
    return (
        Line("memory bandwidth", "data sheet", f"{bandwidth:,.0f} GB/s", device.source.text),
        Line(
            "weights are read at",
            f"{dense} of it{experts}",
            f"{c.dense_bytes_s / 1e9:,.0f} GB/s",
            calibrated,
        ),
        Line(
            "KV is read at",
            f"{c.kv_bytes_s / bandwidth / 1e9:.2f} of it",
            f"{c.kv_bytes_s / 1e9:,.0f} GB/s",
            calibrated,
        ),
        Line(
            "matrix products run at",
            f"from {c.full_rows:,.0f} rows on, fewer are slower; {_power(device.power_w, c.sustained)}",
            f"{c.dense_flops / 1e12:,.0f} TFLOPS",
            f"{device.source.text}; {calibrated}",
        ),
        Line("weights", "bytes read / their rate", duration(step.weights_s)),
        *(
            [Line("KV cache", f"{step.kv_s * c.kv_bytes_s / 1e9:,.2f} GB / its rate", duration(step.kv_s))]
            if step.kv_s
            else []
        ),
        Line("compute", "2 × active parameters × tokens / that rate, attention, activations", duration(step.compute_s)),
        Line(
            "communication",
            f"collectives at {c.link_bytes_s / 1e9:,.0f} GB/s and {c.link_s * 1e6:.3g} µs each",
            duration(step.communication_s),
            scenario.rack.link.source.text,
        ),
        Line("host", "launches per layer, scheduling, per sequence", duration(step.host_s), calibrated),
        Line("step", f"(weights^n + compute^n)^(1/n), n = {c.overlap:g}, plus the others", duration(step.total_s)),
    )
