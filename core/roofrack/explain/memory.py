"""Why memory is what it is: weights, KV cache, capacity."""

from __future__ import annotations

from roofrack.domain.scenario import Scenario
from roofrack.explain.derivation import Derivation, Line
from roofrack.report.units import gib, params
from roofrack.results import Plan


def weights_bytes(plan: Plan) -> Derivation:
    """Weights of one replica.

    Args:
        plan: The plan.
    """
    scenario, memory = plan.scenario, plan.memory
    stored = f"{scenario.weights.id}: {scenario.weights.source.text}"
    lines = [
        Line(part.name, f"{params(part.params)} × {part.bits:g} bits / 8", f"{gib(part.bytes)} GiB", stored)
        for part in memory.weights
    ]
    lines.append(Line("shapes", "", scenario.model.id, scenario.model.source.text))
    return Derivation(
        "weights_bytes",
        "Weights of one replica",
        f"{gib(memory.weights_bytes)} GiB ({memory.weights_bytes:,} bytes)",
        tuple(lines),
        words="The parameters of every matrix, times the bits that the format stores of its part.",
        symbols="bytes = Σ parameters × bits / 8",
    )


def kv_bytes_per_token(plan: Plan) -> Derivation:
    """KV cache of one sequence.

    Args:
        plan: The plan.
    """
    scenario, memory = plan.scenario, plan.memory
    stored = f"{scenario.kv.bits:g} bits per element ({scenario.kv.id}): {scenario.kv.source.text}"
    lines = [
        Line(
            f"{part.kind}, {part.layers} layers",
            f"{part.bytes_per_token / part.layers:,.0f} B × {part.layers} layers; TP divides it by {part.tp_divisor}"
            if part.bytes_per_token
            else f"fixed per sequence; TP divides it by {part.tp_divisor}",
            f"{part.bytes_per_token:,} B/token" if part.bytes_per_token else f"{part.fixed_bytes / 2**20:,.1f} MiB",
            stored,
        )
        for part in memory.kv
    ]
    lines.append(Line("shapes", "", f"{scenario.model.attention_kind} attention", scenario.model.source.text))
    return Derivation(
        "kv_bytes_per_token",
        "KV cache of one sequence",
        f"{memory.kv_bytes_per_token:,} B/token + {memory.kv_fixed_bytes / 2**20:,.1f} MiB per sequence",
        tuple(lines),
        words="What attention keeps of every token in every layer: keys and values of the KV heads, or a latent; windows and states are fixed.",
        symbols="bytes per token = Σ layers × cached elements × bits / 8",
    )


def kv_capacity_tokens(plan: Plan) -> Derivation:
    """KV capacity of the rack.

    Args:
        plan: The plan.
    """
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
        Line("weights on it", "share of this rank", f"− {gib(device.weights_bytes)} GiB"),
        Line("activations", "peak of a step", f"− {gib(device.activations_bytes)} GiB", scenario.profile.source.text),
        Line("context, libraries, graphs", "", f"− {gib(device.overhead_bytes)} GiB", scenario.profile.source.text),
        Line("KV pool", "what is left", f"{gib(device.kv_cache_bytes)} GiB"),
        Line(
            "tokens",
            f"pool / bytes per token on the device × {scenario.parallel.dp} replicas",
            f"{memory.kv_capacity_tokens:,}",
        ),
    )
    return Derivation(
        "kv_capacity_tokens",
        "KV capacity of the rack",
        f"{memory.kv_capacity_tokens:,} tokens",
        lines,
        words="What weights, activations and overhead leave of the memory that the engine may take, in whole blocks, on all replicas.",
        symbols="tokens = (usable − weights − activations − overhead) / bytes per token × replicas",
    )


def max_concurrency(plan: Plan) -> Derivation:
    """Requests that fit at once.

    Args:
        plan: The plan.
    """
    memory, workload = plan.memory, plan.scenario.workload
    length = workload.prompt_tokens + workload.output_tokens
    lines = (
        Line("tokens that fit", "KV pools of all replicas", f"{memory.kv_capacity_tokens:,}"),
        Line(
            "of the full context", f"whole blocks for {workload.context_tokens:,} tokens", f"{memory.max_concurrency:,}"
        ),
        Line("of this workload", f"whole blocks for {length:,} tokens", f"{memory.workload_concurrency:,}"),
    )
    return Derivation(
        "max_concurrency",
        "Requests of the full context that fit at once",
        f"{memory.max_concurrency:,} ({memory.workload_concurrency:,} of this workload)",
        lines,
        words="How often the cache of one sequence goes into the pools; a shorter request takes less, so more of them fit.",
        symbols="requests = replicas × ⌊pool / cache of one sequence⌋",
    )


def _fraction(scenario: Scenario) -> str:
    fraction = scenario.gpu_memory_fraction
    of = {
        "total": "of the total",
        "after-weights": "of what weights leave",
        "static": "for weights and KV",
        "context": "for the context asked",
    }
    return (
        f"{fraction:g} {of[scenario.profile.memory.budget]}" if fraction else f"as {scenario.engine.name} computes it"
    )
