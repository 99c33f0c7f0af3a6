"""MLA as engines ran it before they kept its latent: keys and values of every head in the cache."""

from __future__ import annotations

from dataclasses import replace

from roofrack.domain.engine import MemoryPolicy
from roofrack.domain.model import LatentAttention, LayerGroup, Model, SoftmaxAttention
from roofrack.memory.identity import memo_by_identity
from roofrack.memory.weights import layer_params


def as_cached(model: Model, policy: MemoryPolicy) -> Model:
    """The model with the mixers that a version of an engine runs; the same one where it keeps latents or there are none.

    Args:
        model: The model.
        policy: The engine at its version.
    """
    expands = policy.expanded_latent_dim is not None
    if not expands or not any(isinstance(group.attention, LatentAttention) for group in model.layers):
        return model
    return _expanded(model, policy)


@memo_by_identity(limit=64)
def _expanded(model: Model, policy: MemoryPolicy) -> Model:
    return replace(model, layers=tuple(_group(group, model.hidden, policy) for group in model.layers))


def _group(group: LayerGroup, hidden: int, policy: MemoryPolicy) -> LayerGroup:
    latent, width = group.attention, policy.expanded_latent_dim
    if not isinstance(latent, LatentAttention) or width is None:
        return group
    heads = SoftmaxAttention(
        heads=latent.heads,
        kv_heads=latent.heads,
        head_dim=width,
        mixer_params=layer_params(replace(group, extra_params=0), hidden).attention,
        index=latent.index,
    )
    return replace(group, attention=heads)
