"""R6, the bandwidth rule, and R10, the research centre's guidance."""

from __future__ import annotations

from dataclasses import replace

from roofrack.results import Plan
from roofrack.rules import formulas
from roofrack.rules.facts import facts
from roofrack.rules.rule import Rule, rule
from roofrack.sweep import alone, points, slots

_R6 = "the bandwidth rule, with GPU figures that circulate beside it"
_R10 = "a research centre's measurements, 2024"
_REAL_SHARE = 0.65
_LEAST_BITS, _LARGE = 4, 70e9


def bandwidth_rules(plan: Plan) -> tuple[Rule, ...]:
    """R6 for a plan."""
    known = facts(plan)
    weights = known.params * known.bytes_each
    tp = plan.scenario.parallel.tp
    one = formulas.bandwidth_tokens_per_s(known.bandwidth * tp, weights)
    fits = plan.memory.fits
    exact = alone(plan).tokens_per_s_per_user.mid if fits else None
    batch = max(1, slots(plan) // plan.scenario.parallel.dp) if fits else None
    most = points(plan, (slots(plan),))[0].output_tokens_per_s.mid / plan.scenario.parallel.dp if fits else None
    inputs = {"bandwidth_tb_s": known.bandwidth / 1e12, "gpus": tp, "weights_gb": weights / 1e9}
    return (
        rule(
            "R6",
            "tokens/s of one sequence",
            _R6,
            "bandwidth / bytes of the weights",
            one,
            "tokens/s",
            exact,
            "No device streams at its data sheet's rate, and host, communication and the KV cache take their share; a mixture of experts "
            "reads only the experts it visits.",
            **inputs,
        ),
        rule(
            "R6.real",
            "the same at the 60 to 70 % that real systems reach",
            _R6,
            "0.65 × bandwidth / bytes of the weights",
            _REAL_SHARE * one,
            "tokens/s",
            exact,
            "One share for every device, engine and format hides what differs between them.",
            **inputs,
        ),
        rule(
            "R6.batch",
            "tokens/s of a full batch",
            _R6,
            "tokens/s of one sequence × batch until the KV cache fills memory",
            None if batch is None else one * batch,
            "tokens/s",
            most,
            "There is no ceiling in it: arithmetic and the KV cache end the growth (measured × 18.6 at 64 sequences, not × 64).",
            **inputs,
            batch=batch,
        ),
    )


def centre_rules(plan: Plan) -> tuple[Rule, ...]:
    """R10 for a plan."""
    known = facts(plan)
    bits = plan.scenario.weights.bits
    guided = 3 if known.params > _LARGE else _LEAST_BITS
    return (
        rule(
            "R10",
            "fewest bits of a weight without a loss that matters",
            _R10,
            "negligible down to 6 bits, acceptable at 4, below 4 only above 70B",
            guided,
            "bits",
            bits,
            "Exact is what this plan's format really stores, scales included; methods at the same bits differ more than a bit does.",
            params_billion=known.billions,
        ),
        rule(
            "R10.context",
            "growth of TTFT when the prompt doubles",
            _R10,
            "cost grows with the square of the context: × 4",
            4,
            "times",
            _growth(plan),
            "Matrix products are linear in the prompt and outweigh attention for long; its own tables are linear within 3 % in 12 of 14 series.",
            prompt_tokens=plan.scenario.workload.prompt_tokens,
        ),
    )


def _growth(plan: Plan) -> float | None:
    if not plan.memory.fits:
        return None
    load = plan.scenario.workload
    doubled = replace(
        load,
        prompt_tokens=2 * load.prompt_tokens,
        context_tokens=max(load.context_tokens, 2 * load.prompt_tokens + load.output_tokens),
    )
    longer = plan._replace(scenario=replace(plan.scenario, workload=doubled))
    return alone(longer).prefill.total_s / alone(plan).prefill.total_s
