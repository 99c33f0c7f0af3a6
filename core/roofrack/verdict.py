"""The answer in words: a few short sentences that a meeting understands."""

from __future__ import annotations

from roofrack.domain.scenario import Scenario
from roofrack.report.units import duration, rate
from roofrack.results import Band, CurvePoint, MemoryPlan, Remedy

_BOUND_WORDS = {
    "weights": "reading weights",
    "kv": "reading the KV cache",
    "compute": "arithmetic",
    "communication": "communication between devices",
    "host": "the host",
}


def verdict(
    scenario: Scenario, memory: MemoryPlan, at: CurvePoint | None, remedies: tuple[Remedy, ...]
) -> tuple[str, ...]:
    """Say what the plan means.

    Args:
        scenario: What was planned.
        memory: Its memory.
        at: The point under the cursor; None when the plan does not fit.
        remedies: What would make it fit.
    """
    if at is None:
        said = [f"Does not fit: {memory.reason}."]
        if remedies:
            said.append("To make it fit: " + ", or ".join(remedy.label for remedy in remedies[:3]) + ".")
        return tuple(said)
    context = scenario.workload.context_tokens
    length = scenario.workload.prompt_tokens + scenario.workload.output_tokens
    fit, full = memory.workload_concurrency, memory.max_concurrency
    said = [f"Fits: {fit:,} requests of {length:,} tokens at once ({full:,} of the full {context:,})."]
    users = f"{at.concurrency:,} request{'s' if at.concurrency > 1 else ''} at once"
    said.append(
        f"{users}: {at.tokens_per_s_per_user.mid:,.0f} tokens/s each, {at.output_tokens_per_s.mid:,.0f} in total; "
        f"TTFT {duration(at.ttft_s.mid)}, TPOT {duration(at.tpot_s.mid)}."
    )
    if at.waiting:
        said.append(f"{at.waiting:,} of them wait: only {at.running:,} run at once.")
    said.append(f"A step is mostly {_BOUND_WORDS[at.bound]}.")
    said.extend(_targets(scenario, at))
    return tuple(said)


def _targets(scenario: Scenario, at: CurvePoint) -> list[str]:
    wanted = scenario.targets
    mean = "mean TTFT" if wanted.percentile is not None else "TTFT"  # a percentile is what `roofrack.users` works out
    said = []
    for name, target, reached in ((mean, wanted.ttft_s, at.ttft_s), ("TPOT", wanted.tpot_s, at.tpot_s)):
        if target is not None:
            said.append(f"{name} target {duration(target)}: {_kept(target, reached)} ({duration(reached.mid)}).")
    for name, target, reached in (
        ("tokens/s each", wanted.tokens_per_s_per_user, at.tokens_per_s_per_user),
        ("requests/s", wanted.requests_per_s, at.requests_per_s),
    ):
        if target is not None:
            least = Band(-reached.high, -reached.mid, -reached.low)
            said.append(f"Target {target:g} {name}: {_kept(-target, least)} ({rate(reached.mid)}).")
    return said


def _kept(most: float, reached: Band) -> str:
    """Whether a value stays below a limit; a floor is a limit of the negative value."""
    if reached.high <= most:
        return "kept"
    if reached.low > most:
        return "missed"
    return "probably kept" if reached.mid <= most else "probably missed"
