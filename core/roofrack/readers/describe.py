"""What was read, as the stable JSON shape `roofrack.model/1`."""

from __future__ import annotations

from collections import Counter
from typing import Any

from roofrack.domain.model import Attention, LatentAttention, Model, MoeMlp, SoftmaxAttention
from roofrack.memory.kv import kv_bytes_per_token
from roofrack.memory.weights import active_params, total_params
from roofrack.readers.result import ReadModel
from roofrack.text import clean

SCHEMA = "roofrack.model/1"


def describe(read: ReadModel) -> dict[str, Any]:
    """The architecture as read, in plain values.

    Args:
        read: What reading gave.
    """
    from roofrack.catalog import default_catalog

    model = read.model
    return {
        "schema": SCHEMA,
        "path": clean(str(read.path), limit=1000),
        "id": model.id,
        "name": model.name,
        "model_type": model.model_type,
        "attention": model.attention_kind,
        "total_params": total_params(model),
        "active_params": active_params(model),
        "tower_params": model.tower_params,
        "draft_params": model.draft_params,
        "hidden": model.hidden,
        "vocab": model.vocab,
        "tied_embeddings": model.tied_embeddings,
        "layers": layers_by_kind(model),
        "kv_bytes_per_token": kv_bytes_per_token(model, default_catalog().kv_format("16bit")),
        "moe": _moe(model),
        "native_weights": read.native_weights,
        "max_context_tokens": model.max_context_tokens,
        "weights_bytes": read.weights_bytes,
        "bytes_by_dtype": dict(read.own_weights.by_dtype) if read.own_weights and read.weights_bytes else None,
        "assumed": list(read.assumed),
        "warnings": list(read.warnings),
    }


def layers_by_kind(model: Model) -> dict[str, int]:
    """How many layers there are of each attention kind.

    Args:
        model: The model.
    """
    counts: Counter[str] = Counter()
    for group in model.layers:
        counts[_kind(group.attention)] += group.count
    return dict(counts)


def _kind(attention: Attention | None) -> str:
    if attention is None:
        return "none"
    if isinstance(attention, LatentAttention):
        return "latent"
    if isinstance(attention, SoftmaxAttention):
        if attention.compress_ratio > 1:
            return "compressed"
        return "window" if attention.window_tokens else "full"
    return attention.variant


def _moe(model: Model) -> dict[str, Any] | None:
    found = [(group.count, group.mlp) for group in model.layers if isinstance(group.mlp, MoeMlp)]
    if not found:
        return None
    _, moe = max(found, key=lambda item: item[0])
    return {
        "layers": sum(count for count, _ in found),
        "experts": moe.experts,
        "experts_per_token": moe.experts_per_token,
        "expert_width": moe.expert_width,
        "shared_width": moe.shared_width,
    }
