"""What the chosen version of an engine decides: how it differs from the newest, and whether it can know the model at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from roofrack.domain.engine import EngineProfile
from roofrack.domain.scenario import Scenario
from roofrack.memory.capacity import plan_memory
from roofrack.memory.expanded import as_cached
from roofrack.memory.notices import has_states, has_windows
from roofrack.memory.pool import caps_windows
from roofrack.results import MemoryPlan, Notice
from roofrack.settle import step_defaults

SORTING_COSTS = 2
"""A sampler that takes this many times the memory of another one sorts the logits."""

_BATCHING = {
    "chunked": "prompts in chunks among decode steps",
    "prefill-first": "whole prompts before decoding goes on",
    "slots": "a fixed slot for each request",
}


def version_notices(scenario: Scenario, memory: MemoryPlan) -> tuple[Notice, ...]:
    """What to know about the version of the engine; nothing where the newest one is planned.

    Args:
        scenario: What is planned.
        memory: Its memory.
    """
    engine, version, newest = scenario.engine, scenario.engine_version, scenario.engine.default_version
    other = engine.profile(newest)
    if other == scenario.profile:
        return _too_old(scenario)
    now = _under(scenario, newest, other)
    why = "; ".join(_differences(scenario, now))
    if not why:
        return _too_old(scenario)
    then = plan_memory(now, brief=True)
    if memory.fits and then.fits:
        said = f"{engine.name} {version} holds {memory.kv_capacity_tokens:,} tokens of KV cache here, {newest} {then.kv_capacity_tokens:,}"
    else:
        fits = {True: "fits", False: "does not"}
        said = f"{engine.name} {version} {'fits' if memory.fits else 'does not fit'}, {newest} {fits[then.fits]}"
    return (Notice("engine-version", f"{said}: {why}"), *_too_old(scenario))


def _under(scenario: Scenario, version: str, profile: EngineProfile) -> Scenario:
    """The scenario under another version, with that version's defaults for what nobody chose."""
    spec, steps = scenario.spec, step_defaults(profile, scenario.rack.device)
    model = as_cached(scenario.as_published or scenario.model, profile.memory)
    return replace(
        scenario,
        model=model,
        as_published=None,
        engine_version=version,
        profile=profile,
        gpu_memory_fraction=spec.gpu_memory_fraction or profile.memory.fraction,
        max_num_batched_tokens=spec.max_num_batched_tokens or steps.max_num_batched_tokens,
        max_num_seqs=spec.max_num_seqs or steps.max_num_seqs,
    )


def _differences(one: Scenario, other: Scenario) -> Iterator[str]:
    """What the first does otherwise than the second, as far as it matters to this model."""
    mine, theirs = one.profile.memory, other.profile.memory
    if one.gpu_memory_fraction != other.gpu_memory_fraction:
        yield f"memory fraction {_fraction(one)} instead of {_fraction(other)}"
    if (one.as_published is None) != (other.as_published is None):
        yield (
            "MLA caches hold keys and values of every head" if one.as_published else "MLA caches hold the latent alone"
        )
    if has_windows(one.model):
        yield from _once(_windows(one), _windows(other))
    if has_states(one.model):
        yield from _once(_states(one), _states(other))
    if mine.graph_bytes_per_layer and mine.graphs_in_budget != theirs.graphs_in_budget:
        yield f"CUDA graphs {'inside' if mine.graphs_in_budget else 'outside'} the memory fraction"
    if mine.sampler_bytes_per_logit > SORTING_COSTS * theirs.sampler_bytes_per_logit:
        yield "sampling sorts the logits, which takes more memory"
    if one.profile.batching.policy != other.profile.batching.policy:
        yield _BATCHING[one.profile.batching.policy]
    if one.max_num_batched_tokens != other.max_num_batched_tokens:
        yield f"steps of {one.max_num_batched_tokens:,} tokens instead of {other.max_num_batched_tokens:,}"


def _fraction(scenario: Scenario) -> str:
    return "computed by the engine" if scenario.gpu_memory_fraction is None else f"{scenario.gpu_memory_fraction:g}"


def _once(mine: str, theirs: str) -> tuple[str, ...]:
    return (mine,) if mine != theirs else ()


def _windows(scenario: Scenario) -> str:
    if not caps_windows(scenario):
        return "windowed layers keep the full length"
    apart = scenario.profile.memory.window_pool_ratio is not None
    return "windowed layers in a pool of their own" if apart else "windowed layers keep their window in the common pool"


def _states(scenario: Scenario) -> str:
    policy = scenario.profile.memory
    if policy.state_pool_ratio is not None:
        return "recurrent states in a pool of their own"
    return "recurrent states in pages of the KV pool" if policy.state_pages else "recurrent states at their own size"


def _too_old(scenario: Scenario) -> tuple[Notice, ...]:
    """A version whose successor was out before the model was; engines learn an architecture later."""
    from roofrack.evidence.engines import followed_on

    model, engine, version = scenario.model, scenario.engine, scenario.engine_version
    followed = followed_on(engine.id, version)
    if not followed or len(model.released) < _MONTH or followed[:_MONTH] > model.released[:_MONTH]:
        return ()
    said = f"{engine.name} {version} is older than {model.name} of {model.released[:_MONTH]}: it may not load it"
    return (Notice("engine-older-than-model", said),)


_MONTH = len("2026-01")
