"""R1, the 20 % rule, and R5, the textbook's memory profile."""

from __future__ import annotations

from roofrack.memory.kv import kv_bytes, kv_bytes_per_token
from roofrack.results import Plan
from roofrack.rules import formulas
from roofrack.rules.facts import facts
from roofrack.rules.rule import Rule, rule

_R1 = "the 20 % rule, widely copied since 2023"
_R5 = "'70B in the textbook', a memory profile with code"
_GB = 1e9


def rules(plan: Plan) -> tuple[Rule, ...]:
    """R1 for a plan."""
    known = facts(plan)
    bits = known.bytes_each * 8
    load = plan.scenario.workload
    return (
        rule(
            "R1",
            "GPU memory of a model",
            _R1,
            "M[GB] = P[billion] × 4 / (32 / Q) × 1.2",
            formulas.twenty_percent_gb(known.billions, bits),
            "GB",
            replica_bytes(plan) / _GB,
            f"It knows no KV cache, context or concurrency: exact is weights, activations, overhead and the cache of {load.concurrency} "
            f"request{'' if load.concurrency == 1 else 's'} of {load.prompt_tokens + load.output_tokens:,} tokens; embeddings and heads that stay at 16 bits are missing too.",
            params_billion=known.billions,
            bits=bits,
        ),
    )


def replica_bytes(plan: Plan) -> float:
    """What one replica really takes for its part of the requests under the cursor: weights, activations, overhead, KV cache."""
    scenario = plan.scenario
    devices = [device for device in plan.memory.devices if device.replica == 0]
    held = sum(d.weights_bytes + d.activations_bytes + d.overhead_bytes for d in devices)
    length = scenario.workload.prompt_tokens + scenario.workload.output_tokens
    requests = -(-scenario.workload.concurrency // scenario.parallel.dp)
    return held + requests * kv_bytes(scenario.model, scenario.kv, length)


def textbook_rules(plan: Plan) -> tuple[Rule, ...]:
    """R5 for a plan."""
    known = facts(plan)
    scenario = plan.scenario
    load = scenario.workload
    tokens, batch = load.prompt_tokens + load.output_tokens, -(-load.concurrency // scenario.parallel.dp)
    weights = formulas.textbook_weights_gb(known.billions, known.bytes_each)
    devices = [device for device in plan.memory.devices if device.replica == 0]
    activations = sum(device.activations_bytes for device in devices) / _GB
    per_token = kv_bytes_per_token(scenario.model, scenario.kv)
    inputs = {"params_billion": known.billions, "bytes_per_param": known.bytes_each}
    return (
        rule(
            "R5",
            "total memory",
            _R5,
            "(weights + KV + activations) × 1.2",
            formulas.textbook_total_gb(known.billions, known.bytes_each, tokens, batch),
            "GB",
            replica_bytes(plan) / _GB,
            "Its KV cache assumes one key and value head for each query head and more, and activations do not grow with the batch.",
            **inputs,
            tokens=tokens,
            batch=batch,
        ),
        rule(
            "R5.weights",
            "weights",
            _R5,
            "P × bytes (fp32 4, fp16 and bf16 2, int8 1, int4 0.5)",
            weights,
            "GB",
            plan.memory.weights_bytes / _GB,
            "Scales of quantised weights and parts that stay at 16 bits are left out.",
            **inputs,
        ),
        rule(
            "R5.kv_code",
            "KV cache of a token, the text's code",
            _R5,
            "P / 1000 × 2 × bytes GB",
            formulas.textbook_kv_gb_per_token(known.billions, known.bytes_each) * _GB,
            "bytes/token",
            per_token or None,
            "The cache depends on layers and KV heads, not on parameters: the code is hundreds of times too high.",
            **inputs,
        ),
        rule(
            "R5.kv_text",
            "KV cache of the batch, the text's words",
            _R5,
            "10 GB per 2,048 tokens at 70B and 16 bits, in proportion",
            formulas.textbook_kv_claim_gb(known.billions, known.bytes_each, tokens, batch),
            "GB",
            batch * kv_bytes(scenario.model, scenario.kv, tokens) / _GB,
            "It forgets grouped-query attention: eight KV heads instead of sixty-four, and rounds up from there.",
            **inputs,
            tokens=tokens,
            batch=batch,
        ),
        rule(
            "R5.activations",
            "activations",
            _R5,
            "15 % of the weights × batch",
            formulas.textbook_activations_gb(weights, batch),
            "GB",
            activations or None,
            "Engines reuse the activations of one layer for the next and bound them by the tokens of a step, not by the batch.",
            **inputs,
            batch=batch,
        ),
    )
