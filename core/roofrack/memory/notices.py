"""What a reader must know about the memory of a plan."""

from __future__ import annotations

from roofrack.domain.model import Model, RecurrentState, SoftmaxAttention
from roofrack.domain.scenario import Scenario
from roofrack.memory.budget import GIB
from roofrack.memory.kv import kv_bytes_per_token
from roofrack.memory.pool import caps_windows
from roofrack.results import MemoryPlan, Notice

_WORTH_SAYING = GIB // 10


def memory_notices(scenario: Scenario, memory: MemoryPlan) -> tuple[Notice, ...]:
    """What to know about a plan's memory, whether it fits or not.

    Args:
        scenario: What is planned.
        memory: Its memory.
    """
    found = []
    crowded = memory.crowded_bytes
    if crowded > _WORTH_SAYING:
        found.append(
            Notice(
                "crowded",
                f"a memory fraction of {scenario.gpu_memory_fraction or 0:g} leaves {crowded / GIB:.1f} GiB too little for context and "
                "CUDA graphs: lower it, or run without graphs",
            )
        )
    windowed = has_windows(scenario.model)
    if windowed and not caps_windows(scenario):
        capped = kv_bytes_per_token(scenario.model, scenario.kv)
        found.append(
            Notice(
                "uncapped-windows",
                f"{scenario.engine.name} {scenario.engine_version} keeps this model's windowed layers at full length: "
                f"{memory.kv_bytes_per_token:,} bytes of KV cache per token instead of {capped:,}",
            )
        )
    policy = scenario.profile.memory
    if scenario.as_published is not None:
        own = kv_bytes_per_token(scenario.as_published, scenario.kv)
        found.append(
            Notice(
                "expanded-latents",
                f"{scenario.engine.name} {scenario.engine_version} does not keep the latent of MLA models but keys and values of every "
                f"head, {policy.expanded_latent_dim} wide: {memory.kv_bytes_per_token:,} bytes of KV cache per token instead of {own:,}",
            )
        )
    if windowed and policy.window_pool_ratio is not None:
        found.append(
            Notice(
                "window-pool",
                f"{scenario.engine.name} {scenario.engine_version} sets a pool apart for windowed layers, {policy.window_pool_ratio:g} tokens "
                "for each token of the full layers: what one of them has left stays unused (--swa-full-tokens-ratio)",
            )
        )
    if has_states(scenario.model) and policy.state_pool_ratio is not None:
        found.append(
            Notice(
                "state-pool",
                f"{scenario.engine.name} {scenario.engine_version} sets a pool apart for recurrent states, {policy.state_pool_ratio:g} times "
                "that of the KV cache: whichever is full first decides (--mamba-full-memory-ratio)",
            )
        )
    return tuple(found)


def has_windows(model: Model) -> bool:
    """Whether some layers see only the latest tokens.

    Args:
        model: The model.
    """
    return any(
        isinstance(group.attention, SoftmaxAttention) and group.attention.window_tokens for group in model.layers
    )


def has_states(model: Model) -> bool:
    """Whether some layers keep a state of fixed size.

    Args:
        model: The model.
    """
    return any(isinstance(group.attention, RecurrentState) for group in model.layers)
